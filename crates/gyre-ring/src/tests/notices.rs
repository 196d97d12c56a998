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

    // Two hours late: the hour begins with the first try.
    let late = Timestamp::parse("2026-01-01T13:00:00Z").unwrap();
    world.clock.set(late);
    for _ in 0..60 {
        engine.notify().await.unwrap_err();
        assert_eq!(world.channel.received(), []);
        world.clock.set(world.clock.now() + Span::MINUTE);
    }
    while let Ok(true) = engine.notify().await {}
    let sent = world.channel.received();
    assert_eq!(sent.len(), 1, "the report");
    assert_eq!(sent[0].to, "team@example.com");
    let said = "Revenue over time\n  cannot be answered: this lake answers nothing";
    assert!(sent[0].text.contains(said), "{}", sent[0].text);

    // The alert, of which nothing is known, says nothing.
    world.clock.set(world.clock.now() + Span::HOUR);
    while engine.notify().await.unwrap() {}
    assert_eq!(world.channel.received().len(), 1);
    let alerts = engine.alerts(&Workspace::default()).await.unwrap();
    assert_eq!(alerts[0].why.as_deref(), Some("this lake answers nothing"));
}
