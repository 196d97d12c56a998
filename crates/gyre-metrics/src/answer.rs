//! An answer: every value with what it was computed from.

use crate::catalogue::Evidence;
use crate::coverage::Coverage;
use gyre_model::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The metrics of the question, in its order.
    pub metrics: Vec<AnsweredMetric>,
    /// The dimensions of the question, in its order.
    pub dimensions: Vec<String>,
    /// The period.
    pub period: Period,
    /// The periods it is compared with.
    pub compared: Vec<ComparedRange>,
    /// One row per what: `none`, `hour`, `day`, `week`, `month`, `quarter` or `year`.
    pub grain: String,
    /// The time zone that days begin in.
    pub zone: String,
    /// Everything that happened up to here is counted.
    pub watermark: Timestamp,
    /// What the numbers rest on; nothing where nothing happened, or where it is not known yet.
    pub coverage: Option<Coverage>,
    /// Who counts: `human`, `all`, or `default` where each metric says so itself.
    pub population: String,
    /// Rows, as asked.
    pub rows: Vec<Row>,
    /// With a grain and dimensions: one row per combination over the whole period.
    pub groups: Vec<Row>,
    /// The whole, asked on its own: never the sum of rows.
    pub total: BTreeMap<String, Shown>,
    /// What a reader must know.
    pub notes: Vec<String>,
    /// Whether there are more rows than were asked for.
    pub truncated: bool,
    /// Whether this was given before, and a newer one is being computed or is due.
    pub renewing: bool,
}

/// A metric of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnsweredMetric {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// How it is computed.
    pub r#type: String,
    /// How it is written.
    pub format: String,
    /// What kind of evidence it gives.
    pub evidence: Evidence,
    /// The version of its definition.
    pub version: u64,
    /// Whether its rows may be added.
    pub additive: bool,
    /// How long after its anchor something counts, such as `7d`.
    pub window: Option<String>,
    /// The rule by which it was shared out.
    pub attribution: Option<String>,
    /// Below this many units rankings put a row last.
    pub minimum: u64,
    /// The statements that computed it, parameters in place.
    pub sql: Vec<String>,
    /// What a reader gets wrong.
    pub pitfalls: Vec<String>,
}

/// A period; `to` no longer belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Period {
    /// Its first day, or its first local time.
    pub from: String,
    /// The day, or local time, at which it is over.
    pub to: String,
    /// Its first instant.
    pub from_at: Timestamp,
    /// The instant at which it is over.
    pub to_at: Timestamp,
}

/// A period that another is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedRange {
    /// `previous_period` or `previous_year`.
    pub name: String,
    /// The period.
    pub period: Period,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The day, or local time, at which its unit of time begins.
    pub time: Option<String>,
    /// The age of the cohort.
    pub age: Option<u32>,
    /// The values of the dimensions, in their order; nothing where it is not known.
    pub dimensions: Vec<Option<String>>,
    /// The metrics, by name.
    pub metrics: BTreeMap<String, Shown>,
}

/// A value, and what it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The value.
    pub now: Value,
    /// The values of other periods, by their names.
    pub compared: BTreeMap<String, Value>,
}

/// A value and what it was computed from.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Value {
    /// The value; nothing where there is none.
    pub value: Option<f64>,
    /// What stands above the line; of `incremental`, the sum of the treated.
    pub numerator: Option<f64>,
    /// What stands below the line; of `incremental`, the sum of the holdout.
    pub denominator: Option<f64>,
    /// Units it was computed from.
    pub n: u64,
    /// Lower end of the interval at 95 %.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Units whose window is still open; they are left out unless the question says otherwise.
    pub immature: u64,
    /// When the last of them closes.
    pub mature_at: Option<Timestamp>,
    /// Whether there is a value, and why not.
    pub state: State,
    /// What a reader must know of this value.
    pub note: Option<String>,
    /// The value now minus this one, for values of other periods.
    pub change: Option<f64>,
    /// The same over this one.
    pub relative_change: Option<f64>,
    /// Of lengths of time, where it is asked for: who got there by when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
}

/// A point of the curve of a length of time (Kaplan–Meier).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Days.
    pub days: f64,
    /// The share that got there by then.
    pub reached: f64,
    /// Lower end of its interval at 95 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Who could still get there.
    pub at_risk: u64,
}

/// Whether there is a value, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is.
    Ok,
    /// Nothing that counts.
    #[default]
    Empty,
    /// All that counts is still within its window.
    Immature,
    /// There is one, of fewer units than a ranking asks for.
    BelowMinimum,
    /// Too few people for this reader.
    Hidden,
    /// Amounts of several currencies.
    MixedCurrencies,
}

/// A value before it is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Number {
    pub(crate) value: Option<f64>,
    pub(crate) numerator: Option<f64>,
    pub(crate) denominator: Option<f64>,
    pub(crate) n: u64,
    pub(crate) people: u64,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) immature: u64,
    pub(crate) mature_at: Option<Timestamp>,
    pub(crate) state: State,
    pub(crate) note: Option<String>,
    pub(crate) curve: Vec<CurvePoint>,
}

impl Number {
    /// As it is shown.
    pub(crate) fn shown(&self) -> Value {
        if self.state == State::Hidden {
            return Value { state: State::Hidden, ..Value::default() };
        }
        Value {
            value: self.value,
            numerator: self.numerator,
            denominator: self.denominator,
            n: self.n,
            low: self.interval.map(|(low, _)| low),
            high: self.interval.map(|(_, high)| high),
            immature: self.immature,
            mature_at: self.mature_at,
            state: self.state,
            note: self.note.clone(),
            change: None,
            relative_change: None,
            curve: self.curve.clone(),
        }
    }
}
