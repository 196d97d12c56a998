//! Bad input gets a clear answer, and nothing is lost.

use crate::collect::{KEY, track, with_source};
use crate::server::{Options, Server};
use flate2::{Compression, write::GzEncoder};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::io::Write;

async fn send(server: &Server, body: Vec<u8>, encoding: Option<&str>) -> (StatusCode, Value) {
    let mut request =
        Client::new().post(format!("{}/v1/batch", server.url)).basic_auth(KEY, Some("")).body(body);
    if let Some(encoding) = encoding {
        request = request.header("content-encoding", encoding);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

fn has_code(body: &Value) -> bool {
    body["code"].is_string() && body["message"].is_string()
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_code() {
    let server = with_source(Options::default()).await;
    let (status, body) = send(&server, b"{\"batch\": [".to_vec(), None).await;
    assert!(status == StatusCode::BAD_REQUEST && has_code(&body), "{status} {body}");
    let (status, body) = send(&server, vec![b' '; 5 * 1024 * 1024], None).await;
    assert!(status == StatusCode::PAYLOAD_TOO_LARGE && has_code(&body), "{status} {body}");
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![b'a'; 1024 * 1024]).unwrap();
    }
    let (status, body) = send(&server, bomb.finish().unwrap(), Some("gzip")).await;
    assert!(status == StatusCode::PAYLOAD_TOO_LARGE && has_code(&body), "{status} {body}");
    let (status, body) = server.batch("no-such-key", &[track("a", "m")]).await.unwrap();
    assert!(status == StatusCode::UNAUTHORIZED && has_code(&body), "{status} {body}");
}

#[tokio::test]
async fn one_bad_event_costs_neither_the_others_nor_itself() {
    let server = with_source(Options::default()).await;
    let huge = json!({"type": "track", "event": "Big", "userId": "a", "messageId": "big", "properties": {"text": "x".repeat(40_000)}});
    let events = [
        track("a", "good"),
        json!({"type": "track", "event": "No id"}),
        json!({"type": "track", "userId": "a", "messageId": "no-name"}),
        json!({"type": "dance", "userId": "a"}),
        json!({"type": "track", "event": "X", "userId": 7}),
        huge,
    ];
    let (status, body) = server.batch(KEY, &events).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["accepted"], 1);
    assert_eq!(body["rejected"].as_array().unwrap().len(), 5, "{body}");
    server.until("select count(*) from dead_letters", 5).await;
    server.until("select count(*) from events", 1).await;
    let codes = server.query("select code from dead_letters order by place").await;
    assert_eq!(codes[0][0], "no_user_anon_id");
}

#[tokio::test]
async fn a_dead_letter_is_seen_mended_and_replayed() {
    let server = with_source(Options::default()).await;
    let unnamed = json!({"type": "track", "userId": "a", "messageId": "unnamed"});
    server.batch(KEY, &[unnamed]).await.unwrap();
    server.until("select count(*) from dead_letters", 1).await;
    let rows = server.query("select letter, code from dead_letters").await;
    let (letter, code) = (rows[0][0].as_str().unwrap(), rows[0][1].as_str().unwrap());
    assert!(server.said(&["dead-letters", "list"]).contains(code));
    let again = server.post("/v1/dead-letters/replay", &json!({"ids": [letter]})).await;
    assert_eq!(
        (again["accepted"].as_u64(), again["rejected"].as_u64()),
        (Some(0), Some(1)),
        "{again}"
    );
    let mended = json!({"type": "track", "event": "Opened", "userId": "a", "messageId": "unnamed"});
    let replayed = json!({"ids": [letter], "event": mended});
    let answer = server.post("/v1/dead-letters/replay", &replayed).await;
    assert_eq!(answer["accepted"], 1, "{answer}");
    server.until("select count(*) from events where name = 'Opened'", 1).await;
}

