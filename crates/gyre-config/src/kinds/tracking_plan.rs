//! `TrackingPlan`: what events should look like, and what is mended or kept out.

use super::Repair;
use gyre_model::Span;
use gyre_model::event::EventKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What calls should look like. First `cleaning` mends a call, then it is held against `events`,
/// `identify`, `group`, `pages` or `screens`. Violations are records with a sample, in the table
/// `violations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackingPlan {
    /// The sources it is about; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What becomes of an event with a violation, unless the event says otherwise.
    #[serde(default)]
    pub mode: PlanMode,
    /// What becomes of a track event that is not in `events`, and of a page or screen that is not in
    /// `pages` or `screens` where there are any.
    #[serde(default)]
    pub unplanned: Unplanned,
    /// The track events by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, PlannedEvent>,
    /// The traits of identify calls, as `properties`; absent: they are not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identify: Option<PlannedEvent>,
    /// The traits of group calls, as `properties`; absent: they are not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<PlannedEvent>,
    /// The pages by name; `*` stands for every other. None: pages are not looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pages: BTreeMap<String, PlannedEvent>,
    /// The screens by name; `*` stands for every other. None: screens are not looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub screens: BTreeMap<String, PlannedEvent>,
    /// What is mended first, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleaning: Vec<Cleaning>,
}

/// What becomes of an event with a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanMode {
    /// It counts; the violation is recorded.
    #[default]
    Warn,
    /// It becomes a dead letter `plan_violation`, to be mended and replayed.
    Quarantine,
    /// It is not wanted: it becomes a dead letter `plan_blocked`, which can be mended and replayed all the same.
    Block,
}

/// What becomes of an event that no plan names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unplanned {
    /// It counts, and nothing is recorded.
    #[default]
    Allow,
    /// It counts; the violation is recorded.
    Warn,
    /// It becomes a dead letter `plan_violation`.
    Quarantine,
    /// It becomes a dead letter `plan_blocked`.
    Block,
}

/// What an event should look like.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedEvent {
    /// When it is sent, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What becomes of one with a violation; absent: as the plan says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<PlanMode>,
    /// Its properties by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, PlannedProperty>,
    /// Whether a property that is not named is a violation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What a property should look like.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedProperty {
    /// What it means, in words for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its type; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<PropertyType>,
    /// Whether it must be there, and not null or empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The values it may have; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "scalars")]
    pub values: Vec<Value>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
    /// Whether it is personal; then no sample of it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pii: Option<Pii>,
    /// Whether it is a column of its own in queries: of the view `events_order_completed` for the
    /// event Order Completed, of `pages_…`, `screens_…`, `calls_identify` or `calls_group`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promote: bool,
}

/// How personal a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pii {
    /// It names the person: an address, a number.
    Direct,
    /// It may tell the person together with others: a postcode, a birthday.
    Indirect,
    /// It is of a special category: health, belief.
    Sensitive,
}

/// The type of a property.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PropertyType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A number without a fraction.
    Integer,
    /// True or false.
    Boolean,
    /// A time in RFC 3339, or a date.
    Time,
    /// A list.
    List,
    /// An object.
    Object,
}

impl PropertyType {
    /// What it is called in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::Time => "a time",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

/// A cleaning rule: `property` with `repair` and `map`, or `duplicates`. How often it did something is
/// counted, see `GET /v1/tracking-plans`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cleaning {
    /// What its effect is counted under.
    pub name: String,
    /// The calls it is about; empty: track alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<PlannedCall>,
    /// The events, pages or screens it is about, by name; empty: all. `duplicates` of track, page and
    /// screen calls needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The property that is mended; `a.b` names a nested one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// How, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repair: Vec<Repair>,
    /// What each text becomes after that; others stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "scalars_by_name")]
    pub map: BTreeMap<String, Value>,
    /// Drops an event that came before under another message id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
}

/// A call that plans are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlannedCall {
    /// Something happened.
    Track,
    /// Who somebody is; what is mended are traits.
    Identify,
    /// Somebody belongs to a group; what is mended are the group's traits.
    Group,
    /// A page was seen.
    Page,
    /// A screen was seen.
    Screen,
}

impl PlannedCall {
    /// Whether it is a call of this kind.
    pub fn is(self, kind: EventKind) -> bool {
        kind == match self {
            Self::Track => EventKind::Track,
            Self::Identify => EventKind::Identify,
            Self::Group => EventKind::Group,
            Self::Page => EventKind::Page,
            Self::Screen => EventKind::Screen,
        }
    }
}

/// Which events are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// Properties that are the same; all must be there. The person is the same too.
    pub keys: Vec<String>,
    /// How long after the first; at most the server's window of duplicates.
    #[schemars(schema_with = "super::span_schema")]
    pub within: Span,
}

fn scalars(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "array", "items": {"type": ["string", "number", "boolean"]}})
}

fn scalars_by_name(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]}
    })
}
