//! Making sources and their keys, taking keys back, and turning sources off.

use super::keys::{self, Kept, Made};
use super::list::{self, Rate, SourceView};
use crate::accounts::store;
use crate::app::Server;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::extract::{In, Input, Named};
use crate::files;
use axum::Json;
use axum::extract::State;
use gyre_config::kinds::SourceType;
use gyre_model::resource::Kind;
use gyre_model::{Span, Workspace};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// How long keys that are replaced go on working, unless somebody says.
const OVERLAP: &str = "24h";

/// A source to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSource {
    name: String,
    /// `browser`, `mobile`, `server`, `import`, `webhook`, `connector`.
    #[schema(value_type = String)]
    r#type: SourceType,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default)]
    rate: Option<Rate>,
}

/// What changes with a key that is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// How long the keys that were made before go on working: `24h` unless set, `0s` not at all.
    #[serde(default)]
    overlap: Option<String>,
    /// The keys of before go on working as they do.
    #[serde(default)]
    keep: bool,
}

/// What of a source is switched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// Whether events are taken; of a source that is off all become dead letters.
    enabled: bool,
}

/// A key, this once with its text, and the source it is for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyMade {
    key: String,
    source: SourceView,
}

/// Makes a source and its first key. The text of the key is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/sources", operation_id = "create_source", tag = "sources",
    request_body = NewSource, responses((status = 200, body = KeyMade)))]
pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Input(new): Input<NewSource>,
) -> Result<Json<KeyMade>> {
    let NewSource { name, r#type, origins, rate } = new;
    if server.engine().shared.catalog(&workspace).sources.contains_key(&name) {
        let message = format!("there is a source {name} already; it can get another key");
        return Err(Error::Conflict { message });
    }
    let mut spec = json!({"type": r#type, "write_keys": [], "origins": origins});
    if let Some(rate) = rate {
        spec["rate_limit"] = serde_json::to_value(rate).unwrap_or_default();
        // `null` is no number.
        if spec["rate_limit"]["burst"].is_null()
            && let Some(limit) = spec["rate_limit"].as_object_mut()
        {
            limit.remove("burst");
        }
    }
    apply(&server, &workspace, &caller, json!({"name": name}), spec).await?;
    // A source of this name that is gone may have left keys behind.
    let rotation = Rotation { overlap: Some("0s".to_owned()), keep: false };
    rotate(State(server), In(workspace), caller, Named(name), Input(rotation)).await
}

/// Makes a key. The keys that were made before go on working for a while; those that stand in the
/// resource go on until they are taken out of it.
#[utoipa::path(post, path = "/v1/sources/{name}/keys", operation_id = "rotate_source_key", tag = "sources",
    params(("name" = String, Path)), request_body = Rotation,
    responses((status = 200, body = KeyMade)))]
pub(crate) async fn rotate(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    Input(rotation): Input<Rotation>,
) -> Result<Json<KeyMade>> {
    exists(&server, &workspace, &name)?;
    let overlap = rotation.overlap.as_deref().unwrap_or(OVERLAP);
    let overlap = Span::parse(overlap).map_err(|why| {
        Error::invalid(format!("`overlap` cannot be read: {why}"), "for example 24h, 30m or 0s")
    })?;
    let now = server.engine().shared.clock.now();
    let (key, hash) = keys::make()?;
    let by = caller.writes_as(None);
    let made = Made {
        workspace: workspace.clone(),
        source: name.clone(),
        hash,
        kept: Kept { by, created_at: now, expires_at: None },
    };
    server
        .sources
        .change(async {
            let mut ops = vec![made.put()?];
            for mut old in of(&server, &workspace, &name).await? {
                let until = now + overlap;
                let ends = old.kept.expires_at.map_or(until, |expires| expires.min(until));
                if old.kept.expires_at.is_some_and(|expires| expires <= now)
                    || (!rotation.keep && ends <= now)
                {
                    ops.push(old.remove());
                } else if !rotation.keep {
                    old.kept.expires_at = Some(ends);
                    ops.push(old.put()?);
                }
            }
            store::commit(&server, ops).await
        })
        .await?;
    tracing::info!(source = %name, by = %made.kept.by, "a write key was made");
    let source = list::of(&server, &workspace, &name).await?;
    Ok(Json(KeyMade { key, source }))
}

/// Takes a key back, at once.
#[utoipa::path(delete, path = "/v1/sources/{name}/keys/{id}", operation_id = "revoke_source_key", tag = "sources",
    params(("name" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = SourceView)))]
pub(crate) async fn revoke(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named((name, id)): Named<(String, String)>,
) -> Result<Json<SourceView>> {
    exists(&server, &workspace, &name)?;
    server
        .sources
        .change(async {
            let all = of(&server, &workspace, &name).await?;
            let Some(made) = all.iter().find(|made| keys::id(&made.hash) == id) else {
                return Err(not_made(&server, &workspace, &name, &id));
            };
            store::commit(&server, vec![made.remove()]).await
        })
        .await?;
    tracing::info!(source = %name, key = %id, by = %caller.name, "a write key was revoked");
    list::of(&server, &workspace, &name).await.map(Json)
}

/// Turns a source on or off. It is a new version of the resource.
#[utoipa::path(post, path = "/v1/sources/{name}", operation_id = "switch_source", tag = "sources",
    params(("name" = String, Path)), request_body = Switch,
    responses((status = 200, body = SourceView)))]
pub(crate) async fn switch(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    Input(switch): Input<Switch>,
) -> Result<Json<SourceView>> {
    exists(&server, &workspace, &name)?;
    let history = server.engine().history(&workspace, Kind::Source, &name).await?;
    let last = history.into_iter().last().filter(|row| row.spec.is_object());
    let Some(mut row) = last else { return Err(Error::NotFound { what: "source", name }) };
    row.spec["enabled"] = switch.enabled.into();
    apply(&server, &workspace, &caller, row.metadata, row.spec).await?;
    list::of(&server, &workspace, &name).await.map(Json)
}

fn exists(server: &Server, workspace: &Workspace, name: &str) -> Result<()> {
    if server.engine().shared.catalog(workspace).sources.contains_key(name) {
        return Ok(());
    }
    Err(Error::NotFound { what: "source", name: name.to_owned() })
}

/// The keys of a source that were made.
async fn of(server: &Server, workspace: &Workspace, name: &str) -> Result<Vec<Made>> {
    let mut all = keys::all(server).await?;
    all.retain(|made| made.workspace == *workspace && made.source == name);
    Ok(all)
}

/// A key that was not made here: perhaps it stands in the resource.
fn not_made(server: &Server, workspace: &Workspace, name: &str, id: &str) -> Error {
    let catalog = server.engine().shared.catalog(workspace);
    let declared = catalog.sources.get(name).is_some_and(|source| {
        source.write_keys.iter().filter_map(|key| keys::declared(key)).any(|h| keys::id(&h) == id)
    });
    if declared {
        let message = format!("the key {id} stands in the resource");
        return Error::invalid(message, "take it out of `write_keys`, then apply the file");
    }
    Error::NotFound { what: "write key", name: id.to_owned() }
}

/// Applies a source as if it had been written in a file.
async fn apply(
    server: &Arc<Server>,
    workspace: &Workspace,
    caller: &Caller,
    metadata: Value,
    spec: Value,
) -> Result<()> {
    let document =
        json!({"apiVersion": "gyre/v1", "kind": "Source", "metadata": metadata, "spec": spec});
    files::apply_one(server, workspace, caller, &document).await
}
