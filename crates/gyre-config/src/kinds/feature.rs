//! `Feature`: a value derived from a person's events.

use gyre_model::Span;
use gyre_model::event::EventKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value derived from a person's events; rules read it as `person.<name>`.
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
}

impl Feature {
    /// The type of its values in rules and tables.
    pub fn value_type(&self) -> ValueType {
        match (self.aggregate, self.r#type, self.of.as_deref()) {
            (Aggregate::Count | Aggregate::Sum | Aggregate::Distinct, _, _) => ValueType::Number,
            (_, Some(named), _) => named,
            (_, None, Some("at")) => ValueType::Time,
            (_, None, _) => ValueType::Number,
        }
    }
}

/// How events become one value. All can be merged in any order.
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
    /// How many different values, exact up to 1,024 per tile.
    Distinct,
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
