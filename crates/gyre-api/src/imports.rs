//! Files imported: rows come in chunks, and each row counts once however often its chunk is sent.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::shape;
use axum::Json;
use axum::extract::State;
use gyre_ring::{ImportChunk, ImportProgress};
use std::sync::Arc;

/// How far an import has come.
#[utoipa::path(get, path = "/v1/imports/{id}", operation_id = "get_import", tag = "imports",
    params(("id" = String, Path)),
    responses((status = 200, body = shape::server::ImportProgress)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(import): Named<String>,
) -> Result<Json<ImportProgress>> {
    let asked = import.clone();
    let progress = server
        .apart(|engine| async move { engine.import_progress(&workspace, &asked).await })
        .await?;
    progress.map(Json).ok_or(Error::NotFound { what: "import", name: import })
}

/// Takes rows of a file. Lines dealt with before are skipped.
#[utoipa::path(post, path = "/v1/imports/{mapping}/rows", operation_id = "import_rows", tag = "imports",
    params(("mapping" = String, Path)),
    request_body = shape::server::ImportChunk,
    responses((status = 200, body = shape::server::ImportProgress)))]
pub(crate) async fn rows(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(mapping): Named<String>,
    Input(chunk): Input<ImportChunk>,
) -> Result<Json<ImportProgress>> {
    let holder = Arc::clone(&server);
    let progress = server.apart(move |engine| async move {
        let _one = holder.imports.lock().await;
        engine.import(&workspace, &mapping, chunk).await
    });
    progress.await.map(Json)
}
