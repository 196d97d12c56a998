//! Saved queries: names for questions in SQL, kept with the workspace.

use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use axum::Json;
use axum::extract::State;
use gyre_model::{Timestamp, Workspace};
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

const PREFIX: &str = "query:";
const LONGEST: usize = 20_000;

/// A saved query as kept.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    sql: String,
    by: String,
    at: Timestamp,
}

/// A saved query.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedQuery {
    name: String,
    sql: String,
    /// Who saved it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// All saved queries, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedQueries {
    queries: Vec<SavedQuery>,
}

/// What to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Save {
    sql: String,
}

/// All saved queries, by name.
#[utoipa::path(get, path = "/v1/queries", operation_id = "list_queries", tag = "queries",
    responses((status = 200, body = SavedQueries)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<SavedQueries>> {
    all(&server, &workspace).await.map(Json)
}

/// Saves a query under a name, in place of what had it.
#[utoipa::path(post, path = "/v1/queries/{name}", operation_id = "save_query", tag = "queries",
    params(("name" = String, Path)), request_body = Save,
    responses((status = 200, body = SavedQueries)))]
pub(crate) async fn save(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    Input(save): Input<Save>,
) -> Result<Json<SavedQueries>> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.len() > 100 || save.sql.len() > LONGEST {
        let hint = format!("a name of at most 100 bytes, a query of at most {LONGEST}");
        return Err(Error::invalid("the query cannot be saved", hint));
    }
    let at = server.engine().shared.clock.now();
    let kept = Kept { sql: save.sql, by: caller.name, at };
    let value = serde_json::to_value(kept).map_err(|why| Error::internal("a query", &why))?;
    put(&server, &workspace, &name, value).await?;
    all(&server, &workspace).await.map(Json)
}

/// Forgets a saved query.
#[utoipa::path(delete, path = "/v1/queries/{name}", operation_id = "forget_query",
    tag = "queries", params(("name" = String, Path)),
    responses((status = 200, body = SavedQueries)))]
pub(crate) async fn forget(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<SavedQueries>> {
    put(&server, &workspace, &name, Value::Null).await?;
    all(&server, &workspace).await.map(Json)
}

async fn put(server: &Server, workspace: &Workspace, name: &str, value: Value) -> Result<()> {
    let shared = &server.engine().shared;
    let key = format!("{PREFIX}{name}");
    let op = Op::Put { workspace: workspace.clone(), key, value };
    let done = shared.state.commit(shared.epoch, None, vec![op]).await;
    done.map_err(|error| server.judge(error.into()))
}

async fn all(server: &Server, workspace: &Workspace) -> Result<SavedQueries> {
    let values = server.engine().shared.state.values(workspace, PREFIX).await?;
    let queries = values.into_iter().map(|(key, value)| {
        let Kept { sql, by, at } = serde_json::from_value(value)
            .map_err(|why| Error::internal("a saved query cannot be read", &why))?;
        let name = key.strip_prefix(PREFIX).unwrap_or(&key).to_owned();
        Ok(SavedQuery { name, sql, by, at })
    });
    Ok(SavedQueries { queries: queries.collect::<Result<_>>()? })
}
