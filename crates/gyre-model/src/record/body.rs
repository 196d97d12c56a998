//! The payloads of the record families (that of `event` is [`crate::event::Collected`]).
//!
//! All are JSON objects with a version `v`. New fields are optional with a default, so that an old
//! record is read by a new reader; unknown fields are ignored, so that a new record is read by an old
//! one. A field never changes its meaning.

use crate::decimal::Decimal;
use crate::event::EventKind;
use crate::id::{DecisionId, NodeId, PersonId, RecordId, SendId};
use crate::resource::Kind;
use crate::time::{Span, Timestamp};
use crate::verdict::Refusal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

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
            const FAMILY: super::Family = super::Family::$family;
        }
    };
}

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
    /// The call that caused it.
    pub event_kind: EventKind,
    /// The message id that caused it.
    pub message_id: String,
    /// When.
    pub at: Timestamp,
}
body!(Identity, Identity);

/// Consent for a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Version.
    pub v: u8,
    /// The node that spoke.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// The channel, or `*` for all.
    pub channel: String,
    /// Given or taken back.
    pub granted: bool,
    /// When the person said so.
    pub occurred_at: Timestamp,
    /// Where it was collected.
    pub source: String,
}
body!(Consent, Consent);

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
}
body!(Orchestration, Orchestration);

/// One candidate of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The variant.
    pub variant: String,
    /// Its probability; exactly 0 when refused.
    pub probability: f64,
    /// Why it could not be drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// How a decision came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Asked for over HTTP and shown at once.
    InApp,
    /// Drawn from an intent when its time came.
    Queued,
    /// Taken elsewhere and imported.
    Imported,
}

/// A decision, written before anything is shown or sent. It can be replayed and judged off-policy:
/// the probabilities of all candidates sum to one, or every candidate was refused and they are all 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Version.
    pub v: u8,
    /// Its id.
    pub id: DecisionId,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// When it was drawn.
    pub at: Timestamp,
    /// How it came about.
    pub mode: Mode,
    /// The channel it was for.
    pub channel: String,
    /// Where it was asked for, in-app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// The campaign.
    pub campaign: String,
    /// The campaign's version.
    pub campaign_version: u64,
    /// The loop the campaign belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#loop: Option<String>,
    /// `treated` or `holdout`, where the loop has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// The policy's version.
    pub policy_version: u64,
    /// The segment whose weights were used.
    pub segment: String,
    /// All that could have been drawn.
    pub candidates: Vec<Candidate>,
    /// The variant drawn; `None` when all were refused.
    pub chosen: Option<String>,
    /// Its probability; 0 when all were refused.
    pub probability: f64,
    /// The least probability an eligible candidate has.
    pub floor: f64,
    /// The uniform number that drew it.
    pub uniform: f64,
    /// The how-manieth draw of this person for this campaign.
    pub ordinal: u64,
    /// The feature vector it was drawn on.
    pub features: Map<String, Value>,
    /// The send it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendId>,
    /// What the offer costs if it is redeemed or shown, as declared.
    #[serde(default)]
    pub cost: Decimal,
    /// How long responses count.
    #[serde(default)]
    pub window: Span,
}
body!(Decision, Decision);

/// What became of a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The channel took it.
    Sent,
    /// It was shown in the app.
    Rendered,
    /// It was refused before anything left.
    Refused,
    /// The drawn variant sends nothing.
    Nothing,
    /// The channel said no for good.
    Failed,
    /// The channel said no for now; it will be tried again.
    Deferred,
    /// It is not known whether it left; never sent again.
    Uncertain,
}

impl Outcome {
    /// The name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Rendered => "rendered",
            Self::Refused => "refused",
            Self::Nothing => "nothing",
            Self::Failed => "failed",
            Self::Deferred => "deferred",
            Self::Uncertain => "uncertain",
        }
    }
}

