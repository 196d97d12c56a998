//! An entry of the consent ledger.

use super::Body;
use crate::consent::{ConsentDecision, Purpose, Topic};
use crate::id::{NodeId, PersonId, RecordId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Consent given, refused or taken back: one entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Version.
    pub v: u8,
    /// The node that spoke.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// The channel, or `*` for all; empty where the purpose has none.
    pub channel: String,
    /// Given or not.
    pub granted: bool,
    /// When the person said so.
    pub occurred_at: Timestamp,
    /// Where it was collected.
    pub source: String,
    /// What for; contact in records written before purposes were kept.
    #[serde(default, skip_serializing_if = "Purpose::is_contact")]
    pub purpose: Purpose,
    /// What exactly was said; see [`Consent::decision`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<ConsentDecision>,
    /// Who spoke, as seen: without the identifier itself, so that the entry can outlive an erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What shows that it was said.
    #[serde(default, skip_serializing_if = "Evidence::is_empty")]
    pub evidence: Evidence,
    /// When it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// Until when a yes counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Its place in the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainLink>,
}
body!(Consent, Consent);

impl Consent {
    /// What was said; a record of before says only whether it was a yes.
    pub fn decision(&self) -> ConsentDecision {
        self.decision.unwrap_or(if self.granted {
            ConsentDecision::Granted
        } else {
            ConsentDecision::Withdrawn
        })
    }
    /// What it is about.
    pub fn topic(&self) -> Topic {
        Topic::new(self.purpose, &self.channel)
    }
}

/// An identifier as seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of identifier it is.
    pub kind: String,
    /// Its hash under a key of the installation.
    pub hash: String,
}

/// What shows that something was said. All as it was stated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// On what ground: `consent`, `legitimate_interest`, `contract`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// Under which jurisdiction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The version of the notice that was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_version: Option<String>,
    /// The hash of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice_hash: Option<String>,
    /// The language it was shown in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How it was said: `trait`, `event`, `segment`, `tcf`, `gpp`, `gpc`, `page`, `one_click`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The message it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Which consent management platform it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmp: Option<String>,
    /// What that platform said, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Who wrote it down, where it was not the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl Evidence {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The place of an entry in the ledger of its workspace and partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// The entry's id.
    pub id: RecordId,
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// The hash of the entry before; empty for the first.
    pub previous: String,
    /// The hash over the entry before and everything in this one.
    pub hash: String,
}
