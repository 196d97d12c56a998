//! Where somebody stands, and what a walk over the ledger found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where somebody stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentView {
    person: String,
    as_of: String,
    #[serde(default)]
    jurisdiction: Option<String>,
    topics: Vec<TopicView>,
    /// The person's preference page, where the server knows its public address.
    #[serde(default)]
    preferences_url: Option<String>,
}

/// Where somebody stands on one topic.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopicView {
    purpose: String,
    /// The channel, or `*`; absent for purposes without.
    #[serde(default)]
    channel: Option<String>,
    /// What was said, else what the jurisdiction says.
    allowed: bool,
    /// `granted`, `denied`, `withdrawn` or `expired`; absent where nothing was said.
    #[serde(default)]
    decision: Option<String>,
    /// `silence`, `said`, `conflict` or `expired`.
    because: String,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    until: Option<String>,
    /// The entries of the ledger it rests on.
    ledger: Vec<String>,
}

/// What a walk over the ledger found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LedgerReport {
    whole: bool,
    /// Entries that were held against their hashes.
    entries: u64,
    /// Entries written before the ledger was chained.
    unchained: u64,
    /// Entries that were erased with their people; their places are kept.
    #[serde(default)]
    erased: u64,
    /// Entries that were removed because of their age.
    #[serde(default)]
    removed: u64,
    /// The hash of the last entry.
    head: String,
    /// What is wrong: `entry 3 was edited`, …
    faults: Vec<String>,
}

/// How often a gate said something.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateCount {
    gate: String,
    purpose: String,
    allowed: bool,
    because: String,
    count: u64,
}

/// What the gates have said since the server started.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gates {
    gates: Vec<GateCount>,
}
