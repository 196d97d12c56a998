//! `Board`: numbers and charts on a page, as data.

use super::metric_fact::MetricDimension;
use crate::case::instant_schema;
use crate::funnel::Funnel;
use crate::question::{Question, RangeAsked};
use gyre_model::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Numbers and charts on a page. The period, comparison, time zone and filters are chosen where it is
/// looked at, and hold for every tile that can be filtered by them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// What people call it, for example `Campaign performance`.
    pub title: String,
    /// What it is for, in a sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The period it opens with; absent: the last 28 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeAsked>,
    /// What it offers to filter by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<MetricDimension>,
    /// From top to bottom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<BoardSection>,
    /// What happened: launches, incidents, holidays. Shown on series over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<BoardAnnotation>,
}

/// Tiles under a heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoardSection {
    /// The heading.
    pub title: String,
    /// What the tiles say together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From left to right.
    pub tiles: Vec<BoardTile>,
}

/// A question and how its answer is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoardTile {
    /// Its heading.
    pub title: String,
    /// What to read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How the answer is shown.
    pub display: BoardDisplay,
    /// What is asked, as `POST /v1/metrics/query` takes it. Without a period it has the board's; with one
    /// it keeps its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Question>,
    /// Of `funnel`: the steps, as `POST /v1/funnels/query` takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel: Option<Funnel>,
    /// How much of the row it takes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub width: BoardWidth,
    /// Where its rows lead.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opens: BoardTarget,
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardDisplay {
    /// The whole as one number, for each metric.
    Number,
    /// A series over time or age, or, of `curve`, over days.
    Line,
    /// A bar for each row, the longest first.
    Bar,
    /// All metrics of each row.
    Table,
    /// A cell for each pair of a row's two keys.
    Heatmap,
    /// How many people came how far.
    Funnel,
    /// A point with its interval for each row.
    Interval,
}

impl BoardDisplay {
    /// The word in YAML and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Line => "line",
            Self::Bar => "bar",
            Self::Table => "table",
            Self::Heatmap => "heatmap",
            Self::Funnel => "funnel",
            Self::Interval => "interval",
        }
    }
}

/// How much of a row a tile takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardWidth {
    /// A quarter.
    Quarter,
    /// A third.
    Third,
    /// A half.
    #[default]
    Half,
    /// All of it.
    Full,
}

/// Where the rows of a tile lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardTarget {
    /// The same question with the row as a filter, to be changed at will.
    #[default]
    Explore,
    /// The campaign's configuration.
    Campaign,
    /// The audience's definition and size.
    Audience,
    /// The content's metadata and assets.
    Content,
    /// The loop's turns.
    Loop,
}

impl BoardTarget {
    /// What a row must be of for it to lead there.
    pub fn dimension(self) -> Option<MetricDimension> {
        match self {
            Self::Explore => None,
            Self::Campaign => Some(MetricDimension::Campaign),
            Self::Audience => Some(MetricDimension::Audience),
            Self::Content => Some(MetricDimension::Content),
            Self::Loop => Some(MetricDimension::Loop),
        }
    }
}

/// Something that happened, for people who wonder about a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoardAnnotation {
    /// When it happened or began.
    #[schemars(schema_with = "instant_schema")]
    pub at: Timestamp,
    /// What happened, in a few words.
    pub title: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
