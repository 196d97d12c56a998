//! The server over HTTP: one base address, one token, problems told as they came.

mod options;
mod problem;

pub(crate) use options::ServerArgs;

use crate::failure::Failure;
use anyhow::Context as _;
use problem::Problem;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use std::time::Duration;

/// How long a call may take; an advance of the clock may span months.
const PATIENCE: Duration = Duration::from_mins(30);
/// How long it may take to be connected.
const CONNECT: Duration = Duration::from_secs(5);
/// The header that names the workspace.
const WORKSPACE: &str = "x-gyre-workspace";

/// A server, seen from outside.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
    workspace: Option<String>,
}

impl Client {
    /// A client; nothing is called yet.
    pub(crate) fn new(args: &ServerArgs) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .no_proxy()
            .build()
            .context("no http client")?;
        Ok(Self {
            http,
            base: args.base()?,
            token: args.token()?,
            workspace: args.workspace.clone(),
        })
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.call(self.request(Method::GET, path)?.query(query)).await
    }

    /// Reads something that need not be there.
    pub(crate) async fn find(&self, path: &[&str]) -> anyhow::Result<Option<Value>> {
        let answer = self.send(self.request(Method::GET, path)?).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        body(good(answer).await?).await.map(Some)
    }

    /// Asks for something to be done.
    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> anyhow::Result<Value> {
        self.call(self.request(Method::POST, path)?.json(body)).await
    }

    /// Takes something away.
    pub(crate) async fn delete(&self, path: &[&str]) -> anyhow::Result<Value> {
        self.call(self.request(Method::DELETE, path)?).await
    }

    /// Asks for something, and says whether it may work later instead of the answer.
    pub(crate) async fn try_post(&self, path: &[&str], body: &Value) -> anyhow::Result<Try> {
        let answer = match self.request(Method::POST, path)?.json(body).send().await {
            Ok(answer) => answer,
            Err(error) => return Ok(Try::Later(self.away(&error))),
        };
        let later =
            [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS, StatusCode::CONFLICT];
        if later.contains(&answer.status()) {
            return match good(answer).await {
                Ok(_) => Ok(Try::Later(Failure::new("the server is busy"))),
                Err(failure) => Ok(Try::Later(failure)),
            };
        }
        self::body(good(answer).await?).await.map(Try::Done)
    }

    /// Lines as they come, until the server ends.
    pub(crate) async fn lines(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        // A stream without an end has no patience.
        let request = self.request(Method::GET, path)?.query(query).timeout(PATIENCE * 10_000);
        let mut answer = good(self.send(request).await?).await?;
        let mut rest = Vec::new();
        while let Some(chunk) = answer.chunk().await.context("the stream broke off")? {
            rest.extend_from_slice(&chunk);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                each(line.trim_ascii())?;
            }
        }
        if rest.is_empty() { Ok(()) } else { each(rest.trim_ascii()) }
    }

    /// Bytes as they come, until there are no more.
    pub(crate) async fn pieces(
        &self,
        path: &[&str],
        mut each: impl FnMut(&[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut answer = good(self.send(self.request(Method::GET, path)?).await?).await?;
        while let Some(piece) = answer.chunk().await.context("the stream broke off")? {
            each(&piece)?;
        }
        Ok(())
    }

    /// The answer to a body in the form that is asked for, as the server wrote it.
    pub(crate) async fn post_for(
        &self,
        path: &[&str],
        body: &Value,
        accept: &str,
    ) -> anyhow::Result<String> {
        let request = self.request(Method::POST, path)?.header("accept", accept).json(body);
        good(self.send(request).await?).await?.text().await.context("the answer was cut off")
    }

    /// The same, as bytes, with one of the headers that came along.
    pub(crate) async fn post_for_bytes(
        &self,
        path: &[&str],
        body: &Value,
        accept: &str,
        header: &str,
    ) -> anyhow::Result<(Vec<u8>, Option<String>)> {
        let request = self.request(Method::POST, path)?.header("accept", accept).json(body);
        let answer = good(self.send(request).await?).await?;
        let said = answer.headers().get(header).and_then(|value| value.to_str().ok());
        let said = said.map(str::to_owned);
        Ok((answer.bytes().await.context("the answer was cut off")?.to_vec(), said))
    }

    async fn call(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        body(good(self.send(request).await?).await?).await
    }

    fn request(&self, method: Method, path: &[&str]) -> anyhow::Result<RequestBuilder> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::usage("the server's address cannot have a path"))?
            .pop_if_empty()
            .extend(path);
        let request = self.http.request(method, url).bearer_auth(&self.token);
        Ok(match &self.workspace {
            Some(workspace) => request.header(WORKSPACE, workspace),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| self.away(&error))
    }

    fn away(&self, error: &reqwest::Error) -> Failure {
        let at = self.base.as_str().trim_end_matches('/');
        if error.is_connect() {
            return Failure::new(format!("the server at {at} does not answer"))
                .hint("start it with `gyre serve --data DIR`, or pass --server URL");
        }
        Failure::new(format!("the call to {at} failed: {}", root(error)))
    }
}

/// What came of a call that may be tried again.
#[derive(Debug)]
pub(crate) enum Try {
    /// The answer.
    Done(Value),
    /// It may work later; why it did not now.
    Later(Failure),
}

/// The innermost cause: the outer ones repeat the URL, which may hold what was asked for.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The answer, or what the server says is wrong.
async fn good(answer: Response) -> Result<Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.bytes().await.unwrap_or_default();
    Err(Problem::read(status, &body).failure())
}

async fn body(answer: Response) -> anyhow::Result<Value> {
    let bytes = answer.bytes().await.context("the answer was cut off")?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).context("the server answered in another form than JSON")
}
