//! What PostHog's libraries call: events are taken, flags there are none.

use super::address::Sender;
use crate::app::Server;
use crate::body;
use crate::collect::{LARGE, Posted, store};
use crate::cors;
use crate::error::{Error, Refusal};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::response::{IntoResponse, Response};
use gyre_collect::{Route, posthog};
use serde_json::json;
use std::sync::Arc;

/// `/batch`, `/capture`, `/e`, `/i/v0/e`.
pub(crate) async fn capture(State(server): State<Arc<Server>>, request: Request) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match take(&server, request).await {
        Ok(()) => Json(json!({"status": 1})).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    cors::allow(origin, &mut response);
    response
}

async fn take(server: &Arc<Server>, request: Request) -> Result<(), Refusal> {
    let (parts, body) = request.into_parts();
    let limits = &server.app.limits;
    let body = body::read(&parts.headers, body, limits.collected, limits).await?;
    let body = if body.len() > LARGE {
        tokio::task::spawn_blocking(move || posthog(&body))
            .await
            .map_err(|why| Error::internal("a batch could not be parsed", &why))??
    } else {
        posthog(&body)?
    };
    let posted = Posted {
        route: Route::Batch,
        body: body.into(),
        basic_key: None,
        query_key: None,
        sender: Sender::of(&parts),
        received_at: server.engine().shared.clock.now(),
    };
    store(server, posted).await.map(drop)
}

/// `/flags`, `/decide`: their libraries ask before they send. Variants are chosen by `/v1/decide`.
pub(crate) async fn flags(headers: HeaderMap) -> Response {
    let mut response = Json(json!({
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": false,
        "sessionRecording": false,
        "supportedCompression": ["gzip"],
    }))
    .into_response();
    cors::allow(headers.get(ORIGIN).cloned(), &mut response);
    response
}
