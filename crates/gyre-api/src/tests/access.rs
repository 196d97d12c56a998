//! Who may call what, and what strangers are told. The cases are made from the routes themselves, so a
//! new route is covered when it is declared.

use super::{World, one_file};
use crate::routes::{Access, all};
use axum::body::Body;
use axum::http::StatusCode;
use expect_test::expect;
use serde_json::json;

/// The path with something in its holes.
fn filled(path: &str) -> String {
    let hole = |part: &str| if part.starts_with('{') { "x".to_owned() } else { part.to_owned() };
    path.split('/').map(hole).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn without_the_token_no_route_but_collection_answers() {
    let world = World::with_source().await;
    let wrong = [
        None,
        Some("Bearer another-token"),
        Some("Bearer a-tokenx"),
        Some("Bearer "),
        Some("a-token"),
        Some("Basic YS10b2tlbjo="),
        Some("Basic c2hvcC1rZXktMTo="),
    ];
    let mut guarded = 0;
    for route in all().iter().filter(|route| matches!(route.access, Access::May(_))) {
        guarded += 1;
        for header in wrong {
            let headers: Vec<_> = header.iter().map(|value| ("authorization", *value)).collect();
            let path = filled(route.path);
            let reply = world.send(route.method.as_str(), &path, &headers, Body::empty()).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path} with {header:?}");
            assert_eq!(reply.header("content-type"), "application/problem+json");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    assert!(guarded > 20, "the routes are gone");
}

#[tokio::test]
async fn with_the_token_every_route_lets_in() {
    let world = World::new().await;
    for route in all().iter().filter(|route| matches!(route.access, Access::May(_))) {
        // Their answers have no end.
        if ["/v1/tail", "/v1/changes"].contains(&route.path) {
            continue;
        }
        let headers = [("authorization", "bearer  a-token ")];
        let path = filled(route.path);
        let reply = world.send(route.method.as_str(), &path, &headers, "{}").await;
        assert_ne!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(reply.status.as_u16() < 500, "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn collection_needs_no_token_and_the_token_is_no_write_key() {
    let world = World::with_source().await;
    for route in all().iter().filter(|route| route.access == Access::WriteKey) {
        // An address with its key gives an image, which is looked at elsewhere.
        if route.path.contains("/pixel") {
            continue;
        }
        let body = r#"{"batch":[],"writeKey":"shop-key-1","api_key":"shop-key-1","type":"track","event":"E","userId":"u"}"#;
        let reply = world.send(route.method.as_str(), route.path, &[], body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}: {}", route.path, reply.text);
    }
    let headers = [("authorization", "Bearer a-token")];
    let reply = world.send("POST", "/v1/batch", &headers, r#"{"batch":[]}"#).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_reference_names_every_route() {
    let reference = include_str!("../../../../docs/reference/http.md");
    for route in all() {
        let line = format!("{} {}", route.method, route.path);
        // Preflights are described once.
        let named = route.method == "OPTIONS" || reference.contains(&line);
        assert!(named, "docs/reference/http.md does not have `{line}`");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_taken_are_problems() {
    let world = World::new().await;
    let reply = world.get("/v1/nothing").await;
    assert_eq!(reply.header("content-type"), "application/problem+json");
    expect![[r#"{"detail":"there is no such route","hint":"see docs/reference/http.md","status":404,"title":"no such route","type":"urn:gyre:problem:no-route"}"#]].assert_eq(&reply.text);
    let reply = world.get("/v1/query").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert!(reply.header("allow").contains("POST"));
}

#[tokio::test]
async fn unknown_keys_are_named() {
    let world = World::new().await;
    let reply = world.post("/v1/query", json!({"sql": "select 1", "maxrows": 1})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let problem = reply.json();
    expect!["the body cannot be read: unknown key `maxrows` at line 1 column 10"]
        .assert_eq(problem["detail"].as_str().unwrap());
    expect!["expected one of `sql`, `parameters`, `max_rows`, `timeout_ms`, `gate`"]
        .assert_eq(problem["hint"].as_str().unwrap());
    let reply = world.get("/v1/resources?kinds=Source").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.json()["detail"].as_str().unwrap().contains("unknown key `kinds`"));
    let reply = world.get("/v1/resources?kind=Sauce").await;
    assert!(reply.json()["hint"].as_str().unwrap().contains("Source"));
}

#[tokio::test]
async fn a_workspace_of_the_system_is_nobodys() {
    let world = World::new().await;
    for name in ["_system", "Main", "a b", "", &"x".repeat(64)] {
        let headers = [("authorization", "Bearer a-token"), ("x-gyre-workspace", name)];
        let reply = world.send("GET", "/v1/resources", &headers, Body::empty()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{name}");
    }
}

#[tokio::test]
async fn workspaces_do_not_see_one_another() {
    let world = World::new().await;
    let headers = [("authorization", "Bearer a-token"), ("x-gyre-workspace", "second")];
    let body = one_file(super::SOURCE).to_string();
    let reply = world.send("POST", "/v1/apply", &headers, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(world.get("/v1/resources").await.json(), json!({"resources": []}));
    let reply = world.send("GET", "/v1/resources", &headers, Body::empty()).await;
    assert_eq!(reply.json()["resources"][0]["name"], "shop");
    // The write key alone says which workspace.
    let reply = world.batch(json!([super::track("u", "E")])).await;
    assert_eq!(reply.json()["accepted"], 1);
}
