//! Calls of other systems and programs that read them, on in-memory ports.

use super::{World, one_file};
use async_trait::async_trait;
use axum::http::StatusCode;
use gyre_ports::connector::{Connector, Run, Said};
use gyre_ports::secrets::WrittenSecrets;
use gyre_ring::Connectors;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

const SHOP: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: parcels}
spec:
  type: webhook
  write_keys: []
  signature: {scheme: bearer, secrets: [{development: sesame}]}
---
apiVersion: gyre/v1
kind: Mapping
metadata: {name: parcels}
spec:
  source: parcels
  format: json
  row_id: {column: id}
  person: {user_id: {column: customer}}
  at: {column: at}
  records:
    - offline: {kind: {column: status}}
    - event: {name: {value: Parcel}, properties: {status: {column: status}}}
---
apiVersion: gyre/v1
kind: Connector
metadata: {name: parcels}
spec: {protocol: singer, command: tap-test, streams: {parcels: parcels}}
";

async fn world() -> World {
    let world = World::new().await;
    let reply = world.post("/v1/apply", one_file(SHOP)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    world
}

fn parcel(id: u64, customer: Option<&str>) -> Value {
    json!({"id": id, "customer": customer, "status": "sent", "at": "2026-03-01T10:00:00Z"})
}

async fn call(world: &World, secret: &str, body: &Value) -> (StatusCode, Value) {
    let bearer = format!("Bearer {secret}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let reply = world.send("POST", "/v1/webhooks/parcels", &headers, body.to_string()).await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn a_signed_call_becomes_records_once() {
    let world = world().await;
    let (status, answer) = call(&world, "another", &parcel(1, Some("ada"))).await;
    assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("signature_mismatch")));
    for _ in 0..3 {
        let (status, answer) = call(&world, "sesame", &parcel(1, Some("ada"))).await;
        assert_eq!((status, &answer["records"]), (StatusCode::OK, &json!(2)), "{answer}");
    }
    call(&world, "sesame", &parcel(2, Some("ada"))).await;
    world.engine.visible().await.unwrap();
    assert_eq!(world.lake.table("offline").len(), 2);
    assert_eq!(world.lake.table("events").len(), 2);
    let headers = [("authorization", "Bearer sesame")];
    let reply = world.send("POST", "/v1/webhooks/nobody", &headers, "{}").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_used_is_one_letter_however_often_it_comes() {
    let world = world().await;
    for _ in 0..2 {
        let (status, answer) = call(&world, "sesame", &parcel(1, None)).await;
        assert_eq!((status, &answer["rejected"][0]["code"]), (StatusCode::OK, &json!("no_person")));
    }
    let headers = [("authorization", "Bearer sesame")];
    let reply = world.send("POST", "/v1/webhooks/parcels", &headers, "{\"id\": ").await;
    assert_eq!(reply.json()["rejected"][0]["code"], "malformed_json");
    world.engine.visible().await.unwrap();
    let letters = world.lake.table("dead_letters");
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert!(letters.iter().all(|letter| letter["origin"] == "webhook:parcels"), "{letters:?}");
}

/// Says what it is told, and remembers with which state it began.
#[derive(Debug)]
struct Teller {
    says: Vec<Said>,
    well: bool,
    began: Mutex<Vec<Option<Value>>>,
}

#[async_trait]
impl Connector for Teller {
    async fn run(&self, run: Run, said: mpsc::Sender<Said>) -> gyre_ports::Result<()> {
        self.began.lock().unwrap().push(run.state);
        for one in &self.says {
            said.send(one.clone()).await.ok();
        }
        if self.well {
            return Ok(());
        }
        Err(gyre_ports::Error::new(gyre_ports::ErrorKind::Unavailable, "the program fell"))
    }
}

fn record(id: u64) -> Said {
    let record = parcel(id, Some("ada")).as_object().unwrap().clone();
    Said::Record { stream: "parcels".to_owned(), record }
}

async fn run(world: &World, teller: &Arc<Teller>) -> Value {
    let runner: Arc<dyn Connector> = Arc::<Teller>::clone(teller);
    let secrets = Arc::new(WrittenSecrets);
    let connectors = Connectors::new(Arc::clone(&world.engine), Some(runner), secrets);
    let workspace = gyre_model::Workspace::default();
    connectors.run(&workspace, "parcels").unwrap();
    loop {
        let views = connectors.list(&workspace).await.unwrap();
        if !views[0].running {
            return serde_json::to_value(&views[0].progress).unwrap();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_that_falls_begins_again_at_its_last_state_and_nothing_counts_twice() {
    let world = world().await;
    let says = vec![record(1), record(2), Said::State(json!({"at": 2})), record(3)];
    let falling = Arc::new(Teller { says, well: false, began: Mutex::default() });
    let progress = run(&world, &falling).await;
    assert_eq!(progress["state"], json!({"at": 2}), "{progress}");
    assert!(progress["error"].as_str().unwrap().contains("fell"), "{progress}");
    // It says what came after its state again.
    let says = vec![record(3), record(4), Said::State(json!({"at": 4}))];
    let second = Arc::new(Teller { says, well: true, began: Mutex::default() });
    let progress = run(&world, &second).await;
    assert_eq!(
        (&progress["error"], &progress["accepted"]),
        (&Value::Null, &json!(2)),
        "{progress}"
    );
    assert_eq!(*second.began.lock().unwrap(), [Some(json!({"at": 2}))]);
    world.engine.visible().await.unwrap();
    assert_eq!(world.lake.table("offline").len(), 4);
    assert_eq!(world.lake.table("events").len(), 4);
}

#[tokio::test]
async fn without_a_folder_no_connector_runs() {
    let world = world().await;
    let reply = world.post("/v1/connectors/parcels/run", json!({})).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    assert!(reply.text.contains("--connectors"), "{}", reply.text);
    let listed = world.get("/v1/connectors").await.json();
    assert_eq!(listed["connectors"][0]["name"], "parcels", "{listed}");
}
