//! What applying files would do, and what it did.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One value that changes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueChange {
    /// For example `variants[discount].when`.
    path: String,
    #[serde(default)]
    old: Option<Value>,
    #[serde(default)]
    new: Option<Value>,
}

/// What would be done to a resource.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "do")]
pub(crate) enum Action {
    Create,
    Update { changes: Vec<ValueChange> },
    Reset,
    Unchanged,
    Delete,
}

/// What applying would do to one resource.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    kind: String,
    name: String,
    action: Action,
    #[serde(default)]
    version: Option<u64>,
    spec: Value,
    managed: Value,
    managed_changes: Vec<ValueChange>,
}

/// One step per resource.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    steps: Vec<Step>,
}

/// What is wrong in a file, or worth a look.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Diagnostic {
    file: String,
    line: u64,
    column: u64,
    words: String,
    message: String,
    #[serde(default)]
    hint: Option<String>,
    severity: String,
    source: String,
}

/// What would be done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    plan: Plan,
    /// The plan for people.
    text: String,
    changes: bool,
    warnings: Vec<Diagnostic>,
}

/// A resource that was changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Applied {
    kind: String,
    name: String,
    version: u64,
    /// `created`, `updated`, `removed`, …
    action: String,
}

/// What was done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    applied: Vec<Applied>,
    plan: Plan,
    text: String,
    changes: bool,
    warnings: Vec<Diagnostic>,
}
