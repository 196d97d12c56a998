//! Tests of the routes on in-memory ports.

mod access;
mod accounts;
mod collecting;
mod deciding;
mod faulty;
mod files;
mod lake;
mod limits;
mod listening;
mod previewing;
mod querying;
mod shapes;
mod speed;
mod tailing;
mod tracking;
mod webhooks;

use crate::app::{App, Limits};
use crate::auth::SecretToken;
use crate::routes::router;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use faulty::FaultyJournal;
use futures::StreamExt;
use gyre_model::{Dice, Span, Timestamp};
use gyre_ports::Clock;
use gyre_ports::clock::ManualClock;
use gyre_ports::memory::channel::MemoryChannel;
use gyre_ports::memory::fold::MemoryFold;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::memory::rules::MemoryRules;
use gyre_ports::memory::state::MemoryState;
use gyre_ring::{Engine, Options, Ports};
use lake::StubLake;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// The token of the server under test.
const TOKEN: &str = "a-token";
/// When its clock begins to stand still.
const START: &str = "2026-03-02T10:00:00Z";
/// A source, for tests that need no more.
const SOURCE: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [shop-key-1, shop-key-2]}
";

/// A server on in-memory ports with a manual clock; roles turn only when a request makes them.
struct World {
    router: Router,
    engine: Arc<Engine>,
    journal: Arc<FaultyJournal>,
    lake: Arc<StubLake>,
    app: App,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {}", self.text))
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(Timestamp::parse(START).unwrap()));
        let journal = Arc::new(FaultyJournal::new(MemoryJournal::new(2, Arc::clone(&clock))));
        let lake = Arc::new(StubLake::default());
        let ports = Ports {
            journal: Arc::<FaultyJournal>::clone(&journal),
            state: Arc::new(MemoryState::new()),
            fold: Arc::new(MemoryFold::new()),
            lake: Arc::<StubLake>::clone(&lake),
            rules: Arc::new(MemoryRules),
            clock,
            channels: vec![Arc::new(MemoryChannel::new("email"))],
        };
        let options = Options {
            dice: Dice::new(b"salt"),
            token_key: b"key".to_vec(),
            dedup_window: Span::days(7),
            manual_step: Span::MINUTE,
        };
        let engine = Engine::open(ports, options).await.unwrap();
        let app = App {
            engine: Arc::clone(&engine),
            token: SecretToken::new(TOKEN),
            analytics: tokio::runtime::Handle::current(),
            limits,
            secrets: Arc::new(gyre_ports::secrets::WrittenSecrets),
            connectors: gyre_ring::Connectors::new(
                Arc::clone(&engine),
                None,
                Arc::new(gyre_ports::secrets::WrittenSecrets),
            ),
        };
        Self { router: router(app.clone()), engine, journal, lake, app }
    }

    /// A server that has a source.
    async fn with_source() -> Self {
        let world = Self::new().await;
        let reply = world.post("/v1/apply", one_file(SOURCE)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        world
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let mut bytes = Vec::new();
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk.unwrap());
        }
        let text = String::from_utf8(bytes).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// A request with the token.
    async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &[("authorization", "Bearer a-token")], body.to_string()).await
    }

    /// A request with the token.
    async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[("authorization", "Bearer a-token")], Body::empty()).await
    }

    /// A batch under the key of [`SOURCE`].
    async fn batch(&self, events: Value) -> Reply {
        let body = json!({"writeKey": "shop-key-1", "batch": events});
        self.send("POST", "/v1/batch", &[], body.to_string()).await
    }
}

fn one_file(text: &str) -> Value {
    json!({"files": [{"name": "one.yaml", "text": text}]})
}

/// A `track` event.
fn track(user: &str, event: &str) -> Value {
    json!({"type": "track", "userId": user, "event": event})
}
