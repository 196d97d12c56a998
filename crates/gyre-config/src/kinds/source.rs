//! `Source`: where events come from.

use super::Signature;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where events come from, and the keys with which they may be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Who holds the key: a server's claims weigh more than a browser's.
    pub r#type: SourceType,
    /// The write keys; any of them may be used, so that one can be replaced without a gap.
    pub write_keys: Vec<String>,
    /// Whether events are taken; a disabled source answers 200 and puts them into dead letters.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The largest single event in bytes.
    #[serde(default = "event_limit")]
    pub max_event_bytes: u32,
    /// The largest request body in bytes, after decompression.
    #[serde(default = "request_limit")]
    pub max_request_bytes: u32,
    /// How calls are signed; only with `type: webhook`, which takes none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// What kind of client a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceType {
    /// A server of yours: its claims are trusted.
    Server,
    /// A browser: anybody can read its key.
    Browser,
    /// An app: anybody can read its key.
    Mobile,
    /// Files.
    Import,
    /// Another system's calls.
    Webhook,
}

impl SourceType {
    /// Whether the key is in customers' hands.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Browser | Self::Mobile)
    }
}

fn yes() -> bool {
    true
}
fn event_limit() -> u32 {
    32 * 1024
}
fn request_limit() -> u32 {
    4 * 1024 * 1024
}
