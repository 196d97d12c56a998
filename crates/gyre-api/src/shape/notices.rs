//! Reports and alerts.

use super::metrics::{MetricFilter, MetricRange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Reports, by name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportList {
    reports: Vec<ReportView>,
}

/// A report.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportView {
    name: String,
    spec: ReportSpec,
    /// When it is due next.
    next_at: Option<String>,
    /// `new` where none was due yet, `trouble` where the last could not be computed, else how the last
    /// mailing stands.
    state: String,
    /// Why it could not be computed, or did not arrive.
    why: Option<String>,
    /// What was sent, newest first; the last five.
    mailings: Vec<Mailing>,
}

/// A board as a mail, again and again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportSpec {
    #[serde(default)]
    title: Option<String>,
    board: String,
    /// `daily`, `weekly` or `monthly`.
    every: String,
    /// Absent: 7.
    #[serde(default)]
    hour: Option<u32>,
    /// Absent: `UTC`.
    #[serde(default)]
    zone: Option<String>,
    to: Vec<String>,
    #[serde(default)]
    #[schema(required = false)]
    r#where: Vec<MetricFilter>,
    /// Absent: the day, week or month that ended last.
    #[serde(default)]
    range: Option<MetricRange>,
}

/// Alerts, by name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertList {
    alerts: Vec<AlertView>,
}

/// An alert.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertView {
    name: String,
    spec: AlertSpec,
    /// `new` where it was not looked at yet, `ok`, `firing`, or `unknown` where there was no number.
    state: String,
    /// Since when it fires.
    since: Option<String>,
    /// Its number as it was looked at last.
    value: Option<String>,
    looked_at: Option<String>,
    next_at: Option<String>,
    /// Why there is no number, or why the last mail did not arrive.
    why: Option<String>,
    /// What was sent, newest first; the last five.
    mailings: Vec<Mailing>,
}

/// A number that somebody is told about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertSpec {
    #[serde(default)]
    title: Option<String>,
    metric: String,
    #[serde(default)]
    #[schema(required = false)]
    r#where: Vec<MetricFilter>,
    /// Absent: the last 24 hours.
    #[serde(default)]
    range: Option<MetricRange>,
    /// Absent: `UTC`.
    #[serde(default)]
    zone: Option<String>,
    when: AlertLine,
    every: String,
    to: Vec<String>,
    #[serde(default)]
    quiet: Option<String>,
}

/// When an alert fires: one of the three.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlertLine {
    Above(f64),
    Below(f64),
    /// Per cent, up or down, against the period before.
    ChangesBy(f64),
}

/// One mail to everybody whom it concerns.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mailing {
    /// What it is about: the end of a report's period, an alert's episode and what is said of it.
    key: String,
    /// The instant that it is about.
    at: String,
    /// `waiting`, `sending`, `sent`, `failed` or `uncertain`: that of the letter that fares worst.
    state: String,
    letters: Vec<NoticeLetter>,
}

/// A mail to one address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeLetter {
    /// The send id, which is in the mail's header.
    send: String,
    to: String,
    /// `waiting`, `sending`, `sent`, `failed` or `uncertain`.
    state: String,
    /// Attempts begun.
    attempt: u32,
    /// When the next attempt is due; when it was over.
    at: String,
    /// Why it was put off, failed, or nobody knows.
    why: Option<String>,
}
