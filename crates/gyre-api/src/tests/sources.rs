//! Sources: their keys, what is counted, and what is refused.

use super::{World, one_file, track};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The write key in the place that any client knows.
async fn with_key(world: &World, key: &str) -> StatusCode {
    let body = json!({"writeKey": key, "batch": [track("u", "E")]});
    world.send("POST", "/v1/batch", &[], body.to_string()).await.status
}

async fn made(world: &World, path: &str, body: Value) -> String {
    let reply = world.post(path, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()["key"].as_str().unwrap().to_owned()
}

async fn source(world: &World, name: &str) -> Value {
    world.get(&format!("/v1/sources/{name}")).await.json()
}

#[tokio::test]
async fn a_key_is_made_rotated_and_taken_back() {
    let world = World::new().await;
    let first = made(&world, "/v1/sources", json!({"name": "web", "type": "server"})).await;
    assert_eq!(with_key(&world, &first).await, StatusCode::OK);

    let overlap = json!({"overlap": "1h"});
    let second = made(&world, "/v1/sources/web/keys", overlap).await;
    assert_eq!(with_key(&world, &first).await, StatusCode::OK, "both work for an hour");
    assert_eq!(with_key(&world, &second).await, StatusCode::OK);
    world.post("/v1/clock/advance", json!({"to": "2026-03-02T11:00:00Z"})).await;
    assert_eq!(with_key(&world, &first).await, StatusCode::UNAUTHORIZED, "the hour is over");
    assert_eq!(with_key(&world, &second).await, StatusCode::OK);

    let third = made(&world, "/v1/sources/web/keys", json!({"keep": true})).await;
    let shown = source(&world, "web").await;
    let keys = shown["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2, "{shown}");
    assert!(keys.iter().all(|key| key["expires_at"].is_null() && key["by"] == "people"));
    let used = keys.iter().find(|key| !key["last_used"].is_null()).unwrap();
    let path = format!("/v1/sources/web/keys/{}", used["id"].as_str().unwrap());
    let headers = [("authorization", "Bearer a-token")];
    assert_eq!(world.send("DELETE", &path, &headers, Body::empty()).await.status, StatusCode::OK);
    assert_eq!(with_key(&world, &second).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_key(&world, &third).await, StatusCode::OK);
}

#[tokio::test]
async fn nothing_that_is_kept_is_a_key() {
    let world = World::new().await;
    let key = made(&world, "/v1/sources", json!({"name": "web", "type": "browser"})).await;
    let state = &world.engine.shared.state;
    let main = gyre_model::Workspace::default();
    let kept = state.values(&main, "").await.unwrap();
    let rows = state.resources(&main).await.unwrap();
    assert!(kept.iter().any(|(name, _)| name.starts_with("source-key:web:")));
    let everything = format!("{kept:?} {rows:?}");
    // All but what every key begins with.
    let secret = key.strip_prefix("gwk_").unwrap();
    assert!(!everything.contains(secret));
    // What is kept does not open anything either.
    let hash = kept.iter().find_map(|(name, _)| name.strip_prefix("source-key:web:")).unwrap();
    assert_eq!(with_key(&world, hash).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_key(&world, &format!("sha256:{hash}")).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_resource_may_name_the_hash_of_a_key() {
    let world = World::new().await;
    let hash = super::super::sources::keys::hash("a-key-of-ours");
    let digits = crate::accounts::store::hex(&hash);
    let yaml = format!(
        "apiVersion: gyre/v1\nkind: Source\nmetadata: {{name: s}}\nspec: {{type: server, write_keys: ['sha256:{digits}']}}\n"
    );
    assert_eq!(world.post("/v1/apply", one_file(&yaml)).await.status, StatusCode::OK);
    assert_eq!(with_key(&world, "a-key-of-ours").await, StatusCode::OK);
    assert_eq!(with_key(&world, &digits).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_was_declared_goes_on_when_another_is_made() {
    let world = World::with_source().await;
    let made = made(&world, "/v1/sources/shop/keys", json!({"overlap": "0s"})).await;
    for key in ["shop-key-1", "shop-key-2", &made] {
        assert_eq!(with_key(&world, key).await, StatusCode::OK, "{key}");
    }
    let shown = source(&world, "shop").await;
    let declared = shown["keys"][0]["id"].as_str().unwrap();
    let path = format!("/v1/sources/shop/keys/{declared}");
    let headers = [("authorization", "Bearer a-token")];
    let reply = world.send("DELETE", &path, &headers, Body::empty()).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(reply.text.contains("take it out of `write_keys`"), "{}", reply.text);
    // A source that is made twice is one too many, and one that is gone leaves no keys behind.
    let again = world.post("/v1/sources", json!({"name": "shop", "type": "server"})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let prune = json!({"files": [], "prune": true});
    assert_eq!(world.post("/v1/apply", prune).await.status, StatusCode::OK);
    assert_eq!(with_key(&world, &made).await, StatusCode::UNAUTHORIZED);
    let back = json!({"name": "shop", "type": "server"});
    assert_eq!(world.post("/v1/sources", back).await.status, StatusCode::OK);
    assert_eq!(with_key(&world, &made).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_came_is_counted_by_what_became_of_it() {
    let world = World::with_source().await;
    world.batch(json!([track("u", "E"), {"type": "track", "event": "E"}, {"type": "x"}])).await;
    world.batch(json!("none")).await;
    let headers = [("authorization", "Basic c2hvcC1rZXktMTo=")];
    world.send("POST", "/v1/batch", &headers, "{").await;
    with_key(&world, "nobody's").await;
    with_key(&world, "nobody's").await;
    world.send("POST", "/v1/batch", &[], r#"{"batch":[]}"#).await;
    let list = world.get("/v1/sources").await.json();
    let counted = json!({
        "requests": 2,
        "accepted": 1,
        "rejected": {"no_user_anon_id": 1, "type_not_known": 1},
        "refused": {"malformed_json": 1},
        "last_seen": "2026-03-02T10:00:00Z",
        "last_rejected": "2026-03-02T10:00:00Z",
    });
    assert_eq!(list["sources"][0]["counted"], counted);
    let unknown = &list["unknown_keys"];
    assert_eq!((&unknown["requests"], &unknown["without_key"]), (&json!(3), &json!(1)));
    assert_eq!(unknown["keys"].as_object().unwrap().len(), 1);
    assert!(!list.to_string().contains("nobody"), "a mistyped key may be a secret elsewhere");
}

#[tokio::test]
async fn more_than_a_source_may_send_comes_again_later() {
    let world = World::new().await;
    let rate = json!({"events": 3, "per": "1d"});
    let new = json!({"name": "web", "type": "server", "rate": rate});
    let key = made(&world, "/v1/sources", new).await;
    let send = async |events: usize| {
        let batch = vec![track("u", "E"); events];
        let body = json!({"writeKey": key, "batch": batch}).to_string();
        world.send("POST", "/v1/batch", &[("origin", "https://shop.example")], body).await
    };
    assert_eq!(send(2).await.status, StatusCode::OK);
    let reply = send(2).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.json()["code"], "rate_limited");
    let after: i64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&after), "{after}");
    let reset: i64 = reply.header("x-ratelimit-reset").parse().unwrap();
    assert_eq!(reset, 1_772_445_600_000 + after * 1_000, "milliseconds");
    assert!(reply.header("access-control-expose-headers").contains("Retry-After"));
    assert_eq!(send(1).await.status, StatusCode::OK, "what still fits is taken");
    let shown = source(&world, "web").await;
    assert_eq!(shown["counted"]["refused"], json!({"rate_limited": 1}));
    assert_eq!(shown["counted"]["accepted"], 3);
    // Another key or another version of the source does not fill the bucket again.
    world.post("/v1/sources/web/keys", json!({})).await;
    assert_eq!(send(1).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_browsers_key_is_for_the_pages_it_was_made_for() {
    let world = World::new().await;
    let origins = json!(["https://shop.example", "https://*.shop.example"]);
    let new = json!({"name": "web", "type": "browser", "origins": origins});
    let key = made(&world, "/v1/sources", new).await;
    let body = json!({"writeKey": key, "batch": [track("u", "E")]}).to_string();
    let from = async |headers: &[(&str, &str)]| {
        world.send("POST", "/v1/b", headers, body.clone()).await.status
    };
    let before = world.journal.ends().0;
    assert_eq!(from(&[("origin", "https://shop.example")]).await, StatusCode::OK);
    assert_eq!(from(&[("origin", "https://www.shop.example")]).await, StatusCode::OK);
    assert_eq!(from(&[("referer", "https://shop.example/cart")]).await, StatusCode::OK);
    assert_eq!(from(&[("origin", "https://evil.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(from(&[]).await, StatusCode::FORBIDDEN);
    let both = [("origin", "https://evil.example"), ("referer", "https://shop.example/")];
    assert_eq!(from(&both).await, StatusCode::FORBIDDEN);
    let refused = source(&world, "web").await["counted"]["refused"].clone();
    assert_eq!(refused, json!({"origin_not_allowed": 3}));
    assert_eq!(world.journal.ends().0 - before, 3, "nothing of them is kept");
}

#[tokio::test]
async fn a_source_that_is_off_keeps_everything_as_dead_letters() {
    let world = World::with_source().await;
    let reply = world.post("/v1/sources/shop", json!({"enabled": false})).await;
    assert_eq!(reply.json()["enabled"], false, "{}", reply.text);
    let reply = world.batch(json!([track("u", "E")])).await;
    assert_eq!(reply.json()["rejected"][0]["code"], "source_disabled");
    world.post("/v1/sources/shop", json!({"enabled": true})).await;
    assert_eq!(world.batch(json!([track("u", "E")])).await.json()["accepted"], 1);
    let history = world.get("/v1/resources/source/shop").await.json();
    assert_eq!(history["versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_source_that_cannot_be_is_told_why() {
    let world = World::new().await;
    for (body, wanted) in [
        (json!({"name": "A B", "type": "server"}), "metadata.name"),
        (json!({"name": "a", "type": "server", "origins": ["https://x.example"]}), "no browser"),
        (json!({"name": "a", "type": "browser", "origins": ["x.example/"]}), "no origin"),
        (json!({"name": "a", "type": "server", "rate": {"events": 0, "per": "1s"}}), "no event"),
    ] {
        let reply = world.post("/v1/sources", body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text);
        assert!(reply.text.contains(wanted) || wanted == "metadata.name", "{}", reply.text);
    }
    let reply = world.post("/v1/sources", json!({"name": "a", "type": "toaster"})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let reply = world.post("/v1/sources/none/keys", json!({})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_to_paste_names_this_server_and_no_key_to_those_who_may_not_see_it() {
    let world = World::with_source().await;
    let headers = [
        ("authorization", "Bearer a-token"),
        ("host", "gyre.example:8443"),
        ("x-forwarded-proto", "https"),
    ];
    let reply = world.send("GET", "/v1/sources/shop/snippet", &headers, Body::empty()).await;
    let told = reply.json();
    assert_eq!(told["url"], "https://gyre.example:8443");
    let clients: Vec<&Value> =
        told["snippets"].as_array().unwrap().iter().map(|one| &one["client"]).collect();
    assert_eq!(clients, ["node", "python", "curl"], "a server's key is not for pages");
    for one in told["snippets"].as_array().unwrap() {
        let text = one["text"].as_str().unwrap();
        assert!(
            text.contains("https://gyre.example:8443") && text.contains("shop-key-1"),
            "{text}"
        );
        assert!(!text.contains("{{"), "{text}");
    }
    let token = world.post("/v1/tokens", json!({"name": "t", "role": "viewer"})).await.json();
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let viewer = [("authorization", bearer.as_str()), ("host", "x\"onload=")];
    let told = world.send("GET", "/v1/sources/shop/snippet", &viewer, Body::empty()).await;
    assert!(!told.text.contains("shop-key-1") && !told.text.contains("onload"), "{}", told.text);
    assert_eq!(told.json()["key_missing"], true);
    made(&world, "/v1/sources", json!({"name": "web", "type": "browser"})).await;
    let told = world.get("/v1/sources/web/snippet").await.json();
    assert_eq!(told["snippets"][0]["client"], "browser");
    assert!(told["snippets"][0]["text"].as_str().unwrap().contains("YOUR_WRITE_KEY"));
}
