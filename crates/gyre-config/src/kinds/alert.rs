//! `Alert`: a number that somebody is told about.

use crate::question::{Filter, RangeAsked};
use gyre_model::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number that somebody is told about: by mail when it crosses a line, and when it is back.
///
/// It is the number that `POST /v1/metrics/query` gives to the role `viewer`. Where there is none (nothing
/// happened, too few people, still within its window) nothing is said and nothing ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// The subject; absent: the metric and its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The metric.
    pub metric: String,
    /// All of them must hold.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub r#where: Vec<Filter>,
    /// The period that is looked at; absent: the last 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeAsked>,
    /// The time zone that days begin in, for example `Europe/Berlin`; absent: `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// When it fires.
    pub when: AlertWhen,
    /// How often it is looked at, a minute at least.
    #[schemars(schema_with = "super::span_schema")]
    pub every: Span,
    /// Who is told: one to twenty addresses, a mail each.
    pub to: Vec<String>,
    /// For how long it is not said again; absent: once for as long as it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "super::span_schema")]
    pub quiet: Option<Span>,
}

/// When an alert fires.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertWhen {
    /// The number is above this one. A share is written as a share: `0.02` for 2 %.
    Above(f64),
    /// The number is below this one.
    Below(f64),
    /// The number is off that of the period before by more than so many per cent, up or down.
    ChangesBy(f64),
}
