//! What SDKs ask for beside collection.

use super::{World, one_file};
use crate::app::UnknownKeys;
use crate::routes::{clients, router};
use axum::body::Body;
use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};

const BROWSER: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: web}
spec: {type: browser, write_keys: [web-key-1]}
";

#[tokio::test]
async fn settings_lead_back_here_also_for_a_key_that_nobody_has() {
    let world = World::new().await;
    let headers = [("host", "t.shop.example"), ("x-forwarded-proto", "https")];
    for path in ["/v1/projects/any-key/settings", "/projects/any-key/settings"] {
        let reply = world.send("GET", path, &headers, Body::empty()).await;
        assert_eq!(reply.status, StatusCode::OK);
        let own = &reply.json()["integrations"]["Segment.io"];
        expect![[r#"{"addBundledMetadata":true,"apiHost":"t.shop.example/v1","apiKey":"any-key","protocol":"https","unbundledIntegrations":[]}"#]]
            .assert_eq(&own.to_string());
        assert!(reply.header("cache-control").contains("max-age"), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_was_told_where_it_is_says_so() {
    let mut world = World::new().await;
    world.app.collection.public_url = Some("https://shop.example/events".to_owned());
    world.router = router(world.app.clone());
    let headers = [("host", "10.0.0.1:8080")];
    let reply = world.send("GET", "/v1/projects/k/settings", &headers, Body::empty()).await;
    let own = &reply.json()["integrations"]["Segment.io"];
    assert_eq!(own["apiHost"], "shop.example/events/v1");
    assert_eq!(own["protocol"], "https");
}

#[tokio::test]
async fn rudderstack_finds_its_source() {
    let world = World::new().await;
    let basic = [("authorization", "Basic d2ViLWtleS0xOg=="), ("origin", "https://shop.example")];
    let reply =
        world.send("GET", "/sourceConfig/?p=npm&v=3&writeKey=x", &basic, Body::empty()).await;
    assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example");
    let source = &reply.json()["source"];
    assert_eq!((&source["writeKey"], &source["enabled"]), (&json!("web-key-1"), &json!(true)));
    assert_eq!(source["destinations"], json!([]));
    let reply = world.send("GET", "/sourceConfig?writeKey=k", &[], Body::empty()).await;
    assert_eq!(reply.json()["source"]["writeKey"], "k");
}

#[tokio::test]
async fn a_pixel_is_an_image_and_a_call() {
    let world = World::new().await;
    world.post("/v1/apply", one_file(BROWSER)).await;
    let before = world.journal.ends().0;
    for path in [
        "/pixel/v1/track?writeKey=web-key-1&anonymousId=a&event=Mail%20Opened&properties.n=1",
        "/pixel/v1/page?writeKey=web-key-1&anonymousId=a&name=Home",
        "/v1/pixel/track?writeKey=web-key-1&data=eyJldmVudCI6IkUiLCJ1c2VySWQiOiJ1In0",
    ] {
        let mut request = axum::http::Request::builder().uri(path);
        request = request.header("referer", "https://shop.example/");
        let response =
            tower::ServiceExt::oneshot(world.router.clone(), request.body(Body::empty()).unwrap())
                .await
                .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "image/gif");
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    assert_eq!(world.journal.ends().0 - before, 3);
    let counted = world.get("/v1/sources/web").await.json()["counted"]["accepted"].clone();
    assert_eq!(counted, 3);
    let reply = world.send("GET", "/pixel/v1/track?writeKey=no", &[], Body::empty()).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_beacon_has_its_key_in_the_address() {
    let world = World::with_source().await;
    let body = json!({"batch": [{"type": "page", "anonymousId": "a"}]}).to_string();
    let headers = [("content-type", "text/plain")];
    let reply = world.send("POST", "/beacon/v1/batch?writeKey=shop-key-1", &headers, body).await;
    assert_eq!(reply.json(), json!({"success": true, "accepted": 1, "rejected": []}));
}

#[tokio::test]
async fn posthog_is_thanked_in_its_own_words() {
    let world = World::with_source().await;
    let body = r#"{"api_key":"shop-key-1","batch":[{"event":"E","distinct_id":"u","uuid":"1"}]}"#;
    let reply = world.send("POST", "/batch/", &[], body).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, r#"{"status":1}"#));
    let reply = world.send("POST", "/flags/?v=2", &[], "{}").await;
    assert_eq!(reply.json()["flags"], json!({}));
    let reply = world.send("POST", "/batch/", &[], "[").await;
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (StatusCode::BAD_REQUEST, &json!("malformed_json"))
    );
    let counted = world.get("/v1/sources/shop").await.json()["counted"]["accepted"].clone();
    assert_eq!(counted, 1);
}

#[tokio::test]
async fn an_unknown_key_may_be_answered_as_segment_does() {
    let mut world = World::new().await;
    world.app.collection.unknown_keys = UnknownKeys::Accept;
    world.router = router(world.app.clone());
    let body = r#"{"writeKey":"nobody's","batch":[{"type":"track","event":"E","userId":"u"}]}"#;
    let reply = world.send("POST", "/v1/batch", &[], body).await;
    assert_eq!(reply.json(), json!({"success": true, "accepted": 0, "rejected": []}));
    let list = world.get("/v1/sources").await.json();
    assert_eq!(list["unknown_keys"]["requests"], 1);
    assert_eq!(world.journal.ends().0, 0);
    // A body that cannot be read is refused all the same.
    assert_eq!(world.send("POST", "/v1/batch", &[], "{").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn every_route_of_the_contract_answers() {
    let world = World::with_source().await;
    let event = r#"{"type":"track","event":"E","userId":"u","writeKey":"shop-key-1","api_key":"shop-key-1","distinct_id":"u","batch":[]}"#;
    let contract = [
        "POST /v1/batch",
        "POST /v1/b",
        "POST /v1/import",
        "POST /v1/t",
        "POST /v1/p",
        "POST /v1/i",
        "POST /v1/g",
        "POST /v1/a",
        "POST /v1/s",
        "POST /v1/track",
        "POST /v1/page",
        "POST /v1/identify",
        "POST /v1/group",
        "POST /v1/alias",
        "POST /v1/screen",
        "POST /v1/m",
        "POST /beacon/v1/batch",
        "GET /v1/projects/k/settings",
        "GET /projects/k/settings",
        "GET /sourceConfig",
        "GET /sourceConfig/",
        "GET /pixel/v1/track",
        "GET /pixel/v1/page",
        "GET /v1/pixel/track",
        "GET /v1/pixel/page",
        "POST /batch",
        "POST /batch/",
        "POST /capture",
        "POST /capture/",
        "POST /e",
        "POST /e/",
        "POST /i/v0/e",
        "POST /i/v0/e/",
        "POST /flags",
        "POST /flags/",
        "POST /decide",
        "POST /decide/",
    ];
    for route in contract {
        let (method, path) = route.split_once(' ').unwrap();
        let address = format!("{path}?writeKey=shop-key-1&userId=u&event=E");
        let origin = [("origin", "https://shop.example")];
        let reply = world.send(method, path, &[], "").await;
        assert_ne!(reply.status, StatusCode::NOT_FOUND, "{route}");
        assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{route}");
        if method == "GET" {
            continue_get(&world, &address, route).await;
            continue;
        }
        let reply = world.send(method, &address, &origin, event).await;
        // Never 2xx but 200, never 3xx: SDKs send again what was taken, or give it up.
        assert_eq!(reply.status, StatusCode::OK, "{route}: {}", reply.text);
        assert_eq!(reply.header("access-control-allow-origin"), "https://shop.example", "{route}");
        let asked = [origin[0], ("access-control-request-headers", "authorization")];
        let preflight = world.send("OPTIONS", path, &asked, Body::empty()).await;
        assert_eq!(preflight.status, StatusCode::OK, "{route}");
        assert_eq!(preflight.header("access-control-allow-headers"), "authorization", "{route}");
    }
    // And nothing of it was forgotten here.
    let served = clients().into_iter().filter(|route| route.method != "OPTIONS");
    for route in served {
        let path = route.path.replace("{key}", "k");
        let line = format!("{} {path}", route.method);
        assert!(contract.contains(&line.as_str()), "{line}");
    }
}

/// An image is not text, so only its status is looked at.
async fn continue_get(world: &World, address: &str, route: &str) {
    let request = axum::http::Request::builder().uri(address).body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(world.router.clone(), request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{route}");
}

#[tokio::test]
async fn the_clients_own_metrics_are_let_go() {
    let world = World::new().await;
    let reply = world.send("POST", "/v1/m", &[], r#"{"series":[{"type":"Counter"}]}"#).await;
    assert_eq!((reply.status, reply.json()), (StatusCode::OK, json!({"success": true})));
    assert_eq!(Value::from(world.journal.ends().0), json!(0));
}
