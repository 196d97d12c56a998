//! The settings that SDKs fetch before they send: what they need to find this server with one address
//! changed. Every key gets a document, also one that nobody has: without one the SDK would fall silent,
//! while a wrong key shows when events come.

use super::address::Here;
use crate::app::Server;
use crate::cors;
use crate::extract::Named;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use gyre_collect::basic_key;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// For how long a client may keep a document.
const KEPT: &str = "public, max-age=3600";

/// The settings of Segment's SDKs: `cdnURL` is the one thing to change in them.
pub(crate) async fn segment(
    State(server): State<Arc<Server>>,
    Named(key): Named<String>,
    headers: HeaderMap,
) -> Response {
    let here = Here::of(&server, &headers);
    let document = json!({
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": format!("{}/v1", here.host),
                "protocol": here.scheme,
                "unbundledIntegrations": [],
                "addBundledMetadata": true,
            }
        },
        "plan": {
            "track": {"__default": {"enabled": true, "integrations": {}}},
            "identify": {"__default": {"enabled": true}},
            "group": {"__default": {"enabled": true}},
        },
        "edgeFunction": {},
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "remotePlugins": [],
        "legacyVideoPluginsEnabled": false,
        "analyticsNextEnabled": true,
        // Their own health is none of our business.
        "metrics": {"sampleRate": 0, "host": format!("{}/v1", here.host), "protocol": here.scheme},
    });
    answer(&headers, document)
}

/// What of the query string counts.
#[derive(Debug, Default, Deserialize)]
struct Keyed {
    #[serde(rename = "writeKey")]
    write_key: Option<String>,
}

/// The source configuration of RudderStack's SDKs: `configUrl`.
pub(crate) async fn rudder(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = header.and_then(basic_key).or_else(|| {
        let Query(keyed) = Query::<Keyed>::try_from_uri(&parts.uri).ok()?;
        keyed.write_key
    });
    let off = json!({"enabled": false});
    let document = json!({
        "source": {
            "id": "gyre",
            "name": "gyre",
            "writeKey": key,
            "enabled": true,
            "config": {"statsCollection": {"errors": off, "metrics": off}},
            "connections": [],
            "destinations": [],
        },
        "isHosted": false,
    });
    answer(&parts.headers, document)
}

/// Metrics of an SDK about itself: thanked for and thrown away.
pub(crate) async fn metrics(headers: HeaderMap) -> Response {
    let mut response = Json(json!({"success": true})).into_response();
    cors::allow(headers.get(ORIGIN).cloned(), &mut response);
    response
}

fn answer(headers: &HeaderMap, document: Value) -> Response {
    let mut response = Json(document).into_response();
    cors::allow(headers.get(ORIGIN).cloned(), &mut response);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
    response
}
