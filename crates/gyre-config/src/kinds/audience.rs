//! `Audience`: people for whom a rule holds.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People for whom a rule holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// A SQL boolean over `person.*` and `at`, for example
    /// `person.orders > 0 and person.last_order_at < at - interval '30 days'`, or over behaviour:
    /// `did('Order Completed', times >= 3, within => interval '30 days')`.
    pub rule: String,
    /// Whether it is one of the few segments that everybody reports by: it stays what it is, so its rule
    /// is not changed under its name. Off unless said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub r#macro: bool,
    /// How long somebody stays after entering, though the rule still holds: a moment. They enter again
    /// once the rule has stopped holding and holds again. Without it, as long as the rule holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub r#for: Option<Span>,
}
