//! `Mapping`: how rows of a file become records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How rows of a file become records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {}
