//! `DecisionPolicy`: how a variant is chosen among candidates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a variant is chosen among candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionPolicy {
    /// The method.
    pub method: Method,
    /// The least probability of every eligible variant.
    #[serde(default = "floor")]
    pub floor: f64,
    /// Groups of people that are learnt apart; the first whose rule holds counts. People for whom
    /// none holds are in the segment `rest`.
    #[serde(default)]
    pub segments: Vec<Segment>,
    /// Closed decisions each variant needs in a segment before weights move there.
    #[serde(default = "minimum")]
    pub minimum_per_variant: u64,
}

/// How weights follow from evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Weights are the exact probabilities of being best (Gaussian Thompson sampling).
    Thompson,
    /// All eligible variants alike, for ever.
    Uniform,
}

/// A group of people that is learnt apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// A SQL boolean over `person.*` and `at`.
    pub rule: String,
}

fn floor() -> f64 {
    0.05
}
fn minimum() -> u64 {
    30
}
