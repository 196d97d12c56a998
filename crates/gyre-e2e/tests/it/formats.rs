//! Data folders of versions before this one, killed while they ran: this version opens them, and what was
//! in them is still there. `fixtures/data-N.tar.gz` is such a folder, `data-N.json` what it answered.
//!
//! A new one is recorded by the test that is ignored, with the version to be kept as GYRE_BIN.

use crate::faults::{Course, Shop, facts, go_on};
use crate::server::{Server, binary, root, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixtures() -> PathBuf {
    root().join("crates/gyre-e2e/fixtures")
}

fn tar(arguments: &[&str], folder: &Path) {
    let done = Command::new("tar").args(arguments).current_dir(folder).status().unwrap();
    assert!(done.success(), "tar {arguments:?}");
}

#[tokio::test]
#[ignore = "records a fixture, by command"]
async fn records_a_data_folder() {
    let shop = Shop::prepared().await;
    let mut server = shop.open("data", Vec::new()).await;
    assert!(go_on(&server, Course::default()).await.done);
    let answered = facts(&server).await;
    // So that the lake's files are of this form, too.
    while server.get("/v1/status").await["lake"]["tail_rows"] != 0 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    server.kill();
    let number = 1 + fs::read_dir(fixtures()).map_or(0, |files| files.count() / 2);
    fs::create_dir_all(fixtures()).unwrap();
    let file = fixtures().join(format!("data-{number}.tar.gz"));
    let file = file.to_str().unwrap();
    // The same bytes for the same folder; nobody's name in it.
    let plain = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--exclude=data/lock"];
    let mut arguments = vec!["--sparse", "-czf", file];
    arguments.extend(plain);
    arguments.push("data");
    tar(&arguments, shop.folder.path());
    let told = serde_json::to_string(&answered).unwrap() + "\n";
    fs::write(fixtures().join(format!("data-{number}.json")), told).unwrap();
}

/// Every recorded folder, with what it answered.
fn recorded() -> Vec<(String, crate::faults::Facts)> {
    let mut found = Vec::new();
    for file in fs::read_dir(fixtures()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let answered = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            found.push((name, answered));
        }
    }
    assert!(!found.is_empty(), "no folder was recorded");
    found
}

/// A recorded folder, opened by this version.
async fn opened(shop: &Shop, name: &str, without_fold: bool) -> Server {
    let file = fixtures().join(format!("{name}.tar.gz"));
    let folder = shop.folder.path();
    tar(&["-xzf", file.to_str().unwrap()], folder);
    fs::rename(folder.join("data"), folder.join(name)).unwrap();
    if without_fold {
        fs::remove_dir_all(folder.join(name).join("fold")).unwrap();
    }
    let mut gyre = Command::new(binary("GYRE_BIN", "gyre"));
    let output = gyre.args(["fsck", "--data"]).arg(folder.join(name)).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success() || said.contains("another form"), "{name}: {said}");
    shop.open(name, Vec::new()).await
}

#[tokio::test]
async fn folders_of_earlier_versions_answer_as_they_did() {
    for (name, answered) in recorded() {
        for without_fold in [false, true] {
            let shop = Shop::prepared().await;
            let server = opened(&shop, &name, without_fold).await;
            // Drains what the dead process left, and goes on.
            assert!(go_on(&server, Course { acknowledged: true, done: false }).await.done);
            let found = facts(&server).await;
            for (question, (found, answered)) in found.iter().zip(&answered).enumerate() {
                assert_eq!(found, answered, "{name}, question {question}, {without_fold}");
            }
        }
    }
}

/// Facts that differ are told: another folder's answers are not taken for this one's.
#[tokio::test]
async fn another_answer_is_noticed() {
    let shop = Shop::prepared().await;
    let (name, answered) = recorded().remove(0);
    let server = opened(&shop, &name, false).await;
    server.batch("shop-server-key-0001", &crate::faults::orders(9, 10)).await.unwrap();
    assert!(go_on(&server, Course { acknowledged: true, done: false }).await.done);
    assert_ne!(facts(&server).await, answered);
}
