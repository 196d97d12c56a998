//! `Metric`: a number with one definition, whoever asks for it.

use super::metric_fact::{MetricDimension, MetricFact};
use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number with one definition: what is counted, on which date, for how long, and how it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// What people call it, for example `Click-through rate`.
    pub label: String,
    /// How it is computed.
    pub r#type: MetricType,
    /// Other words for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// What is counted or summed; of rates, what stands below the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<MetricMeasure>,
    /// What must follow: of `conversion`, `retention`, `cohort_cumulative`, `duration_quantile` and
    /// `incremental`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<MetricMeasure>,
    /// How long after the anchor the goal counts. What is younger is immature and left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub window: Option<Span>,
    /// Which date of `of` counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anchor: MetricAnchor,
    /// The goal must come on a later day than the anchor, so that an order split in two counts once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub next_day: bool,
    /// Counts those who did not reach the goal.
    #[serde(default, skip_serializing_if = "is_default")]
    pub complement: bool,
    /// Of `ratio`: the metric above the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<String>,
    /// Of `ratio`: the metric below the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<String>,
    /// Of `derived`: names of metrics, numbers, `+ - * /` and parentheses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Of `survey`: how answers become a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<SurveyScale>,
    /// Of `duration_quantile`: which share must have got there, 0.5 for the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<f64>,
    /// Of `incremental`: what of the difference is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<IncrementalEstimate>,
    /// What it may be split and filtered by; empty: whatever its facts have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<MetricDimension>,
    /// Who counts, unless the question says otherwise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub population: MetricPopulation,
    /// Counts what the server did, so people who do not agree to be measured count too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub operational: bool,
    /// How it is written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub format: MetricFormat,
    /// Which way is better.
    #[serde(default, skip_serializing_if = "is_default")]
    pub better: MetricBetter,
    /// Below this many units rankings leave a row out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub minimum: u64,
    /// Metrics to look at beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<String>,
    /// What a reader gets wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pitfalls: Vec<String>,
    /// Who answers for the definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The definition's own number, shown with every value; absent: the resource's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// What is not collected yet and without which it cannot be computed: it is then refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}

/// How a metric is computed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricType {
    /// How many rows `of` has.
    Count,
    /// How many different units `of` has; not additive.
    CountDistinct,
    /// The sum of a value of `of`.
    Sum,
    /// One metric over another: the ratio of their sums.
    Ratio,
    /// The share of units of `of` that reach the goal within the window.
    Conversion,
    /// The share of a cohort that is active again at each age.
    Retention,
    /// The value a cohort has brought in by each age, per person.
    CohortCumulative,
    /// How long it takes a share of units to reach the goal (Kaplan–Meier), with those who have not yet.
    DurationQuantile,
    /// Answers of people as one number.
    Survey,
    /// What the treated have above the holdout, by the arm first assigned.
    Incremental,
    /// Arithmetic over other metrics.
    Derived,
}

impl MetricType {
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Sum => "sum",
            Self::Ratio => "ratio",
            Self::Conversion => "conversion",
            Self::Retention => "retention",
            Self::CohortCumulative => "cohort_cumulative",
            Self::DurationQuantile => "duration_quantile",
            Self::Survey => "survey",
            Self::Incremental => "incremental",
            Self::Derived => "derived",
        }
    }
    /// Whether rows may be added to a total.
    pub fn is_additive(self) -> bool {
        matches!(self, Self::Count | Self::Sum)
    }
}

/// Rows of a fact that count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricMeasure {
    /// Of what.
    pub fact: MetricFact,
    /// What counts once; absent: each row of the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<MetricUnit>,
    /// Only rows with one of these values of a dimension, or, of the fact `event`, of
    /// `properties.<key>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub r#where: BTreeMap<String, Vec<String>>,
    /// What is summed: a value of the fact, or, of the fact `event`, `properties.<key>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What counts once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    /// A person, as known when asked.
    Person,
    /// A message: a decision that was sent or shown.
    Message,
    /// An event's name.
    EventName,
}

/// Which date of a unit counts where it has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricAnchor {
    /// Its first in the period.
    #[default]
    First,
    /// Its last in the period.
    Last,
    /// The period's first instant; units are those of one window before it.
    PeriodStart,
}

/// How answers become a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurveyScale {
    /// Share of 9 and 10 minus share of 0 to 6, of answers 0 to 10.
    Nps,
    /// Share of 4 and 5, of answers 1 to 5.
    TopBox,
}

/// What of a difference between treated and holdout is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncrementalEstimate {
    /// Per person of the treated arm.
    PerPerson,
    /// Per person, times the treated.
    Total,
    /// Per person, over what a person of the holdout has.
    Relative,
}

/// Who counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricPopulation {
    /// Without machines, and without people whose traits say `is_internal` or `is_test`.
    #[default]
    Human,
    /// Everything that was recorded.
    All,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricFormat {
    /// As it is.
    #[default]
    Number,
    /// A share, as per cent.
    Percent,
    /// An amount.
    Money,
    /// A length of time, in days.
    Duration,
    /// A difference of shares times a hundred, as of NPS.
    Points,
}

impl MetricFormat {
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Money => "money",
            Self::Duration => "duration",
            Self::Points => "points",
        }
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricBetter {
    /// Neither.
    #[default]
    Neither,
    /// More.
    Up,
    /// Less.
    Down,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
