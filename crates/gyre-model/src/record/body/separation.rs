//! Two identifiers that somebody said are not one person.

use super::Body;
use crate::id::NodeId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody said that two identifiers are not one person, or took that back. It holds whatever links
/// them, before it and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separation {
    /// Version.
    pub v: u8,
    /// One node.
    pub node: NodeId,
    /// The other.
    pub from: NodeId,
    /// Whether the word is taken back: they may be one person again.
    #[serde(default)]
    pub lifted: bool,
    /// Why, in the words of whoever said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}
body!(Separation, Separation);
