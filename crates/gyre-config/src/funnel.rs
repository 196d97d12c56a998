//! What is asked of a funnel: events one after another, and how long people may take for them.

use crate::kinds::MetricPopulation;
use crate::question::{Filter, TimeAsked};
use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Events one after another: how many people came how far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
    /// Two to ten, in their order.
    pub steps: Vec<FunnelStep>,
    /// How long after the first step the others count.
    #[serde(default = "seven_days")]
    #[schemars(schema_with = "crate::kinds::span_schema")]
    pub window: Span,
    /// When the first step was taken; a grain is not read.
    #[serde(default, skip_serializing_if = "is_default")]
    pub time: TimeAsked,
    /// What must hold of every step's event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Who counts; absent: `human`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<MetricPopulation>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelStep {
    /// The event's name.
    pub event: String,
    /// What people call it; absent: the event's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn seven_days() -> Span {
    Span::days(7)
}
