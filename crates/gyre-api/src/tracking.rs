//! Tracking plans: what they counted, and plans inferred from traffic.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input};
use crate::shape::tracking::{Inferred, PlanCountList};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

const DEFAULT_ROWS: usize = 10_000;
const MAX_ROWS: usize = 200_000;

/// What a plan is inferred from.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Infer {
    /// The plan's name; `inferred` when absent.
    #[serde(default)]
    name: Option<String>,
    /// Events of this source only.
    #[serde(default)]
    source: Option<String>,
    /// How many events at most, newest first.
    #[serde(default)]
    events: Option<usize>,
}

/// What plans counted: events held against them, values mended, duplicates dropped, violations; and the
/// columns that they promote.
#[utoipa::path(get, path = "/v1/tracking-plans", operation_id = "tracking_plan_counts", tag = "tracking",
    responses((status = 200, body = PlanCountList)))]
pub(crate) async fn counts(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let columns = server.engine().promoted_columns(&workspace);
    let counts = server.apart(|engine| async move { engine.plan_counts(&workspace).await }).await?;
    Ok(Json(json!({"counts": counts, "columns": columns})))
}

/// A plan that the newest calls keep to, as YAML. Nothing is applied.
#[utoipa::path(post, path = "/v1/tracking-plans/infer", operation_id = "infer_tracking_plan", tag = "tracking",
    request_body = Infer,
    responses((status = 200, body = Inferred)))]
pub(crate) async fn infer(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Input(asked): Input<Infer>,
) -> Result<Json<Value>> {
    let rows = asked.events.unwrap_or(DEFAULT_ROWS);
    if rows == 0 || rows > MAX_ROWS {
        return Err(Error::invalid("events is out of range", format!("1 to {MAX_ROWS}")));
    }
    let name = asked.name.unwrap_or_else(|| "inferred".to_owned());
    let inferred = server
        .apart(move |engine| async move {
            engine.infer_plan(&workspace, &name, asked.source.as_deref(), rows).await
        })
        .await?;
    Ok(Json(serde_json::to_value(inferred).unwrap_or_default()))
}
