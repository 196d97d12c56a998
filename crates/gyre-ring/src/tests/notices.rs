//! Reports and alerts about what cannot be asked: tried for an hour, and then said to be so.

use super::world::{World, apply, start};
use gyre_model::{Span, Timestamp, Workspace};
use gyre_ports::Clock;

const NOTICES: &str = r#"
apiVersion: gyre/v1
kind: Report
metadata: {name: daily}
spec: {board: executive, every: daily, hour: 11, to: [team@example.com]}
---
apiVersion: gyre/v1
kind: Alert
metadata: {name: few}
spec: {metric: orders, when: {below: 1}, every: 1h, to: [team@example.com]}
"#;

/// The lake of this world answers nothing, and says that it may later.
#[tokio::test]
async fn what_cannot_be_asked_is_tried_for_an_hour_and_then_said_to_be_so() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, NOTICES).await;
    engine.advance(start() + Span::MINUTE).await.unwrap();

    let due = Timestamp::parse("2026-01-01T11:00:00Z").unwrap();
    for _ in 0..60 {
        world.clock.set(world.clock.now().max(due));
        engine.notify().await.unwrap_err();
        assert_eq!(world.channel.received(), []);
        world.clock.set(world.clock.now() + Span::MINUTE);
    }
    while engine.notify().await.unwrap() {}
    let sent = world.channel.received();
    assert_eq!(sent.len(), 1, "the report: an alert of which nothing is known says nothing");
    assert_eq!(sent[0].to, "team@example.com");
    assert!(sent[0].text.contains("Revenue over time\n  cannot be answered: "), "{}", sent[0].text);
    let alerts = engine.alerts(&Workspace::default()).await.unwrap();
    assert!(alerts[0].why.as_ref().is_some_and(|why| why.contains("answers nothing")));
}
