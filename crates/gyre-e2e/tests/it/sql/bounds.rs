//! Every statement ends: in time, when it is told to, and without more rows than fit.

use super::{Shop, has_psql, python};
use crate::server::{Options, text};
use serde_json::json;

#[tokio::test]
async fn a_statement_ends_when_its_time_is_over() {
    let shop = Shop::start(Options::default()).await;
    let Some(seen) = shop.python(&["timeout"]) else { return };
    assert_eq!(seen, json!({"shown": "100", "False": true, "True": true, "after": 1}));
}

#[tokio::test]
async fn the_server_gives_up_where_clients_would_wait_for_ever() {
    if python().is_none() {
        return;
    }
    let shop = Shop::start(Options::default().argument("--postgres-timeout", "1s")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked.json");
    let endless =
        "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let asked =
        json!(["set statement_timeout = 0", endless, "set statement_timeout = '1h'", endless]);
    std::fs::write(&file, asked.to_string()).unwrap();
    let codes = shop.python(&["codes", file.to_str().unwrap()]).unwrap();
    assert_eq!(codes, json!([null, "57014", null, "57014"]));
}

#[tokio::test]
async fn a_statement_that_is_cancelled_ends() {
    let shop = Shop::start(Options::default().argument("--postgres-timeout", "10m")).await;
    let Some(seen) = shop.python(&["cancel"]) else { return };
    assert_eq!(seen, json!({"code": "57014", "after": 1}));
}

#[tokio::test]
async fn an_answer_is_whole_or_an_error() {
    if python().is_none() {
        return;
    }
    let shop = Shop::start(Options::default().argument("--postgres-max-rows", "100")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked.json");
    let asked = json!([
        "select * from generate_series(1, 100)",
        "select * from generate_series(1, 101)",
        "select count(*) from generate_series(1, 101)",
        "declare c cursor for select * from generate_series(1, 101)",
    ]);
    std::fs::write(&file, asked.to_string()).unwrap();
    let codes = shop.python(&["codes", file.to_str().unwrap()]).unwrap();
    assert_eq!(codes, json!([null, "54000", null, "54000"]));
}

#[tokio::test]
async fn there_are_only_so_many_connections() {
    if !has_psql() {
        return;
    }
    let shop = Shop::start(Options::default().argument("--postgres-connections", "0")).await;
    let output = shop.client("psql").args(["-XAtc", "select 1"]).output().unwrap();
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("too many connections"), "{said}");
}
