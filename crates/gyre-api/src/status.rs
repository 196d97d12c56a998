//! Whether the server works, and how far its roles have come.

use crate::app::Server;
use crate::error::Result;
use crate::shape::server::{Health, Status};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// For whoever restarts the process. Why it failed is in the log only.
#[utoipa::path(get, path = "/healthz", operation_id = "get_health", tag = "server",
    responses((status = 200, body = Health), (status = 503, body = Health)), security(()))]
pub(crate) async fn health(State(server): State<Arc<Server>>) -> (StatusCode, Json<Value>) {
    match server.engine().failed().now_or_never() {
        None => (StatusCode::OK, Json(json!({"status": "ok"}))),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "failed"}))),
    }
}

/// How far every role has come.
#[utoipa::path(get, path = "/v1/status", operation_id = "get_status", tag = "server",
    responses((status = 200, body = Status)))]
pub(crate) async fn show(State(server): State<Arc<Server>>) -> Result<Json<Value>> {
    server.apart(|engine| async move { engine.status().await }).await.map(Json)
}
