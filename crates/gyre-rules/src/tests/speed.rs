//! How long rules take. Prints, asserts nothing: `cargo test -p gyre-rules speed -- --ignored --nocapture`.

use crate::DataFusionRules;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use gyre_ports::memory::rules::MemoryRules;
use gyre_ports::rules::Rules;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const RULE: &str = "person.orders > 3 and person.tier in ('gold', 'silver') \
                    and person.seen < at - interval '30 days' and context.place = 'home'";

/// People with 66 columns, as wide as a person row is.
fn people(rows: i64) -> RecordBatch {
    let time = |of: i64| -> ArrayRef {
        let values: TimestampMicrosecondArray = (0..rows).map(|row| Some(row * of)).collect();
        Arc::new(values.with_timezone("UTC"))
    };
    let text = |of: &'static [&'static str]| -> ArrayRef {
        let values: StringArray =
            (0..rows as usize).map(|row| of.get(row % of.len()).copied()).collect();
        Arc::new(values)
    };
    let numbers =
        || -> ArrayRef { Arc::new((0..rows).map(|row| Some(row % 7)).collect::<Int64Array>()) };
    let mut columns = vec![
        ("at".to_owned(), time(5_000_000_000_000)),
        ("person.seen".to_owned(), time(1_000_000_000)),
        ("person.tier".to_owned(), text(&["gold", "bronze", "silver"])),
        ("context.place".to_owned(), text(&["home", "cart"])),
        ("person.orders".to_owned(), numbers()),
    ];
    columns.extend((0..61).map(|n| (format!("person.n{n}"), numbers())));
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The median of several rounds, in microseconds.
fn micros(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..301)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

#[test]
#[ignore = "prints how long rules take; its times judge nothing"]
fn speed() {
    let adapters: [&dyn Rules; 2] = [&MemoryRules, &DataFusionRules::default()];
    for rules in adapters {
        let schema = people(1).schema();
        let compile = micros(|| drop(black_box(rules.compile(black_box(RULE), &schema).unwrap())));
        println!("{rules:?}: compile a rule of four terms against 66 columns: {compile:.0} µs");
        let rule = rules.compile(RULE, &schema).unwrap();
        for rows in [1, 1_024] {
            let batch = people(rows);
            let took = micros(|| drop(black_box(rule.evaluate(black_box(&batch)).unwrap())));
            println!("  {rows} rows: {took:.1} µs, {:.0} ns a row", took * 1e3 / rows as f64);
        }
    }
}
