//! The server over HTTP, with the time each kind of call took.

use crate::gyre::{Answer, Gyre, Rows, Turn, Turns};
use crate::sink::{Mail, Sink};
use crate::time::Time;
use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long one call may take; an advance may span many due instants.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long the server may take to come up.
const COMING_UP: Duration = Duration::from_mins(1);

/// Calls and seconds per kind.
pub(crate) type Profile = BTreeMap<&'static str, (u64, f64)>;

/// A server and the mail box it sends to.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    bearer: String,
    basic: String,
    sink: Sink,
    profile: Profile,
}

impl Client {
    /// A client; nothing is called yet.
    pub(crate) fn new(
        base: &str,
        token: &str,
        write_key: &str,
        sink: Sink,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .tcp_nodelay(true)
            .no_proxy()
            .build()
            .context("no HTTP client")?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            bearer: format!("Bearer {}", token.trim()),
            basic: format!("Basic {}", STANDARD.encode(format!("{write_key}:"))),
            sink,
            profile: Profile::new(),
        })
    }
    /// Waits until the server answers.
    pub(crate) async fn wait(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let asked = self.http.get(format!("{}/healthz", self.base)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if begun.elapsed() > COMING_UP {
                bail!("the server at {} does not answer", self.base);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    /// Where the time went.
    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base)).header("authorization", &self.bearer)
    }

    async fn call<T: DeserializeOwned>(
        &mut self,
        kind: &'static str,
        request: RequestBuilder,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        let answer = request.send().await.with_context(|| format!("{kind} failed"))?;
        let status = answer.status();
        let body = answer.bytes().await.with_context(|| format!("{kind} was cut off"))?;
        let spent = self.profile.entry(kind).or_default();
        spent.0 += 1;
        spent.1 += begun.elapsed().as_secs_f64();
        if !status.is_success() {
            bail!("{kind} was answered {status}: {}", String::from_utf8_lossy(&body));
        }
        // A collection call need not have a body.
        let body = if body.is_empty() { &b"null"[..] } else { &body[..] };
        serde_json::from_slice(body).with_context(|| format!("{kind} answered in another form"))
    }
}

impl Gyre for Client {
    async fn now(&mut self) -> anyhow::Result<Time> {
        let request =
            self.http.get(format!("{}/v1/clock", self.base)).header("authorization", &self.bearer);
        let clock: Value = self.call("clock", request).await?;
        if clock["manual"] != true {
            bail!("the server's clock is not manual");
        }
        let now = clock["now"].as_str().unwrap_or_default();
        Time::parse(now).with_context(|| format!("the clock says {now:?}"))
    }

    async fn advance(&mut self, to: Time) -> anyhow::Result<()> {
        let request = self.post("/v1/clock/advance").json(&json!({"to": to.text()}));
        self.call("advance", request).await.map(|_: Value| ())
    }

    async fn batch(&mut self, body: &Value) -> anyhow::Result<()> {
        let url = format!("{}/v1/batch", self.base);
        let request = self.http.post(url).header("authorization", &self.basic).json(body);
        self.call("batch", request).await.map(|_: Value| ())
    }

    async fn decide(&mut self, user_id: &str) -> anyhow::Result<Answer> {
        let body = json!({"user_id": user_id, "placement": "home", "context": {}});
        let request = self.post("/v1/decide").json(&body);
        self.call("decide", request).await
    }

    fn mails(&mut self) -> Vec<Mail> {
        let begun = Instant::now();
        let mails = self.sink.take();
        let spent = self.profile.entry("sink").or_default();
        spent.0 += 1;
        spent.1 += begun.elapsed().as_secs_f64();
        mails
    }

    async fn query(&mut self, sql: &str, max_rows: usize) -> anyhow::Result<Rows> {
        let request = self.post("/v1/query").json(&json!({"sql": sql, "max_rows": max_rows}));
        self.call("query", request).await
    }

    async fn turns(&mut self) -> anyhow::Result<Vec<Turn>> {
        let url = format!("{}/v1/loops/repurchase", self.base);
        let request = self.http.get(url).header("authorization", &self.bearer);
        self.call("turns", request).await.map(|turns: Turns| turns.turns)
    }
}
