//! When connectors run by themselves.

use super::mutants::is_noticed;
use super::world::{SHOP, World, Wrapped, apply, start};
use crate::{Connectors, Engine};
use async_trait::async_trait;
use gyre_model::{Span, Workspace};
use gyre_ports::Clock as _;
use gyre_ports::connector::{Connector, Run, Said};
use gyre_ports::secrets::WrittenSecrets;
use std::sync::Arc;
use tokio::sync::mpsc;

const CRM: &str = "---
apiVersion: gyre/v1
kind: Source
metadata: {name: crm}
spec: {type: connector}
---
apiVersion: gyre/v1
kind: Mapping
metadata: {name: deals}
spec:
  source: crm
  format: json
  row_id: {column: id}
  person: {email: {column: email}}
  at: {column: closed}
  records:
    - offline: {kind: {value: deal_won}}
---
apiVersion: gyre/v1
kind: Connector
metadata: {name: deals}
spec: {protocol: singer, command: tap, streams: {deals: deals}, every: 6h}
---
apiVersion: gyre/v1
kind: Connector
metadata: {name: off}
spec: {protocol: singer, command: tap, streams: {deals: deals}, every: 6h, enabled: false}
---
apiVersion: gyre/v1
kind: Connector
metadata: {name: told}
spec: {protocol: singer, command: tap, streams: {deals: deals}}
";

/// A program that has nothing to say.
#[derive(Debug)]
struct Quiet;

#[async_trait]
impl Connector for Quiet {
    async fn run(&self, _run: Run, _said: mpsc::Sender<Said>) -> gyre_ports::Result<()> {
        Ok(())
    }
}

fn connectors(engine: &Arc<Engine>) -> Arc<Connectors> {
    Connectors::new(Arc::clone(engine), Some(Arc::new(Quiet)), Arc::new(WrittenSecrets))
}

async fn due(all: &Connectors) -> Vec<String> {
    all.due().await.into_iter().map(|(_, name)| name).collect()
}

/// Runs to the end.
async fn run(all: &Arc<Connectors>, name: &str) {
    let workspace = Workspace::default();
    all.run(&workspace, name).unwrap();
    assert_eq!(due(all).await, Vec::<String>::new(), "it is running");
    while all.list(&workspace).await.unwrap().iter().any(|one| one.running) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connector_is_due_again_after_its_span_also_when_the_server_was_down() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, &format!("{SHOP}{CRM}")).await;
    let all = connectors(&engine);
    // At once when it never ran; one that is off, or that runs when told to, never is.
    assert_eq!(due(&all).await, ["deals"]);
    run(&all, "deals").await;
    assert_eq!(due(&all).await, Vec::<String>::new());
    world.clock.set(start() + Span::hours(6) - Span::SECOND);
    assert_eq!(due(&all).await, Vec::<String>::new());
    drop((all, engine));
    // Another server on the same data goes by the last run.
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    let all = connectors(&engine);
    assert_eq!(due(&all).await, Vec::<String>::new());
    world.clock.set(start() + Span::hours(6));
    assert_eq!(due(&all).await, ["deals"]);
    run(&all, "deals").await;
    assert_eq!(due(&all).await, Vec::<String>::new());
    world.clock.set(start() + Span::hours(12));
    assert_eq!(due(&all).await, ["deals"]);
}

/// A schedule that forgets when it ran last would run without end.
#[test]
fn a_schedule_that_forgets_its_last_run_is_noticed() {
    let test = "a_connector_is_due_again_after_its_span_also_when_the_server_was_down";
    is_noticed("schedule", test, "connector.forgets");
}
