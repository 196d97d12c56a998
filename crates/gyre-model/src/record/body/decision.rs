//! Decisions, and what became of the sends they led to.

use super::Body;
use crate::decimal::Decimal;
use crate::id::{DecisionId, NodeId, PersonId, RecordId, SendId};
use crate::time::{Span, Timestamp};
use crate::verdict::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
///
/// Candidates and features are most of a record. Who does not look into them reads a decision with
/// something cheaper in their place, for example [`serde::de::IgnoredAny`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision<Candidates = Vec<Candidate>, Features = Map<String, Value>> {
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
    pub candidates: Candidates,
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
    pub features: Features,
    /// The send it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SendId>,
    /// What the offer costs if it is redeemed or shown, as declared.
    #[serde(default)]
    pub cost: Decimal,
    /// How long responses count.
    #[serde(default)]
    pub window: Span,
    /// The entries of the consent ledger that the verdict on the person rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<RecordId>,
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
