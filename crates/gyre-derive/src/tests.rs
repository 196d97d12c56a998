//! Tests of tiles and rows.

use crate::{Definition, Definitions, Row, Tiles, Value};
use gyre_config::kinds::{Aggregate, Feature, ValueType};
use gyre_model::event::{Event, EventKind};
use gyre_model::{MessageHash, NodeId, NodeKind, Span, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, json};

fn feature(aggregate: Aggregate, of: Option<&str>, days: Option<i64>) -> Feature {
    Feature {
        call: EventKind::Track,
        event: Some("Order Completed".into()),
        aggregate,
        of: of.map(str::to_owned),
        r#type: Some(ValueType::Number),
        window: days.map(Span::days),
    }
}

fn definitions() -> Definitions {
    let make = |name: &str, feature: Feature| Definition::compile(name, &feature).unwrap();
    Definitions::new(vec![
        make("orders", feature(Aggregate::Count, None, None)),
        make("orders_30d", feature(Aggregate::Count, None, Some(30))),
        make("revenue", feature(Aggregate::Sum, Some("properties.revenue"), None)),
        make("last_order_at", feature(Aggregate::Last, Some("at"), None)),
        make("first_revenue", feature(Aggregate::First, Some("properties.revenue"), None)),
        make("products", feature(Aggregate::Distinct, Some("properties.sku"), None)),
    ])
}

fn order(at: Timestamp, revenue: f64, sku: u8) -> Event {
    let serde_json::Value::Object(properties) =
        json!({"revenue": revenue, "sku": format!("s{sku}")})
    else {
        unreachable!()
    };
    Event {
        message: MessageHash::default(),
        message_id: String::new(),
        source: "shop".into(),
        gpc: false,
        kind: EventKind::Track,
        name: "Order Completed".into(),
        node: NodeId::node("main", NodeKind::User, "u"),
        user_id: Some("u".into()),
        anonymous_id: None,
        email: None,
        previous_id: None,
        occurred_at: at,
        received_at: at,
        skew: 0,
        properties,
        traits: Map::new(),
        context: Map::new(),
    }
}

fn value(row: &Row, name: &str) -> Value {
    let place = definitions().all().iter().position(|one| one.name == name).unwrap();
    row.values[place].clone()
}

#[test]
fn a_window_forgets_by_time_alone() {
    let definitions = definitions();
    let start = Timestamp::parse("2026-01-01T10:00:00Z").unwrap();
    let mut tiles = Tiles::default();
    tiles.add(&definitions, &order(start, 10.0, 1));
    let row = Row::of(&definitions, [&tiles].into_iter(), start);
    assert_eq!(value(&row, "orders_30d"), Value::Integer(1));
    let expiry = row.expires.unwrap();
    assert_eq!(expiry.to_string(), "2026-02-01T00:00:00Z");
    let before = Row::of(&definitions, [&tiles].into_iter(), Timestamp(expiry.0 - 1));
    assert_eq!(value(&before, "orders_30d"), Value::Integer(1));
    let after = Row::of(&definitions, [&tiles].into_iter(), expiry);
    assert_eq!(value(&after, "orders_30d"), Value::Integer(0));
    assert_eq!(value(&after, "orders"), Value::Integer(1));
    tiles.prune(&definitions, expiry);
    assert_eq!(Row::of(&definitions, [&tiles].into_iter(), expiry), after);
}

#[test]
fn a_path_that_cannot_be_read_is_an_error() {
    let error =
        Definition::compile("x", &feature(Aggregate::Sum, Some("price"), None)).unwrap_err();
    assert!(error.to_string().contains("properties.<key>"), "{error}");
    assert!(Definition::compile("x", &feature(Aggregate::Sum, None, None)).is_err());
}

proptest! {
    /// Any order, any distribution over nodes: the same row.
    #[test]
    fn tiles_merge_in_any_order(
        orders in prop::collection::vec((0i64..100, -50i64..50, 0u8..4, 0usize..3), 1..30),
        at in 0i64..140,
        seed in any::<u64>(),
    ) {
        let definitions = definitions();
        let day = |n: i64| Timestamp(Span::days(20_000 + n).0 + n * 7);
        let row = |orders: &[(i64, i64, u8, usize)], nodes: usize| {
            let mut tiles = vec![Tiles::default(); nodes];
            for &(when, revenue, sku, node) in orders {
                tiles[node % nodes].add(&definitions, &order(day(when), revenue as f64 / 10.0, sku));
            }
            Row::of(&definitions, tiles.iter(), day(at))
        };
        let mut shuffled = orders.clone();
        shuffled.sort_by_key(|one| gyre_model::id::hash64(&[&seed.to_le_bytes(), &one.0.to_le_bytes(), &one.1.to_le_bytes(), &[one.2]]));
        prop_assert_eq!(row(&orders, 1), row(&shuffled, 3));
    }
}
