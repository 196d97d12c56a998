//! Collection as the SDKs see it.

use super::{World, track};
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use expect_test::expect;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use gyre_ports::ErrorKind;
use serde_json::json;
use std::io::Write;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn one_bad_event_costs_only_itself() {
    let world = World::with_source().await;
    let nobody = json!({"type": "track", "event": "E", "messageId": "m-2"});
    let reply = world.batch(json!([track("u", "Order Completed"), nobody])).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/json");
    expect![[r#"{"success":true,"accepted":1,"rejected":[{"index":1,"messageId":"m-2","code":"no_user_anon_id","message":"the event has neither a user id nor an anonymous id that identifies anybody"}]}"#]].assert_eq(&reply.text);
}

#[tokio::test]
async fn a_write_key_is_taken_wherever_it_is() {
    let world = World::with_source().await;
    let bare = json!({"batch": [track("u", "E")]}).to_string();
    let keyed = json!({"batch": [track("u", "E")], "writeKey": "shop-key-2"}).to_string();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let ways: [(_, &[_], &str); 6] = [
        ("/v1/batch", &[("authorization", "Basic c2hvcC1rZXktMTo=")], &bare),
        ("/v1/batch", &[("authorization", "basic c2hvcC1rZXktMQ")], &bare),
        ("/v1/b", &[("authorization", "Bearer some-oauth"), form], &keyed),
        ("/v1/import", &[("content-type", "text/plain")], &keyed),
        ("/v1/batch?writeKey=shop-key-1&x=%20", &[], &bare),
        ("/v1/t?writeKey=shop%2Dkey-1", &[], r#"{"event":"E","anonymousId":"a"}"#),
    ];
    for (path, headers, body) in ways {
        let reply = world.send("POST", path, headers, body.to_owned()).await;
        assert_eq!(reply.status, StatusCode::OK, "{path} {headers:?}: {}", reply.text);
        assert_eq!(reply.json(), json!({"success": true, "accepted": 1, "rejected": []}));
    }
    let reply = world.send("POST", "/v1/batch?writeKey=shop-key-11", &[], bare).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    expect![[
        r#"{"code":"project_not_found","message":"no source has the write key of the request"}"#
    ]]
    .assert_eq(&reply.text);
}

#[tokio::test]
async fn a_body_that_cannot_be_parsed_has_a_code_and_a_message() {
    let world = World::with_source().await;
    let reply = world.send("POST", "/v1/batch", &[], "{\"batch\": [}").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    expect![[r#"{"code":"malformed_json","message":"the body is not json: line 1, column 12"}"#]]
        .assert_eq(&reply.text);
}

#[tokio::test]
async fn compressed_bodies_are_taken_however_they_are_cut() {
    let world = World::with_source().await;
    let body = json!({"writeKey": "shop-key-1", "batch": [track("u", "E"), track("v", "E")]});
    let plain = body.to_string().into_bytes();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&plain).unwrap();
    let two = plain.split_at(10);
    let members = [gzip(two.0), gzip(two.1)].concat();
    let cases = [
        ("gzip", gzip(&plain)),
        ("GZIP", gzip(&plain)),
        ("gzip", members),
        ("deflate", zlib.finish().unwrap()),
        ("identity", plain.clone()),
    ];
    for (encoding, bytes) in cases {
        for size in [1, 7, bytes.len()] {
            let chunks: Vec<_> = bytes
                .chunks(size)
                .map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c)))
                .collect();
            let body = Body::from_stream(futures::stream::iter(chunks));
            let headers = [("content-encoding", encoding)];
            let reply = world.send("POST", "/v1/batch", &headers, body).await;
            assert_eq!(reply.json()["accepted"], 2, "{encoding} {size}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_broken_or_unknown_compression_is_not_taken() {
    let world = World::with_source().await;
    let whole = gzip(br#"{"writeKey":"shop-key-1","batch":[]}"#);
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    let cut = whole[..whole.len() - 3].to_vec();
    let plain = br#"{"writeKey":"shop-key-1","batch":[]}"#.to_vec();
    for (encoding, body) in
        [("gzip", wrong_sum), ("gzip", cut), ("gzip", plain), ("br", whole.clone())]
    {
        let headers = [("content-encoding", encoding)];
        let reply = world.send("POST", "/v1/batch", &headers, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
        assert_eq!(reply.json()["code"], "malformed_body");
    }
}

/// Whether everything acknowledged would survive a power cut.
async fn is_durable(world: &World) -> bool {
    let before = world.journal.ends().0;
    // Large enough to be parsed apart from decisions.
    let large = "x".repeat(20_000);
    let event = |user: &str| json!({"type": "track", "userId": user, "event": large});
    let users: Vec<_> = ('a'..='j').map(|user| event(&user.to_string())).collect();
    let reply = world.batch(json!(users)).await;
    assert_eq!(reply.json()["accepted"], 10, "{}", reply.text);
    let (after, loose) = world.journal.ends();
    assert_eq!(after - before, 10);
    loose == 0
}

#[tokio::test]
async fn what_is_acknowledged_is_on_disk() {
    let world = World::with_source().await;
    assert!(is_durable(&world).await);
}

#[tokio::test]
async fn the_test_of_durability_notices_a_journal_that_does_not_sync() {
    let world = World::with_source().await;
    world.journal.be_lax();
    assert!(!is_durable(&world).await);
}

#[tokio::test]
async fn a_full_disk_is_a_reason_to_come_back_and_stays_no_secret_for_long() {
    let world = World::with_source().await;
    for kind in [ErrorKind::Full, ErrorKind::Busy, ErrorKind::Unavailable] {
        world.journal.fail(Some(kind));
        let reply = world.batch(json!([track("u", "E")])).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.header("retry-after"), "1");
        expect![[r#"{"code":"not_stored","message":"told to fail"}"#]].assert_eq(&reply.text);
    }
    world.journal.fail(None);
    assert_eq!(world.batch(json!([track("u", "E")])).await.status, StatusCode::OK);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_a_failed_sync_the_server_says_that_it_must_be_restarted() {
    let world = World::with_source().await;
    assert_eq!(world.send("GET", "/healthz", &[], Body::empty()).await.text, r#"{"status":"ok"}"#);
    world.journal.fail(Some(ErrorKind::Fatal));
    let reply = world.batch(json!([track("u", "E")])).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!reply.text.contains("secret"), "{}", reply.text);
    let reply = world.send("GET", "/healthz", &[], Body::empty()).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(world.engine.failed().await.contains("told to fail"));
}

#[tokio::test]
async fn a_preflight_gets_back_what_it_asks_for() {
    let world = World::new().await;
    let headers = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,x-retry-count,rsa-since-x"),
    ];
    for path in ["/v1/t", "/v1/batch", "/v1/identify"] {
        let reply = world.send("OPTIONS", path, &headers, Body::empty()).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example");
        let allowed = reply.header("access-control-allow-headers");
        assert_eq!(allowed, "authorization,x-retry-count,rsa-since-x");
        assert_eq!(reply.header("access-control-allow-methods"), "GET, POST, OPTIONS");
        assert!(reply.header("access-control-max-age").parse::<u32>().unwrap() >= 600);
    }
}

#[tokio::test]
async fn a_browser_may_read_the_answer_also_when_it_is_no() {
    let world = World::with_source().await;
    let headers = [("origin", "https://shop.example")];
    for body in ["{", r#"{"batch":[]}"#, r#"{"batch":[],"writeKey":"shop-key-1"}"#] {
        let reply = world.send("POST", "/v1/b", &headers, body).await;
        assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example");
        assert_eq!(reply.header("access-control-expose-headers"), "Retry-After, X-RateLimit-Reset");
    }
}
