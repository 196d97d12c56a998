//! Loops, turns and proposals.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What an arm did in a window.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmSums {
    /// People assigned by the beginning of the window.
    people: u64,
    /// Those who reached the goal.
    repeaters: u64,
    /// What they earned before offers.
    margin: f64,
    /// Sum over people of margin minus offers, squared.
    net_squares: f64,
    /// What their offers cost.
    offer_cost: f64,
    /// How often they were contacted.
    contacts: u64,
}

/// A difference, with an interval that holds at every look.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lift {
    value: f64,
    standard_error: f64,
    low: f64,
    high: f64,
    /// One minus the level of the interval.
    alpha: f64,
}

/// What was learnt of a variant in a segment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantEvidence {
    segment: String,
    variant: String,
    /// Decisions whose reward is known.
    n: u64,
    /// Sum of rewards.
    sum: f64,
    sum_squares: f64,
    /// Probability that it is the best of its segment.
    best_probability: f64,
    /// The weight that follows.
    weight: f64,
}

/// One turn of a loop.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    v: u8,
    id: String,
    r#loop: String,
    number: u64,
    from: String,
    to: String,
    campaign: String,
    /// The version that ran.
    campaign_version: u64,
    treated: ArmSums,
    holdout: ArmSums,
    /// Treated minus holdout, in the share of people who reached the goal.
    lift: Lift,
    /// The same in margin minus offers per person.
    net_lift: Lift,
    evidence: Vec<VariantEvidence>,
    /// Decisions whose window is still open.
    immature: u64,
    #[serde(default)]
    proposal: Option<String>,
    #[serde(default)]
    #[schema(required = false)]
    warnings: Vec<String>,
    /// The questions that were asked of the lake, by name.
    #[serde(default)]
    #[schema(required = false)]
    queries: BTreeMap<String, String>,
}

/// Where a proposal stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProposalState {
    Proposed,
    Held,
    Applied,
    Rejected,
}

/// One change of a campaign.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "change")]
#[schema(as = CampaignChange)]
pub(crate) enum Change {
    /// New weights in a segment.
    Reweight { segment: String, weights: BTreeMap<String, f64> },
    /// A variant is not drawn any more.
    Drop { variant: String, because: String },
}

/// A change that a turn proposes, and what became of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    v: u8,
    id: String,
    r#loop: String,
    turn: u64,
    campaign: String,
    base_version: u64,
    #[serde(default)]
    applied_version: Option<u64>,
    changes: Vec<Change>,
    /// What it is expected to change in margin per decision.
    expected: Lift,
    state: ProposalState,
    /// Who applied or rejected it: a loop or somebody.
    by: String,
    #[serde(default)]
    reason: Option<String>,
    at: String,
}

/// A loop in a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoopSummary {
    name: String,
    /// How often it has turned.
    turns: u64,
    /// The latest turn; null before the first.
    latest: Option<Turn>,
}

/// All loops.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoopList {
    loops: Vec<LoopSummary>,
}

/// A loop with all its turns and proposals.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoopView {
    name: String,
    /// As written, with defaults.
    spec: BTreeMap<String, Value>,
    next_turn: u64,
    next_turn_at: String,
    /// Oldest first.
    turns: Vec<Turn>,
    /// By turn.
    proposals: Vec<Proposal>,
}
