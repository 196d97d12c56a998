//! The loop from outside: what is sent is decided on, shown and explained.

use super::World;
use super::files::shop;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A shop with a customer, ada, who ordered four weeks ago.
pub(super) async fn with_ada() -> World {
    let world = World::new().await;
    assert_eq!(world.post("/v1/apply", shop()).await.status, StatusCode::OK);
    let ordered = json!({
        "type": "track", "userId": "ada", "event": "Order Completed",
        "properties": {"revenue": 40, "margin": 18, "discount": 0},
    });
    let headers = [("authorization", "Basic c2hvcC1zZXJ2ZXIta2V5LTAwMDE6")];
    let body = json!({"batch": [ordered]}).to_string();
    let reply = world.send("POST", "/v1/batch", &headers, body).await;
    assert_eq!(reply.json()["accepted"], 1, "{}", reply.text);
    let reply = world.post("/v1/clock/advance", json!({"to": "2026-03-30T10:00:00Z"})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.json()["now"], "2026-03-30T10:00:00Z");
    world
}

#[tokio::test]
async fn somebody_who_is_due_is_decided_on() {
    let world = with_ada().await;
    let asked = json!({"user_id": "ada", "placement": "home", "context": {}});
    let reply = world.post("/v1/decide", asked).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let decided = reply.json();
    assert_eq!(decided["campaign"], "win_back");
    let variant = decided["variant"].as_str().unwrap();
    assert!(["discount", "free_shipping", "reminder", "nothing"].contains(&variant));
    assert_eq!(decided["content"].is_null(), variant == "nothing");
    assert_eq!(decided["token"].is_null(), variant == "nothing");
    let nobody = json!({"user_id": "bob", "placement": "home"});
    let nothing: Value = world.post("/v1/decide", nobody).await.json();
    assert!(nothing.as_object().unwrap().values().all(Value::is_null), "{nothing}");
}

#[tokio::test]
async fn a_question_about_nobody_is_refused_with_a_hint() {
    let world = World::new().await;
    let reply = world.post("/v1/decide", json!({"placement": "home"})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.json()["hint"], "give user_id or anonymous_id");
    let reply = world.post("/v1/decide", json!({"user_id": "ada"})).await;
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("missing key `placement`"), "{detail}");
}

#[tokio::test]
async fn a_person_is_shown_and_a_stranger_is_not_repeated() {
    let world = with_ada().await;
    let shown = world.get("/v1/people/ada").await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert_eq!(shown.json()["features"]["orders"], 1);
    assert!(shown.json()["audiences"]["due"].is_string());
    let reply = world.get("/v1/people/eve%40example.com").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(!reply.text.contains("eve"), "{}", reply.text);
}

#[tokio::test]
async fn loops_campaigns_and_the_status_are_shown() {
    let world = with_ada().await;
    assert_eq!(world.get("/v1/loops").await.json()["loops"][0]["name"], "repurchase");
    let shown = world.get("/v1/loops/repurchase").await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.json()["turns"].is_array());
    assert_eq!(world.get("/v1/loops/none").await.status, StatusCode::NOT_FOUND);
    let campaigns = world.get("/v1/campaigns").await.json();
    assert_eq!(campaigns["campaigns"][0]["name"], "win_back");
    assert_eq!(world.get("/v1/campaigns/none").await.status, StatusCode::NOT_FOUND);
    let status = world.get("/v1/status").await.json();
    assert_eq!(status["partitions"].as_array().unwrap().len(), 2);
    assert_eq!(world.get("/v1/clock").await.json()["manual"], true);
}

#[tokio::test]
async fn ids_that_are_none_are_told_from_ids_of_nothing() {
    let world = World::new().await;
    for path in ["/v1/decisions/zz", "/v1/imports/none"] {
        assert!(world.get(path).await.status.is_client_error(), "{path}");
    }
    let id = "0".repeat(32);
    let reply = world.get(&format!("/v1/decisions/{id}")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let path = format!("/v1/proposals/{id}/approve");
    assert_eq!(world.post(&path, json!({"by": "ada"})).await.status, StatusCode::NOT_FOUND);
    let reply = world.post("/v1/proposals/zz/reject", json!({})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_chunk_of_an_import_that_comes_twice_counts_once() {
    let world = World::new().await;
    let hillstrom = ["source", "campaign", "mapping"].map(|name| {
        let text = match name {
            "source" => include_str!("../../../../examples/hillstrom/source.yaml"),
            "campaign" => include_str!("../../../../examples/hillstrom/campaign.yaml"),
            _ => include_str!("../../../../examples/hillstrom/mapping.yaml"),
        };
        json!({"name": name, "text": text})
    });
    let reply = world.post("/v1/apply", json!({"files": hillstrom})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let values = json!({
        "recency": "10", "history_segment": "2) $100 - $200", "history": "142.44", "mens": "1",
        "womens": "0", "zip_code": "Surburban", "newbie": "0", "channel": "Phone",
        "segment": "Womens E-Mail", "visit": "0", "conversion": "0", "spend": "0",
    });
    let chunk = json!({"import": "one", "rows": [
        {"line": 1, "values": values, "raw": "a"},
        {"line": 2, "values": {}, "raw": "b"},
    ]});
    for _ in 0..2 {
        let reply = world.post("/v1/imports/hillstrom/rows", chunk.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        let progress = reply.json();
        assert_eq!((&progress["accepted"], &progress["rejected"]), (&json!(1), &json!(1)));
        assert_eq!(world.get("/v1/imports/one").await.json(), progress);
    }
    let reply = world.post("/v1/imports/none/rows", chunk).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
