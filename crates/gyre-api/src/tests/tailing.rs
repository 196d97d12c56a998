//! The journal as it grows.

use super::{World, track};
use axum::body::{Body, BodyDataStream};
use axum::http::{Request, StatusCode};
use futures::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn listen(world: &World, path: &str, accept: &str) -> BodyDataStream {
    let request = Request::get(path)
        .header("authorization", "Bearer a-token")
        .header("accept", accept)
        .body(Body::empty())
        .unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

async fn next(stream: &mut BodyDataStream) -> String {
    String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn what_is_accepted_and_what_is_rejected_is_told_as_it_comes() {
    let world = World::with_source().await;
    let mut lines = listen(&world, "/v1/tail", "*/*").await;
    world.batch(json!([track("u", "Order Completed")])).await;
    let told: Value = serde_json::from_str(&next(&mut lines).await).unwrap();
    assert_eq!(told["family"], "event");
    assert_eq!(told["record"]["event"]["event"], "Order Completed");
    world.batch(json!([{"type": "track", "event": "E"}])).await;
    let told: Value = serde_json::from_str(&next(&mut lines).await).unwrap();
    assert_eq!(told["family"], "dead_letter");
    assert_eq!(told["record"]["code"], "no_user_anon_id");
}

#[tokio::test]
async fn a_browser_gets_events_of_one_line_each() {
    let world = World::with_source().await;
    let mut events = listen(&world, "/v1/tail?family=event", "text/event-stream").await;
    let body = "{\"writeKey\":\"shop-key-1\",\"batch\":[{\"type\":\"track\",\n\r\"userId\":\"u\",\"event\":\"a\\nb\"}]}";
    // At once, before anything has happened: that it listens.
    assert_eq!(next(&mut events).await, ":\n\n");
    world.send("POST", "/v1/batch", &[], body).await;
    let told = next(&mut events).await;
    let line = told.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
    assert!(!line.contains(['\n', '\r']), "{line:?}");
    let told: Value = serde_json::from_str(line).unwrap();
    assert_eq!(told["record"]["event"]["event"], "a\nb");
}

#[tokio::test]
async fn only_the_families_and_the_workspace_asked_for_are_told() {
    let world = World::with_source().await;
    let mut lines = listen(&world, "/v1/tail?family=orchestration,event", "*/*").await;
    let headers = [("authorization", "Bearer a-token"), ("x-gyre-workspace", "second")];
    let other = super::one_file(&super::SOURCE.replace("shop-key-", "other-key-")).to_string();
    assert_eq!(world.send("POST", "/v1/apply", &headers, other).await.status, StatusCode::OK);
    world.batch(json!([{"type": "track", "event": "E"}])).await;
    world.batch(json!([track("u", "E")])).await;
    let told: Value = serde_json::from_str(&next(&mut lines).await).unwrap();
    assert_eq!(told["family"], "event", "{told}");
    let reply = world.get("/v1/tail?family=evnt").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.json()["hint"].as_str().unwrap().contains("dead_letter"));
}

#[tokio::test]
async fn a_page_is_told_what_has_grown() {
    let world = World::with_source().await;
    let mut changes = listen(&world, "/v1/changes", "text/event-stream").await;
    let told = async |stream: &mut BodyDataStream| -> Value {
        let text = next(stream).await;
        serde_json::from_str(text.strip_prefix("data: ").unwrap().trim_end()).unwrap()
    };
    // One message per partition says that the stream stands.
    for _ in 0..2 {
        assert_eq!(told(&mut changes).await["families"], json!([]));
    }
    world.batch(json!([track("u", "E"), {"type": "track", "event": "E"}])).await;
    let mut families = Vec::new();
    while families.len() < 2 {
        let told = told(&mut changes).await;
        families.extend(told["families"].as_array().unwrap().clone());
    }
    families.sort_by_key(ToString::to_string);
    assert_eq!(families, ["dead_letter", "event"]);
}
