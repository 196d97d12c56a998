//! An audience before it is saved: how many people, whom of them one may reach, and whom it shares with
//! others.

mod count;

use crate::catalog::Catalog;
use crate::columns::consent_only;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::past::Past;
use crate::person::Person;
use count::Count;
use gyre_config::CHANNELS;
use gyre_config::kinds::ContactPolicy;
use gyre_derive::{Definition, Definitions, Lifts, Purpose};
use gyre_model::{PersonId, Timestamp, Workspace};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// People looked at at once, one by one.
const PAGE: usize = 1_000;
/// The most audiences that one is compared with: what they share is a number per combination.
pub const MAX_OVERLAP: usize = 4;
/// The most people that are named.
pub const MAX_SAMPLE: usize = 20;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct AudienceQuestion {
    /// The rule, as it would be saved.
    pub rule: String,
    /// Audiences to compare with, at most four.
    pub overlap: Vec<String>,
    /// The contact policy that says what consent a channel needs; the only one there is without it.
    pub contact_policy: Option<String>,
    /// How many people are named.
    pub sample: usize,
}

/// An audience before it is saved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AudiencePreview {
    /// The instant it is told for.
    pub at: Timestamp,
    /// Everybody who may be looked at.
    pub people: u64,
    /// For how many the rule holds.
    pub size: u64,
    /// Their share of everybody.
    pub share: f64,
    /// How many of them have an address and consent, by channel. Caps and quiet hours are not asked.
    pub reachable: BTreeMap<String, u64>,
    /// The contact policy that was asked for consent; none: consent is required everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_policy: Option<String>,
    /// How many are in exactly these and no others, largest first.
    pub overlap: Vec<Overlap>,
    /// Some of those for whom it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<PersonId>,
    /// The features that were lifted out of the rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lifted: BTreeMap<String, Value>,
}

/// People who are in some audiences and not in the others that were asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// Whether the rule holds for them.
    pub preview: bool,
    /// The audiences.
    pub audiences: Vec<String>,
    /// How many.
    pub people: u64,
}

impl Engine {
    /// An audience before it is saved, told for now. What nobody has kept yet for its rule is read from
    /// the lake, so that the numbers are those there would be.
    pub async fn preview_audience(
        &self,
        workspace: &Workspace,
        question: &AudienceQuestion,
    ) -> Result<AudiencePreview> {
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        let catalog = self.shared.catalog(workspace);
        let keys = keys(&catalog, &question.overlap)?;
        let (name, policy) = policy(&catalog, question.contact_policy.as_deref())?;
        let mut lifts = Lifts::default();
        let expression = lifts.lift(&question.rule).map_err(invalid)?;
        let missing: Vec<Definition> = lifts
            .definitions()?
            .into_iter()
            .filter(|one| !catalog.lifted.contains_key(&one.name))
            .collect();
        let past = Past::read(self, workspace, &missing).await?;
        let all = catalog.definitions.all().iter().cloned().chain(missing.iter().cloned());
        let definitions = Definitions::new(all.collect())
            .with_lifecycles(catalog.definitions.lifecycles().to_vec());
        let rule = self.shared.rules.compile(&expression, &gyre_derive::schema(&definitions));
        let (at, mut parts) = self.shared.columns.of(&self.shared, workspace, &catalog).await?;
        let mut count = Count {
            at,
            policy: (name.as_deref().unwrap_or_default(), &policy),
            catalog: &catalog,
            definitions: &definitions,
            missing: Definitions::new(missing),
            rule: rule.map_err(invalid)?,
            past: &past,
            keys: &keys,
            wanted: question.sample.min(MAX_SAMPLE),
            people: 0,
            size: 0,
            reachable: CHANNELS.iter().map(|channel| ((*channel).to_owned(), 0)).collect(),
            combinations: BTreeMap::new(),
            sample: Vec::new(),
        };
        let rights = Arc::clone(&self.shared.rights.read());
        let restricted = self.shared.people_with(workspace, rights.restricted())?;
        // Of them the columns do not tell everything: what only the question has is theirs alone.
        let alone = self.shared.people_with(workspace, past.nodes())?;
        let apart: Vec<PersonId> = restricted.union(&alone).copied().collect();
        let blank = count.blank(&parts)?;
        for part in &mut parts {
            part.without(&apart);
            count.scan(part, &blank)?;
            // Everybody is many: others get their turn.
            tokio::task::yield_now().await;
        }
        let alone: Vec<PersonId> = alone.difference(&restricted).copied().collect();
        for page in alone.chunks(PAGE) {
            let people = page.iter().map(|id| self.shared.people_of(id.root().key()).get(*id));
            let people: Vec<Option<Arc<Person>>> = people.collect::<Result<_>>()?;
            count.add(&people.into_iter().flatten().collect::<Vec<_>>())?;
            tokio::task::yield_now().await;
        }
        let lifted = lifts.features().iter().map(|(name, feature)| {
            (name.clone(), serde_json::to_value(feature).unwrap_or_default())
        });
        let lifted = lifted.collect();
        let told = count.finish(&question.overlap);
        Ok(AudiencePreview { contact_policy: name, lifted, ..told })
    }
}

fn invalid(error: gyre_ports::rules::RuleError) -> Error {
    Error::Invalid { message: error.message, hint: error.hint }
}

fn keys(catalog: &Catalog, names: &[String]) -> Result<Vec<u64>> {
    if names.len() > MAX_OVERLAP {
        return Err(Error::Invalid {
            message: format!("an audience is compared with at most {MAX_OVERLAP} others"),
            hint: Some("leave some out".to_owned()),
        });
    }
    let key = |name: &String| match catalog.audiences.index(name, Purpose::Declared) {
        Some(place) => Ok(catalog.keys[place]),
        None => Err(Error::NotFound { what: "Audience", name: name.clone() }),
    };
    names.iter().map(key).collect()
}

/// The policy's words on consent, and its name.
fn policy(catalog: &Catalog, name: Option<&str>) -> Result<(Option<String>, ContactPolicy)> {
    let all = &catalog.contact_policies;
    let found = match name {
        Some(name) => Some(
            all.get_key_value(name)
                .ok_or_else(|| Error::NotFound { what: "ContactPolicy", name: name.to_owned() })?,
        ),
        None => all.first_key_value().filter(|_| all.len() == 1),
    };
    let policy = consent_only(found.map(|(_, policy)| policy));
    Ok((found.map(|(name, _)| name.clone()), policy))
}
