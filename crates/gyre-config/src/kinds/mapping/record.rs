//! The records a row can give, one type per family.

use super::{Condition, Extract};
use gyre_model::event::EventKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A record that a row gives, by family: `- response: {…}`. Each has `when` (all conditions must hold;
/// none: always), may have its own `at`, and
/// with `each` is given once for each element of a list. Values that are absent from the row are left out of
/// `properties`, `segments` and `metadata`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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
    /// A campaign that another system runs: it becomes a `Campaign` with `external: true`.
    Campaign(CampaignRow),
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
            Self::Campaign(row) => &row.when,
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
            Self::Campaign(_) => None,
        }
    }
    /// The list for each of whose elements it is given.
    pub fn each(&self) -> Option<&str> {
        match self {
            Self::Event(row) => row.each.as_deref(),
            Self::Enrollment(row) => row.each.as_deref(),
            Self::Response(row) => row.each.as_deref(),
            Self::Offline(row) => row.each.as_deref(),
            Self::Content(row) => row.each.as_deref(),
            Self::Campaign(row) => row.each.as_deref(),
        }
    }
}

/// An event, as if it had been sent to the collector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventRow {
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
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
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
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
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
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
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
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
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
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

/// A campaign that another system runs. Gyre measures it: its variants are compared with its control by
/// what was enrolled and answered. A campaign of that name that people wrote stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignRow {
    /// Given once for each element of this list, which is then found under `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<String>,
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// Its name; it is made one that a resource may have.
    pub name: Extract,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Extract>,
    /// The list of its variants; an element is found under `each`. Absent: it has the one variant
    /// `sent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<String>,
    /// The name of a variant; absent: the element itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Extract>,
    /// The variant others are compared with; one that is not among its variants is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Extract>,
    /// Response kinds that reports compare between variants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Values by which reports cut the comparison.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
}
