//! Dead letters: what was rejected, and collecting it again.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Params};
use crate::shape::server::{LetterList, Replayed};
use axum::Json;
use axum::extract::State;
use gyre_model::RecordId;
use gyre_ports::lake::{Parameter, Query, Sql};
use gyre_ring::{ReplayReport, objects};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_LETTERS: usize = 100;
const MAX_LETTERS: usize = 10_000;
const TIMEOUT: Duration = Duration::from_secs(30);

const NEWEST: &str = "SELECT letter, at, origin, code, message, hint, place, raw, replayed_as \
     FROM dead_letters \
     WHERE workspace = $1 AND ($2 = '' OR code = $2) AND ($3 = '' OR origin = $3) \
     ORDER BY at DESC, _partition, _offset DESC";

/// Which letters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    origin: Option<String>,
}

/// Letters to collect again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    #[schema(value_type = Vec<String>)]
    ids: Vec<RecordId>,
    /// Replaces the event of the one letter.
    #[serde(default)]
    event: Option<Value>,
}

/// What was rejected, newest first.
#[utoipa::path(get, path = "/v1/dead-letters", operation_id = "list_dead_letters", tag = "imports",
    params(Which), responses((status = 200, body = LetterList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(which): Params<Which>,
) -> Result<Json<Value>> {
    let limit = which.limit.unwrap_or(DEFAULT_LETTERS);
    if limit > MAX_LETTERS {
        return Err(Error::invalid("limit is too large", format!("at most {MAX_LETTERS}")));
    }
    let query = Query {
        sql: Sql::Text(NEWEST.to_owned()),
        parameters: vec![
            Parameter::Text(workspace.to_string()),
            Parameter::Text(which.code.unwrap_or_default()),
            Parameter::Text(which.origin.unwrap_or_default()),
        ],
        max_rows: limit,
        timeout: TIMEOUT,
    };
    let rows = server.apart(|engine| async move { engine.query(query).await }).await?;
    Ok(Json(json!({"letters": objects(&rows), "truncated": rows.truncated})))
}

/// Collects dead letters again under today's resources.
#[utoipa::path(post, path = "/v1/dead-letters/replay", operation_id = "replay_dead_letters", tag = "imports",
    request_body = Again,
    responses((status = 200, body = Replayed)))]
pub(crate) async fn replay(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(again): Input<Again>,
) -> Result<Json<ReplayReport>> {
    if again.event.is_some() && again.ids.len() != 1 {
        let message = "a mended event replaces that of one letter";
        return Err(Error::invalid(message, "give one id with the event"));
    }
    let report = server.apart(move |engine| async move {
        engine.replay(&workspace, &again.ids, again.event.as_ref()).await
    });
    report.await.map(Json)
}
