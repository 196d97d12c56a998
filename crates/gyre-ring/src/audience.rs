//! An audience before it is saved: how many people, whom of them one may reach, and whom it shares with
//! others.

use crate::catalog::Catalog;
use crate::decide::IN_APP;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::past::Past;
use crate::person::Person;
use gyre_config::CHANNELS;
use gyre_config::kinds::ContactPolicy;
use gyre_derive::{Definition, Definitions, Lifts, Purpose, Row, batch};
use gyre_govern::{Claim, Facts};
use gyre_model::{PersonId, Timestamp, Topic, Workspace};
use gyre_ports::Rule;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// People looked at at once.
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
        let all = catalog.definitions.all().iter().cloned().chain(missing).collect();
        let definitions =
            Definitions::new(all).with_lifecycles(catalog.definitions.lifecycles().to_vec());
        let rule = self.shared.rules.compile(&expression, &gyre_derive::schema(&definitions));
        let mut count = Count {
            at: self.shared.clock.now(),
            policy: &policy,
            catalog: &catalog,
            definitions: &definitions,
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
        for people in &self.shared.people {
            let mut after = None;
            loop {
                let mut page = people.read_page(after, PAGE)?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                page.retain(|one| one.workspace == *workspace && !rights.is_restricted(one));
                count.add(&page)?;
                // Everybody is many: others get their turn.
                tokio::task::yield_now().await;
            }
        }
        let lifted = lifts.features().iter().map(|(name, feature)| {
            (name.clone(), serde_json::to_value(feature).unwrap_or_default())
        });
        let lifted = lifted.collect();
        let contact_policy = name;
        Ok(AudiencePreview { contact_policy, lifted, ..count.finish(&question.overlap) })
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
    let consent = found.map(|(_, policy)| policy.consent.clone()).unwrap_or_default();
    let policy = ContactPolicy { consent, caps: Vec::new(), quiet_hours: None };
    Ok((found.map(|(name, _)| name.clone()), policy))
}

/// What was counted so far.
struct Count<'a> {
    at: Timestamp,
    policy: &'a ContactPolicy,
    catalog: &'a Catalog,
    definitions: &'a Definitions,
    rule: Arc<dyn Rule>,
    past: &'a Past,
    keys: &'a [u64],
    wanted: usize,
    people: u64,
    size: u64,
    reachable: BTreeMap<String, u64>,
    /// A bit per audience asked about, the highest for the rule itself.
    combinations: BTreeMap<u32, u64>,
    sample: Vec<PersonId>,
}

impl Count<'_> {
    fn add(&mut self, people: &[Person]) -> Result<()> {
        let rows: Vec<Row> = people.iter().map(|person| self.row(person)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let batch = batch(self.definitions, &rows)?;
        let holds = self.rule.evaluate(&batch).map_err(invalid)?;
        for (place, person) in people.iter().enumerate() {
            self.people += 1;
            let holds = holds.value(place);
            let others = (0_u32..)
                .zip(self.keys)
                .map(|(bit, key)| u32::from(person.members.contains_key(key)) << bit);
            let combination = others.sum::<u32>() | (u32::from(holds) << self.keys.len());
            if combination != 0 {
                *self.combinations.entry(combination).or_default() += 1;
            }
            if !holds {
                continue;
            }
            self.size += 1;
            if self.sample.len() < self.wanted {
                self.sample.push(person.id);
            }
            self.reach(person);
        }
        Ok(())
    }

    fn row(&self, person: &Person) -> Row {
        let open = self.catalog.profiles(person, self.at);
        let nodes = person.nodes.iter().filter(|_| open);
        let tiles =
            nodes.flat_map(|(id, node)| std::iter::once(&node.tiles).chain(self.past.tiles(*id)));
        let mut row = self.catalog.row_of(self.definitions, person, tiles, self.at);
        if open {
            row.stages = self.catalog.stages(person);
        }
        row
    }

    fn reach(&mut self, person: &Person) {
        let (law, words) = (self.catalog.law(person), person.words());
        for (channel, reached) in &mut self.reachable {
            let topic = Topic::new(gyre_model::Purpose::Contact, channel);
            let facts = Facts {
                now: self.at,
                has_address: channel == IN_APP || person.email().is_some(),
                consent: &words,
                needs_consent: !law.allows_silence(&topic),
                contacts: &[],
            };
            let claim = Claim { channel, policy: self.policy };
            *reached += u64::from(claim.judge(&facts).is_ok());
        }
    }

    fn finish(self, names: &[String]) -> AudiencePreview {
        let mut overlap: Vec<Overlap> = (self.combinations.iter())
            .map(|(bits, people)| Overlap {
                preview: (bits >> names.len()) & 1 == 1,
                audiences: (0_u32..)
                    .zip(names)
                    .filter(|(bit, _)| (bits >> bit) & 1 == 1)
                    .map(|(_, name)| name.clone())
                    .collect(),
                people: *people,
            })
            .collect();
        overlap.sort_by(|a, b| (b.people, &a.audiences).cmp(&(a.people, &b.audiences)));
        let share = if self.people == 0 { 0.0 } else { self.size as f64 / self.people as f64 };
        AudiencePreview {
            at: self.at,
            people: self.people,
            size: self.size,
            share,
            reachable: self.reachable,
            contact_policy: None,
            overlap: if names.is_empty() { Vec::new() } else { overlap },
            sample: self.sample,
            lifted: BTreeMap::new(),
        }
    }
}
