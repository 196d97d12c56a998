//! What is answered to webhooks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookTaken)]
pub(crate) struct Taken {
    pub(crate) success: bool,
    /// Rows that became records.
    pub(crate) accepted: u64,
    /// The records.
    pub(crate) records: u64,
    /// Campaigns of others that the call told of.
    pub(crate) campaigns: u64,
    /// 1 where no mapping is about the call.
    pub(crate) ignored: u64,
    /// Rows that became dead letters.
    pub(crate) rejected: Vec<RejectedRow>,
}

/// A row that became a dead letter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectedRow {
    pub(crate) index: u64,
    pub(crate) code: String,
    pub(crate) message: String,
}
