//! Boards, funnels, and what happened beside them.

use super::metrics::{
    MetricCoverage, MetricFilter, MetricPeriod, MetricQuestion, MetricRange, MetricTime,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All boards: those built in, in their order, then those applied, by name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardList {
    boards: Vec<BoardView>,
}

/// A board.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardView {
    name: String,
    /// Whether every workspace has it; else somebody applied it.
    built_in: bool,
    /// Whether it is built in and somebody applied another in its place.
    edited: bool,
    /// The version that was applied; nothing where it is built in.
    version: Option<u64>,
    spec: BoardSpec,
    /// The document, for editing.
    yaml: String,
}

/// Numbers and charts on a page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardSpec {
    title: String,
    #[serde(default)]
    description: Option<String>,
    /// The period it opens with; absent: the last 28 days.
    #[serde(default)]
    range: Option<MetricRange>,
    /// What it offers to filter by.
    #[serde(default)]
    filters: Vec<String>,
    #[serde(default)]
    sections: Vec<BoardSection>,
    #[serde(default)]
    annotations: Vec<BoardNote>,
}

/// Tiles under a heading.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardSection {
    title: String,
    #[serde(default)]
    description: Option<String>,
    tiles: Vec<BoardTile>,
}

/// A question and how its answer is shown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardTile {
    title: String,
    #[serde(default)]
    description: Option<String>,
    /// `number`, `line`, `bar`, `table`, `heatmap`, `funnel` or `interval`.
    display: String,
    /// Without a period it has the board's.
    #[serde(default)]
    query: Option<MetricQuestion>,
    /// Of `funnel`.
    #[serde(default)]
    funnel: Option<FunnelQuestion>,
    /// `quarter`, `third`, `half` or `full`; absent: `half`.
    #[serde(default)]
    width: Option<String>,
    /// `explore`, `campaign`, `audience`, `content` or `loop`; absent: `explore`.
    #[serde(default)]
    opens: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardNote {
    at: String,
    title: String,
    #[serde(default)]
    description: Option<String>,
}

/// Events one after another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunnelQuestion {
    /// Two to ten.
    steps: Vec<FunnelStep>,
    /// How long after the first step the others count; absent: `7d`.
    #[serde(default)]
    window: Option<String>,
    /// When the first step was taken; absent: the last 30 days.
    #[serde(default)]
    time: Option<MetricTime>,
    /// What must hold of every step's event.
    #[serde(default)]
    #[schema(required = false)]
    filters: Vec<MetricFilter>,
    /// `human` or `all`.
    #[serde(default)]
    population: Option<String>,
}

/// A step that is asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunnelStep {
    event: String,
    #[serde(default)]
    label: Option<String>,
}

/// How many people came how far.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FunnelAnswer {
    steps: Vec<ReachedStep>,
    compared: Vec<ComparedFunnel>,
    period: MetricPeriod,
    window: String,
    zone: String,
    /// Everything that happened up to here is counted.
    watermark: String,
    /// Nothing where nothing happened, or where it is not known yet.
    coverage: Option<MetricCoverage>,
    /// People who did not come to the end, and still can.
    immature: u64,
    /// When the last window closes, at the latest.
    mature_at: Option<String>,
    notes: Vec<String>,
    sql: Vec<String>,
    /// Whether this was given before, and a newer one is being computed or is due: ask again in a moment.
    renewing: bool,
}

/// A step, and who came so far.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReachedStep {
    event: String,
    label: String,
    /// Nothing where they are too few to be shown.
    people: Option<u64>,
    /// Of those who began, with its interval at 95 %.
    of_first: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Of those who came to the step before.
    of_previous: Option<f64>,
}

/// The steps of another period.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComparedFunnel {
    /// `previous_period` or `previous_year`.
    name: String,
    period: MetricPeriod,
    steps: Vec<ReachedStep>,
}
