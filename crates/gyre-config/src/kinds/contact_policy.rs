//! `ContactPolicy`: consent, caps and quiet hours.

use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Consent, caps and quiet hours for everything a campaign sends or shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPolicy {
    /// Per channel, whether consent must have been given. A channel not named needs it.
    #[serde(default)]
    pub consent: BTreeMap<String, ConsentRule>,
    /// Caps; all of them hold at once.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// When nothing is sent (in-app is not affected: the person is there).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

/// Whether consent must have been given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// Only with consent given and not taken back.
    Required,
    /// Unless consent was taken back.
    OptOut,
}

/// At most so many contacts in so much time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// The channel it counts; absent: all channels together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The most contacts.
    pub max: u32,
    /// In how much time, looking back.
    #[schemars(schema_with = "super::span_schema")]
    pub per: Span,
}

/// A daily time in which nothing is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// First quiet minute of the day, `HH:MM`.
    pub from: String,
    /// First minute in which sending is allowed again, `HH:MM`.
    pub to: String,
    /// Minutes that local time is ahead of UTC.
    #[serde(default)]
    pub utc_offset_minutes: i32,
}
