//! How long an answer takes over a real socket, with in-memory ports: what the HTTP layer and the
//! steps cost, without a disk. `cargo test -p gyre-api --release -- --ignored --nocapture speed`.

use super::World;
use super::deciding::with_ada;
use crate::serve;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ROUNDS: usize = 2_000;

/// One answer on a connection that stays open.
async fn round(stream: &mut TcpStream, request: &str, buffer: &mut Vec<u8>) {
    stream.write_all(request.as_bytes()).await.unwrap();
    buffer.clear();
    loop {
        stream.read_buf(buffer).await.unwrap();
        let text = String::from_utf8_lossy(buffer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.unwrap().parse::<usize>().unwrap() {
            assert!(head.starts_with("HTTP/1.1 200"), "{text}");
            return;
        }
    }
}

async fn measure(world: &World, name: &str, path: &str, authorization: &str, body: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(
        listener,
        world.app.clone(),
        axum::Router::new(),
        std::future::pending(),
    ));
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    let mut took: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        round(&mut stream, &request, &mut buffer).await;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let at = |share: usize| took[ROUNDS * share / 1000];
    println!("{name}: p50 {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, asserts nothing about time"]
async fn speed() {
    let world = with_ada().await;
    let key = "Basic c2hvcC1zZXJ2ZXIta2V5LTAwMDE6";
    let event = json!({"type": "track", "userId": "ada", "event": "Page", "properties": {"a": 1}});
    let batch = json!({"batch": [event]}).to_string();
    measure(&world, "batch of one", "/v1/batch", key, &batch).await;
    let batch = json!({"batch": vec![event; 100]}).to_string();
    measure(&world, "batch of 100", "/v1/batch", key, &batch).await;
    let other = json!({"user_id": "nobody", "placement": "home"}).to_string();
    measure(&world, "decide, nobody", "/v1/decide", "Bearer a-token", &other).await;
    let asked = json!({"user_id": "ada", "placement": "home", "context": {}}).to_string();
    measure(&world, "decide, somebody", "/v1/decide", "Bearer a-token", &asked).await;
}
