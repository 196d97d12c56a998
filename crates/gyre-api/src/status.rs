//! Whether the server works, and how far its roles have come.

use crate::app::Server;
use crate::error::Result;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// For whoever restarts the process. Why it failed is in the log only.
pub(crate) async fn health(State(server): State<Arc<Server>>) -> (StatusCode, Json<Value>) {
    match server.engine().failed().now_or_never() {
        None => (StatusCode::OK, Json(json!({"status": "ok"}))),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "failed"}))),
    }
}

pub(crate) async fn show(State(server): State<Arc<Server>>) -> Result<Json<Value>> {
    server.apart(|engine| async move { engine.status().await }).await.map(Json)
}
