//! SQL clients, the real ones, over the wire of PostgreSQL: what they see is what HTTP gives, only who
//! may comes in, nothing is written, and every statement has bounds.

mod access;
mod bounds;
mod clients;
mod metrics;

use crate::server::{Options, Server, free_port, left_out, root, text};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SHOP: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [sql-clients-key-0001]}
---
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: shop}
spec:
  events:
    Order Completed:
      properties:
        total: {type: number, promote: true, description: What was paid}
";
/// Events that the shop has, of which so many are orders.
const EVENTS: i64 = 5;
const ORDERS: i64 = 3;

/// A server with a shop, and where SQL clients reach it.
struct Shop {
    server: Server,
    port: u16,
}

/// Who connects.
struct Login<'a> {
    user: &'a str,
    password: &'a str,
    database: &'a str,
}

impl Shop {
    async fn start(options: Options) -> Self {
        let port = free_port();
        let server =
            Server::start(options.argument("--postgres", &format!("127.0.0.1:{port}"))).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.yaml");
        std::fs::write(&file, SHOP).unwrap();
        server.said(&["apply", file.to_str().unwrap()]);
        let event = |n: i64| {
            let name = if n < ORDERS { "Order Completed" } else { "Order Viewed" };
            json!({"type": "track", "event": name, "userId": format!("u{n}"),
                "messageId": format!("m{n}"), "properties": {"total": n as f64 + 0.5}})
        };
        let events: Vec<Value> = (0..EVENTS).map(event).collect();
        server.batch("sql-clients-key-0001", &events).await.unwrap();
        server.until("select count(*) from events", EVENTS).await;
        Self { server, port }
    }

    /// A client with the server's own token.
    fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let token = self.server.token();
        let login = Login { user: "gyre", password: &token, database: "main" };
        self.client_of(program, &login)
    }

    fn client_of(&self, program: impl AsRef<std::ffi::OsStr>, login: &Login<'_>) -> Command {
        let mut command = Command::new(program);
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", login.user)
            .env("PGPASSWORD", login.password)
            .env("PGDATABASE", login.database)
            .env("PGCONNECT_TIMEOUT", "60")
            .stdin(Stdio::null());
        command
    }

    /// What psql prints: rows alone.
    fn psql(&self, sql: &str) -> String {
        let output = self.client("psql").args(["-XAtq", "-c", sql]).output().expect("psql runs");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && err.is_empty(), "{sql}\n{out}\n{err}");
        out.trim_end().to_owned()
    }

    /// A new token: its id and its text.
    async fn token(&self, name: &str, role: &str) -> (String, String) {
        let body = json!({"name": name, "role": role});
        let made = self.server.post("/v1/tokens", &body).await;
        (
            made["made"]["id"].as_str().unwrap().to_owned(),
            made["token"].as_str().unwrap().to_owned(),
        )
    }

    async fn revoke(&self, id: &str) {
        let path = format!("/v1/tokens/{id}");
        let (status, body) = self.server.call(Method::DELETE, &path, None).await.unwrap();
        assert!(status.is_success(), "{body}");
    }

    /// What a driver in Python saw; nothing (said aloud) where there is none.
    fn python(&self, arguments: &[&str]) -> Option<Value> {
        let python = python()?;
        let mut command = self.client(python);
        let output = command.arg(script()).args(arguments).output().expect("Python runs");
        Some(seen(&output))
    }
}

fn script() -> std::path::PathBuf {
    root().join("crates/gyre-e2e/python/sql_clients.py")
}

fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("GYRE_TEST_PYTHON");
    if python.is_none() {
        left_out("GYRE_TEST_PYTHON is not set");
    }
    python
}

fn seen(output: &Output) -> Value {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    serde_json::from_str(out.lines().last().unwrap_or_default()).expect("JSON")
}

/// Whether psql is there; said aloud if not.
fn has_psql() -> bool {
    let found = Command::new("psql").arg("--version").output().is_ok();
    if !found {
        left_out("psql is not installed");
    }
    found
}

fn fixture(name: &str) -> String {
    let path = root().join("crates/gyre-e2e/fixtures/sql").join(name);
    assert!(Path::new(&path).is_file(), "{}", path.display());
    path.to_str().unwrap().to_owned()
}
