//! A real socket: served, and stopped while somebody listens.

use super::World;
use crate::serve;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

async fn ask(address: std::net::SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn it_answers_and_ends_its_streams_when_it_stops() {
    let world = World::with_source().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = world.app.clone();
    let serving = tokio::spawn(serve(listener, app, axum::Router::new(), async {
        stopped.await.unwrap();
    }));
    let health =
        ask(address, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let health = rest(health).await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");

    let tail = "GET /v1/tail HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a-token\r\n\r\n";
    let mut tail = ask(address, tail).await;
    let mut head = [0; 12];
    tail.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stop.send(()).unwrap();
    // The last chunk: the stream was ended, not broken off.
    let told = rest(tail).await;
    assert!(told.ends_with("0\r\n\r\n"), "{told:?}");
    let ended = tokio::time::timeout(Duration::from_mins(1), serving).await;
    ended.expect("it stops").unwrap().unwrap();
}
