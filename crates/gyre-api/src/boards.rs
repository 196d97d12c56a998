//! Boards, and the funnels on them.

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named, Patience};
use crate::shape::boards::{BoardList, BoardView, FunnelAnswer, FunnelQuestion};
use axum::Json;
use axum::extract::State;
use gyre_config::Funnel;
use serde_json::{Value, json};
use std::sync::Arc;

/// All boards: those built in, in their order, then those applied, by name.
#[utoipa::path(get, path = "/v1/boards", operation_id = "list_boards", tag = "boards",
    responses((status = 200, body = BoardList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<Value>> {
    let boards = server.apart(|engine| async move { engine.boards(&workspace).await }).await?;
    Ok(Json(json!({"boards": boards})))
}

/// A board: its sections and tiles, and its document.
#[utoipa::path(get, path = "/v1/boards/{id}", operation_id = "get_board", tag = "boards",
    params(("id" = String, Path)), responses((status = 200, body = BoardView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(id): Named<String>,
) -> Result<Json<Value>> {
    let boards = server.apart(|engine| async move { engine.boards(&workspace).await }).await?;
    match boards.into_iter().find(|board| board.name == id) {
        Some(board) => Ok(Json(json!(board))),
        None => Err(Error::NotFound { what: "Board", name: id }),
    }
}

/// How many people took events one after another. For `Cache-Control`, see the query of metrics.
#[utoipa::path(post, path = "/v1/funnels/query", operation_id = "query_funnel", tag = "metrics",
    params(("Cache-Control" = Option<String>, Header, description = "`max-age=SECONDS`: how old an answer may be")),
    request_body = FunnelQuestion, responses((status = 200, body = FunnelAnswer)))]
pub(crate) async fn funnel(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Patience(patience): Patience,
    Input(funnel): Input<Funnel>,
) -> Result<Json<Value>> {
    let may = caller.may(Right::People);
    let answer = server
        .ask(move |engine| async move {
            Box::pin(engine.ask_funnel(&workspace, funnel, may, patience)).await
        })
        .await?;
    Ok(Json(json!(answer)))
}
