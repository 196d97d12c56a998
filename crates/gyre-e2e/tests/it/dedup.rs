//! The same message id within seven days is stored once and answered 200, whoever sends it and whatever
//! happened in between.

use crate::collect::{apply, track};
use crate::server::{Options, Server};
use reqwest::{Method, StatusCode};
use serde_json::json;

const SOURCES: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [shop-key-0001, shop-key-0002]}
---
apiVersion: gyre/v1
kind: Source
metadata: {name: app}
spec: {type: server, write_keys: [app-key-00001]}
";

async fn send(server: &Server, key: &str, user: &str) {
    let (status, body) = server.batch(key, &[track(user, "same")]).await.unwrap();
    assert_eq!((status, &body["accepted"]), (StatusCode::OK, &json!(1)), "{body}");
}

/// Moves the clock, which lets everything be processed; how often the message is stored then.
async fn stored_at(server: &Server, to: &str) -> i64 {
    let to = json!({ "to": to });
    let (status, body) = server.call(Method::POST, "/v1/clock/advance", Some(&to)).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{body}");
    server.count("select count(*) from events where message_id = 'same'").await
}

/// Sends the same message again and again; how often it is stored at the end of seven days.
async fn week(environment: Vec<(String, String)>) -> (Server, i64) {
    let mut server = Server::start(Options::manual()).await;
    apply(&server, SOURCES).await;
    server.restart(environment.clone()).await;
    send(&server, "shop-key-0001", "a").await;
    send(&server, "shop-key-0001", "a").await;
    assert!(stored_at(&server, "2026-01-01T00:00:01Z").await >= 1);
    // Another key of the source, another person.
    send(&server, "shop-key-0002", "a").await;
    send(&server, "shop-key-0001", "b").await;
    stored_at(&server, "2026-01-01T12:00:00Z").await;
    server.restart(environment.clone()).await;
    send(&server, "shop-key-0001", "a").await;
    // Every day: what is remembered lies in a keyspace per day.
    for day in 2..=7 {
        stored_at(&server, &format!("2026-01-{day:02}T18:00:00Z")).await;
        send(&server, "shop-key-0001", "a").await;
    }
    // The last one is dealt with before the server dies over the next one.
    stored_at(&server, "2026-01-07T19:00:00Z").await;
    // Dies after its records are written and before it remembers them, as soon as it has one.
    let mut dying = environment.clone();
    dying.push(("GYRE_FAILPOINT".to_owned(), "processor.after_state:1".to_owned()));
    server.restart(dying).await;
    drop(server.batch("shop-key-0002", &[track("a", "same")]).await);
    assert!(!server.wait().success());
    server.restart(environment).await;
    send(&server, "shop-key-0001", "a").await;
    let found = stored_at(&server, "2026-01-07T23:59:00Z").await;
    (server, found)
}

#[tokio::test]
async fn the_same_message_is_stored_once_in_seven_days() {
    let (server, found) = week(Vec::new()).await;
    assert_eq!(found, 1);
    // Another source's messages are its own.
    send(&server, "app-key-00001", "a").await;
    assert_eq!(stored_at(&server, "2026-01-07T23:59:30Z").await, 2);
    // After the window it counts anew.
    stored_at(&server, "2026-01-08T00:00:02Z").await;
    send(&server, "shop-key-0001", "a").await;
    assert_eq!(stored_at(&server, "2026-01-08T00:01:00Z").await, 3);
}

/// The mutant: nothing is remembered.
#[tokio::test]
async fn a_week_without_dedup_is_noticed() {
    let (_, found) = week(vec![("GYRE_MUTANT".to_owned(), "processor.no_dedup".to_owned())]).await;
    assert!(found > 1, "the mutant stored nothing twice: the test has no power");
}
