//! Sources from the command line: keys that are made, changed and taken back, and that outlive a
//! restart.

use crate::collect::track;
use crate::server::{Options, Server};
use reqwest::StatusCode;
use serde_json::Value;

async fn answered(server: &Server, key: &str, message: &str) -> StatusCode {
    server.batch(key, &[track("ada", message)]).await.unwrap().0
}

#[tokio::test]
async fn a_key_is_shown_once_works_at_once_and_outlives_a_restart() {
    let mut server = Server::start(Options::default()).await;
    let said = |server: &Server, arguments: &[&str]| server.said(arguments).trim().to_owned();
    let first = said(&server, &["sources", "create", "web", "--type", "server", "--rate", "9/1d"]);
    assert_eq!(answered(&server, &first, "m1").await, StatusCode::OK);
    let second = said(&server, &["sources", "rotate", "web", "--overlap", "1h"]);
    assert_eq!(answered(&server, &first, "m2").await, StatusCode::OK);

    server.restart(Vec::new()).await;
    for (key, message) in [(&first, "m3"), (&second, "m4")] {
        assert_eq!(answered(&server, key, message).await, StatusCode::OK, "{message}");
    }
    server.until("select count(*) from events where source = 'web'", 4).await;

    let third = said(&server, &["sources", "rotate", "web", "--overlap", "0s"]);
    for (key, wanted) in [
        (&first, StatusCode::UNAUTHORIZED),
        (&second, StatusCode::UNAUTHORIZED),
        (&third, StatusCode::OK),
    ] {
        assert_eq!(answered(&server, key, "m5").await, wanted);
    }
    let shown: Value =
        serde_json::from_str(&said(&server, &["sources", "show", "web", "--json"])).unwrap();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 1);
    assert_eq!(shown["counted"]["accepted"], 3, "since the restart");
    let listed = server.gyre(&["sources", "list"]);
    let told = crate::server::text(&listed.stderr);
    assert!(told.contains("2 requests came with no key of any source"), "{told}");

    said(&server, &["sources", "disable", "web"]);
    assert_eq!(answered(&server, &third, "m6").await, StatusCode::OK);
    server.until("select count(*) from dead_letters where code = 'source_disabled'", 1).await;
    said(&server, &["sources", "enable", "web"]);
    let id = shown["keys"][0]["id"].as_str().unwrap();
    said(&server, &["sources", "revoke", "web", id]);
    assert_eq!(answered(&server, &third, "m7").await, StatusCode::UNAUTHORIZED);
    server.until("select count(*) from events", 5).await;
}

#[tokio::test]
async fn more_than_a_source_may_send_is_told_when_to_come_back() {
    let server = Server::start(Options::default()).await;
    let made = server.said(&["sources", "create", "web", "--type", "server", "--rate", "2/1d"]);
    let batch = [track("ada", "m1"), track("ada", "m2")];
    assert_eq!(server.batch(made.trim(), &batch).await.unwrap().0, StatusCode::OK);
    let (status, answer) = server.batch(made.trim(), &[track("ada", "m3")]).await.unwrap();
    assert_eq!((status, &answer["code"]), (StatusCode::TOO_MANY_REQUESTS, &"rate_limited".into()));
    server.until("select count(*) from events", 2).await;
}

#[tokio::test]
async fn what_is_to_be_pasted_into_a_terminal_works_there() {
    let server = Server::start(Options::default()).await;
    let made = server.said(&["sources", "create", "shell", "--type", "server"]);
    let key = made.trim();
    let pasted = server.said(&["sources", "snippet", "shell", "--for", "curl", "--key", key]);
    let done = std::process::Command::new("sh").args(["-ec", &pasted]).output();
    match done {
        Ok(output) if output.status.code() != Some(127) => {
            let told = crate::server::text(&output.stdout);
            assert!(told.contains(r#""accepted":1"#), "{told}");
            server.until("select count(*) from events where name = 'Order Completed'", 1).await;
        }
        _ => crate::server::left_out("curl is not installed"),
    }
}
