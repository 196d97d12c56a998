//! A decision, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Why a candidate was not drawn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    /// `no_consent`, `capped`, `holdout`, `not_in_audience`, …
    reason: String,
    #[serde(default)]
    until: Option<String>,
    #[serde(default)]
    by: Option<String>,
    /// The entries of the consent ledger it rests on.
    #[serde(default)]
    ledger: Vec<String>,
}

/// What could have been drawn.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidate {
    variant: String,
    probability: f64,
    #[serde(default)]
    refusal: Option<Refusal>,
}

/// What was decided, as a row of the table `decisions`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
pub(crate) struct Decision {
    #[serde(rename = "_partition")]
    partition: u32,
    #[serde(rename = "_offset")]
    offset: u64,
    at: String,
    event_date: String,
    workspace: String,
    decision: String,
    node: String,
    person: String,
    decided_at: String,
    /// `in_app`, `queued` or `imported`.
    mode: String,
    channel: String,
    #[serde(default)]
    placement: Option<String>,
    campaign: String,
    campaign_version: u64,
    #[serde(default)]
    r#loop: Option<String>,
    #[serde(default)]
    arm: Option<String>,
    policy_version: u64,
    segment: String,
    #[serde(default)]
    chosen: Option<String>,
    probability: f64,
    floor: f64,
    uniform: f64,
    ordinal: u64,
    candidates: Vec<Candidate>,
    /// What was known of the person.
    features: BTreeMap<String, Value>,
    #[serde(default)]
    send: Option<String>,
    cost: f64,
    window_seconds: u64,
    /// The entries of the consent ledger that the verdict on the person rests on.
    #[serde(default)]
    consents: Vec<String>,
}

/// An attempt to deliver.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryRow {
    outcome: String,
    channel: String,
    attempt: u32,
    #[serde(default)]
    detail: Option<String>,
    occurred_at: String,
}

/// What the person did with it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseRow {
    kind: String,
    #[serde(default)]
    value: Option<f64>,
    occurred_at: String,
}

/// Why: a decision with everything that led to it and came of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionView {
    decision: Decision,
    deliveries: Vec<DeliveryRow>,
    responses: Vec<ResponseRow>,
}
