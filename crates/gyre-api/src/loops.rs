//! Loops, their turns, and what people say to their proposals.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use axum::Json;
use axum::extract::State;
use gyre_model::record::body::Proposal;
use gyre_model::{RecordId, Workspace};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Who says so, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    #[serde(default = "people")]
    by: String,
    #[serde(default)]
    reason: Option<String>,
}

fn people() -> String {
    "people".to_owned()
}

pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let loops = server.apart(|engine| async move { engine.loops(&workspace).await }).await?;
    Ok(Json(json!({"loops": loops})))
}

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

pub(crate) async fn approve(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(id): Named<String>,
    Input(word): Input<Word>,
) -> Result<Json<Proposal>> {
    settle(&server, workspace, &id, true, word).await
}

pub(crate) async fn reject(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(id): Named<String>,
    Input(word): Input<Word>,
) -> Result<Json<Proposal>> {
    settle(&server, workspace, &id, false, word).await
}

async fn settle(
    server: &Server,
    workspace: Workspace,
    id: &str,
    approve: bool,
    word: Word,
) -> Result<Json<Proposal>> {
    let id: RecordId = crate::people::id(id, "proposal")?;
    let settled = server.apart(move |engine| async move {
        let reason = word.reason.as_deref();
        engine.decide_proposal(&workspace, id, approve, &word.by, reason).await
    });
    settled.await.map(Json)
}
