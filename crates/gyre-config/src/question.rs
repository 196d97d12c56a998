//! What is asked of metrics: names from a closed catalogue, values, and a period. The same form for every
//! door, and in the tiles of boards.

use crate::kinds::MetricPopulation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// One to six metrics.
    pub metrics: Vec<String>,
    /// At most three dimensions to split by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// When; absent: the last 30 days.
    #[serde(default, skip_serializing_if = "is_default")]
    pub time: TimeAsked,
    /// All of them must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Rows that do not fit are left out; the total stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub having: Vec<Having>,
    /// By what rows are ordered; absent: by time and dimensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_by: Vec<Order>,
    /// The most rows; with a grain, the most combinations of dimensions.
    #[serde(default = "hundred", skip_serializing_if = "is_hundred")]
    pub limit: usize,
    /// The least that is accepted: `observed`, `attributed` or `experiment`; `default` is what each
    /// metric has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// How orders are shared out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Who counts; absent: what each metric says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<MetricPopulation>,
    /// Ages of cohorts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<Cohort>,
    /// Counts units whose window is still open, with what they did so far.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include_immature: bool,
    /// Of lengths of time: the whole curve beside the quantile.
    #[serde(default, skip_serializing_if = "is_default")]
    pub curve: bool,
    /// A hint for pages; computes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Question {
    /// The last 30 days of metrics, split by dimensions.
    pub fn of(metrics: Vec<String>, dimensions: Vec<String>) -> Self {
        Self {
            metrics,
            dimensions,
            time: TimeAsked::default(),
            filters: Vec::new(),
            having: Vec::new(),
            order_by: Vec::new(),
            limit: hundred(),
            evidence: None,
            attribution: None,
            population: None,
            cohort: None,
            include_immature: false,
            curve: false,
            display: None,
        }
    }
}

fn hundred() -> usize {
    100
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_hundred(limit: &usize) -> bool {
    *limit == hundred()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// When.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeAsked {
    /// The period.
    #[serde(default, skip_serializing_if = "is_default")]
    pub range: RangeAsked,
    /// One row per what; absent: one row for all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grain: Grain,
    /// What it is compared with; several at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compare: Vec<Compare>,
    /// Which date counts; each metric has its own, so only `default` is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// The time zone that days begin in, for example `Europe/Berlin`; absent: `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeAsked {
    /// How it is said.
    #[serde(default)]
    pub r#type: RangeType,
    /// How many units, of `rolling` and `previous`; absent: 30 days, or one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// The unit, of `rolling`, `previous` and `to_date`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<TimeUnit>,
    /// Of `period`: `2025`, `2025-H1`, `2025-Q2`, `2025-05`, `2025-W21` or `2025-05-17`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Of `between`: the first day or instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of `between`: the first day or instant that no longer belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How a period is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangeType {
    /// The last n units, up to the watermark.
    #[default]
    Rolling,
    /// The last n whole calendar units.
    Previous,
    /// From the beginning of this unit to the watermark.
    ToDate,
    /// A calendar period by name.
    Period,
    /// From one day to another, which no longer belongs to it.
    Between,
    /// Everything.
    All,
}

/// Units of calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// A year.
    Year,
}

/// One row per what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// One row for the whole period.
    #[default]
    None,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// Three months.
    Quarter,
    /// A year.
    Year,
}

impl Grain {
    /// Its unit of time; none where it is the whole period.
    pub fn unit(self) -> Option<TimeUnit> {
        Some(match self {
            Self::None => return None,
            Self::Hour => TimeUnit::Hour,
            Self::Day => TimeUnit::Day,
            Self::Week => TimeUnit::Week,
            Self::Month => TimeUnit::Month,
            Self::Quarter => TimeUnit::Quarter,
            Self::Year => TimeUnit::Year,
        })
    }
}

/// What a period is compared with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// As long a period just before.
    PreviousPeriod,
    /// The same dates a year before.
    PreviousYear,
}

/// A condition on a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The dimension.
    pub field: String,
    /// How it is compared.
    #[serde(default)]
    pub op: FilterOperator,
    /// With what; one of them is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// How a dimension is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOperator {
    /// It is one of the values.
    #[default]
    In,
    /// It is none of the values.
    NotIn,
    /// It holds one of the values.
    Contains,
    /// It begins with one of the values.
    StartsWith,
    /// It is not known.
    IsNull,
    /// It is known.
    NotNull,
}

/// A condition on a metric of the question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Having {
    /// The metric.
    pub metric: String,
    /// How it is compared.
    pub op: HavingOperator,
    /// With what.
    pub value: f64,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HavingOperator {
    /// Above.
    Gt,
    /// At least.
    Gte,
    /// Below.
    Lt,
    /// At most.
    Lte,
}

/// By what rows are ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// A metric or dimension of the question, or `time`.
    pub by: String,
    /// Which way.
    #[serde(default)]
    pub dir: Direction,
}

/// Which way rows are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

/// How orders are shared out among messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    /// The rule.
    #[serde(default)]
    pub model: AttributionModel,
    /// How many days before an order a click counts.
    #[serde(default = "seven")]
    pub window_days: u32,
}

impl Default for Attribution {
    fn default() -> Self {
        Self { model: AttributionModel::LastTouch, window_days: 7 }
    }
}

fn seven() -> u32 {
    7
}

/// By which rule orders are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributionModel {
    /// The last clicked message has all.
    #[default]
    LastTouch,
    /// The first has all.
    FirstTouch,
    /// All have the same.
    Linear,
    /// A message has half of one a week later.
    TimeDecay,
}

impl AttributionModel {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LastTouch => "last_touch",
            Self::FirstTouch => "first_touch",
            Self::Linear => "linear",
            Self::TimeDecay => "time_decay",
        }
    }
}

/// Ages of cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// How long one age is.
    #[serde(default)]
    pub age_unit: AgeUnit,
    /// The oldest age shown; the first is 0.
    #[serde(default = "twelve")]
    pub max_age: u32,
}

impl Default for Cohort {
    fn default() -> Self {
        Self { age_unit: AgeUnit::Month, max_age: 12 }
    }
}

fn twelve() -> u32 {
    12
}

/// How long one age is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgeUnit {
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// Thirty days, so that all ages are as long.
    #[default]
    Month,
}

impl AgeUnit {
    /// Its seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
        }
    }
}
