//! Backup, wipe, restore: what comes back is what was there, and goes on as it would have gone on.

use crate::collect::{KEY, SOURCE, apply, track};
use crate::faults::{Course, Shop, facts, go_on};
use crate::server::{Options, Server, binary, text};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Runs a command that needs no server; whether it went well, and what it said.
pub(crate) fn offline(arguments: &[&str]) -> (bool, String) {
    let output =
        Command::new(binary("GYRE_BIN", "gyre")).args(arguments).output().expect("gyre runs");
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// What `gyre fsck` says of a folder, but for the fold, which is not backed up.
pub(crate) fn fsck(data: &Path) -> (bool, Vec<String>) {
    let (fine, said) = offline(&["fsck", "--data", data.to_str().unwrap()]);
    let lines = said.lines().filter(|line| !line.contains(" fold ")).map(str::to_owned);
    (fine, lines.collect())
}

pub(crate) fn restore(from: &Path, data: &Path, keys: Option<&Path>) -> (bool, String) {
    let [from, data] = [from, data].map(|path| path.to_str().unwrap());
    let mut arguments = vec!["restore", "--from", from, "--data", data, "--send-again"];
    if let Some(keys) = keys {
        arguments.extend(["--keys", keys.to_str().unwrap()]);
    }
    offline(&arguments)
}

#[tokio::test]
async fn wiped_and_restored_the_shop_goes_on_as_it_would_have() {
    wiped_and_restored(true).await;
}

#[tokio::test]
async fn wiped_and_restored_from_a_sealed_backup_it_does_too() {
    wiped_and_restored(false).await;
}

async fn wiped_and_restored(plain: bool) {
    let shop = Shop::prepared().await;
    let calm = shop.open("calm", Vec::new()).await;
    assert!(go_on(&calm, Course::default()).await.done);
    let wanted = facts(&calm).await;
    drop(calm);
    shop.sink.take();

    // Killed, so that there is something in every write-ahead log.
    let data = shop.options("lost").data.unwrap();
    let (fine, before) = fsck(&data);
    assert!(fine && before.iter().any(|line| line.contains("digest")), "{before:?}");
    let backup = shop.folder.path().join("backup");
    let [from, to] = [&data, &backup].map(|path| path.to_str().unwrap().to_owned());
    let mut arguments = vec!["backup", "--data", &from, "--to", &to];
    arguments.extend(plain.then_some("--plain"));
    let (fine, said) = offline(&arguments);
    assert!(fine && said.contains("it is sealed") != plain, "{said}");
    let (again, said) = offline(&arguments);
    assert!(!again && said.contains("there already"), "{said}");
    let apart = shop.folder.path().join("apart");
    if !plain {
        let (fine, said) =
            offline(&["backup", "keys", "--data", &from, "--to", apart.to_str().unwrap()]);
        assert!(fine, "{said}");
    }
    std::fs::remove_dir_all(&data).unwrap();

    let keys = apart.join("keys");
    let keys = (!plain).then_some(keys.as_path());
    let (fine, said) = restore(&backup, &data, keys);
    assert!(fine, "{said}");
    // The lake of a sealed one is made again at the start.
    let is_kept = |line: &String| plain || !line.contains(" lake ");
    let [before, after] = [(true, before), fsck(&data)]
        .map(|(fine, lines)| (fine, lines.into_iter().filter(is_kept).collect::<Vec<_>>()));
    assert_eq!(after, before, "not the same byte for byte");
    let (again, said) = restore(&backup, &data, keys);
    assert!(!again && said.contains("not empty"), "{said}");
    let server = shop.open("lost", Vec::new()).await;
    assert!(go_on(&server, Course::default()).await.done);
    assert_eq!(facts(&server).await, wanted);
    shop.books_agree(&server, "restored").await;
}

#[tokio::test]
async fn a_backup_that_was_changed_is_not_restored() {
    let shop = Shop::prepared().await;
    let [data, backup] = [shop.options("data").data.unwrap(), shop.folder.path().join("backup")];
    let (fine, said) = offline(&[
        "backup",
        "--plain",
        "--data",
        data.to_str().unwrap(),
        "--to",
        backup.to_str().unwrap(),
    ]);
    assert!(fine, "{said}");
    let state = backup.join("state.db");
    let mut bytes = std::fs::read(&state).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&state, bytes).unwrap();
    let new = shop.folder.path().join("new");
    let (fine, said) = restore(&backup, &new, None);
    assert!(!fine && said.contains("state.db was changed"), "{said}");
    assert!(!new.exists(), "something was restored");
}

