//! Which workspaces there are.

use crate::app::Server;
use crate::error::Result;
use axum::Json;
use axum::extract::State;
use gyre_model::Workspace;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// All workspaces, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceList {
    workspaces: Vec<String>,
}

/// The workspaces that have resources, and `main`.
#[utoipa::path(get, path = "/v1/workspaces", operation_id = "list_workspaces", tag = "server",
    responses((status = 200, body = WorkspaceList)))]
pub(crate) async fn list(State(server): State<Arc<Server>>) -> Result<Json<WorkspaceList>> {
    let known = server.engine().shared.state.workspaces().await?;
    let mut names: Vec<String> = known.iter().map(ToString::to_string).collect();
    names.push(Workspace::default().to_string());
    names.retain(|name| !name.starts_with('_'));
    names.sort();
    names.dedup();
    Ok(Json(WorkspaceList { workspaces: names }))
}
