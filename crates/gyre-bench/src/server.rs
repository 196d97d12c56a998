//! A real `gyre serve` on a data folder of its own.

use crate::http::{Connection, Target, basic, bearer};
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use hyper::{Method, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the server may take for what is not measured.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks at whether it answers yet: the error of a start's figure.
const LOOK: Duration = Duration::from_millis(2);

/// Which binary, and where data folders are made.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) binary: PathBuf,
    pub(crate) folder: PathBuf,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// From starting the program to the first 200 of `/healthz`.
    pub(crate) started_in: Duration,
    child: Child,
    data: PathBuf,
    token: String,
}

/// How far the roles of the one partition are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    /// Records in the journal.
    pub(crate) end: u64,
    /// Records the processor has not dealt with: what decisions cannot see.
    pub(crate) processor_lag: u64,
    /// Records the archivist has not dealt with: what SQL cannot see.
    pub(crate) archivist_lag: u64,
}

impl Place {
    /// A new folder, deleted with what is in it when the value is dropped.
    pub(crate) fn fresh(&self) -> anyhow::Result<tempfile::TempDir> {
        let named = tempfile::Builder::new().prefix("gyre-bench-").tempdir_in(&self.folder);
        named.with_context(|| format!("no folder in {}", self.folder.display()))
    }

    /// Starts the server on a folder and waits until it answers.
    pub(crate) async fn start(&self, folder: &Path) -> anyhow::Result<Server> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let data = folder.join("data");
        let log = File::options().create(true).append(true).open(folder.join("log"))?;
        let began = Instant::now();
        let child = Command::new(&self.binary)
            .args(["serve", "--listen", &address.to_string(), "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        let mut server =
            Server { address, started_in: Duration::ZERO, child, data, token: String::new() };
        server.started_in = server.ready(began).await?;
        let token = server.data.join("token");
        server.token = std::fs::read_to_string(token).context("no token")?.trim().to_owned();
        Ok(server)
    }

    /// The same with resources applied.
    pub(crate) async fn start_with(&self, folder: &Path, yaml: &str) -> anyhow::Result<Server> {
        let server = self.start(folder).await?;
        let files = json!({"files": [{"name": "bench.yaml", "text": yaml}]});
        server.post("/v1/apply", &files).await?;
        Ok(server)
    }
}

impl Server {
    async fn ready(&mut self, began: Instant) -> anyhow::Result<Duration> {
        loop {
            if let Ok((StatusCode::OK, _)) = self.once(Method::GET, "/healthz", Bytes::new()).await
            {
                return Ok(began.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("gyre serve ended with {status}: {}", self.last_words());
            }
            ensure!(began.elapsed() < PATIENCE, "gyre serve does not answer");
            tokio::time::sleep(LOOK).await;
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// For the collection routes.
    pub(crate) fn collection(&self, key: &str) -> anyhow::Result<Target> {
        Ok(Target { address: self.address, authorization: basic(key)? })
    }

    /// For everything else.
    pub(crate) fn api(&self) -> anyhow::Result<Target> {
        Ok(Target { address: self.address, authorization: bearer(&self.token)? })
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let mut connection = Connection::open(self.address).await?;
        connection.send(method, path, &bearer(&self.token)?, body).await
    }

    async fn call(&self, method: Method, path: &str, body: Bytes) -> anyhow::Result<Value> {
        let (status, answer) = self.once(method, path, body).await?;
        let text = String::from_utf8_lossy(&answer);
        ensure!(status == StatusCode::OK, "{path}: {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, Bytes::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, body.to_string().into()).await
    }

    pub(crate) async fn progress(&self) -> anyhow::Result<Progress> {
        let status = self.get("/v1/status").await?;
        let number = |key: &str| {
            status["partitions"][0][key].as_u64().with_context(|| format!("no {key} in {status}"))
        };
        Ok(Progress {
            end: number("end")?,
            processor_lag: number("processor_lag")?,
            archivist_lag: number("archivist_lag")?,
        })
    }

    /// Waits until the processor, and the archivist too if asked, have dealt with everything; how long
    /// that took, or `None` if it is not so after a while.
    pub(crate) async fn caught_up(
        &self,
        archivist: bool,
        patience: Duration,
    ) -> anyhow::Result<Option<Duration>> {
        let began = Instant::now();
        loop {
            let progress = self.progress().await?;
            let left = progress.processor_lag + u64::from(archivist) * progress.archivist_lag;
            if left == 0 {
                return Ok(Some(began.elapsed()));
            }
            if began.elapsed() > patience {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            kill_process(pid, Signal::TERM).context("cannot end gyre serve")?;
        }
        while self.child.try_wait()?.is_none() {
            ensure!(began.elapsed() < PATIENCE, "gyre serve does not end");
            tokio::time::sleep(LOOK).await;
        }
        Ok(began.elapsed())
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The warnings and errors of its log: how many, and the last.
    pub(crate) fn complaints(&self) -> (usize, Option<String>) {
        let log = self.log();
        let loud = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
        let found: Vec<&str> = log.lines().filter(loud).collect();
        (found.len(), found.last().map(|line| (*line).to_owned()))
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    fn log(&self) -> String {
        let path = self.data.with_file_name("log");
        std::fs::read(path)
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
