//! Too much at once: what is refused is refused whole, quickly and with a hint when to come back.

use super::{World, track};
use crate::app::Server;
use crate::routes;
use axum::http::StatusCode;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn while_tasks_are_late_nothing_is_collected_and_everything_else_goes_on() {
    let mut world = World::with_source().await;
    let server = Server::new(world.app.clone());
    world.router = routes::of(Arc::clone(&server));
    let before = world.journal.ends().0;
    server.gate.set_late(Duration::from_secs(1));
    let refused = world.batch(json!([track("ada", "Opened")])).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["code"], "not_stored");
    assert_eq!(world.journal.ends().0, before, "something of it was stored");
    assert_eq!(world.get("/v1/status").await.status, StatusCode::OK);
    server.gate.set_late(Duration::ZERO);
    let taken = world.batch(json!([track("ada", "Opened")])).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    assert_eq!(world.journal.ends().0, before + 1);
}
