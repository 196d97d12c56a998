//! Boards and funnels through the real binary: what is shipped can be answered, an own board is applied
//! like any other resource, and a funnel counts people as one does by hand.

use crate::metrics::{contacted, shop};
use crate::server::{Options, Server, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn every_tile_of_every_shipped_board_is_answered() {
    let server = shop(Vec::new()).await;
    contacted(&server).await;
    let all = server.get("/v1/boards").await;
    let boards = all["boards"].as_array().unwrap();
    assert_eq!(boards.len(), 9);
    let mut asked = 0;
    for board in boards {
        assert_eq!(board["built_in"], json!(true), "{board}");
        let sections = board["spec"]["sections"].as_array().unwrap();
        for tile in sections.iter().flat_map(|section| section["tiles"].as_array().unwrap()) {
            let (path, question) = match &tile["funnel"] {
                Value::Null => ("/v1/metrics/query", &tile["query"]),
                funnel => ("/v1/funnels/query", funnel),
            };
            let (status, answer) = server.call(Method::POST, path, Some(question)).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{}: {question}: {answer}", board["name"]);
            asked += 1;
        }
    }
    assert!(asked > 90, "{asked} tiles");
    let listed = server.said(&["boards", "list"]);
    assert!(listed.contains("campaign_performance") && listed.contains("built in"), "{listed}");
    let shown = server.said(&["boards", "show", "executive"]);
    assert!(shown.contains("Uplift by loop") && shown.contains("interval"), "{shown}");
}

#[tokio::test]
async fn a_shipped_board_is_edited_and_an_own_one_applied() {
    let server = shop(Vec::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.yaml");
    let apply = |document: &str| {
        std::fs::write(&file, document).unwrap();
        server.gyre(&["apply", file.to_str().unwrap()])
    };
    let document = server.said(&["boards", "show", "executive", "--yaml"]);
    let applied = apply(&document.replace("title: Executive", "title: For the board"));
    assert!(applied.status.success(), "{}", text(&applied.stderr));
    let edited = server.get("/v1/boards/executive").await;
    assert_eq!(
        (&edited["spec"]["title"], &edited["edited"], &edited["version"]),
        (&json!("For the board"), &json!(true), &json!(1))
    );
    // What was printed and applied is what was there.
    let tiles = |board: &Value| board["spec"]["sections"].to_string();
    let before: Value = server.get("/v1/boards").await["boards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|board| board["name"] == "executive")
        .cloned()
        .unwrap();
    assert_eq!(tiles(&before), tiles(&edited));

    let own = "apiVersion: gyre/v1\nkind: Board\nmetadata: {name: mine}\nspec:\n  title: Mine\n  sections:\n    - title: All\n      tiles:\n        - title: Orders\n          display: line\n          query: {metrics: [orders]}\n  annotations:\n    - {at: \"2025-10-09T12:00:00Z\", title: The warehouse burnt}\n";
    assert!(apply(own).status.success());
    assert!(server.said(&["boards", "list"]).contains("mine"));
    let noted = server.get("/v1/annotations?from=2025-10-01T00:00:00Z").await;
    let titles: Vec<&str> = noted["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect();
    assert!(titles.contains(&"cards began"), "{titles:?}");
    assert!(titles.contains(&"The warehouse burnt"), "{titles:?}");
    let later = server.get("/v1/annotations?from=2025-10-10T00:00:00Z").await;
    assert!(!later.to_string().contains("burnt"), "{later}");

    for (from, to, message, hint) in [
        ("[orders]", "[ordrs]", "there is no Metric `ordrs`", "did you mean `orders`?"),
        ("display: line", "display: lines", "`display` should be one of", ""),
        (
            "display: line",
            "display: bar",
            "bars and intervals are of rows",
            "add `dimensions: […]`",
        ),
        ("display: line", "display: heatmap", "a heatmap has two keys", "two dimensions"),
        ("display: line", "display: funnel", "a funnel has `funnel` and no `query`", ""),
        (
            "[orders]}",
            "[orders], dimensions: [campaign]}",
            "`Orders` cannot be split or filtered by campaign",
            "it has: ",
        ),
        (
            "[orders]}",
            "[orders], dimensions: [audience]}\n          opens: campaign",
            "the rows are not of one campaign",
            "add `campaign` to the dimensions",
        ),
        ("[orders]", "[drift_psi]", "it needs models", "`gyre metrics list`"),
    ] {
        let told = text(&apply(&own.replace(from, to)).stderr);
        assert!(told.contains("board.yaml:"), "{told}");
        assert!(told.contains(hint), "{to}: {told}");
        // The words of the check of shapes are its own.
        assert!(told.contains(message) || message.contains("should be one of"), "{to}: {told}");
    }
}

fn did(who: &str, event: &str, at: &str) -> Value {
    json!({"type": "track", "event": event, "userId": who, "timestamp": at,
           "messageId": format!("{who}-{event}-{at}"), "properties": {}})
}

/// Steps `View`, `Add`, `Buy` within a week, begun in March:
/// ann took all three; bob added before he viewed; cy added nine days later; dan began on the last day of
/// March and bought in April; eve began in February; fay is a test; gus viewed twice and bought after the
/// second time.
async fn funnels() -> Server {
    let server = Server::start(Options::manual()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("source.yaml");
    let source = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: shop}\nspec: {type: server, write_keys: [funnel-key-00001]}\n";
    std::fs::write(&file, source).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
    let events = [
        did("ann", "View", "2025-03-03T10:00:00Z"),
        did("ann", "Add", "2025-03-03T11:00:00Z"),
        did("ann", "Buy", "2025-03-05T10:00:00Z"),
        did("bob", "Add", "2025-03-04T10:00:00Z"),
        did("bob", "View", "2025-03-04T11:00:00Z"),
        did("cy", "View", "2025-03-04T10:00:00Z"),
        did("cy", "Add", "2025-03-13T10:00:00Z"),
        did("dan", "View", "2025-03-31T20:00:00Z"),
        did("dan", "Add", "2025-03-31T21:00:00Z"),
        did("dan", "Buy", "2025-04-02T10:00:00Z"),
        did("eve", "View", "2025-02-27T10:00:00Z"),
        did("eve", "Add", "2025-03-01T10:00:00Z"),
        json!({"type": "identify", "userId": "fay", "messageId": "f", "traits": {"is_test": true},
               "timestamp": "2025-03-01T10:00:00Z"}),
        did("fay", "View", "2025-03-04T10:00:00Z"),
        did("gus", "View", "2025-03-01T10:00:00Z"),
        did("gus", "View", "2025-03-20T10:00:00Z"),
        did("gus", "Add", "2025-03-20T11:00:00Z"),
        did("gus", "Buy", "2025-03-27T10:00:00Z"),
    ];
    let (status, answer) = server.batch("funnel-key-00001", &events).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    server.post("/v1/clock/advance", &json!({"to": "2026-02-01T00:00:00Z"})).await;
    server
}

fn people(answer: &Value) -> Vec<u64> {
    answer["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["people"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_funnel_counts_people_in_order_and_within_the_window() {
    let server = funnels().await;
    let funnel = |window: &str, more: Value| {
        let mut asked = json!({"steps": [{"event": "View"}, {"event": "Add"}, {"event": "Buy"}],
            "window": window, "time": {"range": {"type": "period", "period": "2025-03"}}});
        for (key, value) in more.as_object().unwrap() {
            asked[key] = value.clone();
        }
        asked
    };
    let ask = |asked: Value| {
        let server = &server;
        async move { server.post("/v1/funnels/query", &asked).await }
    };
    // ann, bob, cy, dan, gus began; ann, dan, gus added; ann, dan and gus bought, he a week to the second.
    let answer = ask(funnel("7d", json!({}))).await;
    assert_eq!(people(&answer), [5, 3, 3], "{answer}");
    assert_eq!(answer["immature"], json!(0), "{answer}");
    let second = &answer["steps"][1];
    assert_eq!((&second["of_first"], &second["of_previous"]), (&json!(0.6), &json!(0.6)));
    assert!(second["low"].as_f64().unwrap() < 0.6 && second["high"].as_f64().unwrap() > 0.6);
    assert_eq!(people(&ask(funnel("6d", json!({}))).await), [5, 3, 2]);
    assert_eq!(people(&ask(funnel("10d", json!({}))).await), [5, 4, 3]);
    assert_eq!(people(&ask(funnel("7d", json!({"population": "all"}))).await), [6, 3, 3]);
    // A value is a value, whatever stands in it.
    let odd = json!([{"event": "View' OR '1' = '1"}, {"event": "Buy"}]);
    assert_eq!(people(&ask(funnel("7d", json!({"steps": odd}))).await), [0, 0]);
    // Of February: eve, who added on the first of March.
    let time =
        json!({"range": {"type": "period", "period": "2025-02"}, "compare": ["previous_period"]});
    let february = ask(funnel("7d", json!({"time": time}))).await;
    assert_eq!(people(&february), [1, 1, 0]);
    assert_eq!(people(&february["compared"][0]), [0, 0, 0]);

    for (asked, place) in [
        (funnel("7d", json!({"steps": [{"event": "View"}]})), "steps: a funnel has too few steps"),
        (funnel("0d", json!({})), "window: the window is out of range"),
        (
            funnel("7d", json!({"filters": [{"field": "campaign", "values": ["a"]}]})),
            "filters[0].field: events cannot be filtered by campaign",
        ),
    ] {
        let (status, told) =
            server.call(Method::POST, "/v1/funnels/query", Some(&asked)).await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(place), "{told}");
    }
}

#[tokio::test]
async fn a_curve_comes_with_a_length_of_time_where_it_is_asked_for() {
    let server = shop(Vec::new()).await;
    let mut question = json!({"metrics": ["time_to_second_purchase_p50"],
        "time": {"range": {"type": "period", "period": "2025-10"}}});
    let without = server.post("/v1/metrics/query", &question).await;
    let value = &without["total"]["time_to_second_purchase_p50"]["now"];
    assert!(value["curve"].is_null(), "{value}");
    question["curve"] = json!(true);
    let with = server.post("/v1/metrics/query", &question).await;
    let value = &with["total"]["time_to_second_purchase_p50"]["now"];
    let curve = value["curve"].as_array().unwrap();
    // ann came again after 19 days, cy and dan on no later day: one of three.
    assert_eq!(curve.len(), 1, "{value}");
    assert_eq!(curve[0]["days"], json!(19.0));
    assert!((curve[0]["reached"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12, "{value}");
    assert_eq!(curve[0]["at_risk"], json!(3));
}

#[tokio::test]
async fn rows_come_as_a_parquet_file() {
    let server = shop(Vec::new()).await;
    let question = json!({"metrics": ["orders"], "dimensions": ["customer_type"],
        "time": {"range": {"type": "period", "period": "2025-10"}}});
    let answer = reqwest::Client::new()
        .post(format!("{}/v1/metrics/query", server.url))
        .bearer_auth(server.token())
        .header("accept", "application/vnd.apache.parquet")
        .json(&question)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/vnd.apache.parquet");
    let file = answer.bytes().await.unwrap();
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let rows: usize = reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 2);
}
