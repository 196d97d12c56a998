//! Nobody makes the server hold more than the limits say.

use super::World;
use super::collecting::gzip;
use crate::app::Limits;
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a bomb is answered: a small body that unpacks to 64 MB of nothing.
async fn bomb(limits: Limits) -> StatusCode {
    let world = World::with(limits).await;
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    world.send("POST", "/v1/batch", &[("content-encoding", "gzip")], bomb).await.status
}

#[tokio::test]
async fn a_bomb_does_not_go_off() {
    assert_eq!(bomb(Limits::default()).await, StatusCode::PAYLOAD_TOO_LARGE);
    // Each of the two limits is enough.
    let ratio = Limits { ratio: usize::MAX, ..Limits::default() };
    assert_eq!(bomb(ratio).await, StatusCode::PAYLOAD_TOO_LARGE);
    let size = Limits { unpacked: usize::MAX, ratio: 20, ..Limits::default() };
    assert_eq!(bomb(size).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_test_of_the_bomb_notices_when_there_are_no_limits() {
    let none = Limits { unpacked: usize::MAX, ratio: usize::MAX, ..Limits::default() };
    assert_eq!(bomb(none).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_compresses_well_but_is_small_is_taken() {
    let world = World::with_source().await;
    let event = json!({"type": "track", "userId": "u", "event": "E", "properties": {"pad": " ".repeat(20_000)}});
    let body = json!({"writeKey": "shop-key-1", "batch": vec![event; 100]}).to_string();
    let small = gzip(body.as_bytes());
    assert!(small.len() * 100 < body.len());
    let reply = world.send("POST", "/v1/batch", &[("content-encoding", "gzip")], small).await;
    assert_eq!(reply.json()["accepted"], 100, "{}", reply.text);
}

/// A body that goes on and on, and counts what was read of it.
fn endless(read: &Arc<AtomicUsize>) -> Body {
    let read = Arc::clone(read);
    Body::from_stream(futures::stream::unfold((), move |()| {
        let read = Arc::clone(&read);
        async move {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            read.fetch_add(chunk.len(), Ordering::SeqCst);
            Some((Ok::<_, std::io::Error>(chunk), ()))
        }
    }))
}

#[tokio::test]
async fn an_endless_body_is_refused() {
    let world = World::with_source().await;
    let read = Arc::new(AtomicUsize::new(0));
    let reply = world.send("POST", "/v1/batch", &[], endless(&read)).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json()["code"], "request_too_large");
    assert!(read.load(Ordering::SeqCst) < 20 * 1024 * 1024);
    let token = [("authorization", "Bearer a-token")];
    let reply = world.send("POST", "/v1/query", &token, endless(&read)).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json()["title"], "too large");
}

#[tokio::test]
async fn an_announced_giant_is_not_read_at_all() {
    let world = World::with_source().await;
    let read = Arc::new(AtomicUsize::new(0));
    let headers = [("content-length", "99999999999")];
    let reply = world.send("POST", "/v1/batch", &headers, endless(&read)).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(read.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_limit_of_the_source_counts_too() {
    let world = World::new().await;
    let source =
        super::SOURCE.replace("spec: {", "spec: {max_event_bytes: 500, max_request_bytes: 1000, ");
    let reply = world.post("/v1/apply", super::one_file(&source)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let body = json!({"writeKey": "shop-key-1", "batch": [], "context": {"pad": "x".repeat(1000)}});
    let reply = world.send("POST", "/v1/batch", &[], body.to_string()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", reply.text);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let limits = Limits { patience: Duration::from_millis(50), ..Limits::default() };
    let world = World::with(limits).await;
    let never = Body::from_stream(futures::stream::pending::<std::io::Result<Bytes>>());
    let reply = world.send("POST", "/v1/batch", &[], never).await;
    assert_eq!(reply.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(reply.json()["code"], "request_too_slow");
}
