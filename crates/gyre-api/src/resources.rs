//! Resources as they run, and their versions.

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use gyre_model::resource::Kind;
use gyre_ports::state::ResourceRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// A version of a resource.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    kind: Kind,
    name: String,
    version: u64,
    /// `people` or `loop:<name>`.
    by: String,
    at: Timestamp,
    /// Null when this version removed it.
    spec: Value,
    managed: Value,
    metadata: Value,
}

impl From<ResourceRow> for Shown {
    fn from(row: ResourceRow) -> Self {
        let ResourceRow { workspace: _, kind, name, version, spec, managed, metadata, by, at } =
            row;
        Self { kind, name, version, by, at, spec, managed, metadata }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    resources: Vec<Shown>,
}

/// The newest version and all there were, oldest first.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    kind: Kind,
    name: String,
    version: u64,
    /// Whether it does not run any more.
    removed: bool,
    versions: Vec<Shown>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Of {
    #[serde(default)]
    kind: Option<String>,
}

pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(of): Params<Of>,
) -> Result<Json<Listed>> {
    let wanted = of.kind.as_deref().map(kind).transpose()?;
    let mut rows = server.apart(|engine| async move { engine.resources(&workspace).await }).await?;
    rows.retain(|row| wanted.is_none_or(|kind| row.kind == kind));
    Ok(Json(Listed { resources: rows.into_iter().map(Shown::from).collect() }))
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named((word, name)): Named<(String, String)>,
) -> Result<Json<History>> {
    let kind = kind(&word)?;
    let rows = server
        .apart({
            let name = name.clone();
            move |engine| async move { engine.history(&workspace, kind, &name).await }
        })
        .await?;
    let Some(last) = rows.last() else {
        return Err(Error::NotFound { what: kind.as_str(), name });
    };
    Ok(Json(History {
        kind,
        name,
        version: last.version,
        removed: last.spec.is_null(),
        versions: rows.into_iter().map(Shown::from).collect(),
    }))
}

/// The kind of a name; its case does not matter, because it is typed by hand.
fn kind(text: &str) -> Result<Kind> {
    let found = Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let names = Kind::ALL.map(Kind::as_str).join(", ");
        Error::invalid(format!("there is no kind `{text}`"), format!("one of {names}"))
    })
}
