//! The payloads of the record families (that of `event` is [`crate::event::Collected`]).
//!
//! All are JSON objects with a version `v`. New fields are optional with a default, so that an old
//! record is read by a new reader; unknown fields are ignored, so that a new record is read by an old
//! one. A field never changes its meaning.

use crate::decimal::Decimal;
use crate::event::EventKind;
use crate::id::{DecisionId, NodeId, PersonId, RecordId};
use crate::resource::Kind;
use crate::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version written today.
pub const VERSION: u8 = 1;

/// The payload of one family.
pub trait Body: Serialize + DeserializeOwned {
    /// The family it is written as.
    const FAMILY: super::Family;
    /// As bytes for the journal.
    fn encode(&self) -> Vec<u8> {
        // These types have no map with non-text keys and no failing serialiser, so this cannot fail;
        // an empty payload would read as erased, which is the safe side.
        serde_json::to_vec(self).unwrap_or_default()
    }
    /// From a journal payload.
    fn decode(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }
}

macro_rules! body {
    ($name:ident, $family:ident) => {
        impl Body for $name {
            const FAMILY: $crate::record::Family = $crate::record::Family::$family;
        }
    };
}

mod consent;
mod decision;
mod separation;
mod subject;
mod turn;
mod violation;

pub use consent::{ChainLink, Consent, Evidence, Subject};
pub use decision::{Candidate, Decision, Delivery, Mode, Outcome};
pub use separation::Separation;
pub use subject::{Correction, SubjectRequest, SubjectRequestKind, SubjectRequestState};
pub use turn::{ArmSums, Change, Lift, Proposal, ProposalState, Turn, VariantEvidence};
pub use violation::Violation;

/// Two nodes were joined into one person, or the join was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version.
    pub v: u8,
    /// The node that was grouped.
    pub node: NodeId,
    /// The node it was joined with.
    pub with: NodeId,
    /// The person both belong to now (or, refused, the person `node` stays with).
    pub person: PersonId,
    /// The person `node` belonged to before.
    pub previous: PersonId,
    /// Whether the join held; a refused one is a violation of a rule named in `reason`.
    pub joined: bool,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The call that caused it; `None` where it was not a call but a separation, or rules that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_kind: Option<EventKind>,
    /// The message id that caused it; empty where it was not a call.
    pub message_id: String,
    /// When.
    pub at: Timestamp,
    /// The name of the type of identifier that `node` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_type: Option<String>,
    /// Of a refused edge, how far it is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// Of a refused edge, the source that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
body!(Identity, Identity);

/// What somebody entered or left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// An audience.
    Audience,
    /// A loop: the arm says treated or holdout.
    Loop,
    /// A campaign: the arm is a variant where it is fixed.
    Campaign,
    /// A lifecycle: the arm is the stage. Entering says in `segments` from which stage (`from`), leaving to
    /// which (`to`).
    Lifecycle,
}

/// Entered or left an audience, a campaign, a loop's arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment {
    /// Version.
    pub v: u8,
    /// Of what kind the thing is.
    pub scope: Scope,
    /// The thing's name.
    pub name: String,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// `true` entered, `false` left.
    pub entered: bool,
    /// The arm, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// Why it was left or entered, where that is not the rule itself (`merged`, `imported`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From when it counts: the event's stamp, or the instant at which time alone flipped it.
    pub at: Timestamp,
    /// Values by which reports may be cut (imported segments).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub segments: Map<String, Value>,
}
body!(Enrollment, Enrollment);

/// A version of a resource, written by people or by a loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orchestration {
    /// Version of this form.
    pub v: u8,
    /// The resource's kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The resource's version, from 1.
    pub version: u64,
    /// Who wrote it: `people` or `loop:<name>`.
    pub by: String,
    /// What people own; `None` when the resource was removed.
    pub spec: Option<Value>,
    /// What the loop owns.
    #[serde(default)]
    pub managed: Value,
    /// When it takes effect.
    pub at: Timestamp,
    /// The turn it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<RecordId>,
    /// Of a feature: everything below this record counts for it too. Records of before this was kept do not
    /// say so, and their features count from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
}
body!(Orchestration, Orchestration);

/// What a person did with what was sent or shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Version.
    pub v: u8,
    /// `impression`, `open`, `click`, `dismiss`, `bounce`, `complaint`, `unsubscribe`, `visit`,
    /// `conversion`, `spend`, or the user's own.
    pub kind: String,
    /// The node that responded.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// The campaign, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The decision it answers, where the token or the send says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// The variant, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What it is worth, where it is worth something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The message it was taken from.
    pub message_id: String,
}
body!(Response, Response);

/// Something outside the web.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offline {
    /// Version.
    pub v: u8,
    /// What happened, in the source's words.
    pub kind: String,
    /// The node it is about.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// When.
    pub occurred_at: Timestamp,
    /// What is known of it.
    pub properties: Map<String, Value>,
}
body!(Offline, Offline);

/// An asset and its metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Version.
    pub v: u8,
    /// Its name.
    pub name: String,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// When it became known.
    pub at: Timestamp,
}
body!(Content, Content);

/// Something rejected or failed, kept to be seen, mended and replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Version.
    pub v: u8,
    /// Its id.
    pub id: RecordId,
    /// Where it came from: a source, an import, a step.
    pub origin: String,
    /// A stable code, Segment's own where there is one (`no_user_anon_id`).
    pub code: String,
    /// What is wrong, without personal data.
    pub message: String,
    /// What would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The line of the file or the index in the batch, from 0 for a batch and 1 for a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u64>,
    /// What came, as text; longer ones are cut.
    pub raw: String,
    /// What the request said beside it, of an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<Came>,
    /// Whether it was replayed, and as what message id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed_as: Option<String>,
}
body!(DeadLetter, DeadLetter);

/// What a request said beside an event: without it an event that is taken later would have forgotten an
/// objection, and would have happened when it was replayed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Came {
    /// When the server took the request: clocks are corrected by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// When the client says it sent the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Whether the request carried `Sec-GPC: 1`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gpc: bool,
    /// The address it came from, where the source keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The call that the route named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventKind>,
    /// The context of the batch: JSON as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_context: Option<String>,
    /// The integrations of the batch: JSON as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_integrations: Option<String>,
    /// Whether the batch's part was larger than an event may be, and is not kept with each of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// What a fact from outside (a call, a connector, a replayed row) carries beside its body: by it one
/// that comes again is known and counts once. Facts with a cause have none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outside {
    /// The same for the same fact.
    #[serde(default)]
    pub message_id: Option<String>,
    /// The id of a dead letter.
    #[serde(default)]
    pub id: Option<RecordId>,
    /// Where a dead letter came from.
    #[serde(default)]
    pub origin: Option<String>,
    /// Whether a dead letter says that it was replayed.
    #[serde(default)]
    pub replayed_as: Option<String>,
}
