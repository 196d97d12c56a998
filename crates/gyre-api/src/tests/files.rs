//! Resources: checked, compared, applied.

use super::{World, one_file};
use axum::http::StatusCode;
use expect_test::expect;
use serde_json::{Value, json};

macro_rules! shop {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../../examples/shop/", $name, ".yaml")))),*]
    };
}

/// The files of the example.
pub(super) fn shop() -> Value {
    let files = shop!(
        "audiences",
        "campaign",
        "contents",
        "features",
        "loop",
        "offers",
        "policies",
        "sources",
        "tests"
    );
    let files: Vec<Value> = files
        .iter()
        .map(|(name, text)| json!({"name": format!("{name}.yaml"), "text": text}))
        .collect();
    json!({"files": files})
}

#[tokio::test]
async fn a_plan_changes_nothing_and_applying_twice_changes_nothing_more() {
    let world = World::new().await;
    let planned = world.post("/v1/plan", shop()).await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.text);
    assert_eq!(planned.json()["changes"], true);
    let text = planned.json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("+ create Campaign win_back"), "{text}");
    assert_eq!(world.get("/v1/resources").await.json(), json!({"resources": []}));

    let applied = world.post("/v1/apply", shop()).await;
    assert_eq!(applied.status, StatusCode::OK, "{}", applied.text);
    let count = applied.json()["applied"].as_array().unwrap().len();
    assert!(count > 20);
    let listed = world.get("/v1/resources").await.json();
    assert_eq!(listed["resources"].as_array().unwrap().len(), count);

    let again = world.post("/v1/apply", shop()).await.json();
    assert_eq!(again["applied"], json!([]));
    assert_eq!(again["changes"], false);
}

#[tokio::test]
async fn versions_are_kept_and_what_is_pruned_is_gone() {
    let world = World::with_source().await;
    let two = super::SOURCE.replace("shop-key-2", "shop-key-3");
    world.post("/v1/apply", one_file(&two)).await;
    let shown = world.get("/v1/resources/source/shop").await.json();
    assert_eq!(shown["version"], 2);
    assert_eq!(shown["versions"][0]["spec"]["write_keys"], json!(["shop-key-1", "shop-key-2"]));
    let nothing = json!({"files": [], "prune": true});
    assert_eq!(world.post("/v1/plan", json!({"files": []})).await.json()["changes"], false);
    let reply = world.post("/v1/apply", nothing).await.json();
    assert_eq!(reply["applied"][0]["action"], "removed");
    assert_eq!(world.get("/v1/resources/Source/shop").await.json()["removed"], true);
    let reply = world.batch(json!([])).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "the key of a removed source is none");
    assert_eq!(world.get("/v1/resources/Source/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_place() {
    let world = World::new().await;
    world.post("/v1/apply", shop()).await;
    let audience = "\
apiVersion: gyre/v1
kind: Audience
metadata: {name: lapsed}
spec:
  rule: person.order > 0
";
    for path in ["/v1/plan", "/v1/apply"] {
        let reply = world.post(path, one_file(audience)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text);
        let problem = reply.json();
        let place = &problem["diagnostics"][0];
        assert_eq!(place["file"], "one.yaml");
        assert_eq!((&place["line"], &place["column"]), (&json!(5), &json!(9)));
        expect![[r"
            one.yaml:5:9: there is no column person.order
            5 |   rule: person.order > 0
              |         ^^^^^^^^^^^^
            hint: did you mean person.orders?"]]
        .assert_eq(problem["text"].as_str().unwrap());
    }
    let listed = world.get("/v1/resources?kind=Audience").await.json();
    assert_eq!(listed["resources"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn rules_over_the_occasion_compile_as_the_ring_will_compile_them() {
    let world = World::new().await;
    world.post("/v1/apply", shop()).await;
    let campaign = |when: &str| {
        let text = include_str!("../../../../examples/shop/campaign.yaml");
        let variant = "    - name: reminder\n";
        one_file(&text.replace(variant, &format!("{variant}      when: {when}\n")))
    };
    let fits = "person.orders > 1 and context.hour < 20 and context.page = 'cart'";
    let reply = world.post("/v1/apply", campaign(fits)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    for wrong in ["context.hour = 'noon' || 1", "person.orderz > 1 and context.hour < 20"] {
        let reply = world.post("/v1/apply", campaign(wrong)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", reply.text);
    }
}

#[tokio::test]
async fn a_resource_of_another_workspace_is_not_applied_here() {
    let world = World::new().await;
    let text = super::SOURCE.replace("name: shop", "name: shop, workspace: second");
    let reply = world.post("/v1/apply", one_file(&text)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = reply.json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("belongs to workspace `second`"), "{text}");
}
