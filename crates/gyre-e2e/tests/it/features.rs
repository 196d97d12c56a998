//! Features through the real binary: applied late, killed while history is read, compared with the lake,
//! and written as training sets that know nothing of what came later.

use crate::server::{Options, Server, text};
use serde_json::{Value, json};
use std::path::Path;

const KEY: &str = "features-key-0001";
const SHOP: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [features-key-0001]}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders}
spec: {event: Order Completed, aggregate: count}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: buyers}
spec: {rule: person.orders > 0}
"#;
const LATE: &str = r#"
apiVersion: gyre/v1
kind: Feature
metadata: {name: revenue, description: What was spent.}
spec: {event: Order Completed, aggregate: sum, of: properties.revenue, owner: crm}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: shoes_7d}
spec:
  event: Order Completed
  aggregate: count
  window: 7d
  filter: [{of: properties.kind, equals: shoe}]
"#;
/// Orders before the features are applied: more than are read at once.
const ORDERS: usize = 10_000;
const USERS: usize = 40;

fn order(number: usize) -> Value {
    let kind = if number.is_multiple_of(3) { "shoe" } else { "hat" };
    json!({"type": "track", "event": "Order Completed", "userId": format!("u{}", number % USERS),
           "messageId": format!("o{number}"), "timestamp": "2026-01-01T00:00:00Z",
           "properties": {"revenue": 0.1 * (number % 7) as f64, "kind": kind}})
}

fn apply(server: &Server, yaml: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("features.yaml");
    std::fs::write(&file, yaml).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
}

/// A shop with its orders, stopped.
async fn prepared(folder: &Path) -> Options {
    let options = Options { data: Some(folder.join("data")), ..Options::manual() };
    let mut server = Server::start(options.clone()).await;
    apply(&server, SHOP);
    let orders: Vec<Value> = (0..ORDERS).map(order).collect();
    for some in orders.chunks(2_000) {
        server.batch(KEY, some).await.unwrap();
        // Some come twice.
        server.batch(KEY, &some[..10]).await.unwrap();
    }
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    server.kill();
    options
}

fn exact(user: usize) -> f64 {
    let mut millionths = 0i64;
    for number in (0..ORDERS).filter(|number| number % USERS == user) {
        millionths += (0.1 * (number % 7) as f64 * 1e6).round() as i64;
    }
    millionths as f64 / 1e6
}

async fn agrees(server: &Server) {
    for user in [0, 7, 39] {
        let person = server.get(&format!("/v1/people/u{user}")).await;
        let features = &person["features"];
        assert_eq!(features["revenue"], json!(exact(user)), "u{user}");
        assert_eq!(features["orders"], json!(ORDERS / USERS), "u{user}");
    }
    let said = server.said(&["features", "check", "--sample", "1000"]);
    assert!(said.contains("revenue"), "{said}");
    let views = server.get("/v1/features").await;
    for view in views["features"].as_array().unwrap() {
        assert_eq!(view["state"], "ready", "{view}");
        assert_eq!(view["people"], json!(USERS), "{view}");
        assert_eq!((&view["checked"][1]["mismatched"], &view["behind"]), (&json!(0), &json!(0)));
        assert_eq!(view["checked"][1]["compared"], json!(USERS), "{view}");
        assert!(view.get("counts_from").is_none(), "{view}");
    }
}

#[tokio::test]
async fn killed_while_history_is_read_everything_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = prepared(folder.path()).await;
    let file = folder.path().join("late.yaml");
    std::fs::write(&file, LATE).unwrap();
    let places = [
        ("processor.history", 1),
        ("processor.history", 2),
        ("processor.before_append", 1),
        ("processor.after_state", 1),
        ("processor.after_fold", 1),
    ];
    for (place, nth) in places {
        options.environment = vec![("GYRE_FAILPOINT".to_owned(), format!("{place}:{nth}"))];
        // What was begun goes on at the start, and may die there.
        let Some(mut server) = Server::try_start(options.clone()).await else { continue };
        drop(server.gyre(&["apply", file.to_str().unwrap()]));
        server.kill();
    }
    options.environment = Vec::new();
    let server = Server::start(options).await;
    server.said(&["apply", file.to_str().unwrap()]);
    agrees(&server).await;
    let shown = server.said(&["features", "show", "revenue"]);
    assert!(shown.contains("What was spent.") && shown.contains("ready"), "{shown}");
}

#[tokio::test]
async fn a_feature_without_its_history_differs_from_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = prepared(folder.path()).await;
    options.environment = vec![("GYRE_MUTANT".to_owned(), "history.none".to_owned())];
    let server = Server::start(options).await;
    apply(&server, LATE);
    let output = server.gyre(&["features", "check"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("differ from the lake"));
    let status = server.get("/v1/status").await;
    assert!(status["features"]["mismatched"].as_u64().unwrap() > 0, "{status}");
}

