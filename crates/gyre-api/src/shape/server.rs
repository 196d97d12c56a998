//! The server itself, its problems, rows of the lake, and what collection answers.

use super::plans::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How far the roles have come in a partition.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartitionStatus {
    partition: u32,
    end: u64,
    synced: u64,
    processed: u64,
    archived: u64,
    processor_lag: u64,
    /// Records that cannot be queried yet.
    archivist_lag: u64,
}

/// Sends by where they stand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutboxStatus {
    waiting: u64,
    sending: u64,
    done: u64,
}

/// The lake.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LakeStatus {
    /// Rows that are not in files yet.
    tail_rows: u64,
}

/// How far the server has come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    now: String,
    manual_clock: bool,
    partitions: Vec<PartitionStatus>,
    outbox: OutboxStatus,
    lake: LakeStatus,
    subjects: super::subjects::SubjectStatus,
    features: super::features::FeatureStatus,
}

/// Whether the server works.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Health {
    /// `ok` or `failed`.
    status: String,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(default)]
    hint: Option<String>,
    /// All diagnostics as people read them.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    diagnostics: Option<Vec<Diagnostic>>,
}

/// A column of an answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    name: String,
    /// `text`, `integer`, `number`, `boolean`, `time`, `date`, …
    r#type: String,
}

/// Rows of the lake.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowsView {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    /// Whether there were more.
    truncated: bool,
    /// With a gate: how many rows were left out, by reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<BTreeMap<String, u64>>,
}

/// An event that was not taken.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejected {
    index: u64,
    #[serde(rename = "messageId")]
    message_id: Option<String>,
    code: String,
    message: String,
}

/// What became of collected events.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taken {
    success: bool,
    accepted: u64,
    rejected: Vec<Rejected>,
}

/// What was rejected.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
pub(crate) struct Letter {
    letter: String,
    at: String,
    /// `source:<name>` or `import:<mapping>`.
    origin: String,
    code: String,
    message: String,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    place: Option<u64>,
    raw: String,
    #[serde(default)]
    replayed_as: Option<String>,
}

/// Dead letters, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetterList {
    letters: Vec<Letter>,
    truncated: bool,
}

/// What became of letters that were collected again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replayed {
    accepted: u64,
    rejected: u64,
    /// Letters that cannot be replayed from here, and why.
    left: Vec<(String, String)>,
    /// Goes on with the next letters; absent when there are no more.
    #[serde(default)]
    next: Option<(i64, i64)>,
}

/// A row of a file.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRow {
    /// From 1, the header not counted.
    line: u64,
    values: BTreeMap<String, Value>,
    raw: String,
    /// Why it cannot be read, where it cannot.
    #[serde(default)]
    malformed: Option<String>,
}

/// Rows of one import, in order of their lines.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportChunk {
    import: String,
    rows: Vec<ImportRow>,
    /// Whether these are the last.
    #[serde(default)]
    done: bool,
}

/// How far an import has come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportProgress {
    import: String,
    mapping: String,
    line: u64,
    accepted: u64,
    rejected: u64,
    records: u64,
    done: bool,
}
