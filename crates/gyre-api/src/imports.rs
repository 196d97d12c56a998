//! Files imported: rows come in chunks, and each row counts once however often its chunk is sent.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use axum::Json;
use axum::extract::State;
use gyre_ring::{ImportChunk, ImportProgress};
use std::sync::Arc;

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
