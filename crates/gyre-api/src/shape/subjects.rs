//! Requests of people about their own data.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How long records of a family are kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionStatus {
    family: String,
    kept: String,
    /// Records that were removed because they grew too old.
    removed: u64,
}

/// What requests of people have come to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectStatus {
    /// Requests that are being carried out.
    open: u64,
    /// Identifiers that are not collected again.
    suppressed: u64,
    /// Identity nodes whose person is not evaluated, decided on or sent to.
    restricted: u64,
    /// Late records of erased people that were not taken.
    blocked: u64,
    retention: Vec<RetentionStatus>,
}

/// What was removed from one place.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemovedView {
    /// `journal`, `lake`, `state`, `fold` or `exports`.
    store: String,
    /// The table, family or kind of row.
    table: String,
    count: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// What was put right, without the values.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectedView {
    /// `trait` or `identifier`.
    what: String,
    /// The trait, or the type of the identifier.
    name: String,
    /// `set`, `removed`, `replaced` or `dropped`.
    done: String,
    /// The features that were made anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<String>,
    /// Features that have no value now, since the right one does not fit their type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unfit: Vec<String>,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// A request.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectRequestView {
    id: String,
    workspace: String,
    /// `export`, `erase`, `restrict`, `unrestrict`, `lift` or `rectify`.
    kind: String,
    /// `received`, `done` or `failed`.
    state: String,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    requested_at: String,
    due_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_at: Option<String>,
    /// Keyed hashes of the identifiers it is about.
    subject: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RemovedView>,
    /// The size of its export, while it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export_until: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    corrected: Vec<CorrectedView>,
    /// What was removed or put right where, signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<Value>,
    failures: u32,
}

/// All requests.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubjectRequestList {
    requests: Vec<SubjectRequestView>,
}

/// What certificates are signed with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateKey {
    algorithm: String,
    /// The public key, as hexadecimal digits.
    key: String,
}
