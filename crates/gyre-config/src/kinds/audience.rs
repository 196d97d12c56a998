//! `Audience`: people for whom a rule holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// People for whom a rule holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// A SQL boolean over `person.*` and `at`, for example
    /// `person.orders > 0 and person.last_order_at < at - interval '30 days'`.
    pub rule: String,
}
