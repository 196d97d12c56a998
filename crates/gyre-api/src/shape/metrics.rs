//! Metrics, questions about them, and their answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A metric in a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricSummary {
    name: String,
    label: String,
    description: Option<String>,
    /// How it is computed, such as `conversion`.
    r#type: String,
    /// `number`, `percent`, `money`, `duration` (days) or `points`.
    format: String,
    /// Whether rows may be added to a total.
    additive: bool,
    /// The definition's version, shown with every value.
    version: u64,
    built_in: bool,
    /// `ready` or `needs`.
    status: String,
    /// What is not collected yet and without which it is refused.
    needs: Option<String>,
    /// `observed`, `attributed` or `experiment`.
    evidence: String,
    /// What it can be split and filtered by.
    dimensions: Vec<String>,
    /// Metrics that are made of it or name it as companion.
    used_by: Vec<String>,
    /// The definition as YAML has it under `spec`.
    definition: BTreeMap<String, Value>,
}

/// All metrics.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricList {
    metrics: Vec<MetricSummary>,
}

/// A metric, with an example.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricView {
    name: String,
    label: String,
    description: Option<String>,
    /// How it is computed, such as `conversion`.
    r#type: String,
    /// `number`, `percent`, `money`, `duration` (days) or `points`.
    format: String,
    /// Whether rows may be added to a total.
    additive: bool,
    /// The definition's version, shown with every value.
    version: u64,
    built_in: bool,
    /// `ready` or `needs`.
    status: String,
    /// What is not collected yet and without which it is refused.
    needs: Option<String>,
    /// `observed`, `attributed` or `experiment`.
    evidence: String,
    /// What it can be split and filtered by.
    dimensions: Vec<String>,
    /// Metrics that are made of it or name it as companion.
    used_by: Vec<String>,
    /// The definition as YAML has it under `spec`.
    definition: BTreeMap<String, Value>,
    /// The statements of the example, parameters in place.
    sql: Vec<String>,
    /// A question it answers.
    example: BTreeMap<String, Value>,
}

/// A question about metrics.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricQuestion {
    /// One to six metrics.
    metrics: Vec<String>,
    /// At most three dimensions to split by.
    #[serde(default)]
    #[schema(required = false)]
    dimensions: Vec<String>,
    /// When; absent: the last 30 days.
    #[serde(default)]
    time: Option<MetricTime>,
    /// All of them must hold.
    #[serde(default)]
    #[schema(required = false)]
    filters: Vec<MetricFilter>,
    /// Rows that do not fit are left out; the total stays.
    #[serde(default)]
    #[schema(required = false)]
    having: Vec<MetricHaving>,
    /// By what rows are ordered.
    #[serde(default)]
    #[schema(required = false)]
    order_by: Vec<MetricOrder>,
    /// The most rows; with a grain, the most combinations of dimensions.
    #[serde(default)]
    limit: Option<u32>,
    /// `default`, `observed`, `attributed` or `experiment`.
    #[serde(default)]
    evidence: Option<String>,
    #[serde(default)]
    attribution: Option<MetricAttribution>,
    /// `human` or `all`; absent: what each metric says.
    #[serde(default)]
    population: Option<String>,
    #[serde(default)]
    cohort: Option<MetricCohort>,
    /// Counts units whose window is still open, with what they did so far.
    #[serde(default)]
    #[schema(required = false)]
    include_immature: bool,
    /// A hint for pages.
    #[serde(default)]
    display: Option<String>,
    /// Of lengths of time: the whole curve beside the quantile.
    #[serde(default)]
    #[schema(required = false)]
    curve: bool,
}

/// When.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricTime {
    #[serde(default)]
    range: Option<MetricRange>,
    /// `none`, `hour`, `day`, `week`, `month`, `quarter` or `year`.
    #[serde(default)]
    grain: Option<String>,
    /// `previous_period`, `previous_year`, or both.
    #[serde(default)]
    #[schema(required = false)]
    compare: Vec<String>,
    /// Only `default`: each metric has a date of its own.
    #[serde(default)]
    dimension: Option<String>,
    /// The time zone that days begin in; absent: `UTC`.
    #[serde(default)]
    zone: Option<String>,
}

/// A period; its end does not belong to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricRange {
    /// `rolling`, `previous`, `to_date`, `period`, `between` or `all`.
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    n: Option<u32>,
    /// `hour`, `day`, `week`, `month`, `quarter` or `year`.
    #[serde(default)]
    unit: Option<String>,
    /// `2025`, `2025-H1`, `2025-Q2`, `2025-05`, `2025-W21` or `2025-05-17`.
    #[serde(default)]
    period: Option<String>,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

