//! Rows that go to others: a gate is asked about the person in each, whatever form they have.

use crate::collect::{KEY, SOURCE, apply};
use crate::server::{Options, Server, text};
use reqwest::header::ACCEPT;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

const POLICY: &str = "\
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec: {jurisdiction: {otherwise: us}, jurisdictions: {us: {default: allow}}}
";
const ROWS: &str = "select person, user_id from events where kind = 'identify' order by user_id";

/// Four people: bob is not to be shared, cy not to be learned from, dan is restricted.
async fn people(options: Options) -> Server {
    let server = Server::start(options).await;
    apply(&server, SOURCE).await;
    apply(&server, POLICY).await;
    let call = |user: &str| {
        json!({"type": "identify", "userId": user, "messageId": user,
            "traits": {"email": format!("{user}@example.com")}})
    };
    server.batch(KEY, &["ada", "bob", "cy", "dan"].map(call)).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    server.said(&["consent", "state", "--user", "bob", "--topic", "ads_share=denied"]);
    server.said(&["consent", "state", "--user", "cy", "--topic", "model_training=denied"]);
    server.said(&["subject", "restrict", "dan@example.com"]);
    server
}

/// Whose rows there are, and how many were left out.
async fn asked(server: &Server, gate: &str) -> (String, Value) {
    let answer = server.post("/v1/query", &json!({"sql": ROWS, "gate": gate})).await;
    let rows = answer["rows"].as_array().unwrap();
    let users: Vec<&str> = rows.iter().map(|row| row[1].as_str().unwrap()).collect();
    (users.join(" "), answer["left_out"].clone())
}

#[tokio::test]
async fn rows_that_go_to_others_are_of_those_who_agree() {
    let server = people(Options::manual()).await;
    let two = json!({"no_consent": 1, "restricted": 1});
    assert_eq!(asked(&server, "export").await, ("ada cy".to_owned(), two.clone()));
    assert_eq!(asked(&server, "training").await, ("ada bob".to_owned(), two));
    // Whoever looks at home sees all of it.
    assert_eq!(server.query(ROWS).await.len(), 4);
    let csv = Client::new()
        .post(format!("{}/v1/query", server.url))
        .bearer_auth(server.token())
        .header(ACCEPT, "text/csv")
        .body(json!({"sql": ROWS, "gate": "export"}).to_string())
        .send()
        .await
        .unwrap();
    let header = csv.headers()["x-gyre-left-out"].clone();
    assert_eq!(header.to_str().unwrap(), "no_consent=1,restricted=1");
    let lines = csv.text().await.unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    let told = server.gyre(&["query", ROWS, "--gate", "export", "--format", "csv"]);
    assert!(told.status.success() && !text(&told.stdout).contains("bob"), "{told:?}");
    assert!(text(&told.stderr).contains("1 rows left out: no_consent"), "{told:?}");
    // Who is not told to be anybody's cannot be asked about.
    let sums = json!({"sql": "select count(*) as n from events", "gate": "export"});
    let (status, answer) = server.call(Method::POST, "/v1/query", Some(&sums)).await.unwrap();
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let nobody = json!({"sql": "select cast(null as text) as person", "gate": "export"});
    let answer = server.post("/v1/query", &nobody).await;
    assert_eq!((&answer["rows"], &answer["left_out"]), (&json!([]), &json!({"unknown": 1})));
}

#[tokio::test]
async fn a_gate_that_is_not_asked_is_noticed() {
    for (mutant, wanted) in [("gate.permitted", "ada bob cy"), ("gate.restricted", "ada cy dan")] {
        let server = people(Options::manual().environment("GYRE_MUTANT", mutant)).await;
        assert_eq!(asked(&server, "export").await.0, wanted, "{mutant}");
    }
}
