//! A flipped bit on disk: `gyre fsck` tells where, and the server leaves that record out and goes on.

use crate::collect::{KEY, track, with_source};
use crate::server::{Options, Server, binary, text};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The newest segment of a data folder.
fn segment(data: &Path) -> PathBuf {
    let files = std::fs::read_dir(data.join("journal/0")).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|name| name == "segment")).max().unwrap()
}

/// Flips a bit of the first place where a text stands.
fn flip(path: &Path, text: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    bytes[at.expect("the text is there")] ^= 0x20;
    std::fs::write(path, bytes).unwrap();
}

fn fsck(data: &Path) -> (bool, String) {
    let mut gyre = Command::new(binary("GYRE_BIN", "gyre"));
    let output = gyre.args(["fsck", "--data"]).arg(data).output().unwrap();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// A server with a damaged record that it has to read again, because its fold is gone.
async fn damaged() -> Server {
    let mut server = with_source(Options::manual()).await;
    for n in 0..20 {
        server.batch(KEY, &[track("a", &format!("message-{n:03}"))]).await.unwrap();
    }
    server.kill();
    let (fine, said) = fsck(&server.data);
    assert!(fine, "{said}");
    flip(&segment(&server.data), "message-007");
    std::fs::remove_dir_all(server.data.join("fold")).unwrap();
    server
}

async fn advance(server: &Server, to: &str) -> StatusCode {
    let to = json!({ "to": to });
    server.call(Method::POST, "/v1/clock/advance", Some(&to)).await.unwrap().0
}

#[tokio::test]
async fn one_damaged_record_is_told_and_left_out() {
    let mut server = damaged().await;
    let (fine, said) = fsck(&server.data);
    assert!(!fine && said.contains("the payload is not what was written"), "{said}");
    assert!(said.contains("partition 0, offset "), "{said}");
    server.restart(Vec::new()).await;
    server.batch(KEY, &[track("a", "after")]).await.unwrap();
    assert_eq!(advance(&server, "2026-01-02T00:00:00Z").await, StatusCode::OK);
    let ids = server.query("select message_id from events order by 1").await;
    let wanted: Vec<_> = (0..20).filter(|n| *n != 7).map(|n| format!("message-{n:03}")).collect();
    // It may have been in the lake before it was damaged.
    let ids = ids.iter().map(|row| row[0].as_str().unwrap()).filter(|id| *id != "message-007");
    let ids: Vec<_> = ids.collect();
    assert_eq!(ids[0], "after");
    assert_eq!(ids[1..], wanted);
}

/// The mutant: a ring that stops at damage goes no further.
#[tokio::test]
async fn stopping_at_damage_is_noticed() {
    let mut server = damaged().await;
    server.restart(vec![("GYRE_MUTANT".to_owned(), "ring.stop_at_damage".to_owned())]).await;
    assert_ne!(advance(&server, "2026-01-02T00:00:00Z").await, StatusCode::OK);
}
