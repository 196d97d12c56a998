//! Collection: a Segment call is answered when everything taken of it is on disk.

use crate::app::Server;
use crate::body;
use crate::cors;
use crate::error::{Error, Refusal};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gyre_collect::{Call, Collected, Reject, Route, SourceFacts, basic_key, collect};
use gyre_model::Timestamp;
use gyre_ring::Engine;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A larger body is parsed where it delays nobody's decision.
const LARGE: usize = 128 * 1024;

/// What of the query string counts.
#[derive(Debug, Default, Deserialize)]
struct Keyed {
    #[serde(rename = "writeKey")]
    write_key: Option<String>,
}

#[derive(Serialize)]
struct Taken<'a> {
    success: bool,
    accepted: usize,
    rejected: Vec<Left<'a>>,
}

#[derive(Serialize)]
struct Left<'a> {
    index: usize,
    #[serde(rename = "messageId")]
    message_id: Option<&'a str>,
    code: &'a str,
    message: &'a str,
}

/// A request to one of the collection routes.
pub(crate) async fn call(
    route: Route,
    State(server): State<Arc<Server>>,
    request: Request,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match take(&server, route, request).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.into_response(),
    };
    cors::allow(origin, &mut response);
    response
}

async fn take(server: &Server, route: Route, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let limits = &server.app.limits;
    let body = body::read(&parts.headers, body, limits.collected, limits).await?;
    let Some(_pass) = server.gate.enter(body.len(), limits) else {
        let message = "more comes in than can be stored; send it again later".to_owned();
        return Err(Error::Later { message }.into());
    };
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let query = parts.uri.query().and_then(|_| Query::<Keyed>::try_from_uri(&parts.uri).ok());
    let request = Posted {
        route,
        body,
        basic_key: header.and_then(basic_key),
        query_key: query.and_then(|Query(keyed)| keyed.write_key),
        received_at: server.engine().shared.clock.now(),
    };
    let mut collected = if request.body.len() > LARGE {
        let engine = Arc::clone(server.engine());
        tokio::task::spawn_blocking(move || request.collect(&engine))
            .await
            .map_err(|why| Error::internal("a batch could not be parsed", &why))??
    } else {
        request.collect(server.engine())?
    };
    let entries = std::mem::take(&mut collected.entries);
    server
        .engine()
        .ingest(entries)
        .await
        .map_err(|error| Refusal::from(server.judge(error.into())))?;
    Ok(answer(&collected))
}

struct Posted {
    route: Route,
    body: Bytes,
    basic_key: Option<String>,
    query_key: Option<String>,
    received_at: Timestamp,
}

impl Posted {
    fn collect(self, engine: &Engine) -> Result<Collected, Reject> {
        let call = Call {
            route: self.route,
            body: &self.body,
            basic_key: self.basic_key,
            query_key: self.query_key,
            received_at: self.received_at,
        };
        collect(&call, &|key| source(engine, key))
    }
}

/// The source of a write key, in whichever workspace it is.
fn source(engine: &Engine, key: &str) -> Option<SourceFacts> {
    let catalogs = engine.shared.catalogs.read();
    catalogs.0.iter().find_map(|(workspace, catalog)| {
        let (name, source) = catalog
            .sources
            .iter()
            .find(|(_, source)| source.write_keys.iter().any(|known| same(known, key)))?;
        Some(SourceFacts {
            workspace: workspace.clone(),
            name: name.clone(),
            public: source.r#type.is_public(),
            enabled: source.enabled,
            max_event_bytes: source.max_event_bytes as usize,
            max_request_bytes: source.max_request_bytes as usize,
        })
    })
}

/// Whether two keys are the same, in a time that tells only whether their lengths are.
fn same(known: &str, key: &str) -> bool {
    known.len() == key.len()
        && known.bytes().zip(key.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn answer(collected: &Collected) -> Response {
    let taken = Taken {
        success: true,
        accepted: collected.accepted,
        rejected: collected
            .rejected
            .iter()
            .map(|one| Left {
                index: one.index,
                message_id: one.message_id.as_deref(),
                code: one.code,
                message: one.message,
            })
            .collect(),
    };
    // Exactly 200: some SDKs send everything again after any other success.
    match serde_json::to_vec(&taken) {
        Ok(body) => (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(why) => Refusal::from(Error::internal("an answer", &why)).into_response(),
    }
}
