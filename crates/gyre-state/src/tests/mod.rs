//! The embedded state keeps the contract, also when the process is killed or a write fails.

mod copying;
mod parts;

use crate::SqliteState;
use gyre_ports::contract::state::{Open, Opening, commit_nth, suite, whole};
use gyre_ports::{ErrorKind, State};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

fn place() -> Open {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    Box::new(move || {
        let path = folder.path().join("state.db");
        Box::pin(async move { Arc::new(SqliteState::open(path).await.unwrap()) as Arc<dyn State> })
            as Opening
    })
}

#[tokio::test]
async fn the_state_keeps_the_contract() {
    suite(&place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_on_several_threads() {
    suite(&place).await;
}

#[tokio::test]
async fn a_commit_is_synced_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let state = SqliteState::open(&path).await.unwrap();
    let setting = async |name: &'static str| -> String {
        let row = sqlx::query(name).fetch_one(state.writer()).await.unwrap();
        match sqlx::Row::try_get::<i64, _>(&row, 0) {
            Ok(number) => number.to_string(),
            Err(_) => sqlx::Row::get(&row, 0),
        }
    };
    assert_eq!(setting("PRAGMA synchronous").await, "2", "2 is FULL");
    assert_eq!(setting("PRAGMA journal_mode").await, "wal");
    assert_eq!(setting("PRAGMA foreign_keys").await, "1");
    assert_eq!(setting("PRAGMA user_version").await, "1");
    assert_eq!(setting("PRAGMA integrity_check").await, "ok");
}

#[tokio::test]
async fn what_is_no_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    let kind = async |path: &Path| SqliteState::open(path).await.unwrap_err().kind();
    assert_eq!(kind(&path).await, ErrorKind::Corrupt);
    assert_eq!(kind(&folder.path().join("none/state.db")).await, ErrorKind::Unavailable);
    let newer = folder.path().join("newer.db");
    let state = SqliteState::open(&newer).await.unwrap();
    sqlx::query("PRAGMA user_version = 99").execute(state.writer()).await.unwrap();
    state.close().await;
    assert_eq!(kind(&newer).await, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_full_disk_is_said_and_got_over() {
    let folder = tempfile::tempdir().unwrap();
    let state = SqliteState::open(folder.path().join("state.db")).await.unwrap();
    let epoch = state.begin().await.unwrap();
    commit_nth(&state, epoch, 0).await.unwrap();
    // A limit of pages stands for the end of the disk; it belongs to the connection.
    sqlx::query("PRAGMA max_page_count = 1").execute(state.writer()).await.unwrap();
    let mut error = None;
    for n in 1..2000 {
        if let Err(full) = commit_nth(&state, epoch, n).await {
            error = Some((n, full.kind()));
            break;
        }
    }
    let (n, kind) = error.unwrap();
    assert_eq!(kind, ErrorKind::Full);
    assert_eq!(whole(&state).await, Some(n - 1), "part of a commit that did not fit");
    sqlx::query("PRAGMA max_page_count = 100000").execute(state.writer()).await.unwrap();
    commit_nth(&state, epoch, n).await.unwrap();
    assert_eq!(whole(&state).await, Some(n));
}

#[tokio::test]
async fn two_processes_are_fenced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (one, two) =
        (SqliteState::open(&path).await.unwrap(), SqliteState::open(&path).await.unwrap());
    let old = one.begin().await.unwrap();
    commit_nth(&one, old, 0).await.unwrap();
    let new = two.begin().await.unwrap();
    commit_nth(&two, new, 1).await.unwrap();
    let error = commit_nth(&one, old, 2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(whole(&one).await, Some(1));
}

/// The file of the child of a crash test.
const FILE: &str = "GYRE_STATE_TEST_FILE";

/// Not a test of its own: what the child of a crash test does until it is killed or a write fails.
#[tokio::test]
async fn child_commits_until_it_fails() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let state = SqliteState::open(PathBuf::from(file)).await.unwrap();
    let first = whole(&state).await.map_or(0, |n| n + 1);
    let epoch = state.begin().await.unwrap();
    for n in first..first + 10 {
        if let Err(error) = commit_nth(&state, epoch, n).await {
            assert_eq!(error.kind(), ErrorKind::Fatal);
            println!("fatal at {n}");
            return;
        }
    }
    unreachable!("the process was to fail");
}

async fn child(file: &Path, variable: &str, place: &str) -> (Output, Option<u64>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "tests::child_commits_until_it_fails"]);
    let output = command.env(FILE, file).env(variable, place).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
    let state = SqliteState::open(file).await.unwrap();
    let position = whole(&state).await;
    state.close().await;
    (output, position)
}

#[tokio::test]
async fn a_killed_process_leaves_a_whole_commit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    // The first transaction of the child begins the epoch.
    let steps = [
        ("state.before_commit:2", None),
        ("state.after_commit:4", Some(2)),
        ("state.before_commit:1", Some(2)),
        ("state.after_commit:2", Some(3)),
    ];
    for (failpoint, expected) in steps {
        let (output, position) = child(&file, "GYRE_FAILPOINT", failpoint).await;
        assert!(!output.status.success());
        assert_eq!(position, expected, "killed at {failpoint}");
    }
}

#[tokio::test]
async fn a_commit_that_fails_is_fatal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let (output, position) = child(&file, "GYRE_FAULT", "state.commit:3").await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("fatal at 1"), "{output:?}");
    assert_eq!(position, Some(0));
}
