//! An audience before it is saved.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// People who are in some audiences and not in the others that were asked about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudienceOverlap {
    /// Whether the rule holds for them.
    preview: bool,
    /// The audiences.
    audiences: Vec<String>,
    /// How many.
    people: u64,
}

/// An audience before it is saved.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudiencePreview {
    at: String,
    /// Everybody who may be looked at.
    people: u64,
    /// For how many the rule holds.
    size: u64,
    /// Their share of everybody.
    share: f64,
    /// How many of them have an address and consent, by channel.
    reachable: BTreeMap<String, u64>,
    /// The contact policy that was asked for consent; absent: consent is required everywhere.
    #[serde(default)]
    contact_policy: Option<String>,
    /// How many are in exactly these and no others, largest first.
    overlap: Vec<AudienceOverlap>,
    /// Some of those for whom it holds.
    #[serde(default)]
    sample: Vec<String>,
    /// The features that were lifted out of the rule.
    #[serde(default)]
    lifted: BTreeMap<String, Value>,
}
