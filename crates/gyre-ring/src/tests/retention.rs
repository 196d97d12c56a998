//! Records that grew too old: violations of plans, whose samples are what people wrote.

use super::mutants::is_noticed;
use super::world::{SHOP, World, apply, identify, post, start};
use gyre_model::record::body::{Body, Violation};
use gyre_model::{Family, Span};
use gyre_ports::Clock as _;
use serde_json::json;

const PLAN: &str = "---
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: shop}
spec:
  events:
    Warned: {mode: warn, properties: {n: {type: number}}}
";

#[tokio::test]
async fn samples_of_violations_go_when_they_are_too_old() {
    let mut world = World::new();
    world.retention.0.insert(Family::Violation, Span::days(30));
    let (engine, lake) = world.shop().await;
    apply(&engine, &format!("{SHOP}{PLAN}")).await;
    let warned = |message: &str, sample: &str| {
        json!({"type": "track", "event": "Warned", "userId": "ada", "messageId": message,
               "properties": {"n": sample}})
    };
    post(&engine, &[identify("ada", "1"), warned("2", "my number is 7")]).await.unwrap();
    engine.drain().await.unwrap();
    world.clock.set(start() + Span::days(20));
    post(&engine, &[warned("3", "seven")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(lake.rows("violations"), 2);
    world.clock.set(start() + Span::days(40));
    engine.tick_for_tests().await;
    engine.drain().await.unwrap();
    let records = world.records().await;
    let left: Vec<_> = records
        .iter()
        .filter(|one| one.entry.family == Family::Violation && !one.is_erased())
        .map(|one| Violation::decode(&one.entry.payload).unwrap().sample)
        .collect();
    assert_eq!(left, [Some("seven".to_owned())]);
    assert_eq!((lake.rows("violations"), lake.rows("events")), (1, 3));
    let report = engine.retention().await.unwrap();
    assert_eq!((report[0].family.as_str(), report[0].removed), ("violation", 1));
}

#[test]
fn records_that_are_kept_too_long_are_noticed() {
    let test = "samples_of_violations_go_when_they_are_too_old";
    is_noticed("retention", test, "retention.keeps");
}
