//! What changes, as server-sent events: which families of records have grown, so that a page reads
//! again what it shows. One short message at a time, and not more than one a second.

use crate::app::Server;
use crate::error::Result;
use crate::extract::In;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use gyre_model::{Family, Partition, Workspace};
use gyre_ports::ErrorKind;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use utoipa::ToSchema;

const BATCH: usize = 4_096;
/// What comes within this is told at once.
const GATHER: Duration = Duration::from_secs(1);
/// A sign of life, so that a page that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What has grown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    /// Families of records, for example `event`, `decision`, `turn`.
    families: Vec<String>,
    /// The end of the partition.
    end: u64,
}

/// Tells which families of records have grown, without end.
#[utoipa::path(get, path = "/v1/changes", operation_id = "get_changes", tag = "watching",
    responses((status = 200, body = Changed, content_type = "text/event-stream")))]
pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    In(workspace): In,
) -> Result<Response<Body>> {
    let (sender, receiver) = mpsc::channel(4);
    for partition in 0..server.engine().shared.journal.partitions() {
        let follow = follow(Arc::clone(&server), partition, workspace.clone(), sender.clone());
        server.app.analytics.spawn(follow);
    }
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receiver))
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn follow(
    server: Arc<Server>,
    partition: Partition,
    workspace: Workspace,
    sender: mpsc::Sender<Bytes>,
) {
    let journal = &server.engine().shared.journal;
    let mut closing = server.closing.subscribe();
    let mut next = journal.end(partition);
    // The first message says that the stream stands.
    let mut piece = message(&BTreeSet::new(), next);
    loop {
        if sender.send(piece.into()).await.is_err() {
            return;
        }
        let grown = tokio::select! {
            () = journal.wait(partition, next) => true,
            () = tokio::time::sleep(HEARTBEAT) => false,
            () = sender.closed() => return,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        if !grown {
            piece = ":\n\n".to_owned();
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
        let mut families = BTreeSet::new();
        let end = journal.end(partition);
        while next < end {
            match journal.read(partition, next, BATCH).await {
                Ok(records) => {
                    let of_workspace =
                        records.iter().filter(|record| record.entry.workspace == workspace);
                    families.extend(of_workspace.filter_map(|one| name(one.entry.family)));
                    next = records.last().map_or(end, |record| record.offset + 1);
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    next = next.max(journal.start(partition)).max(next + 1);
                }
                Err(error) => {
                    tracing::warn!(%error, partition, "changes cannot be read");
                    return;
                }
            }
        }
        piece = message(&families, next);
    }
}

fn name(family: Family) -> Option<String> {
    let value = serde_json::to_value(family).ok()?;
    value.as_str().map(ToOwned::to_owned)
}

fn message(families: &BTreeSet<String>, end: u64) -> String {
    format!("data: {}\n\n", json!({"families": families, "end": end}))
}