/// An attempt to deliver, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Version.
    pub v: u8,
    /// The send; the idempotency key.
    pub send: SendId,
    /// The decision it carries out; `None` when it was refused before a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionId>,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The person then.
    pub person: PersonId,
    /// The campaign.
    pub campaign: String,
    /// The variant, once drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The channel.
    pub channel: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was refused or failed, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Which attempt, from 1; 0 when none was made.
    pub attempt: u32,
    /// When.
    pub at: Timestamp,
}
body!(Delivery, Delivery);

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

/// One arm's sums over a turn's window: enough to compute every number shown again.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ArmSums {
    /// People in the arm before the window began.
    pub people: u64,
    /// Those of them for whom the goal event happened inside the window.
    pub repeaters: u64,
    /// The value of goal events inside the window, before offers.
    pub margin: f64,
    /// The sum of squares of (margin − offer cost) per person.
    pub net_squares: f64,
    /// What offers cost inside the window.
    pub offer_cost: f64,
    /// Contacts delivered inside the window.
    pub contacts: u64,
}

/// An estimate with its always-valid interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Lift {
    /// Treated minus holdout.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the always-valid interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// One minus the chance with which the interval holds at every look.
    pub alpha: f64,
}

/// What a variant earned in one segment, over the decisions whose window has closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantEvidence {
    /// The segment.
    pub segment: String,
    /// The variant.
    pub variant: String,
    /// Decisions counted.
    pub n: u64,
    /// Sum of rewards.
    pub sum: f64,
    /// Sum of squared rewards.
    pub sum_squares: f64,
    /// The probability that it is the best in its segment.
    pub best_probability: f64,
    /// Its weight from now on.
    pub weight: f64,
}

/// One turn of a loop: measured, learnt, proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Version.
    pub v: u8,
    /// Its id.
    pub id: RecordId,
    /// The loop.
    pub r#loop: String,
    /// From 1.
    pub number: u64,
    /// Start of the window measured.
    pub from: Timestamp,
    /// End of the window measured, and when the turn was taken.
    pub to: Timestamp,
    /// The campaign.
    pub campaign: String,
    /// The campaign version that was in effect at the end of the window.
    pub campaign_version: u64,
    /// The treated arm.
    pub treated: ArmSums,
    /// The holdout.
    pub holdout: ArmSums,
    /// Lift of the repeat rate.
    pub lift: Lift,
    /// Lift of the net margin per person.
    pub net_lift: Lift,
    /// What the policy learnt from.
    pub evidence: Vec<VariantEvidence>,
    /// Decisions whose window was still open and that did not count yet.
    pub immature: u64,
    /// The proposal the turn made, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<RecordId>,
    /// Warnings a reader must see (too few people, sample ratio mismatch).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The queries the numbers come from, for "show SQL".
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queries: BTreeMap<String, String>,
}
body!(Turn, Turn);

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Written only; the loop's autonomy is `propose`.
    Proposed,
    /// Waiting for somebody's approval.
    Held,
    /// In effect.
    Applied,
    /// Turned down.
    Rejected,
}

/// One change that a proposal makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// New weights in one segment.
    Reweight {
        /// The segment.
        segment: String,
        /// Variant to weight.
        weights: BTreeMap<String, f64>,
    },
    /// A variant is no longer a candidate.
    Drop {
        /// The variant.
        variant: String,
        /// Why, in a sentence.
        because: String,
    },
}

/// A change that a turn proposes, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Version.
    pub v: u8,
    /// Its id.
    pub id: RecordId,
    /// The loop.
    pub r#loop: String,
    /// The turn's number.
    pub turn: u64,
    /// The campaign it changes.
    pub campaign: String,
    /// The version it was made for.
    pub base_version: u64,
    /// The version it led to, once applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_version: Option<u64>,
    /// The changes.
    pub changes: Vec<Change>,
    /// Expected change of reward per decision, with its interval.
    pub expected: Lift,
    /// Where it stands.
    pub state: ProposalState,
    /// Who moved it there: `loop:<name>` or a user.
    pub by: String,
    /// Their reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}
body!(Proposal, Proposal);

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
    /// Whether it was replayed, and as what message id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed_as: Option<String>,
}
body!(DeadLetter, DeadLetter);
