//! What to paste to send from somewhere to this server.

use crate::app::Server;
use crate::auth::{Caller, Right};
use crate::clients::address::Here;
use crate::error::{Error, Result};
use crate::extract::{In, Named};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use gyre_config::kinds::SourceType;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What stands where the key belongs, when it is not known here: only its hash is kept.
pub(crate) const PLACEHOLDER: &str = "YOUR_WRITE_KEY";

const BROWSER: &str = include_str!("snippets/browser.html");
const NODE: &str = include_str!("snippets/node.mjs");
const PYTHON: &str = include_str!("snippets/python.py");
const CURL: &str = include_str!("snippets/curl.sh");

/// What to paste, for each kind of client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Snippets)]
pub(crate) struct SourceSnippets {
    source: String,
    /// Where clients reach this server.
    url: String,
    /// Whether the key must still be put in, in the place of `YOUR_WRITE_KEY`.
    key_missing: bool,
    /// The one for this kind of source first.
    snippets: Vec<Snippet>,
}

/// What to paste.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Snippet {
    /// `browser`, `node`, `python` or `curl`.
    client: &'static str,
    /// What it needs.
    needs: &'static str,
    text: String,
}

/// What to paste to send from a source.
#[utoipa::path(get, path = "/v1/sources/{name}/snippet", operation_id = "get_source_snippet", tag = "sources",
    params(("name" = String, Path)), responses((status = 200, body = SourceSnippets)))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    caller: Caller,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Json<SourceSnippets>> {
    let catalog = server.engine().shared.catalog(&workspace);
    let Some(source) = catalog.sources.get(&name) else {
        return Err(Error::NotFound { what: "source", name });
    };
    // Keys are for those who may change them.
    let clear = source.write_keys.iter().find(|key| !key.starts_with("sha256:"));
    let key = clear.filter(|key| caller.may(Right::Write) && is_plain(key));
    let url = Here::of(&server, &headers).url();
    let fill = |text: &str| {
        text.replace("{{url}}", &url).replace("{{key}}", key.map_or(PLACEHOLDER, String::as_str))
    };
    let mut snippets: Vec<Snippet> = [
        ("browser", "nothing: paste it into the head of every page", BROWSER),
        ("node", "npm install @segment/analytics-node", NODE),
        ("python", "pip install segment-analytics-python", PYTHON),
        ("curl", "curl", CURL),
    ]
    .into_iter()
    .map(|(client, needs, text)| Snippet { client, needs, text: fill(text) })
    .collect();
    if !matches!(source.r#type, SourceType::Browser | SourceType::Mobile) {
        // A key that servers use does not belong into pages.
        snippets.retain(|snippet| snippet.client != "browser");
    }
    Ok(Json(SourceSnippets { source: name, url, key_missing: key.is_none(), snippets }))
}

/// Whether a key can stand in a text of any language as it is.
fn is_plain(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
