//! The channel against a mail server that is not ours: aiosmtpd.

use super::{channel, deliver, message, options};
use crate::smtp::Options;
use gyre_ports::Sent;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The Python of the tests, or why there is none: then CI fails, and elsewhere the test is left out.
fn python() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("GYRE_TEST_PYTHON") {
        return Some(path.into());
    }
    let name = "smtp against aiosmtpd";
    assert!(std::env::var_os("CI").is_none(), "{name}: GYRE_TEST_PYTHON is not set");
    println!("left out: {name}: GYRE_TEST_PYTHON is not set (cargo xtask test sets it)");
    None
}

struct Server {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    // Ends when its standard input is closed, so also when this test dies.
    _child: Child,
}

impl Server {
    async fn start(python: &Path, mode: &str, files: &[&Path]) -> Self {
        let mut child = Command::new(python)
            .arg("-c")
            .arg(include_str!("server.py"))
            .arg(mode)
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next_line().await.unwrap().expect("the mail server said no port");
        Self { port: port.parse().unwrap(), lines, _child: child }
    }

    /// The next message that it took.
    async fn took(&mut self) -> Value {
        serde_json::from_str(&self.lines.next_line().await.unwrap().unwrap()).unwrap()
    }
}

#[tokio::test]
async fn each_address_gets_its_own_answer_in_order() {
    let Some(python) = python() else { return };
    let mut server = Server::start(&python, "plain", &[]).await;
    let names = ["gone", "ada", "busy", "drop", "spam", "bob"];
    let messages = names.iter().zip(1..).map(|(name, number)| {
        let mut one = message(number, &format!("{name}@example.org"));
        one.text = format!("Dear {name},\n.\n..\nRCPT TO:<eve@example.net>\n");
        one
    });
    let sent = deliver(&channel(&options(server.port)), messages.collect()).await;
    let failed = |why: &str| Sent::Failed { why: why.to_owned() };
    assert_eq!(
        sent,
        [
            failed("550 5.1.1 at the envelope"),
            Sent::Accepted,
            Sent::Deferred { why: "450 4.2.1 at the envelope".to_owned() },
            Sent::Uncertain { why: "connection broken at the text".to_owned() },
            failed("554 5.7.1 at the text"),
            Sent::Accepted,
        ]
    );
    let mut took = [server.took().await, server.took().await];
    took.sort_by_key(|one| one["to"][0].to_string());
    for (one, name) in took.iter().zip(["ada", "bob"]) {
        assert_eq!(one["to"], serde_json::json!([format!("{name}@example.org")]));
        assert_eq!(one["from"], "shop@example.com");
        let text = one["text"].as_str().unwrap();
        let body = format!("Dear {name},\n.\n..\nRCPT TO:<eve@example.net>\n");
        assert!(text.ends_with(&format!("\n\n{body}")), "{text}");
    }
}

#[tokio::test]
async fn who_takes_a_text_and_says_nothing_may_have_it() {
    let Some(python) = python() else { return };
    let server = Server::start(&python, "plain", &[]).await;
    let expected = [Sent::Uncertain { why: "no reply in time at the text".to_owned() }];
    // The server hangs for an hour; patience grows until the conversation comes that far.
    let mut patience = Duration::from_millis(250);
    loop {
        let options = Options { timeout: patience, ..options(server.port) };
        let sent = deliver(&channel(&options), vec![message(1, "slow@example.org")]).await;
        if sent == expected || patience > Duration::from_mins(1) {
            assert_eq!(sent, expected);
            return;
        }
        patience *= 2;
    }
}

#[tokio::test]
async fn an_injected_header_never_reaches_the_server() {
    let Some(python) = python() else { return };
    let mut server = Server::start(&python, "plain", &[]).await;
    let mut subject = message(1, "ada@example.org");
    subject.subject = "Hi\r\nBcc: eve@example.net".to_owned();
    let mut header = message(2, "ada@example.org");
    header.headers.push(("X-Tag".to_owned(), "a\nBcc: eve@example.net".to_owned()));
    let address = message(3, "ada@example.org>\r\nRCPT TO:<eve@example.net");
    // The end of a text inside a text, with bare line feeds and with bare carriage returns.
    let mut smuggled = message(4, "ada@example.org");
    smuggled.text = "Hi\n.\nMAIL FROM:<eve@example.net>\r\r.\r\rQUIT\r".to_owned();
    let messages = vec![subject, header, address, smuggled];
    let sent = deliver(&channel(&options(server.port)), messages).await;
    assert!(sent[..3].iter().all(|one| matches!(one, Sent::Failed { .. })), "{sent:?}");
    assert_eq!(sent[3], Sent::Accepted);
    let took = server.took().await;
    assert_eq!(took["to"], serde_json::json!(["ada@example.org"]));
    let text = took["text"].as_str().unwrap();
    assert!(text.contains(&format!("X-Gyre-Send-Id: {}", super::send_id(4))), "{text}");
    assert!(!text.contains("\nBcc"), "{text}");
}

/// A certificate for `localhost`, made for this test.
async fn certificate(python: &Path, folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let done = Command::new(python)
        .arg("-c")
        .arg(include_str!("certificate.py"))
        .args([&certificate, &key])
        .status()
        .await
        .unwrap();
    assert!(done.success());
    (certificate, key)
}

#[tokio::test]
async fn a_password_goes_over_tls_only_to_whom_we_trust() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(&python, folder.path()).await;
    for (mode, scheme, end) in [("starttls", "smtp", "?tls=required"), ("tls", "smtps", "")] {
        let mut server = Server::start(&python, mode, &[&certificate, &key]).await;
        let port = server.port;
        let url = |password: &str| format!("{scheme}://shop%40us:{password}@localhost:{port}{end}");
        let trusting = |password: &str| Options {
            url: url(password),
            root_certificate: Some(std::fs::read(&certificate).unwrap()),
            ..options(port)
        };
        let send = async |options: &Options, number| {
            deliver(&channel(options), vec![message(number, "ada@example.org")]).await.remove(0)
        };
        assert_eq!(send(&trusting("h%2Fsh"), 1).await, Sent::Accepted, "{mode}");
        let took = server.took().await;
        assert_eq!((&took["tls"], &took["login"]), (&Value::Bool(true), &Value::Bool(true)));
        let wrong = send(&trusting("nope"), 2).await;
        let why = "535 5.7.8 at connecting".to_owned();
        assert_eq!(wrong, Sent::Deferred { why }, "{mode}");
        let strange = Options { root_certificate: None, ..trusting("h%2Fsh") };
        let why = "connection broken at connecting".to_owned();
        assert_eq!(send(&strange, 3).await, Sent::Deferred { why }, "{mode}");
    }
    // A server without STARTTLS gets nothing.
    let server = Server::start(&python, "plain", &[]).await;
    let url = format!("smtp://localhost:{}?tls=required", server.port);
    let channel = channel(&Options { url, ..options(0) });
    let sent = deliver(&channel, vec![message(4, "ada@example.org")]).await;
    assert!(matches!(sent[0], Sent::Deferred { .. }), "{sent:?}");
}
