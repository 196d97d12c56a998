//! `Campaign`: who may receive what, where and when.

use gyre_model::{Decimal, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who may receive what, where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Campaign {
    /// The audience; absent only for campaigns that others ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// How variants are chosen; absent only for campaigns that others ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Consent, caps, quiet hours; absent only for campaigns that others ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_policy: Option<String>,
    /// When somebody is considered.
    #[serde(default = "on_enter")]
    pub trigger: Trigger,
    /// Queued sends go over this channel (`email`); absent: in-app only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Where the campaign may be shown in-app; empty: nowhere.
    #[serde(default)]
    pub placements: Vec<String>,
    /// When queued sends leave.
    #[serde(default)]
    pub schedule: Schedule,
    /// What can be chosen. A variant without content sends nothing: doing nothing is an action too.
    pub variants: Vec<Variant>,
    /// The variant others are compared with in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// How long after a decision its rewards count.
    #[serde(default = "window")]
    #[schemars(schema_with = "super::span_schema")]
    pub window: Span,
    /// How much offers of this campaign may cost, in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::decimal_schema")]
    pub budget: Option<Decimal>,
    /// Another system runs it; Gyre only measures it.
    #[serde(default)]
    pub external: bool,
    /// Response kinds that reports compare between variants.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Values by which reports cut the comparison (keys of imported segments).
    #[serde(default)]
    pub segments: Vec<String>,
    /// The kill switch: nothing is decided or sent.
    #[serde(default)]
    pub switched_off: bool,
}

/// When somebody is considered for a queued send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// When the person enters the audience.
    OnEnter,
    /// Never: only in-app decisions are taken.
    Never,
}

/// When queued sends leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How long after the trigger.
    #[serde(default)]
    #[schemars(schema_with = "super::span_schema")]
    pub delay: Span,
    /// How long after its time a send may still leave.
    #[serde(default = "expiry")]
    #[schemars(schema_with = "super::span_schema")]
    pub expires: Span,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { delay: Span(0), expires: expiry() }
    }
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Per channel, the content shown or sent.
    #[serde(default)]
    pub content: BTreeMap<String, String>,
    /// What it gives away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// A SQL boolean over `person.*`, `context.*` and `at`; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// What the loop owns of a campaign.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Segment, then variant, then weight. A segment not named has equal weights.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, BTreeMap<String, f64>>,
    /// Variants no longer chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// The turn that wrote this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u64>,
}

fn on_enter() -> Trigger {
    Trigger::OnEnter
}
fn window() -> Span {
    Span::days(14)
}
fn expiry() -> Span {
    Span::days(2)
}
