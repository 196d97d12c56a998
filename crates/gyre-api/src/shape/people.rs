//! A person as known now.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An identifier that belongs to the person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeView {
    node: String,
    /// `user`, `anonymous`, `email`, …
    kind: String,
    identifier: String,
    first_seen: String,
    last_seen: String,
}

/// A decision about the person, in short.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRow {
    decision: String,
    decided_at: String,
    campaign: String,
    channel: String,
    /// Absent when nothing could be drawn.
    #[serde(default)]
    chosen: Option<String>,
    probability: f64,
    #[serde(default)]
    arm: Option<String>,
    segment: String,
}

/// A person as known now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonView {
    person: String,
    nodes: Vec<NodeView>,
    features: BTreeMap<String, Value>,
    /// Audiences and since when.
    audiences: BTreeMap<String, String>,
    /// Arms of loops.
    arms: BTreeMap<String, String>,
    /// Per channel, whether consent stands.
    consent: BTreeMap<String, bool>,
    /// When time alone may change something.
    #[serde(default)]
    next_change_at: Option<String>,
    /// The latest decisions, newest first.
    decisions: Vec<DecisionRow>,
}

/// A page of an export.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AudienceExport {
    /// Whom the gate let through, in the order of ids.
    members: Vec<ExportedMember>,
    /// Members that were looked at.
    looked_at: u64,
    /// Members who do not consent to their data being shared.
    without_consent: u64,
    /// Members who are restricted.
    restricted: u64,
    /// Where the next page begins; absent on the last.
    #[serde(default)]
    next: Option<String>,
}

/// A member, by the identifiers that others know.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportedMember {
    person: String,
    user_ids: Vec<String>,
    /// Normalised.
    emails: Vec<String>,
    /// In the form of E.164.
    phones: Vec<String>,
}
