//! Signing in, roles and tokens.

use super::{Reply, World, one_file};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";

/// A server with an admin, and the cookie of their session.
async fn set_up() -> (World, String) {
    let world = World::with_source().await;
    let body = json!({"token": "a-token", "name": "ada", "password": PASSWORD});
    let reply = world.send("POST", "/v1/setup", &[], body.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let cookie = cookie(&reply);
    (world, cookie)
}

fn cookie(reply: &Reply) -> String {
    let text = reply.header("set-cookie");
    assert!(text.contains("; HttpOnly; SameSite=Strict"), "{text}");
    text.split(';').next().unwrap().to_owned()
}

async fn as_cookie(world: &World, cookie: &str, method: &str, path: &str, body: Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    world.send(method, path, &[("cookie", cookie)], body).await
}

/// A user of a role, signed in.
async fn user(world: &World, admin: &str, name: &str, role: &str) -> String {
    let body = json!({"name": name, "role": role, "password": PASSWORD});
    let reply = as_cookie(world, admin, "POST", "/v1/users", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let body = json!({"name": name, "password": PASSWORD}).to_string();
    let reply = world.send("POST", "/v1/session", &[], body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    cookie(&reply)
}

#[tokio::test]
async fn the_first_admin_is_made_once_and_with_the_token_only() {
    let world = World::new().await;
    let show = world.send("GET", "/v1/session", &[], Body::empty()).await.json();
    assert_eq!(show["setup_needed"], true);
    let body = json!({"token": "another", "name": "eve", "password": PASSWORD}).to_string();
    let reply = world.send("POST", "/v1/setup", &[], body).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let body = json!({"token": "a-token", "name": "ada", "password": "short"}).to_string();
    let reply = world.send("POST", "/v1/setup", &[], body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let (world, cookie) = set_up().await;
    let show = as_cookie(&world, &cookie, "GET", "/v1/session", Value::Null).await.json();
    assert_eq!((&show["user"], &show["role"]), (&json!("ada"), &json!("admin")));
    let body = json!({"token": "a-token", "name": "eve", "password": PASSWORD}).to_string();
    let reply = world.send("POST", "/v1/setup", &[], body).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_role_may_do_what_it_says_and_no_more() {
    let (world, admin) = set_up().await;
    // Per right, something that asks for it.
    let asked = [
        ("GET", "/v1/loops", Value::Null),
        ("GET", "/v1/dead-letters", Value::Null),
        ("POST", "/v1/query", json!({"sql": "select 1"})),
        ("POST", "/v1/plan", json!({"files": []})),
        ("GET", "/v1/users", Value::Null),
    ];
    for (role, may) in [
        ("viewer", [true, false, false, false, false]),
        ("analyst", [true, true, true, false, false]),
        ("marketer", [true, true, false, true, false]),
        ("admin", [true; 5]),
    ] {
        let cookie = user(&world, &admin, role, role).await;
        for ((method, path, body), may) in asked.iter().zip(may) {
            let reply = as_cookie(&world, &cookie, method, path, body.clone()).await;
            let refused = reply.status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !may, "{role} {path}: {} {}", reply.status, reply.text);
        }
    }
}

#[tokio::test]
async fn a_preview_with_somebodys_features_takes_the_right_to_look_at_people() {
    let (world, admin) = set_up().await;
    let path = "/v1/campaigns/none/preview?variant=a&channel=email&person=ada";
    for (role, status) in [("viewer", StatusCode::FORBIDDEN), ("marketer", StatusCode::NOT_FOUND)] {
        let cookie = user(&world, &admin, role, role).await;
        let reply = as_cookie(&world, &cookie, "GET", path, Value::Null).await;
        assert_eq!(reply.status, status, "{role}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_wrong_password_says_nothing_about_names() {
    let (world, _) = set_up().await;
    let mut said = Vec::new();
    for (name, password) in [("ada", "wrong wrong wrong"), ("nobody", PASSWORD)] {
        let body = json!({"name": name, "password": password}).to_string();
        let reply = world.send("POST", "/v1/session", &[], body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        said.push(reply.text);
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_session_ends_with_signing_out_a_new_password_and_the_user() {
    let (world, admin) = set_up().await;
    let works = async |cookie: &str| {
        let reply = as_cookie(&world, cookie, "GET", "/v1/loops", Value::Null).await;
        reply.status == StatusCode::OK
    };
    let one = user(&world, &admin, "bob", "viewer").await;
    assert!(works(&one).await);
    as_cookie(&world, &one, "DELETE", "/v1/session", Value::Null).await;
    assert!(!works(&one).await);
    let body = json!({"name": "bob", "password": PASSWORD}).to_string();
    let two = cookie(&world.send("POST", "/v1/session", &[], body).await);
    assert!(works(&two).await);
    let change = json!({"password": "another long one"});
    as_cookie(&world, &admin, "POST", "/v1/users/bob", change).await;
    assert!(!works(&two).await);
    let body = json!({"name": "bob", "password": "another long one"}).to_string();
    let three = cookie(&world.send("POST", "/v1/session", &[], body).await);
    assert!(works(&three).await);
    as_cookie(&world, &admin, "DELETE", "/v1/users/bob", Value::Null).await;
    assert!(!works(&three).await);
    assert!(works(&admin).await);
}

#[tokio::test]
async fn somebody_is_always_an_admin() {
    let (world, admin) = set_up().await;
    for (method, body) in [("DELETE", Value::Null), ("POST", json!({"role": "viewer"}))] {
        let reply = as_cookie(&world, &admin, method, "/v1/users/ada", body).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    }
    user(&world, &admin, "bob", "admin").await;
    let reply = as_cookie(&world, &admin, "DELETE", "/v1/users/ada", Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
}

#[tokio::test]
async fn another_site_cannot_use_a_session() {
    let (world, cookie) = set_up().await;
    let apply = json!({"files": []}).to_string();
    for (name, value, passes) in [
        ("origin", "http://127.0.0.1:8080", true),
        ("origin", "http://127.0.0.1:9999", false),
        ("origin", "http://evil.example", false),
        ("origin", "null", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
    ] {
        let headers = [("cookie", cookie.as_str()), ("host", "127.0.0.1:8080"), (name, value)];
        let reply = world.send("POST", "/v1/plan", &headers, apply.clone()).await;
        assert_eq!(reply.status == StatusCode::OK, passes, "{name}: {value}: {}", reply.text);
    }
    // Reading changes nothing, and no other site can read the answer.
    let headers = [("cookie", cookie.as_str()), ("origin", "http://evil.example")];
    let reply = world.send("GET", "/v1/loops", &headers, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_token_has_a_role_and_can_be_revoked() {
    let (world, admin) = set_up().await;
    let body = json!({"name": "nightly", "role": "analyst"});
    let made = as_cookie(&world, &admin, "POST", "/v1/tokens", body).await.json();
    let text = format!("Bearer {}", made["token"].as_str().unwrap());
    let headers = [("authorization", text.as_str())];
    let reply = world.send("GET", "/v1/dead-letters", &headers, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let reply = world.send("POST", "/v1/apply", &headers, r#"{"files":[]}"#).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let listed = as_cookie(&world, &admin, "GET", "/v1/tokens", Value::Null).await;
    assert!(!listed.text.contains(made["token"].as_str().unwrap()), "{}", listed.text);
    let path = format!("/v1/tokens/{}", made["made"]["id"].as_str().unwrap());
    let reply = as_cookie(&world, &admin, "DELETE", &path, Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let reply = world.send("GET", "/v1/dead-letters", &headers, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn write_keys_are_for_those_who_may_change_them() {
    let (world, admin) = set_up().await;
    let viewer = user(&world, &admin, "vera", "viewer").await;
    for path in ["/v1/resources?kind=Source", "/v1/resources/Source/shop"] {
        let reply = as_cookie(&world, &viewer, "GET", path, Value::Null).await;
        assert!(!reply.text.contains("shop-key-1"), "{}", reply.text);
        let reply = as_cookie(&world, &admin, "GET", path, Value::Null).await;
        assert!(reply.text.contains("shop-key-1"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_change_is_written_under_the_name_of_who_made_it() {
    let (world, admin) = set_up().await;
    let second =
        super::SOURCE.replace("{name: shop}", "{name: second}").replace("shop-key", "second-key");
    let reply = as_cookie(&world, &admin, "POST", "/v1/apply", one_file(&second)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let shown = world.get("/v1/resources/Source/second").await.json();
    assert_eq!(shown["versions"][0]["by"], "ada");
    let shown = world.get("/v1/resources/Source/shop").await.json();
    assert_eq!(shown["versions"][0]["by"], "people");
}

#[tokio::test]
async fn a_saved_query_is_of_its_workspace() {
    let (world, admin) = set_up().await;
    let saved = json!({"sql": "select 1"});
    as_cookie(&world, &admin, "POST", "/v1/queries/one", saved).await;
    let reply = as_cookie(&world, &admin, "GET", "/v1/queries", Value::Null).await.json();
    assert_eq!(reply["queries"][0]["name"], "one");
    assert_eq!(reply["queries"][0]["by"], "ada");
    let headers = [("cookie", admin.as_str()), ("x-gyre-workspace", "second")];
    let reply = world.send("GET", "/v1/queries", &headers, Body::empty()).await;
    assert_eq!(reply.json(), json!({"queries": []}));
    let reply = as_cookie(&world, &admin, "DELETE", "/v1/queries/one", Value::Null).await;
    assert_eq!(reply.json(), json!({"queries": []}));
}
