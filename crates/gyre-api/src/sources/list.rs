//! Sources as somebody looks at them: what each allows, which keys it has, what came.

use super::counters::{Counted, UnknownKeys};
use super::keys;
use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Named};
use axum::Json;
use axum::extract::State;
use gyre_config::kinds::{RateLimit, Source};
use gyre_model::{Timestamp, Workspace};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceView {
    name: String,
    /// `browser`, `mobile`, `server`, `import`, `webhook`.
    #[schema(value_type = String)]
    r#type: gyre_config::kinds::SourceType,
    enabled: bool,
    /// The origins whose pages may use its keys; all, where there are none.
    origins: Vec<String>,
    limits: SourceLimits,
    keys: Vec<KeyView>,
    /// Since the server started.
    counted: Counted,
}

/// What a source may send.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceLimits {
    max_event_bytes: u32,
    max_request_bytes: u32,
    max_events: u32,
    rate: Option<Rate>,
}

/// So many events in so much time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(crate) events: u32,
    /// Such as `1s` or `1h`.
    pub(crate) per: String,
    /// How many at once after a pause; as many as `events` unless set.
    #[serde(default)]
    pub(crate) burst: Option<u32>,
}

impl From<RateLimit> for Rate {
    fn from(rate: RateLimit) -> Self {
        Self { events: rate.events, per: rate.per.to_string(), burst: rate.burst }
    }
}

/// A write key, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyView {
    /// The beginning of its SHA-256.
    pub(crate) id: String,
    /// Whether it stands in the resource; the others were made here.
    declared: bool,
    by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    /// From when on it is no key any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Timestamp>,
    /// Since the server started.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used: Option<Timestamp>,
}

/// All sources, and requests that were of none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceList {
    sources: Vec<SourceView>,
    /// In all workspaces: a key that nobody has is in none.
    unknown_keys: UnknownKeys,
}

/// Sources with their keys and what came from each since the server started.
#[utoipa::path(get, path = "/v1/sources", operation_id = "list_sources", tag = "sources",
    responses((status = 200, body = SourceList)))]
pub(crate) async fn list(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Json<SourceList>> {
    let mut sources = Vec::new();
    for (name, source) in &server.engine().shared.catalog(&workspace).sources {
        sources.push(view(&server, &workspace, name, source).await?);
    }
    Ok(Json(SourceList { sources, unknown_keys: server.sources.unknown.read() }))
}

/// One source.
#[utoipa::path(get, path = "/v1/sources/{name}", operation_id = "get_source", tag = "sources",
    params(("name" = String, Path)), responses((status = 200, body = SourceView)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Named(name): Named<String>,
) -> Result<Json<SourceView>> {
    of(&server, &workspace, &name).await.map(Json)
}

/// One source as it runs.
pub(crate) async fn of(server: &Server, workspace: &Workspace, name: &str) -> Result<SourceView> {
    let catalog = server.engine().shared.catalog(workspace);
    let Some(source) = catalog.sources.get(name) else {
        return Err(Error::NotFound { what: "source", name: name.to_owned() });
    };
    view(server, workspace, name, source).await
}

async fn view(
    server: &Server,
    workspace: &Workspace,
    name: &str,
    source: &Source,
) -> Result<SourceView> {
    let index = server.sources.index(server).await?;
    let now = server.engine().shared.clock.now();
    let declared = source.write_keys.iter().filter_map(|key| keys::declared(key)).map(|hash| {
        let (by, created_at, expires_at) = (None, None, None);
        let last_used = server.sources.last_used(&hash);
        KeyView { id: keys::id(&hash), declared: true, by, created_at, expires_at, last_used }
    });
    let made = index
        .made(workspace, name)
        .filter(|one| one.kept.expires_at.is_none_or(|expires| now < expires))
        .map(|one| KeyView {
            id: keys::id(&one.hash),
            declared: false,
            by: Some(one.kept.by.clone()),
            created_at: Some(one.kept.created_at),
            expires_at: one.kept.expires_at,
            last_used: server.sources.last_used(&one.hash),
        });
    Ok(SourceView {
        name: name.to_owned(),
        r#type: source.r#type,
        enabled: source.enabled,
        origins: source.origins.clone(),
        limits: SourceLimits {
            max_event_bytes: source.max_event_bytes,
            max_request_bytes: source.max_request_bytes,
            max_events: source.max_events,
            rate: source.rate_limit.map(Rate::from),
        },
        keys: declared.chain(made).collect(),
        counted: server.sources.counters(workspace, name).read(),
    })
}
