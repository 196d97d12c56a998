//! `Feature`: a value derived from a person's events.

mod filter;

pub use filter::FeatureFilter;

use gyre_model::event::EventKind;
use gyre_model::{Purpose, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A value derived from a person's events; rules read it as `person.<name>`.
///
/// What it means is frozen once it is applied: a feature that shall mean something else has another name,
/// such as `orders_v2`. Only `owner` and `purpose` may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Which call is looked at.
    #[serde(default = "track")]
    #[schemars(schema_with = "super::call_schema")]
    pub call: EventKind,
    /// The event's name; absent: every event of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How events become one value.
    pub aggregate: Aggregate,
    /// What of the event is looked at: `properties.<key>`, `traits.<key>`, `context.<key>` or `at`.
    /// Needed by all aggregates but `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The type of `first` and `last`; `number` when absent (`time` for `of: at`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<ValueType>,
    /// How far back events count; absent: for ever. Whole hours up to two days, whole days beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub window: Option<Span>,
    /// Only events for which all of these hold count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filter: Vec<FeatureFilter>,
    /// How long the newest event that counts may be ago; beyond it the value is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub ttl: Option<Span>,
    /// What people must consent to, beside `profiling`, for the feature to have a value of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "purpose_schema")]
    pub purpose: Option<Purpose>,
    /// Who answers for it: a team or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `nth_latest`: which one, 1 the latest, at most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// `sequence`: the names of its events, in order; two to eight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// `sequence`: the longest time from the first event to the last; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub within: Option<Span>,
}

impl Feature {
    /// The type of its values in rules and tables.
    pub fn value_type(&self) -> ValueType {
        match (self.aggregate, self.r#type, self.of.as_deref()) {
            (Aggregate::First | Aggregate::Last, Some(named), _) => named,
            (Aggregate::First | Aggregate::Last, None, Some("at")) => ValueType::Time,
            (Aggregate::NthLatest | Aggregate::Sequence, _, _) => ValueType::Time,
            _ => ValueType::Number,
        }
    }

    /// What it means: everything but who answers for it and what must be consented to.
    #[must_use]
    pub fn meaning(&self) -> Self {
        Self { owner: None, purpose: None, ..self.clone() }
    }
}

/// How events become one value. All can be merged in any order, and all are exact: numbers are summed as
/// whole millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// How many events.
    Count,
    /// The exact sum of a number.
    Sum,
    /// The value of the latest event.
    Last,
    /// The value of the earliest event.
    First,
    /// How many different values, exact up to 1,024.
    Distinct,
    /// The sum of a number, divided by how many events have one.
    Mean,
    /// The least number.
    Min,
    /// The greatest number.
    Max,
    /// The sample variance of a number; nothing with fewer than two.
    Variance,
    /// The square root of the sample variance.
    Stddev,
    /// When the event happened for the last time, or the last but so many (`nth`).
    NthLatest,
    /// When a sequence of events (`steps`) was completed for the last time, of the latest 64 of each.
    Sequence,
}

impl Aggregate {
    /// Whether it is made of numbers.
    pub fn is_of_numbers(self) -> bool {
        matches!(
            self,
            Self::Sum | Self::Mean | Self::Min | Self::Max | Self::Variance | Self::Stddev
        )
    }
}

/// The type of a value in rules and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A 64-bit float.
    Number,
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// An instant.
    Time,
}

fn track() -> EventKind {
    EventKind::Track
}

fn purpose_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": Purpose::ALL.map(Purpose::as_str)})
}
