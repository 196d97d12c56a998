//! Loops, their turns, and what people say to their proposals.

use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::shape::turns;
use axum::Json;
use axum::extract::State;
use gyre_model::record::body::Proposal;
use gyre_model::{RecordId, Workspace};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Who says so, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    /// Only with the server's own token; else it is whoever is signed in.
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

/// All loops with their latest turns.
#[utoipa::path(get, path = "/v1/loops", operation_id = "list_loops", tag = "loops",
    responses((status = 200, body = turns::LoopList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let loops = server.apart(|engine| async move { engine.loops(&workspace).await }).await?;
    Ok(Json(json!({"loops": loops})))
}

/// A loop with all its turns and proposals.
#[utoipa::path(get, path = "/v1/loops/{name}", operation_id = "get_loop", tag = "loops",
    params(("name" = String, Path)), responses((status = 200, body = turns::LoopView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<Value>> {
    let asked = name.clone();
    let view =
        server.apart(|engine| async move { engine.loop_view(&workspace, &asked).await }).await?;
    view.map(Json).ok_or(Error::NotFound { what: "Loop", name })
}

/// Puts a held or proposed change into effect.
#[utoipa::path(post, path = "/v1/proposals/{id}/approve", operation_id = "approve_proposal", tag = "loops",
    params(("id" = String, Path)), request_body = Word,
    responses((status = 200, body = turns::Proposal)))]
pub(crate) async fn approve(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(id): Named<String>,
    Input(word): Input<Word>,
) -> Result<Json<Proposal>> {
    settle(&server, workspace, &id, true, caller, word).await
}

/// Turns a change down.
#[utoipa::path(post, path = "/v1/proposals/{id}/reject", operation_id = "reject_proposal", tag = "loops",
    params(("id" = String, Path)), request_body = Word,
    responses((status = 200, body = turns::Proposal)))]
pub(crate) async fn reject(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(id): Named<String>,
    Input(word): Input<Word>,
) -> Result<Json<Proposal>> {
    settle(&server, workspace, &id, false, caller, word).await
}

async fn settle(
    server: &Server,
    workspace: Workspace,
    id: &str,
    approve: bool,
    caller: Caller,
    word: Word,
) -> Result<Json<Proposal>> {
    let id: RecordId = crate::people::id(id, "proposal")?;
    let settled = server.apart(move |engine| async move {
        let by = caller.writes_as(word.by);
        let reason = word.reason.as_deref();
        engine.decide_proposal(&workspace, id, approve, &by, reason).await
    });
    settled.await.map(Json)
}
