//! Tests of tiles and rows.

mod instants;
mod lifecycle;

use crate::{Definition, Definitions, Row, Tiles, Value};
use gyre_config::kinds::{Aggregate, Feature, FeatureFilter, ValueType};
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
        nth: None,
        steps: Vec::new(),
        within: None,
        filter: Vec::new(),
        ttl: None,
        purpose: None,
        owner: None,
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
        make("mean", feature(Aggregate::Mean, Some("properties.revenue"), Some(30))),
        make("least", feature(Aggregate::Min, Some("properties.revenue"), None)),
        make("most", feature(Aggregate::Max, Some("properties.revenue"), Some(30))),
        make("spread", feature(Aggregate::Stddev, Some("properties.revenue"), None)),
    ])
}

pub(super) fn order(at: Timestamp, revenue: f64, sku: u8) -> Event {
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

/// A window of hours: its beginning is a whole hour, its end is the instant itself.
#[test]
fn a_window_begins_with_a_whole_hour_or_day_and_ends_at_the_instant() {
    let check = |window: Span, at: &str, begins: &str, expires: &str| {
        let spec = Feature { window: Some(window), ..feature(Aggregate::Count, None, None) };
        let definition = Definition::compile("orders", &spec).unwrap();
        let at = Timestamp::parse(at).unwrap();
        assert_eq!(definition.begins(at).unwrap().to_string(), begins, "{window} at {at}");
        let all = Definitions::new(vec![definition.clone()]);
        let count = |happened: Timestamp| {
            let mut tiles = Tiles::default();
            tiles.add(&all, &order(happened, 1.0, 1));
            Row::of(&all, [&tiles].into_iter(), at).values[0].clone()
        };
        let first = Timestamp::parse(begins).unwrap();
        assert_eq!(count(first), Value::Integer(1), "the first instant of the window");
        assert_eq!(count(Timestamp(first.0 - 1)), Value::Integer(0), "the last before it");
        assert_eq!(count(at), Value::Integer(1), "the instant itself");
        let bucket = definition.bucket(at);
        assert_eq!(definition.expiry(bucket).unwrap().to_string(), expires);
    };
    let (hours, days) = (Span(Span::HOUR.0 * 24), Span::days(7));
    check(hours, "2026-03-02T10:59:59.999999Z", "2026-03-01T10:00:00Z", "2026-03-03T11:00:00Z");
    check(hours, "2026-03-02T11:00:00Z", "2026-03-01T11:00:00Z", "2026-03-03T12:00:00Z");
    check(days, "2026-03-08T00:00:00Z", "2026-03-01T00:00:00Z", "2026-03-16T00:00:00Z");
    check(days, "2026-03-07T23:59:59Z", "2026-02-28T00:00:00Z", "2026-03-15T00:00:00Z");
    check(Span::days(2), "1969-12-31T23:30:00Z", "1969-12-29T23:00:00Z", "1970-01-03T00:00:00Z");
}

#[test]
fn a_late_event_opens_its_tile_again() {
    let definitions = definitions();
    let start = Timestamp::parse("2026-01-01T10:00:00Z").unwrap();
    let mut tiles = Tiles::default();
    tiles.add(&definitions, &order(start + Span::days(20), 10.0, 1));
    tiles.add(&definitions, &order(start + Span::days(2), 4.0, 2));
    let row = Row::of(&definitions, [&tiles].into_iter(), start + Span::days(20));
    assert_eq!(value(&row, "orders_30d"), Value::Integer(2));
    assert_eq!(value(&row, "first_revenue"), Value::Number(4.0));
    assert_eq!(value(&row, "mean"), Value::Number(7.0));
    assert_eq!(value(&row, "spread"), Value::Number(18f64.sqrt()));
    assert_eq!(
        (value(&row, "least"), value(&row, "most")),
        (Value::Number(4.0), Value::Number(10.0))
    );
    // The old one leaves the window of itself; the new one stays.
    let row = Row::of(&definitions, [&tiles].into_iter(), start + Span::days(40));
    assert_eq!(
        (value(&row, "orders_30d"), value(&row, "mean")),
        (Value::Integer(1), Value::Number(10.0))
    );
    assert_eq!(value(&row, "most"), Value::Number(10.0));
}

#[test]
fn what_is_older_than_its_ttl_is_nothing() {
    let spec = Feature { ttl: Some(Span::days(10)), ..feature(Aggregate::Count, None, None) };
    let all = Definitions::new(vec![Definition::compile("orders", &spec).unwrap()]);
    let start = Timestamp::parse("2026-01-01T10:00:00Z").unwrap();
    let mut tiles = Tiles::default();
    assert_eq!(Row::of(&all, [&tiles].into_iter(), start).values, [Value::Integer(0)]);
    tiles.add(&all, &order(start, 1.0, 1));
    let end = start + Span::days(10);
    let row = Row::of(&all, [&tiles].into_iter(), Timestamp(end.0 - 1));
    assert_eq!((row.values, row.expires), (vec![Value::Integer(1)], Some(end)));
    let row = Row::of(&all, [&tiles].into_iter(), end);
    assert_eq!((row.values, row.expires), (vec![Value::Null], None));
}

#[test]
fn a_filter_chooses_events() {
    let check = |filter: serde_json::Value, wanted: bool| {
        let filter: Vec<FeatureFilter> = serde_json::from_value(filter).unwrap();
        let spec = Feature { filter, ..feature(Aggregate::Count, None, None) };
        let all = Definitions::new(vec![Definition::compile("orders", &spec).unwrap()]);
        let mut tiles = Tiles::default();
        let counted = tiles.add(&all, &order(Timestamp(0), 12.5, 3));
        assert_eq!(counted, wanted, "{:?}", spec.filter);
    };
    check(json!([{"of": "properties.sku", "equals": "s3"}]), true);
    check(json!([{"of": "properties.sku", "not_equals": "s3"}]), false);
    check(json!([{"of": "properties.sku", "in": ["s1", "s3"]}]), true);
    check(json!([{"of": "properties.colour", "not_in": ["red"]}]), true);
    check(json!([{"of": "properties.colour", "is_null": true}]), true);
    check(json!([{"of": "properties.revenue", "is_null": true}]), false);
    check(json!([{"of": "properties.revenue", "equals": "12.5"}]), true);
    check(json!([{"of": "properties.revenue", "greater_than": 12}]), true);
    check(json!([{"of": "properties.revenue", "greater_than": 12.5}]), false);
    check(
        json!([{"of": "properties.revenue", "less_than": 13}, {"of": "properties.sku", "equals": "s1"}]),
        false,
    );
    let odd: FeatureFilter = serde_json::from_value(json!({"of": "at", "is_null": true})).unwrap();
    let spec = Feature { filter: vec![odd], ..feature(Aggregate::Count, None, None) };
    assert!(Definition::compile("orders", &spec).is_err());
}

#[test]
fn who_answers_for_a_feature_is_not_what_it_means() {
    let plain = feature(Aggregate::Count, None, None);
    let key = |spec: &Feature| Definition::compile("orders", spec).unwrap().key;
    let owned = Feature { owner: Some("crm".to_owned()), ..plain.clone() };
    assert_eq!(key(&plain), key(&owned));
    assert_ne!(key(&plain), key(&Feature { window: Some(Span::days(3)), ..plain.clone() }));
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