#[tokio::test]
async fn a_training_set_knows_nothing_of_what_came_later() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SHOP);
    apply(&server, LATE);
    let sold = |user: &str, message: &str, revenue: f64, at: &str| {
        json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
               "timestamp": at, "properties": {"revenue": revenue, "kind": "shoe"}})
    };
    let advance = async |to: &str| {
        server.post("/v1/clock/advance", &json!({ "to": to })).await;
    };
    let first = [
        sold("ann", "1", 10.0, "2026-01-01T00:00:00Z"),
        sold("bob", "2", 5.5, "2026-01-01T00:00:00Z"),
    ];
    server.batch(KEY, &first).await.unwrap();
    advance("2026-01-03T00:00:00Z").await;
    // This happened on the first, and came on the third: on the second nobody knew.
    let late = [sold("ann", "3", 2.25, "2026-01-01T12:00:00Z")];
    server.batch(KEY, &late).await.unwrap();
    advance("2026-01-20T00:00:00Z").await;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let labels = "user_id,at\nann,2026-01-02T00:00:00Z\nann,2026-01-03T00:00:01Z\n\
                  bob,2025-12-31T00:00:00Z\nbob,2026-01-19T00:00:00Z\nnobody,2026-01-19T00:00:00Z\n";
    std::fs::write(path("labels.csv"), labels).unwrap();
    let (file, csv) = (path("labels.csv"), path("set.csv"));
    let asked = ["features", "training-set", "--labels", &file, "--features", "revenue,shoes_7d"];
    let output = server.gyre(&[&asked[..], &["--out", &csv]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("left out: unknown=1"), "{}", text(&output.stderr));
    let set = std::fs::read_to_string(&csv).unwrap();
    let rows: Vec<Vec<&str>> = set.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["label", "subject", "person", "at", "revenue", "shoes_7d"]);
    let values: Vec<[&str; 4]> =
        rows[1..].iter().map(|row| [row[0], row[1], row[4], row[5]]).collect();
    assert_eq!(
        values,
        [
            ["0", "ann", "10.0", "1"],
            ["1", "ann", "12.25", "2"],
            ["2", "bob", "0.0", "0"],
            ["3", "bob", "5.5", "0"]
        ]
    );
    // Parquet, whom an audience had then; it can be read again as labels are.
    let parquet = path("set.parquet");
    let whole =
        ["features", "training-set", "--audience", "buyers", "--at", "2026-01-02T00:00:00Z"];
    let output = server.gyre(&[&whole[..], &["--out", &parquet]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("2 rows written"), "{}", text(&output.stderr));
    let bytes = std::fs::read(&parquet).unwrap();
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
    // Whoever is erased is in no set any more, of whatever instant.
    server.said(&["subject", "erase", "ann"]);
    advance("2026-01-21T00:00:00Z").await;
    let output = server.gyre(&[&asked[..], &["--out", &csv]].concat());
    assert!(text(&output.stderr).contains("left out: unknown=3"), "{}", text(&output.stderr));
    assert!(!std::fs::read_to_string(&csv).unwrap().contains("ann"));
    // What cannot be asked is told.
    let output = server.gyre(&[
        "features",
        "training-set",
        "--people",
        "bob",
        "--features",
        "x",
        "--out",
        &csv,
    ]);
    assert!(text(&output.stderr).contains("Feature x does not exist"), "{}", text(&output.stderr));
    std::fs::write(path("wrong.csv"), "user,at\nann,now\n").unwrap();
    let output =
        server.gyre(&["features", "training-set", "--labels", &path("wrong.csv"), "--out", &csv]);
    assert!(
        text(&output.stderr).contains("row 1: it has no column user_id"),
        "{}",
        text(&output.stderr)
    );
}

#[tokio::test]
async fn what_a_feature_means_is_frozen() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SHOP);
    apply(&server, LATE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.yaml");
    std::fs::write(&file, LATE.replace("window: 7d", "window: 14d")).unwrap();
    for command in ["plan", "apply"] {
        let output = server.gyre(&[command, file.to_str().unwrap()]);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert!(!output.status.success() && said.contains("`shoes_7d_v2`"), "{said}");
        assert!(said.contains("other.yaml:9"), "{said}");
    }
    std::fs::write(&file, LATE.replace("owner: crm", "owner: finance")).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
    let shown: Value =
        serde_json::from_str(&server.said(&["features", "show", "revenue", "--json"])).unwrap();
    assert_eq!(shown["spec"]["owner"], "finance");
}
