//! Questions to the lake, as a person writes them.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input};
use crate::rows::{self, Form};
use crate::shape::server::RowsView;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use gyre_govern::Gate;
use gyre_model::Timestamp;
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

const DEFAULT_ROWS: usize = 1_000;
const MAX_ROWS: usize = 1_000_000;
const DEFAULT_TIMEOUT: u64 = 30_000;
const MAX_TIMEOUT: u64 = 600_000;

/// What is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = QueryAsked)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    sql: String,
    #[serde(default)]
    parameters: Vec<Value>,
    #[serde(default)]
    max_rows: Option<usize>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    /// For rows that go to others: those of people whom the gate does not let through are left out.
    #[serde(default)]
    gate: Option<AskedGate>,
}

/// A gate that rows are to pass.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AskedGate {
    /// Data goes to others: `ads_share`.
    Export,
    /// Rows go into a training set: `model_training`.
    Training,
}

impl Asked {
    fn query(self) -> Result<Query> {
        let parameters = self
            .parameters
            .into_iter()
            .enumerate()
            .map(|(index, value)| parameter(index + 1, value))
            .collect::<Result<_>>()?;
        Ok(Query {
            sql: Sql::Text(self.sql),
            parameters,
            max_rows: within("max_rows", self.max_rows, DEFAULT_ROWS, MAX_ROWS)?,
            timeout: Duration::from_millis(within(
                "timeout_ms",
                self.timeout_ms,
                DEFAULT_TIMEOUT,
                MAX_TIMEOUT,
            )?),
        })
    }
}

fn within<N>(name: &str, given: Option<N>, default: N, most: N) -> Result<N>
where
    N: PartialOrd + std::fmt::Display + Copy,
{
    match given {
        None => Ok(default),
        Some(number) if number <= most => Ok(number),
        Some(_) => Err(Error::invalid(format!("{name} is too large"), format!("at most {most}"))),
    }
}

/// JSON has no times, so one is written as an object with that one key.
fn parameter(number: usize, value: Value) -> Result<Parameter> {
    let wrong = || {
        Error::invalid(
            format!("parameter ${number} is no value"),
            "a text, a number, true or false, or {\"time\": \"2026-03-01T09:00:00Z\"}",
        )
    };
    match value {
        Value::String(text) => Ok(Parameter::Text(text)),
        Value::Bool(truth) => Ok(Parameter::Boolean(truth)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Ok(Parameter::Integer(whole)),
            None => number.as_f64().map(Parameter::Number).ok_or_else(wrong),
        },
        Value::Object(map) if map.len() == 1 => map
            .get("time")
            .and_then(Value::as_str)
            .and_then(|text| Timestamp::parse(text).ok())
            .map(Parameter::Time)
            .ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// Reads the tables of the lake in SQL.
#[utoipa::path(post, path = "/v1/query", operation_id = "query", tag = "queries",
    request_body = Asked, responses((status = 200, body = RowsView)))]
pub(crate) async fn query(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    headers: HeaderMap,
    Input(asked): Input<Asked>,
) -> Result<Response> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = Form::wanted(accept);
    let gate = asked.gate.map(|gate| match gate {
        AskedGate::Export => Gate::Export,
        AskedGate::Training => Gate::Training,
    });
    let mut query = asked.query()?;
    query.sql = server.engine().with_views(&workspace, query.sql);
    if server.engine().shared.clock.is_manual() {
        server.apart(|engine| async move { engine.visible().await }).await?;
    }
    // Not in a task of its own: when the caller hangs up, the query stops.
    let rows = server.engine().shared.lake.query(query).await;
    let rows = rows.map_err(|error| server.judge(error.into()))?;
    let Some(gate) = gate else { return Ok(rows::answer(&server.app.analytics, rows, form)) };
    let gated = server.apart(move |engine| async move { engine.gated(&workspace, gate, rows) });
    let gated = gated.await?;
    Ok(rows::answer_without(&server.app.analytics, gated.rows, form, Some(&gated.left_out)))
}
