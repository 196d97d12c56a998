//! The real, unmodified public SDKs send; a query shows what they sent.

use crate::collect::{KEY, with_source};
use crate::server::{Options, left_out, root, text};
use std::process::Command;

#[tokio::test]
async fn segment_analytics_python_sends_events_that_a_query_shows() {
    let Some(python) = std::env::var_os("GYRE_TEST_PYTHON") else {
        return left_out("GYRE_TEST_PYTHON is not set");
    };
    let server = with_source(Options::default()).await;
    let output = Command::new(python)
        .arg(root().join("crates/gyre-e2e/python/send.py"))
        .args([&server.url, KEY])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    server.until("select count(*) from events where name = 'From Python'", 3).await;
    server.until("select count(*) from events where kind = 'identify'", 1).await;
}

#[tokio::test]
async fn segment_analytics_node_sends_events_that_a_query_shows() {
    let folder = root().join("crates/gyre-e2e/node");
    if !folder.join("node_modules/@segment/analytics-node").exists() {
        return left_out("the node packages are not installed (npm ci in crates/gyre-e2e/node)");
    }
    let server = with_source(Options::default()).await;
    let output = Command::new("node")
        .arg("send.mjs")
        .args([&server.url, KEY])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    server.until("select count(*) from events where name = 'From Node'", 3).await;
    server.until("select count(*) from events where kind = 'page'", 1).await;
}