/// Events that came while their source was off, with an objection, from a client whose clock is an hour slow;
/// replayed until so many became events, and what the lake has of them: `gpc` of the consents, and when they happened.
async fn replayed(server: &Server, wanted: i64) -> (i64, Vec<Vec<Value>>) {
    server.said(&["sources", "disable", "web"]);
    let sent = "2026-03-01T11:00:00Z";
    let batch = json!({"sentAt": sent, "batch": [{"type": "identify", "userId": "a",
        "messageId": "m1", "timestamp": "2026-03-01T10:00:00Z"}]});
    let client = Client::new();
    let post = |path: &str, body: &Value| {
        client
            .post(format!("{}{path}", server.url))
            .basic_auth(KEY, Some(""))
            .header("sec-gpc", "1")
            .body(body.to_string())
            .send()
    };
    assert!(post("/v1/batch", &batch).await.unwrap().status().is_success());
    let typeless = json!({"event": "Opened", "userId": "a", "messageId": "m2"});
    assert!(post("/v1/track", &typeless).await.unwrap().status().is_success());
    server.until("select count(*) from dead_letters", 2).await;
    server.said(&["sources", "enable", "web"]);
    server.said(&["dead-letters", "replay", "--code", "source_disabled"]);
    let all = "select count(*) from dead_letters where replayed_as = 'event'";
    server.until(all, wanted).await;
    let refused = "select count(*) from consents where not granted";
    let events = "select message_id, at - occurred_at > interval '50 minutes' \
                  and at - occurred_at < interval '75 minutes' from events order by 1";
    (server.count(refused).await, server.query(events).await)
}

#[tokio::test]
async fn what_a_request_said_is_not_forgotten_when_its_letters_are_replayed() {
    let server = with_source(Options::default()).await;
    let (refused, events) = replayed(&server, 2).await;
    assert!(refused > 0, "the objection was forgotten");
    assert_eq!(events, [vec![json!("m1"), json!(true)], vec![json!("m2"), json!(false)]]);
    // Without what is kept with the letter it would be forgotten: the test can see it.
    let options = Options::default().environment("GYRE_MUTANT", "letters.forgets");
    let server = with_source(options).await;
    let (refused, events) = replayed(&server, 1).await;
    assert_eq!((refused, events.len()), (0, 1));
}

#[tokio::test]
async fn our_own_routes_answer_problems() {
    let server = with_source(Options::default()).await;
    let answer = Client::new().get(format!("{}/v1/loops", server.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers()["content-type"].to_str().unwrap().contains("problem+json"));
    let (status, body) =
        server.call(Method::POST, "/v1/query", Some(&json!({"sqll": "select 1"}))).await.unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    assert!(body.to_string().contains("sqll"), "{body}");
    for sql in ["drop table events", "select nope from events", "selec 1", "copy events to 'x'"] {
        let (status, body) =
            server.call(Method::POST, "/v1/query", Some(&json!({ "sql": sql }))).await.unwrap();
        assert!(status.is_client_error() && body["detail"].is_string(), "{sql}: {status} {body}");
    }
    let (status, body) = server.call(Method::GET, "/v1/nothing", None).await.unwrap();
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    let bad = json!({"files": [{"name": "a.yaml", "text": "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: x}\nspec: {rule: \"person.nope > 1\"}\n"}]});
    let (status, body) = server.call(Method::POST, "/v1/apply", Some(&bad)).await.unwrap();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_eq!(body["diagnostics"][0]["line"], 4, "{body}");
}

#[tokio::test]
async fn a_clock_far_off_is_corrected_and_kept() {
    let server = with_source(Options::manual()).await;
    let event = json!({"type": "track", "event": "Late", "userId": "a", "messageId": "m", "timestamp": "2031-01-01T00:00:00Z"});
    server.batch(KEY, &[event]).await.unwrap();
    let rows = server.query("select occurred_at, skew_ms from events").await;
    assert_eq!(rows[0][0], "2026-01-01T00:00:00Z");
    assert!(rows[0][1].as_i64().unwrap() != 0, "{rows:?}");
}
