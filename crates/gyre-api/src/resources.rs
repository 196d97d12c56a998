//! Resources as they run, and their versions.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::error::{Error, Result};
use crate::extract::{In, Named, Params};
use axum::Json;
use axum::extract::State;
use gyre_model::Timestamp;
use gyre_model::resource::Kind;
use gyre_ports::state::ResourceRow;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A version of a resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResourceVersion)]
pub(crate) struct Shown {
    #[schema(value_type = String)]
    kind: Kind,
    name: String,
    version: u64,
    /// `people` or `loop:<name>`.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Null when this version removed it.
    spec: Value,
    managed: Value,
    metadata: Value,
}

impl Shown {
    /// A version as a caller may see it: write keys are for those who may change them.
    fn to(caller: &Caller, row: ResourceRow) -> Self {
        let ResourceRow { workspace: _, kind, name, version, mut spec, managed, metadata, by, at } =
            row;
        if kind == Kind::Source
            && !caller.may(Right::Write)
            && let Some(keys) = spec.get_mut("write_keys")
        {
            *keys = json!([]);
        }
        if !caller.may(Right::Write) {
            hide(&mut spec);
        }
        Self { kind, name, version, by, at, spec, managed, metadata }
    }
}

/// Hides secrets that stand in a resource itself, as they may for development.
fn hide(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                if key == "development" && value.is_string() {
                    *value = json!("hidden");
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        _ => {}
    }
}

/// Resources that run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResourceList)]
pub(crate) struct Listed {
    resources: Vec<Shown>,
}

/// The newest version and all there were, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResourceHistory)]
pub(crate) struct History {
    #[schema(value_type = String)]
    kind: Kind,
    name: String,
    version: u64,
    /// Whether it does not run any more.
    removed: bool,
    versions: Vec<Shown>,
}

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Of {
    /// `Campaign`, `Source`, …
    #[serde(default)]
    kind: Option<String>,
}

/// Resources that run.
#[utoipa::path(get, path = "/v1/resources", operation_id = "list_resources", tag = "resources",
    params(Of), responses((status = 200, body = Listed)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Params(of): Params<Of>,
) -> Result<Json<Listed>> {
    let wanted = of.kind.as_deref().map(kind).transpose()?;
    let mut rows = server.apart(|engine| async move { engine.resources(&workspace).await }).await?;
    rows.retain(|row| wanted.is_none_or(|kind| row.kind == kind));
    Ok(Json(Listed { resources: rows.into_iter().map(|row| Shown::to(&caller, row)).collect() }))
}

/// One resource with all its versions, oldest first.
#[utoipa::path(get, path = "/v1/resources/{kind}/{name}", operation_id = "get_resource", tag = "resources",
    params(("kind" = String, Path), ("name" = String, Path)),
    responses((status = 200, body = History)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
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
        versions: rows.into_iter().map(|row| Shown::to(&caller, row)).collect(),
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
