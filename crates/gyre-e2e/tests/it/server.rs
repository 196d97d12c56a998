//! Starts `gyre serve` on a fresh data folder, and speaks to it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before the test gives up; no test is decided by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// The binary under test: `GYRE_BIN`, or the one cargo built beside this test.
pub(crate) fn binary(variable: &str, name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return PathBuf::from(path);
    }
    let mut path = std::env::current_exe().expect("this test's own path");
    path.pop();
    path.pop();
    path.push(name);
    assert!(path.exists(), "{} is not built; run `cargo xtask test`", path.display());
    path
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"))
        .join("../..")
        .canonicalize()
        .expect("checkout")
}

/// A file of the shared data sets, which lie beside the checkout; `None` (said aloud) without them.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GYRE_SHARED_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    left_out(&format!("{name} is not there"));
    None
}

/// Says what a test left out; in CI nothing may be.
pub(crate) fn left_out(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "in CI nothing may be left out: {why}");
    println!("left out: {why}");
}

/// A port nobody listens on now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).expect("a port").port()
}

/// A running server.
pub(crate) struct Server {
    pub data: PathBuf,
    pub url: String,
    pub port: u16,
    child: Child,
    client: Client,
    options: Options,
    _folder: Option<tempfile::TempDir>,
}

/// How it is started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Further arguments.
    pub arguments: Vec<String>,
    /// Further environment.
    pub environment: Vec<(String, String)>,
    /// A data folder that stays; a fresh one otherwise.
    pub data: Option<PathBuf>,
    /// When it is killed, as `kill -9` does, counted from its start.
    pub killed_after: Option<Duration>,
}

impl Options {
    /// A clock that only moves when told, from the first of January 2026, and dice that fall alike.
    pub(crate) fn manual() -> Self {
        let arguments =
            ["--clock", "manual", "--start", "2026-01-01T00:00:00Z", "--secret-seed", "test"];
        Self { arguments: arguments.map(str::to_owned).to_vec(), ..Self::default() }
    }
    pub(crate) fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Server {
    pub(crate) async fn start(options: Options) -> Self {
        Self::try_start(options).await.expect("the server starts")
    }

    /// The same; `None` if it ended before it was ready.
    pub(crate) async fn try_start(options: Options) -> Option<Self> {
        let folder = match &options.data {
            Some(_) => None,
            None => Some(tempfile::tempdir().expect("a folder")),
        };
        let data = match (&options.data, &folder) {
            (Some(data), _) => data.clone(),
            (None, Some(folder)) => folder.path().join("data"),
            (None, None) => unreachable!(),
        };
        let port = free_port();
        let child = spawn(&data, port, &options);
        let url = format!("http://127.0.0.1:{port}");
        let mut server =
            Self { data, url, port, child, client: Client::new(), options, _folder: folder };
        server.ready().await.then_some(server)
    }

    async fn ready(&mut self) -> bool {
        let began = Instant::now();
        loop {
            if let Ok(answer) = self.client.get(format!("{}/healthz", self.url)).send().await
                && answer.status() == StatusCode::OK
            {
                return true;
            }
            if self.has_ended() {
                return false;
            }
            assert!(began.elapsed() < PATIENCE, "the server is not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("child").is_some()
    }

    /// Starts it again on the same data folder, with other environment.
    pub(crate) async fn restart(&mut self, environment: Vec<(String, String)>) {
        self.kill();
        self.options.environment = environment;
        self.port = free_port();
        self.url = format!("http://127.0.0.1:{}", self.port);
        self.child = spawn(&self.data, self.port, &self.options);
        self.client = Client::new();
        assert!(self.ready().await, "the server starts again");
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn token(&self) -> String {
        std::fs::read_to_string(self.data.join("token")).expect("token").trim().to_owned()
    }

    /// A call with the token; the body of the answer, whatever its status.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<(StatusCode, Value)> {
        let mut request =
            self.client.request(method, format!("{}{path}", self.url)).bearer_auth(self.token());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await.expect("answer");
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await.expect("answer");
        assert_eq!(status, StatusCode::OK, "POST {path}: {answer}");
        answer
    }

    /// A Segment batch; the status, and the answer.
    pub(crate) async fn batch(
        &self,
        key: &str,
        events: &[Value],
    ) -> reqwest::Result<(StatusCode, Value)> {
        let answer = self
            .client
            .post(format!("{}/v1/batch", self.url))
            .basic_auth(key, Some(""))
            .json(&json!({ "batch": events }))
            .send()
            .await?;
        let status = answer.status();
        Ok((status, answer.json().await.unwrap_or(Value::Null)))
    }

    /// The rows of a query.
    pub(crate) async fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        let answer = self.post("/v1/query", &json!({"sql": sql, "max_rows": 1_000_000})).await;
        answer["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row.as_array().expect("row").clone())
            .collect()
    }

    /// The first cell of a query, as a whole number.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        self.query(sql).await[0][0].as_i64().expect("a whole number")
    }

    /// The same once it is what is wanted, with a clock that runs.
    pub(crate) async fn until(&self, sql: &str, wanted: i64) {
        let began = Instant::now();
        loop {
            let found = self.count(sql).await;
            if found == wanted {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{sql}: {found}, wanted {wanted}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs the command line against this server.
    pub(crate) fn gyre(&self, arguments: &[&str]) -> Output {
        Command::new(binary("GYRE_BIN", "gyre"))
            .args(arguments)
            .args(["--server", &self.url, "--token-file"])
            .arg(self.data.join("token"))
            .current_dir(root())
            .output()
            .expect("gyre runs")
    }

    /// Runs it and gives what it printed, or fails.
    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        let output = self.gyre(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "gyre {arguments:?}\n{out}\n{err}");
        out
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn spawn(data: &Path, port: u16, options: &Options) -> Child {
    let quiet = std::env::var_os("GYRE_TEST_LOG").is_none();
    let mut command = Command::new(binary("GYRE_BIN", "gyre"));
    command
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(data)
        .args(&options.arguments)
        .envs(options.environment.iter().cloned())
        .stdin(Stdio::null());
    if quiet {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    let child = command.spawn().expect("gyre starts");
    if let Some(delay) = options.killed_after {
        kill_later(child.id(), delay, data.to_owned());
    }
    child
}

/// Kills a process of that data folder; not another one that got its number.
fn kill_later(pid: u32, delay: Duration, data: PathBuf) {
    std::thread::spawn(move || {
        std::thread::sleep(delay);
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if text(&line).contains(&*data.to_string_lossy()) {
            Command::new("kill").args(["-9", &pid.to_string()]).status().ok();
        }
    });
}
