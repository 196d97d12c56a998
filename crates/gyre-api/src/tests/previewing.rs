//! Previews: what would be delivered, by the renderer that delivers.

use super::deciding::with_ada;
use crate::shape::campaigns;
use axum::http::StatusCode;
use serde_json::json;

const EMAIL: &str = "/v1/campaigns/win_back/preview?variant=discount&channel=email";

#[tokio::test]
async fn a_variant_is_seen_with_its_defaults_and_with_somebodys_features() {
    let world = with_ada().await;
    let shown = world.get(EMAIL).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    let email = shown.json();
    assert_eq!(email["subject"], "Hello, 15 % off your next order");
    assert!(email["text"].as_str().unwrap().contains("With the code WELCOME15"), "{email}");
    assert!(email["html"].as_str().unwrap().starts_with("<p>Hello there,</p>"), "{email}");
    serde_json::from_value::<campaigns::Preview>(email).unwrap();

    let named = json!({"type": "identify", "userId": "ada", "traits": {"first_name": "Ada"}});
    let headers = [("authorization", "Basic c2hvcC1zZXJ2ZXIta2V5LTAwMDE6")];
    world.send("POST", "/v1/batch", &headers, json!({"batch": [named]}).to_string()).await;
    let hers = world.get(&format!("{EMAIL}&person=ada")).await;
    assert_eq!(hers.json()["subject"], "Ada, 15 % off your next order", "{}", hers.text);

    let path = "/v1/campaigns/win_back/preview?variant=reminder&channel=in_app";
    let card = world.get(path).await.json();
    assert_eq!(card["fields"]["title"], "Are you running out?");
    assert!(card.get("subject").is_none());
}

#[tokio::test]
async fn html_comes_as_a_page_that_can_do_nothing() {
    let world = with_ada().await;
    let html = "/v1/campaigns/win_back/preview/html?variant=discount&channel=";
    let page = world.get(&format!("{html}email")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("sandbox; default-src 'none'"), "{policy}");
    assert!(page.text.starts_with("<p>Hello there,</p>"), "{}", page.text);
    assert_eq!(world.get(&format!("{html}in_app")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_there_is_named_unless_it_is_somebody() {
    let world = with_ada().await;
    let ask =
        async |query: &str| world.get(&format!("/v1/campaigns/win_back/preview?{query}")).await;
    for (query, says) in [
        ("variant=none&channel=email", "variant none does not exist"),
        ("variant=nothing&channel=email", "content for the channel email does not exist"),
        ("variant=discount&channel=email&person=eve", "a person of that id does not exist"),
    ] {
        let reply = ask(query).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{query}: {}", reply.text);
        assert_eq!(reply.json()["detail"], says);
    }
    let other = ask("variant=discount&channel=email&workspace=other").await;
    assert_eq!(other.json()["detail"], "Campaign win_back does not exist");
    assert_eq!(
        ask("variant=discount&channel=email&workspace=_system").await.status,
        StatusCode::BAD_REQUEST
    );
    let elsewhere = "/v1/campaigns/none/preview?variant=a&channel=email";
    assert_eq!(world.get(elsewhere).await.status, StatusCode::NOT_FOUND);
}
