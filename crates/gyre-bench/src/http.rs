//! One kept connection to the server: small enough that the generator costs little beside what it asks.

use anyhow::Context;
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A connection over which one request at a time is sent.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
    /// What is said about answers that were given before.
    again: Option<HeaderValue>,
}

/// Where requests go, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) authorization: HeaderValue,
}

/// What is sent with a write key.
pub(crate) fn basic(key: &str) -> anyhow::Result<HeaderValue> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{key}:"));
    HeaderValue::from_str(&format!("Basic {encoded}")).context("the write key is no header")
}

/// What is sent with the token of the server.
pub(crate) fn bearer(token: &str) -> anyhow::Result<HeaderValue> {
    HeaderValue::from_str(&format!("Bearer {token}")).context("the token is no header")
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.context("no handshake")?;
        // Ends when the sender is dropped; what goes wrong is told to whoever waits for an answer.
        tokio::spawn(async move { drop(connection.await) });
        let host = HeaderValue::from_str(&address.to_string())?;
        Ok(Self { sender, host, again: None })
    }

    /// Says how old answers may be, as `Cache-Control` does.
    pub(crate) fn content_with(mut self, cached: &'static str) -> Self {
        self.again = Some(HeaderValue::from_static(cached));
        self
    }

    /// Sends and waits for the whole answer.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        authorization: &HeaderValue,
        body: Bytes,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        self.sender.ready().await.context("the connection is closed")?;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(Full::new(body))?;
        if let Some(again) = &self.again {
            request.headers_mut().insert(CACHE_CONTROL, again.clone());
        }
        let answer = self.sender.send_request(request).await.context("no answer")?;
        let status = answer.status();
        let body = answer.into_body().collect().await.context("half an answer")?.to_bytes();
        Ok((status, body))
    }
}
