//! Metrics as tables, one per topic. Their measures are asked for with `MEASURE(name)`, so that the
//! catalogue computes them with its own definitions and no client adds up what cannot be added.

mod condition;
mod daily;
mod function;
mod plan;
mod schema;
mod topic;

pub(crate) use function::function;
pub(crate) use plan::answered;
pub(crate) use schema::Built;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use gyre_model::Timestamp;
use std::fmt;
use std::sync::Arc;

/// The column of time of every topic.
pub(crate) const TIME: &str = "time";
/// The column of time of the tables with a row per day.
pub(crate) const DAY: &str = "day";
/// How the names of those tables end.
pub(crate) const DAILY: &str = "_daily";
/// The columns of age of topics with ages, and how long one age is.
const AGES: [(&str, &str); 3] = [("age_day", "day"), ("age_week", "week"), ("age_month", "month")];
/// The column of age of an answer.
const AGE: &str = "age";
/// The most measures that are asked for at once.
const AT_ONCE: usize = 6;

/// The metrics of a server.
#[async_trait]
pub trait Measures: Send + Sync + fmt::Debug + 'static {
    /// What can be asked of a workspace, by topic: the same `Arc` as before where it is the same.
    async fn topics(&self, workspace: &str) -> gyre_ports::Result<Topics>;

    /// The answer: `time` (microseconds, UTC) where there is a grain, `age` (`Int64`) where ages are asked
    /// for, a column of text per dimension and of `Float64` per measure, named as asked.
    async fn ask(&self, workspace: &str, asked: Asked) -> gyre_ports::Result<RecordBatch>;
}

/// The topics of a workspace.
pub type Topics = Arc<[Arc<Topic>]>;

/// Measures of one thing, which become one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// The table's name.
    pub name: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// What they can be split by: names and meanings. Not every measure can be split by each.
    pub dimensions: Vec<(String, String)>,
    /// Whether each measure has a value for each age of a cohort.
    pub has_ages: bool,
    /// What can be asked.
    pub measures: Vec<Measure>,
}

/// What can be asked of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Whether its rows may be added up.
    pub is_additive: bool,
    /// Whether it has a value per day.
    pub is_daily: bool,
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The names of measures; at most six.
    pub measures: Vec<String>,
    /// The names of dimensions, in the order of columns.
    pub dimensions: Vec<String>,
    /// `hour`, `day`, `week`, `month`, `quarter` or `year`, for a row for each.
    pub grain: Option<String>,
    /// For a row for each age of a cohort: which ages.
    pub ages: Option<Ages>,
    /// The first instant that counts; absent: since ever.
    pub from: Option<Timestamp>,
    /// The first that no longer does; absent: until now.
    pub to: Option<Timestamp>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// Whether the answer may tell of few people.
    pub may_see_people: bool,
}

/// Ages of cohorts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ages {
    /// How long one age is: `day`, `week` or `month`.
    pub unit: String,
    /// The first that is wanted; those before it are left out of the answer by who asks.
    pub from: u32,
    /// The last; absent: as many as the catalogue gives.
    pub to: Option<u32>,
}

/// A condition on a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The dimension.
    pub dimension: String,
    /// How it is compared.
    pub operator: ConditionOperator,
    /// With what; one of them is enough.
    pub values: Vec<String>,
}

/// How a dimension is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionOperator {
    /// It is one of the values.
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

/// Something that cannot be asked, and what can be.
fn wrong(what: impl fmt::Display, hint: &str) -> gyre_ports::Error {
    gyre_ports::Error::new(gyre_ports::ErrorKind::Invalid, format!("{what}; {hint}"))
}

/// What the engine says when a plan of ours does not fit.
fn broken(why: datafusion::error::DataFusionError) -> gyre_ports::Error {
    gyre_datafusion::failure(why)
}
