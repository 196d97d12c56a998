//! Tests of instants: what is kept of several nodes is what would be kept of one.

use super::order;
use crate::{Definition, Definitions, Row, Tiles, Value};
use gyre_config::kinds::Feature;
use gyre_model::event::Event;
use gyre_model::id::hash64;
use gyre_model::{MessageHash, Span, Timestamp};
use proptest::prelude::*;
use serde_json::json;

fn definitions() -> Definitions {
    let make = |name: &str, feature: serde_json::Value| {
        let feature: Feature = serde_json::from_value(feature).unwrap();
        Definition::compile(name, &feature).unwrap()
    };
    Definitions::new(vec![
        make("a_third", json!({"event": "c", "aggregate": "nth_latest", "nth": 3})),
        make("b_run", json!({"aggregate": "sequence", "steps": ["a", "b", "c"], "within": "10s"})),
    ])
}

fn event(n: usize, at: i64, name: u8) -> Event {
    let mut event = order(Timestamp(at * Span::SECOND.0), 0.0, 0);
    event.name = ["a", "b", "c"][usize::from(name % 3)].to_owned();
    event.message = MessageHash::of(&[&n.to_le_bytes()]);
    event
}

fn row(events: &[(usize, i64, u8)], nodes: usize) -> Vec<Value> {
    let definitions = definitions();
    let mut tiles = vec![Tiles::default(); nodes];
    for &(n, at, name) in events {
        tiles[n % nodes].add(&definitions, &event(n, at, name));
    }
    Row::of(&definitions, tiles.iter(), Timestamp(0)).values
}

/// The same by looking at everything.
fn looked_for(events: &[(usize, i64, u8)]) -> Vec<Value> {
    let of = |name: u8| {
        let mut all: Vec<i64> =
            events.iter().filter(|one| one.2 % 3 == name).map(|one| one.1).collect();
        all.sort_unstable();
        all
    };
    let (a, b, c) = (of(0), of(1), of(2));
    let run = c
        .iter()
        .rev()
        .find(|&&c| a.iter().any(|&a| c - a <= 10 && b.iter().any(|&b| a < b && b < c)));
    let value = |found: Option<&i64>| {
        found.map_or(Value::Null, |at| Value::Time(Timestamp(at * Span::SECOND.0)))
    };
    vec![value(c.iter().rev().nth(2)), value(run)]
}

#[test]
fn a_sequence_is_completed_in_order_and_in_time() {
    assert_eq!(row(&[(0, 1, 0), (1, 2, 1), (2, 11, 2)], 1)[1], Value::Time(Timestamp(11_000_000)));
    assert_eq!(row(&[(0, 1, 0), (1, 2, 1), (2, 12, 2)], 1)[1], Value::Null);
    assert_eq!(row(&[(0, 2, 0), (1, 1, 1), (2, 3, 2)], 1)[1], Value::Null);
}

proptest! {
    /// Any order and any distribution over nodes give what looking at everything gives.
    #[test]
    fn instants_merge_in_any_order(
        times in prop::collection::vec((0i64..60, 0u8..3), 1..50),
        seed in any::<u64>(),
    ) {
        let events: Vec<(usize, i64, u8)> =
            times.iter().enumerate().map(|(n, &(at, name))| (n, at, name)).collect();
        let mut shuffled = events.clone();
        shuffled.sort_by_key(|one| hash64(&[&seed.to_le_bytes(), &one.0.to_le_bytes()]));
        let wanted = looked_for(&events);
        prop_assert_eq!(&row(&events, 1), &wanted);
        prop_assert_eq!(&row(&shuffled, 3), &wanted);
    }
}
