//! Campaigns and how they fare.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A campaign in a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignSummary {
    name: String,
    version: u64,
    /// `people`, a user, or `loop:<name>`.
    by: String,
    at: String,
    /// What people wrote.
    spec: BTreeMap<String, Value>,
    /// What the loop wrote; null before its first turn.
    managed: Option<BTreeMap<String, Value>>,
}

/// All campaigns.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignList {
    campaigns: Vec<CampaignSummary>,
}

/// A variant as it would be delivered: an e-mail, or the fields that an app receives.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Preview {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    html: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// How a variant fared on a channel. Counts, not effects.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Performance {
    /// Empty for sends refused before one was drawn.
    variant: String,
    channel: Option<String>,
    decisions: u64,
    sent: u64,
    rendered: u64,
    refused: u64,
    other_outcomes: BTreeMap<String, u64>,
    opens: u64,
    clicks: u64,
    other_responses: BTreeMap<String, u64>,
    /// Decisions whose reward window has closed.
    closed: u64,
    /// What those earned, value minus cost.
    reward: f64,
}

/// Two ends, both included.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    low: f64,
    high: f64,
}

/// A difference to the control.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comparison {
    value: f64,
    relative: Option<f64>,
    standard_error: f64,
    /// Valid for one look that was planned.
    fixed: Range,
    /// Valid at every look.
    always_valid: Range,
    p: f64,
    p_always_valid: f64,
    p_adjusted: Option<f64>,
    alpha: f64,
}

/// How many people a variant has.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantCount {
    variant: String,
    people: u64,
}

/// One variant under one measure.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasureRow {
    variant: String,
    people: u64,
    responders: u64,
    rate: Option<f64>,
    sum: f64,
    sum_squares: f64,
    mean: Option<f64>,
    rate_lift: Option<Comparison>,
    mean_lift: Option<Comparison>,
}

/// One value of one segment key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cut {
    key: String,
    value: String,
    rows: Vec<MeasureRow>,
}

/// One response kind.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measure {
    kind: String,
    overall: Vec<MeasureRow>,
    cuts: Vec<Cut>,
}

/// A campaign's variants compared with its control.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignReport {
    campaign: String,
    control: Option<String>,
    alpha: f64,
    variants: Vec<VariantCount>,
    measures: Vec<Measure>,
    comparisons: u64,
    warnings: Vec<String>,
}

/// A campaign and how it fares.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignView {
    name: String,
    version: u64,
    spec: BTreeMap<String, Value>,
    managed: Option<BTreeMap<String, Value>>,
    by: String,
    at: String,
    report: CampaignReport,
    /// Null for campaigns that others ran.
    performance: Option<Vec<Performance>>,
}
