//! What is answered about connectors.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Connectors.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorList {
    connectors: Vec<Connector>,
}

/// A connector and how it fares.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Connector {
    name: String,
    running: bool,
    progress: ConnectorProgress,
}

/// How a connector fares; the counts are those of the last run.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorProgress {
    /// Where the next run begins.
    state: Option<Value>,
    began: Option<String>,
    /// Absent while it runs, and where the server died.
    ended: Option<String>,
    /// Why it did not end well.
    error: Option<String>,
    accepted: u64,
    rejected: u64,
    ignored: u64,
}

/// What a connector logged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogList {
    lines: Vec<LogLine>,
}

/// A line that a connector logged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogLine {
    at: String,
    text: String,
}

/// A run that began.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Started {
    pub(crate) started: bool,
}
