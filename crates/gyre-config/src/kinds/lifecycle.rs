//! `Lifecycle`: the stages people go through, each with a rule.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stages people go through. Everybody is in one of them, or in none.
///
/// Somebody moves up to the last stage whose rule holds, and falls back, or out, when they may leave
/// the one they are in. Rules read the stage as `person.lifecycle_<name>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// From the first to the last.
    pub stages: Vec<LifecycleStage>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleStage {
    /// Its name, for example `active`.
    pub name: String,
    /// Who enters it: a rule as those of audiences. It may not speak of stages.
    pub rule: String,
    /// When somebody in it may fall back or out; without it, as soon as `rule` does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<String>,
    /// The least time somebody stays, whatever holds; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub stay: Option<Span>,
}
