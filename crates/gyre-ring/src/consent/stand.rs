//! Where somebody stands: by what the fold keeps now, by the ledger as of an instant.

use super::PAGE;
use super::ledger::entry_of;
use crate::engine::Engine;
use crate::error::Result;
use crate::links;
use crate::person::Person;
use gyre_govern::{Word, standing};
use gyre_model::record::body::Consent;
use gyre_model::{
    ConsentDecision, NodeId, PersonId, Purpose, RecordId, Timestamp, Topic, Workspace,
};
use gyre_ports::lake::Parameter;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where somebody stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    /// The person.
    pub person: PersonId,
    /// As of when.
    pub as_of: Timestamp,
    /// The jurisdiction, where the policy finds one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Where the person stands on everything that was said or is asked.
    pub topics: Vec<TopicView>,
    /// The person's preference page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences_url: Option<String>,
}

/// Where somebody stands on one topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicView {
    /// The purpose.
    pub purpose: &'static str,
    /// The channel, or `*`; none for purposes without.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// Whether it is allowed: what was said, else what the jurisdiction says. For contact a contact
    /// policy may want more.
    pub allowed: bool,
    /// What was said.
    #[serde(flatten)]
    pub stands: StandingView,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingView {
    /// `granted`, `denied`, `withdrawn`, `expired`; absent where nothing was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'static str>,
    /// `silence`, `said`, `conflict`, `expired`.
    pub because: &'static str,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The entries of the ledger it rests on.
    pub ledger: Vec<RecordId>,
}

impl Engine {
    /// Where somebody stands; `as_of` an instant of the past, and if asked so, only by what was known at
    /// `known_at`.
    pub async fn consent(
        &self,
        workspace: &Workspace,
        text: &str,
        as_of: Option<Timestamp>,
        known_at: Option<Timestamp>,
    ) -> Result<Option<ConsentView>> {
        let Some(person) = self.known(workspace, text).await? else { return Ok(None) };
        let now = self.shared.clock.now();
        let words = match (as_of, known_at) {
            (None, None) => person.words(),
            _ => self.words_of(workspace, &person, known_at).await?,
        };
        Ok(Some(self.stand(workspace, &person, &words, as_of.unwrap_or(now))))
    }

    /// Where a person stands by these words.
    pub fn stand(
        &self,
        workspace: &Workspace,
        person: &Person,
        words: &[Word],
        at: Timestamp,
    ) -> ConsentView {
        let catalog = self.shared.catalog(workspace);
        let law = catalog.law(person);
        let mut topics: BTreeSet<Topic> =
            words.iter().filter(|word| word.at <= at).map(|word| word.topic.clone()).collect();
        if law.policy.is_some() {
            let others = Purpose::ALL.into_iter().filter(|purpose| !purpose.is_contact());
            topics.extend(others.map(|purpose| Topic::new(purpose, "")));
        }
        let view = |topic: Topic| {
            let stands = standing(words, &topic, at);
            let silence = if law.policy.is_some() { law.allows_silence(&topic) } else { false };
            TopicView {
                purpose: topic.purpose.as_str(),
                allowed: stands.allows(silence),
                channel: topic.channel,
                stands: StandingView {
                    decision: stands.decision.map(ConsentDecision::as_str),
                    because: stands.because.as_str(),
                    since: stands.since,
                    until: stands.until,
                    ledger: stands.ledger,
                },
            }
        };
        let jurisdiction = law.policy.and_then(|policy| policy.jurisdiction_of(law.place));
        ConsentView {
            person: person.id,
            as_of: at,
            jurisdiction: jurisdiction.map(str::to_owned),
            topics: topics.into_iter().map(view).collect(),
            preferences_url: links::preferences(
                &self.shared,
                workspace,
                person.root(),
                self.shared.clock.now(),
            ),
        }
    }

    /// Everything the ledger has of a person's nodes.
    async fn words_of(
        &self,
        workspace: &Workspace,
        person: &Person,
        known_at: Option<Timestamp>,
    ) -> Result<Vec<Word>> {
        self.visible().await?;
        let mut words = Vec::new();
        for (id, node) in &person.nodes {
            let mut after = -1;
            loop {
                let rows = self
                    .select(
                        "SELECT * FROM consents WHERE workspace = $1 AND node = $2 \
                         AND _offset > $3 ORDER BY _offset LIMIT 1000",
                        vec![
                            Parameter::Text(workspace.to_string()),
                            Parameter::Text(id.to_string()),
                            Parameter::Integer(after),
                        ],
                    )
                    .await?;
                let last = rows.last().and_then(|row| row["_offset"].as_i64());
                for row in &rows {
                    let entry = entry_of(row)?;
                    let known = known_at.is_none_or(|at| received(row, &entry) <= at);
                    if known {
                        words.push(word(*id, node.since(), &entry));
                    }
                }
                match last {
                    Some(last) if rows.len() == PAGE => after = last,
                    _ => break,
                }
            }
        }
        Ok(words)
    }
}

fn word(node: NodeId, joined: Timestamp, entry: &Consent) -> Word {
    Word {
        id: entry.chain.as_ref().map(|link| link.id).unwrap_or_default(),
        node,
        joined,
        topic: entry.topic(),
        decision: entry.decision(),
        at: entry.occurred_at,
        expires_at: entry.expires_at,
    }
}

/// When it was known; entries of before say only when they were written.
fn received(row: &Value, entry: &Consent) -> Timestamp {
    let written = || row["at"].as_str().and_then(|text| Timestamp::parse(text).ok());
    entry.received_at.or_else(written).unwrap_or(entry.occurred_at)
}
