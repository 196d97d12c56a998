//! Collection: a Segment call is answered when everything taken of it is on disk.

use crate::app::{Server, UnknownKeys};
use crate::body;
use crate::clients::address::Sender;
use crate::cors;
use crate::error::{Error, Refusal};
use crate::sources::{Index, Known, keys};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gyre_collect::{Call, Collected, Reject, Route, basic_key, collect};
use gyre_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::sync::Arc;

/// A larger body is parsed where it delays nobody's decision.
pub(crate) const LARGE: usize = 128 * 1024;

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

async fn take(server: &Arc<Server>, route: Route, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let limits = &server.app.limits;
    let body = body::read(&parts.headers, body, limits.collected, limits).await?;
    let Some(_pass) = server.gate.enter(body.len(), limits) else {
        let message = "more comes in than can be stored; send it again later".to_owned();
        return Err(Error::Later { message }.into());
    };
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let query = parts.uri.query().and_then(|_| Query::<Keyed>::try_from_uri(&parts.uri).ok());
    let posted = Posted {
        route,
        body,
        basic_key: header.and_then(basic_key),
        query_key: query.and_then(|Query(keyed)| keyed.write_key),
        sender: Sender::of(&parts),
        received_at: server.engine().shared.clock.now(),
    };
    store(server, posted).await.map(|collected| answer(&collected))
}

/// A call, however it looked on the wire.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) route: Route,
    pub(crate) body: Bytes,
    pub(crate) basic_key: Option<String>,
    pub(crate) query_key: Option<String>,
    pub(crate) sender: Sender,
    pub(crate) received_at: Timestamp,
}

/// Takes a call; everything of it is on disk when this returns.
pub(crate) async fn store(server: &Arc<Server>, posted: Posted) -> Result<Collected, Refusal> {
    let index = server.sources.index(server).await?;
    let (at, origin) = (posted.received_at, posted.sender.origin.clone());
    let judged = if posted.body.len() > LARGE {
        tokio::task::spawn_blocking(move || posted.judge(&index))
            .await
            .map_err(|why| Error::internal("a batch could not be parsed", &why))?
    } else {
        posted.judge(&index)
    };
    let (mut collected, known) = match judged {
        Judged { collected: Ok(collected), known: Some(known), .. } => (collected, known),
        Judged { collected, known, tried } => {
            return refused(server, collected, known, &tried, at);
        }
    };
    known.used(at);
    let refuse = |code: &'static str, refusal: Refusal| {
        known.counters.refused(code, at);
        Err(refusal)
    };
    if !known.source.allows(origin.as_deref()) {
        return refuse("origin_not_allowed", Refusal::origin());
    }
    let events = collected.accepted + collected.rejected.len();
    if let Some(limit) = &known.limit
        && let Err(wait) = limit.take(events)
    {
        return refuse("rate_limited", Refusal::limited(wait, at));
    }
    let entries = std::mem::take(&mut collected.entries);
    if let Err(error) = server.engine().ingest(entries).await {
        return refuse("not_stored", server.judge(error.into()).into());
    }
    known.counters.took(&collected, at);
    Ok(collected)
}

/// A call that is refused whole: counted where it belongs, or with the keys that nobody has.
fn refused(
    server: &Server,
    collected: Result<Collected, Reject>,
    known: Option<Known>,
    tried: &[String],
    at: Timestamp,
) -> Result<Collected, Refusal> {
    // Without a source nothing is ever taken.
    let Err(reject) = collected else { return Err(Error::Internal.into()) };
    if let Some(known) = known {
        known.used(at);
        known.counters.refused(reject.code, at);
        return Err(reject.into());
    }
    if reject.status != StatusCode::UNAUTHORIZED.as_u16() {
        return Err(reject.into());
    }
    server.sources.unknown.note(tried, at);
    match server.app.collection.unknown_keys {
        UnknownKeys::Refuse => Err(reject.into()),
        UnknownKeys::Accept => Ok(Collected {
            workspace: gyre_model::Workspace::default(),
            source: String::new(),
            entries: Vec::new(),
            accepted: 0,
            rejected: Vec::new(),
        }),
    }
}

/// What became of a call, and whose it was.
struct Judged {
    collected: Result<Collected, Reject>,
    known: Option<Known>,
    /// The keys that no source has.
    tried: Vec<String>,
}

impl Posted {
    fn judge(self, index: &Index) -> Judged {
        let call = Call {
            route: self.route,
            body: &self.body,
            basic_key: self.basic_key,
            query_key: self.query_key,
            ip: self.sender.ip,
            gpc: self.sender.gpc,
            received_at: self.received_at,
        };
        let (found, tried) = (RefCell::new(None), RefCell::new(Vec::new()));
        let collected = collect(&call, &|key| {
            let hash = keys::hash(key);
            let Some(known) = index.find(&hash, self.received_at) else {
                tried.borrow_mut().push(keys::id(&hash));
                return None;
            };
            found.replace(Some(known.clone()));
            Some(known.facts.clone())
        });
        Judged { collected, known: found.into_inner(), tried: tried.into_inner() }
    }
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
