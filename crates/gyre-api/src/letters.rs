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
use gyre_ring::{LetterFilter, ReplayReport, objects};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_LETTERS: usize = 100;
const MAX_LETTERS: usize = 10_000;
const TIMEOUT: Duration = Duration::from_secs(30);

/// Letters with what became of them: that is a row of its own without what came.
const NEWEST: &str = "SELECT d.letter, d.at, d.origin, d.code, d.message, d.hint, d.place, d.raw, \
     m.replayed_as FROM dead_letters d LEFT JOIN \
     (SELECT letter, max(replayed_as) AS replayed_as FROM dead_letters \
      WHERE workspace = $1 AND replayed_as IS NOT NULL GROUP BY letter) m ON m.letter = d.letter \
     WHERE d.workspace = $1 AND ($2 = '' OR d.code = $2) AND ($3 = '' OR d.origin = $3) \
     AND d.replayed_as IS NULL \
     AND ($4 = '' OR ($4 = 'yes') = (m.replayed_as IS NOT NULL)) \
     ORDER BY d.at DESC, d._partition, d._offset DESC";

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
    /// `yes`: those that were replayed; `no`: the others.
    #[serde(default)]
    replayed: Option<String>,
}

/// Letters to collect again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    /// The letters; empty: all that the rest names and that were not replayed yet, some at a time.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    ids: Vec<RecordId>,
    /// Letters with this code.
    #[serde(default)]
    code: Option<String>,
    /// Letters from here.
    #[serde(default)]
    origin: Option<String>,
    /// `next` of the answer before.
    #[serde(default)]
    next: Option<(i64, i64)>,
    /// Replaces values in what came, by path.
    #[serde(default)]
    set: BTreeMap<String, Value>,
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
    let replayed = which.replayed.unwrap_or_default();
    if !["", "yes", "no"].contains(&replayed.as_str()) {
        return Err(Error::invalid("replayed is neither yes nor no", "yes or no"));
    }
    let query = Query {
        sql: Sql::Text(NEWEST.to_owned()),
        parameters: vec![
            Parameter::Text(workspace.to_string()),
            Parameter::Text(which.code.unwrap_or_default()),
            Parameter::Text(which.origin.unwrap_or_default()),
            Parameter::Text(replayed),
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
    let filter = LetterFilter {
        code: again.code.unwrap_or_default(),
        origin: again.origin.unwrap_or_default(),
        next: again.next,
    };
    let named = !filter.code.is_empty() || !filter.origin.is_empty();
    if again.ids.is_empty() != named {
        let message = "letters are named either by ids or by code and origin";
        return Err(Error::invalid(message, "give ids, or a code or origin"));
    }
    let report = server.apart(move |engine| async move {
        if named {
            return engine.replay_all(&workspace, &filter, &again.set).await;
        }
        engine.replay(&workspace, &again.ids, again.event.as_ref(), &again.set).await
    });
    report.await.map(Json)
}
