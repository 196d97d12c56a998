//! Turns of loops, and the changes they propose.

use super::Body;
use crate::id::RecordId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
