//! The journal as it grows: what is accepted and rejected, as it comes.
//!
//! Reads from the end, so nothing is kept for a listener; one that reads slowly is told later, not
//! less, unless the records are trimmed meanwhile.
#![expect(unused_qualifications, reason = "utoipa qualifies parameters that it is given")]

use crate::app::Server;
use crate::error::{Error, Result};
use crate::extract::{In, Params};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response};
use bytes::Bytes;
use gyre_model::{Family, Offset, Partition, Stored, Timestamp, Workspace};
use gyre_ports::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

/// Records read at once.
const BATCH: usize = 256;
/// A sign of life, so that a listener who is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Names of families, with commas; `all` for every one. Without it, events and dead letters.
    #[serde(default)]
    family: Option<String>,
}

/// A record as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = TailRecord)]
pub(crate) struct Shown<'a> {
    #[schema(value_type = String)]
    family: Family,
    partition: Partition,
    offset: Offset,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[schema(value_type = Value)]
    record: &'a RawValue,
}

#[derive(Clone)]
struct Filter {
    workspace: Workspace,
    families: Vec<Family>,
    events: bool,
}

/// Records as they come, without end: one JSON object a line, or server-sent events.
#[utoipa::path(get, path = "/v1/tail", operation_id = "tail", tag = "watching",
    params(Which),
    responses((status = 200, body = Shown<'static>, content_type = "text/event-stream")))]
pub(crate) async fn tail(
    State(server): State<Arc<Server>>,
    In(workspace): In,
    Params(which): Params<Which>,
    headers: HeaderMap,
) -> Result<Response<Body>> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let events = accept.contains("text/event-stream");
    let families = match which.family.as_deref() {
        None => vec![Family::Event, Family::DeadLetter],
        Some("all") => Family::ALL.into_iter().filter(|family| *family != Family::Tick).collect(),
        Some(names) => names.split(',').map(family).collect::<Result<_>>()?,
    };
    let filter = Filter { workspace, families, events };
    let (sender, receiver) = mpsc::channel(4);
    if events {
        // The head of an answer is sent with its first piece, and a page waits for it.
        drop(sender.try_send(Bytes::from_static(b":\n\n")));
    }
    let journal = &server.engine().shared.journal;
    for partition in 0..journal.partitions() {
        let from = journal.end(partition);
        let listen = listen(Arc::clone(&server), partition, from, filter.clone(), sender.clone());
        server.app.analytics.spawn(listen);
    }
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receiver))
    });
    let mut response = Response::new(Body::from_stream(stream));
    let media = if events { "text/event-stream" } else { "application/x-ndjson" };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn family(name: &str) -> Result<Family> {
    serde_json::from_value(name.trim().into()).map_err(|_| {
        let names = Family::ALL.map(|family| serde_json::to_value(family).unwrap_or_default());
        let names: Vec<&str> = names.iter().filter_map(|name| name.as_str()).collect();
        Error::invalid(
            format!("there is no family `{}`", name.trim()),
            format!("all, or some of {}", names.join(", ")),
        )
    })
}

/// Tells of one partition until the listener or the server goes.
async fn listen(
    server: Arc<Server>,
    partition: Partition,
    mut next: Offset,
    filter: Filter,
    sender: mpsc::Sender<Bytes>,
) {
    let journal = &server.engine().shared.journal;
    let mut closing = server.closing.subscribe();
    loop {
        let grown = tokio::select! {
            () = journal.wait(partition, next) => true,
            () = tokio::time::sleep(HEARTBEAT) => false,
            () = sender.closed() => return,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        let piece = if grown {
            match journal.read(partition, next, BATCH).await {
                Ok(records) => {
                    next = records.last().map_or(next, |record| record.offset + 1);
                    records.iter().filter(|one| filter.wants(one)).fold(
                        Vec::new(),
                        |mut out, one| {
                            filter.write(one, &mut out);
                            out
                        },
                    )
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    next = next.max(journal.start(partition));
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, partition, "the tail cannot be read");
                    return;
                }
            }
        } else if filter.events {
            b":\n\n".to_vec()
        } else {
            b"\n".to_vec()
        };
        if !piece.is_empty() && sender.send(piece.into()).await.is_err() {
            return;
        }
    }
}

impl Filter {
    fn wants(&self, stored: &Stored) -> bool {
        stored.entry.workspace == self.workspace
            && !stored.is_erased()
            && self.families.contains(&stored.entry.family)
    }

    fn write(&self, stored: &Stored, out: &mut Vec<u8>) {
        // Payloads are JSON of one line; a tick has none.
        let Ok(record) = serde_json::from_slice::<&RawValue>(&stored.entry.payload) else { return };
        let shown = Shown {
            family: stored.entry.family,
            partition: stored.partition,
            offset: stored.offset,
            at: stored.at,
            record,
        };
        let Ok(mut line) = serde_json::to_vec(&shown) else { return };
        // The event is kept as it came, and may have been sent with line breaks between its keys;
        // inside a JSON text they are escaped, so these are white space.
        line.iter_mut()
            .filter(|byte| matches!(**byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b' ');
        if self.events {
            out.extend_from_slice(b"data: ");
        }
        out.append(&mut line);
        out.extend_from_slice(if self.events { b"\n\n" } else { b"\n" });
    }
}
