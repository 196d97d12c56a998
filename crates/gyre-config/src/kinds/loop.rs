//! `Loop`: the habit to work on, turn after turn.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The habit to work on, turn after turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loop {
    /// The campaign it works through.
    pub campaign: String,
    /// The audience whose members are assigned to an arm, once and for ever, when they first enter it.
    pub population: String,
    /// What is to happen more often.
    pub goal: Goal,
    /// What the policy maximises.
    pub reward: Reward,
    /// Who is left out, and what they receive instead.
    pub holdout: Holdout,
    /// How often it turns.
    #[schemars(schema_with = "super::span_schema")]
    pub cadence: Span,
    /// How far it may go on its own.
    pub autonomy: Autonomy,
    /// What must hold before it changes anything.
    #[serde(default)]
    pub guardrails: Guardrails,
    /// When a variant is a loser.
    #[serde(default)]
    pub drop: DropRule,
    /// One minus the chance with which its intervals hold at every look.
    #[serde(default = "alpha")]
    pub alpha: f64,
}

/// What is to happen more often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The event's name.
    pub event: String,
}

/// What the policy maximises: the sum over goal events in the window of value minus cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// The event's name.
    pub event: String,
    /// The property that holds the value, for example `margin`.
    pub value: String,
    /// The property that holds what the offer cost, for example `discount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// How long after a decision it counts.
    #[schemars(schema_with = "super::span_schema")]
    pub window: Span,
}

/// Who is left out, and what they receive instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// The share of the population, between 0 and 1.
    pub share: f64,
    /// The variant they always receive (what was done before); absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receives: Option<String>,
}

/// How far the loop may go on its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autonomy {
    /// `propose`, `approve` or `auto`.
    pub mode: AutonomyMode,
    /// What it may change at all.
    #[serde(default = "all_fields")]
    pub may_change: Vec<Field>,
}

/// What becomes of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AutonomyMode {
    /// It is written, nothing more.
    Propose,
    /// It waits for approval.
    Approve,
    /// It is applied.
    Auto,
}

/// What a loop may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The weights of variants.
    Weights,
    /// Which variants are candidates.
    Variants,
}

/// What must hold before the loop changes anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guardrails {
    /// People each arm needs.
    #[serde(default = "min_people")]
    pub min_people: u64,
    /// The most a weight may move in one turn.
    #[serde(default = "max_step")]
    pub max_weight_step: f64,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self { min_people: min_people(), max_weight_step: max_step() }
    }
}

/// When a variant is a loser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropRule {
    /// Turns before anything is dropped.
    #[serde(default = "after_turns")]
    pub after_turns: u64,
    /// In every segment its probability of being best must be below this.
    #[serde(default = "below")]
    pub best_probability_below: f64,
    /// Variants that are never dropped.
    #[serde(default)]
    pub keep: Vec<String>,
}

impl Default for DropRule {
    fn default() -> Self {
        Self { after_turns: after_turns(), best_probability_below: below(), keep: Vec::new() }
    }
}

fn alpha() -> f64 {
    0.05
}
fn all_fields() -> Vec<Field> {
    vec![Field::Weights, Field::Variants]
}
fn min_people() -> u64 {
    100
}
fn max_step() -> f64 {
    1.0
}
fn after_turns() -> u64 {
    2
}
fn below() -> f64 {
    0.01
}