/// A server under load that is backed up meanwhile; how many events it had acknowledged when the backup
/// began, and the data folder that was made of it.
async fn backed_up_under_load(
    folder: &Path,
    plain: bool,
    mutant: Option<&str>,
) -> (i64, std::path::PathBuf) {
    let below = folder.join("backups");
    std::fs::create_dir(&below).unwrap();
    let mut options = Options::default().argument("--backups", below.to_str().unwrap());
    if let Some(mutant) = mutant {
        options = options.environment("GYRE_MUTANT", mutant);
    }
    let server = Arc::new(Server::start(options).await);
    apply(&server, SOURCE).await;
    let acknowledged = Arc::new(AtomicI64::new(0));
    let enough = Arc::new(AtomicBool::new(false));
    let sending = {
        let (server, acknowledged) = (Arc::clone(&server), Arc::clone(&acknowledged));
        let enough = Arc::clone(&enough);
        tokio::spawn(async move {
            for n in 0.. {
                let events: Vec<_> = (0..20).map(|k| track("a", &format!("{n}-{k}"))).collect();
                let (status, body) = server.batch(KEY, &events).await.unwrap();
                assert_eq!(status, StatusCode::OK, "{body}");
                acknowledged.fetch_add(20, Ordering::SeqCst);
                if enough.load(Ordering::SeqCst) {
                    return;
                }
            }
        })
    };
    while acknowledged.load(Ordering::SeqCst) < 400 {
        tokio::task::yield_now().await;
    }
    let before = acknowledged.load(Ordering::SeqCst);
    server.post("/v1/backups", &json!({"to": "first", "plain": plain})).await;
    enough.store(true, Ordering::SeqCst);
    sending.await.unwrap();
    let data = folder.join("restored");
    let keys = server.data.join("keys");
    let (fine, said) = restore(&below.join("first"), &data, (!plain).then_some(keys.as_path()));
    assert!(fine, "{said}");
    (before, data)
}

#[tokio::test]
async fn a_backup_of_a_server_under_load_is_whole() {
    under_load(true).await;
}

#[tokio::test]
async fn a_sealed_backup_of_a_server_under_load_is_whole() {
    under_load(false).await;
}

async fn under_load(plain: bool) {
    let folder = tempfile::tempdir().unwrap();
    let (before, data) = backed_up_under_load(folder.path(), plain, None).await;
    let (fine, said) = fsck(&data);
    assert!(fine, "{said:?}");
    let server = Server::start(Options { data: Some(data), ..Options::default() }).await;
    let end = async || server.get("/v1/status").await["partitions"][0]["end"].as_i64().unwrap();
    assert!(end().await > before, "{before} were acknowledged");
    // Once a marker is there, so is all that came before it.
    server.batch(KEY, &[track("a", "marker")]).await.unwrap();
    server.until("select count(*) from events where message_id = 'marker'", 1).await;
    let found = server.count("select count(*) from events").await;
    assert!(found > before, "{before} were acknowledged, {found} came back");
    let events: Vec<_> = (0..300).map(|k| track("b", &format!("new-{k}"))).collect();
    server.batch(KEY, &events).await.unwrap();
    server.until("select count(*) from events", found + 300).await;
    let twice = "select count(*) from (select message_id from events group by message_id having count(*) > 1)";
    assert_eq!(server.count(twice).await, 0);
}

/// The mutant: the journal is copied before the lake.
#[tokio::test]
async fn a_lake_that_is_ahead_of_its_journal_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, data) = backed_up_under_load(folder.path(), true, Some("backup.journal_first")).await;
    let (fine, said) = fsck(&data);
    assert!(!fine, "{said:?}");
    let told = said.iter().any(|line| line.contains("the journal ends at"));
    assert!(told, "{said:?}");
}

#[tokio::test]
async fn backups_are_made_only_where_the_operator_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Options::default()).await;
    let to = json!({"to": folder.path().join("a")});
    let (status, body) = server.call(Method::POST, "/v1/backups", Some(&to)).await.unwrap();
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(body.to_string().contains("--backups"), "{body}");
    drop(server);
    let below = folder.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let options = Options::default().argument("--backups", below.to_str().unwrap());
    let server = Server::start(options).await;
    for elsewhere in [folder.path().join("a"), below.join("../a"), below.join("no/a")] {
        let to = json!({ "to": elsewhere });
        let (status, body) = server.call(Method::POST, "/v1/backups", Some(&to)).await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
    let wanted = below.join("b");
    let said = server.said(&["backup", "--to", wanted.to_str().unwrap()]);
    assert!(said.contains("backup") && wanted.join("manifest.json").exists(), "{said}");
    let (status, _) =
        server.call(Method::POST, "/v1/backups", Some(&json!({"to": "b"}))).await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT);
}
