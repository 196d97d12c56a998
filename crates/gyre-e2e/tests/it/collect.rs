//! Collection: what is answered 200 can be queried, once.

use crate::server::{Options, Server};
use flate2::{Compression, write::GzEncoder};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::Write;

pub(crate) const SOURCE: &str = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: web}\nspec: {type: server, write_keys: [web-key-0001]}\n";
pub(crate) const KEY: &str = "web-key-0001";

pub(crate) async fn with_source(options: Options) -> Server {
    let server = Server::start(options).await;
    apply(&server, SOURCE).await;
    server
}

pub(crate) async fn apply(server: &Server, yaml: &str) {
    server.post("/v1/apply", &json!({"files": [{"name": "test.yaml", "text": yaml}]})).await;
}

pub(crate) fn track(user: &str, message: &str) -> Value {
    json!({"type": "track", "event": "Opened", "userId": user, "messageId": message, "properties": {"n": 1}})
}

#[tokio::test]
async fn every_way_in_leads_to_the_same_table() {
    let server = with_source(Options::default()).await;
    let (status, answer) = server.batch(KEY, &[track("a", "m1"), track("b", "m2")]).await.unwrap();
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    let client = Client::new();
    let url = |path: &str| format!("{}{path}", server.url);

    // Write key in the body, content type ignored.
    let body = json!({"writeKey": KEY, "userId": "c", "event": "Opened", "messageId": "m3"});
    let answer = client.post(url("/v1/track")).body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    // The short path, gzip.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let body = json!({"anonymousId": "d", "event": "Opened", "messageId": "m4"}).to_string();
    gzip.write_all(body.as_bytes()).unwrap();
    let answer = client
        .post(url("/v1/t"))
        .basic_auth(KEY, Some(""))
        .header("content-encoding", "gzip")
        .body(gzip.finish().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    for (path, message) in
        [("/v1/identify", "m5"), ("/v1/page", "m6"), ("/v1/i", "m7"), ("/v1/p", "m8")]
    {
        let body = json!({"userId": "e", "messageId": message, "name": "Home", "traits": {}});
        let answer =
            client.post(url(path)).basic_auth(KEY, Some("")).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    server.until("select count(*) from events", 8).await;
    let kinds = server.query("select kind, count(*) from events group by kind order by kind").await;
    assert_eq!(
        kinds,
        [
            vec![json!("identify"), json!(2)],
            vec![json!("page"), json!(2)],
            vec![json!("track"), json!(4)]
        ]
    );
}

#[tokio::test]
async fn the_same_message_is_stored_once_also_after_a_restart() {
    let mut server = with_source(Options::default()).await;
    for _ in 0..2 {
        server.batch(KEY, &[track("a", "m1"), track("a", "m1"), track("a", "m2")]).await.unwrap();
    }
    server.until("select count(*) from events", 2).await;
    server.restart(Vec::new()).await;
    server.batch(KEY, &[track("a", "m1"), track("a", "m3")]).await.unwrap();
    server.until("select count(*) from events", 3).await;
}

/// The mutant: with deduplication switched off the test above would see duplicates.
#[tokio::test]
async fn without_dedup_the_same_message_is_stored_twice() {
    let server =
        with_source(Options::default().environment("GYRE_MUTANT", "processor.no_dedup")).await;
    server.batch(KEY, &[track("a", "m1"), track("a", "m1")]).await.unwrap();
    server.until("select count(*) from events", 2).await;
}
