//! A promoted property is a typed column of a view, for all of history, also after a death, and follows
//! its plan.

use crate::server::{Options, Server};
use serde_json::{Value, json};

const SHOP: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [promoted-key-0001]}
---
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: shop}
spec:
  events:
    Order Completed:
      properties:
        total: {type: number, promote: true, description: What was paid}
        items: {type: integer, promote: true}
        gift: {type: boolean, promote: true}
        due: {type: time, promote: true}
        address.city: {type: text, promote: true}
  identify: {properties: {tier: {type: text, promote: true}}}
";

fn apply(server: &Server, yaml: &str) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.yaml");
    std::fs::write(&file, yaml).unwrap();
    server.gyre(&["apply", file.to_str().unwrap()])
}

fn order(n: u64, properties: Value) -> Value {
    json!({"type": "track", "event": "Order Completed", "userId": format!("u{n}"),
        "messageId": format!("m{n}"), "properties": properties})
}

#[tokio::test]
async fn a_promoted_property_is_a_column_of_all_history() {
    let mut server = Server::start(Options::default()).await;
    let source = SHOP.split("---").next().unwrap();
    assert!(apply(&server, source).status.success());
    // Before there is a plan.
    let early = order(
        1,
        json!({"total": 10.5, "items": 2, "gift": true, "due": "2026-03-01T10:00:00Z",
        "address": {"city": "Lund"}}),
    );
    server.batch("promoted-key-0001", &[early]).await.unwrap();
    server.until("select count(*) from events", 1).await;
    assert!(apply(&server, SHOP).status.success());
    let late = [
        order(2, json!({"total": "free", "items": 2.5, "gift": "no", "due": "soon"})),
        json!({"type": "identify", "userId": "u3", "messageId": "m3", "traits": {"tier": "gold"}}),
    ];
    server.batch("promoted-key-0001", &late).await.unwrap();
    server.until("select count(*) from events", 3).await;
    let all = "select total, items, gift, cast(due as text), address_city from events_order_completed \
               order by message_id";
    let wanted = [
        json!([10.5, 2, true, "2026-03-01T10:00:00", "Lund"]),
        // What has another type is null; a number written as text that is none too.
        json!([null, 2, null, null, null]),
    ];
    let rows: Vec<Value> = server.query(all).await.into_iter().map(Value::Array).collect();
    assert_eq!(rows, wanted);
    assert_eq!(server.query("select tier from calls_identify").await, [[json!("gold")]]);
    let told =
        server.said(&["query", "select sum(total) from events_order_completed where items > 1"]);
    assert!(told.contains("10.5"), "{told}");
    let columns = server.said(&["tracking-plan", "columns"]);
    assert!(
        columns.contains("events_order_completed") && columns.contains("What was paid"),
        "{columns}"
    );

    server.kill();
    server.restart(Vec::new()).await;
    server.until("select count(*) from events", 3).await;
    let rows: Vec<Value> = server.query(all).await.into_iter().map(Value::Array).collect();
    assert_eq!(rows, wanted);

    // Another type is another column at once, for what is old too.
    let text = SHOP.replace("total: {type: number,", "total: {type: text,");
    assert!(apply(&server, &text).status.success());
    let totals = "select total from events_order_completed order by message_id";
    assert_eq!(server.query(totals).await, [[json!("10.5")], [json!("free")]]);
    // Two plans that differ are refused, with the name of the other.
    let second = "apiVersion: gyre/v1\nkind: TrackingPlan\nmetadata: {name: second}\nspec:\n  events:\n    \
                  Order Completed: {properties: {total: {type: number, promote: true}}}\n";
    let refused = apply(&server, second);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned()
        + &String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains("the plan shop"), "{said}");
    // Without the plan there is no view.
    let plain = server.gyre(&["query", "select * from events_other"]);
    assert!(!plain.status.success());
}
