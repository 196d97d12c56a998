//! `Offer`: something given away.

use gyre_model::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something given away, what it is expected to cost, and how much of it there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The code a shop recognises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Expected cost of one contact with this offer, for the budget.
    #[serde(default)]
    #[schemars(schema_with = "super::decimal_schema")]
    pub cost: Decimal,
    /// How many contacts may carry it, in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u64>,
    /// How much its contacts may cost, in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::decimal_schema")]
    pub budget: Option<Decimal>,
}
