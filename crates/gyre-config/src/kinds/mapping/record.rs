//! The records a row can give, one type per family.

use super::{Condition, Extract};
use gyre_model::event::EventKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A record that a row gives, by family: `- response: {…}`. Each has `when` (all conditions must hold;
/// none: always) and may have its own `at`. Values that are absent from the row are left out of
/// `properties`, `segments` and `metadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there are few, and none is moved in a hot path")]
pub enum RecordRow {
    /// An event, as if it had been sent to the collector.
    Event(EventRow),
    /// The person was put into a campaign, perhaps with an arm.
    Enrollment(EnrollmentRow),
    /// What the person did with what was sent or shown.
    Response(ResponseRow),
    /// Something outside the web.
    Offline(OfflineRow),
    /// An asset and its metadata; about no person.
    Content(ContentRow),
}

impl RecordRow {
    /// All of these must hold of the row.
    pub fn when(&self) -> &[Condition] {
        match self {
            Self::Event(row) => &row.when,
            Self::Enrollment(row) => &row.when,
            Self::Response(row) => &row.when,
            Self::Offline(row) => &row.when,
            Self::Content(row) => &row.when,
        }
    }
    /// Its own time, where it has one.
    pub fn at(&self) -> Option<&Extract> {
        match self {
            Self::Event(row) => row.at.as_ref(),
            Self::Enrollment(row) => row.at.as_ref(),
            Self::Response(row) => row.at.as_ref(),
            Self::Offline(row) => row.at.as_ref(),
            Self::Content(row) => row.at.as_ref(),
        }
    }
}

/// An event, as if it had been sent to the collector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRow {
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// When, if not the row's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Extract>,
    /// Which call: `track`, `page` or `screen`.
    #[serde(default = "track")]
    #[schemars(schema_with = "crate::kinds::call_schema")]
    pub call: EventKind,
    /// The event's name.
    pub name: Extract,
    /// Its properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Extract>,
}

/// The person was put into a campaign, perhaps with an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrollmentRow {
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// When, if not the row's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Extract>,
    /// The campaign.
    pub campaign: Extract,
    /// The variant the person was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<Extract>,
    /// Values by which reports cut the comparison; the campaign's `segments` name them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segments: BTreeMap<String, Extract>,
}

/// What the person did with what was sent or shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseRow {
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// When, if not the row's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Extract>,
    /// `open`, `click`, `visit`, `conversion`, `spend`, or your own word; the campaign's `measures`
    /// name them.
    pub kind: Extract,
    /// The campaign it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Extract>,
    /// The variant it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Extract>,
    /// What it is worth, a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Extract>,
}

/// Something outside the web: CRM, in-store, support.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfflineRow {
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// When, if not the row's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Extract>,
    /// What happened, in the source's words.
    pub kind: Extract,
    /// What is known of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Extract>,
}

/// An asset and its metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentRow {
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// When it became known, if not the row's `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Extract>,
    /// Its name.
    pub name: Extract,
    /// Its metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Extract>,
}

fn track() -> EventKind {
    EventKind::Track
}
