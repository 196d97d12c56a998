//! The command line, as a newcomer meets it.

use crate::server::{Options, Server, binary, root, text};
use std::process::Command;

fn offline(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(binary("GYRE_BIN", "gyre"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("gyre runs");
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_examples_check_clean_and_their_tests_pass() {
    for folder in ["examples/shop", "examples/hillstrom", "examples/prime-day"] {
        let (fine, out, err) = offline(&["check", folder]);
        assert!(fine, "{out}\n{err}");
    }
    let (fine, out, err) = offline(&["test", "examples/shop"]);
    assert!(fine, "{out}\n{err}");
}

#[test]
fn a_mistake_is_shown_where_it_stands_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.yaml");
    std::fs::write(
        &file,
        "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: x}\nspec:\n  ruel: person.orders > 0\n",
    )
    .unwrap();
    let (fine, out, err) = offline(&["check", file.to_str().unwrap()]);
    let told = format!("{out}{err}");
    assert!(!fine);
    for wanted in ["bad.yaml:5", "ruel", "hint", "rule"] {
        assert!(told.contains(wanted), "{wanted} is missing in\n{told}");
    }
}

#[tokio::test]
async fn plan_shows_what_apply_does_and_apply_twice_does_nothing() {
    let server = Server::start(Options::manual()).await;
    let plan = server.said(&["plan", "examples/shop"]);
    assert!(plan.contains("win_back"), "{plan}");
    server.said(&["apply", "examples/shop"]);
    let versions = server.count("select count(*) from orchestration").await;
    server.said(&["apply", "examples/shop"]);
    assert_eq!(server.count("select count(*) from orchestration").await, versions);
    assert!(server.said(&["campaign", "list"]).contains("win_back"));
    assert!(server.said(&["loop", "list"]).contains("repurchase"));
    assert!(server.said(&["status"]).contains("processed"), "status");
}

#[tokio::test]
async fn fsck_finds_nothing_wrong_after_a_kill() {
    let mut server = crate::collect::with_source(Options::default()).await;
    server.batch(crate::collect::KEY, &[crate::collect::track("a", "m")]).await.unwrap();
    server.kill();
    let data = server.data.to_str().unwrap().to_owned();
    let (fine, out, err) = offline(&["fsck", "--data", &data]);
    assert!(fine, "{out}\n{err}");
    let (fine, out, err) = offline(&["doctor", "--data", &data]);
    assert!(fine, "{out}\n{err}");
}
