//! Connectors: how they fare, what they logged, and a run when it is asked for.

use crate::app::Server;
use crate::error::Result;
use crate::extract::{In, Named};
use crate::shape::connectors::{ConnectorList, LogList, Started};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

/// Connectors and how they fare.
#[utoipa::path(get, path = "/v1/connectors", operation_id = "list_connectors", tag = "imports",
    responses((status = 200, body = ConnectorList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let connectors = Arc::clone(&server.app.connectors);
    let views = server.apart(|_| async move { connectors.list(&workspace).await }).await?;
    Ok(Json(json!({"connectors": views})))
}

/// What a connector logged since the server began, oldest first. It may hold anything that the program
/// writes.
#[utoipa::path(get, path = "/v1/connectors/{name}/logs", operation_id = "connector_logs", tag = "imports",
    params(("name" = String, Path)),
    responses((status = 200, body = LogList)))]
pub(crate) async fn logs(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Json<Value> {
    Json(json!({"lines": server.app.connectors.logs(&workspace, &name)}))
}

/// Begins a run.
#[utoipa::path(post, path = "/v1/connectors/{name}/run", operation_id = "run_connector", tag = "imports",
    params(("name" = String, Path)),
    responses((status = 200, body = Started)))]
pub(crate) async fn run(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<Started>> {
    let connectors = Arc::clone(&server.app.connectors);
    server.apart(|_| async move { connectors.run(&workspace, &name) }).await?;
    Ok(Json(Started { started: true }))
}