/// A condition on a dimension.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricFilter {
    field: String,
    /// `in`, `not_in`, `contains`, `starts_with`, `is_null` or `not_null`.
    #[serde(default)]
    op: Option<String>,
    #[serde(default)]
    #[schema(required = false)]
    values: Vec<String>,
}

/// A condition on a metric of the question.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricHaving {
    metric: String,
    /// `gt`, `gte`, `lt` or `lte`.
    op: String,
    value: f64,
}

/// By what rows are ordered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricOrder {
    /// A metric or dimension of the question, or `time`.
    by: String,
    /// `asc` or `desc`.
    #[serde(default)]
    dir: Option<String>,
}

/// How orders are shared out among clicked messages.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricAttribution {
    /// `last_touch`, `first_touch`, `linear` or `time_decay`.
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    window_days: Option<u32>,
}

/// Ages of cohorts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricCohort {
    /// `day`, `week` or `month` (30 days).
    #[serde(default)]
    age_unit: Option<String>,
    #[serde(default)]
    max_age: Option<u32>,
}

/// An answer: every value with what it was computed from.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricAnswer {
    metrics: Vec<AnsweredMetric>,
    dimensions: Vec<String>,
    period: MetricPeriod,
    compared: Vec<ComparedPeriod>,
    grain: String,
    zone: String,
    /// Everything that happened up to here is counted.
    watermark: String,
    /// Nothing where nothing happened, or where it is not known yet.
    coverage: Option<MetricCoverage>,
    population: String,
    rows: Vec<MetricRow>,
    /// With a grain and dimensions: one row per combination over the whole period.
    groups: Vec<MetricRow>,
    /// The whole, asked on its own: never the sum of rows.
    total: BTreeMap<String, MetricShown>,
    /// What a reader must know.
    notes: Vec<String>,
    truncated: bool,
    /// Whether this was given before, and a newer one is being computed or is due: ask again in a moment.
    renewing: bool,
}

/// What numbers rest on, by what happened in the last days up to the watermark. It is renewed every five
/// minutes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricCoverage {
    /// How many days were looked at.
    days: u32,
    /// Of the people who did something, the share who may be measured; nothing where nobody is left out.
    people: Option<f64>,
    /// Of the events, the share that is of those people; nothing where nobody is left out.
    events: Option<f64>,
    /// Of the events, the share that came more than five minutes after they happened, and within seven days.
    late: Option<f64>,
}

/// A metric of an answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnsweredMetric {
    name: String,
    label: String,
    r#type: String,
    format: String,
    evidence: String,
    version: u64,
    additive: bool,
    window: Option<String>,
    attribution: Option<String>,
    minimum: u64,
    /// The statements that computed it, parameters in place.
    sql: Vec<String>,
    pitfalls: Vec<String>,
}

/// A period; `to` no longer belongs to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricPeriod {
    from: String,
    to: String,
    from_at: String,
    to_at: String,
}

/// A period that another is compared with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComparedPeriod {
    name: String,
    period: MetricPeriod,
}

/// A row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricRow {
    time: Option<String>,
    age: Option<u32>,
    dimensions: Vec<Option<String>>,
    metrics: BTreeMap<String, MetricShown>,
}

/// A value, and what it is compared with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricShown {
    now: MetricValue,
    /// By `previous_period` and `previous_year`.
    compared: BTreeMap<String, MetricValue>,
}

/// A value and what it was computed from.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricValue {
    value: Option<f64>,
    numerator: Option<f64>,
    denominator: Option<f64>,
    n: u64,
    /// The interval at 95 %.
    low: Option<f64>,
    high: Option<f64>,
    /// Units whose window is still open; left out unless asked for.
    immature: u64,
    mature_at: Option<String>,
    /// `ok`, `empty`, `immature`, `below_minimum`, `hidden` or `mixed_currencies`.
    state: String,
    note: Option<String>,
    change: Option<f64>,
    relative_change: Option<f64>,
    /// Of lengths of time, where it was asked for: who got there by when.
    #[serde(default)]
    #[schema(required = false)]
    curve: Vec<CurvePoint>,
}

/// A point of the curve of a length of time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CurvePoint {
    days: f64,
    /// The share that got there by then.
    reached: f64,
    /// Its interval at 95 %.
    low: f64,
    high: f64,
    /// Who could still get there.
    at_risk: u64,
}
