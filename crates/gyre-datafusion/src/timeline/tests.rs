//! Answers worked out by hand, mistakes explained, and the same answers from rows in any order and cut.

use crate::{Limits, at, failure, gyre_config, gyre_runtime, gyre_state, plan, with_tables};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_cast::pretty::pretty_format_batches;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use datafusion::datasource::MemTable;
use datafusion::physical_plan::collect;
use expect_test::{Expect, expect};
use gyre_model::Timestamp;
use gyre_ports::Result;
use gyre_ports::lake::Sql;
use proptest::prelude::*;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_772_323_200_000_000);
const MINUTE: i64 = 60_000_000;

/// A person, a minute and what happened.
type Row = (i64, i64, &'static str);

const STORY: &[Row] = &[
    // Buys within the hour.
    (1, 0, "view"),
    (1, 10, "cart"),
    (1, 50, "buy"),
    // Too late, counted from the beginning; then once more, from a later beginning.
    (2, 0, "view"),
    (2, 50, "cart"),
    (2, 70, "buy"),
    (2, 90, "view"),
    (2, 95, "cart"),
    // In the wrong order.
    (3, 0, "buy"),
    (3, 1, "cart"),
    (3, 2, "view"),
    // Nothing of it.
    (4, 0, "login"),
    // At one instant: in the order of the steps.
    (5, 7, "cart"),
    (5, 7, "view"),
];

async fn ask(rows: &[Row], cut: usize, partitions: usize, sql: &str) -> Result<Vec<RecordBatch>> {
    let zone: Arc<str> = "UTC".into();
    let schema = Arc::new(Schema::new(vec![
        Field::new("person", DataType::Int64, false),
        Field::new(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(&zone))),
            false,
        ),
        Field::new("name", DataType::Utf8, false),
    ]));
    let batch = |rows: &[Row]| {
        let times = rows.iter().map(|row| NOW.0 + row.1 * MINUTE);
        let times =
            TimestampMicrosecondArray::from_iter_values(times).with_timezone(Arc::clone(&zone));
        let columns: Vec<arrow_array::ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))),
            Arc::new(times),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.2))),
        ];
        RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
    };
    let parts: Vec<Vec<RecordBatch>> = rows.chunks(cut).map(|rows| vec![batch(rows)]).collect();
    let parts = if parts.is_empty() { vec![vec![batch(&[])]] } else { parts };
    let table: Arc<dyn datafusion::catalog::TableProvider> =
        Arc::new(MemTable::try_new(Arc::clone(&schema), parts).unwrap());
    let state = gyre_state(gyre_config(partitions), gyre_runtime(&Limits::default()).unwrap());
    let state = at(with_tables(&state, [("events", table)]).unwrap(), NOW);
    let plan = plan(&state, &Sql::Text(sql.to_owned()), &[]).await?;
    let physical = state.create_physical_plan(&plan).await.map_err(failure)?;
    collect(physical, state.task_ctx()).await.map_err(failure)
}

async fn check(sql: &str, expect: Expect) {
    let answer = match ask(STORY, 4, 2, sql).await {
        Ok(batches) => pretty_format_batches(&batches).unwrap().to_string(),
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    expect.assert_eq(&answer);
}

const FUNNEL: &str =
    "window_funnel(interval '1 hour', at, name = 'view', name = 'cart', name = 'buy')";

#[tokio::test]
async fn a_funnel_counts_steps_within_the_window() {
    check(
        &format!("select person, {FUNNEL} as deepest from events group by person order by person"),
        expect![[r#"
            +--------+---------+
            | person | deepest |
            +--------+---------+
            | 1      | 3       |
            | 2      | 2       |
            | 3      | 1       |
            | 4      | 0       |
            | 5      | 2       |
            +--------+---------+"#]],
    )
    .await;
    // All rows as one group; seconds instead of an interval; a filter.
    check(
        "select window_funnel(60, at, name = 'view', name = 'cart') filter (where person = 5) as same, window_funnel(60, at, name = 'view', name = 'cart') filter (where person = 1) as late, window_funnel(60, at, true) filter (where false) as nobody from events",
        expect![[r#"
            +------+------+--------+
            | same | late | nobody |
            +------+------+--------+
            | 2    | 1    | 0      |
            +------+------+--------+"#]],
    )
    .await;
    // One row is one step, whatever it meets.
    check(
        "select window_funnel(300, at, true, true, true) as rows from events where person = 1",
        expect![[r#"
            +------+
            | rows |
            +------+
            | 1    |
            +------+"#]],
    )
    .await;
}

#[tokio::test]
async fn retention_needs_the_first() {
    check(
        "select person, retention(name = 'view', name = 'buy', name = 'login') as kept from events group by person order by person",
        expect![[r#"
            +--------+-----------+
            | person | kept      |
            +--------+-----------+
            | 1      | [1, 1, 0] |
            | 2      | [1, 1, 0] |
            | 3      | [1, 1, 0] |
            | 4      | [0, 0, 0] |
            | 5      | [1, 0, 0] |
            +--------+-----------+"#]],
    )
    .await;
    check(
        "select sum(kept[1]) as people, sum(kept[2]) as bought from (select retention(name = 'view', name = 'buy') as kept from events group by person)",
        expect![[r#"
            +--------+--------+
            | people | bought |
            +--------+--------+
            | 4      | 3      |
            +--------+--------+"#]],
    )
    .await;
}

#[tokio::test]
async fn a_sequence_is_found_anywhere() {
    let found = |pattern: &str| {
        format!(
            "select person, sequence_match('{pattern}', at, name = 'view', name = 'cart', name = 'buy') as found from events group by person order by person"
        )
    };
    check(
        &found("(?1)(?2)(?3)"),
        expect![[r#"
            +--------+-------+
            | person | found |
            +--------+-------+
            | 1      | true  |
            | 2      | true  |
            | 3      | false |
            | 4      | false |
            | 5      | false |
            +--------+-------+"#]],
    )
    .await;
    // The second row within a quarter of an hour of the first: only person 2's second time, and 1, and 5.
    check(
        &found("(?1)(?t<=900)(?2)"),
        expect![[r#"
            +--------+-------+
            | person | found |
            +--------+-------+
            | 1      | true  |
            | 2      | true  |
            | 3      | false |
            | 4      | false |
            | 5      | true  |
            +--------+-------+"#]],
    )
    .await;
    check(
        &found("(?1).*(?t>4000)(?2)"),
        expect![[r#"
            +--------+-------+
            | person | found |
            +--------+-------+
            | 1      | false |
            | 2      | true  |
            | 3      | false |
            | 4      | false |
            | 5      | false |
            +--------+-------+"#]],
    )
    .await;
    check(
        &found("(?1).(?3)"),
        expect![[r#"
            +--------+-------+
            | person | found |
            +--------+-------+
            | 1      | true  |
            | 2      | true  |
            | 3      | false |
            | 4      | false |
            | 5      | false |
            +--------+-------+"#]],
    )
    .await;
}

#[tokio::test]
async fn mistakes_are_explained() {
    for (sql, expect) in [
        (
            "window_funnel(at, at, true)",
            expect![[
                r#"Invalid: the window of window_funnel is an interval or a number of seconds, not Timestamp(µs, "UTC")"#
            ]],
        ),
        (
            "window_funnel(interval '1 month', at, true)",
            expect![
                "Invalid: the window of window_funnel has months, which have no fixed length; give days"
            ],
        ),
        (
            "window_funnel(0, at, true)",
            expect![
                "Invalid: the window of window_funnel has to be longer than nothing, such as interval '7 days' or a number of seconds"
            ],
        ),
        (
            "window_funnel(person, at, true)",
            expect!["Invalid: the first argument of window_funnel has to be a constant"],
        ),
        (
            "window_funnel(60, at)",
            expect![
                "Invalid: window_funnel has too few arguments; it is used as window_funnel(window, time, condition, ...)"
            ],
        ),
        (
            "window_funnel(60, name, true)",
            expect!["Invalid: the second argument of window_funnel is a time, not Utf8"],
        ),
        (
            "window_funnel(60, at, name)",
            expect!["Invalid: argument 3 of window_funnel is a condition, not Utf8"],
        ),
        (
            "retention()",
            expect![
                "Invalid: retention has too few arguments; it is used as retention(condition, ...)"
            ],
        ),
        (
            "sequence_match('(?3)', at, true, true)",
            expect![
                "Invalid: the pattern of sequence_match is wrong at character 1: (?3) is none of its 2 conditions"
            ],
        ),
        (
            "sequence_match('(?1)(?2', at, true, true)",
            expect![
                "Invalid: the pattern of sequence_match is wrong at character 5: expected (?1), (?t<=60), . or .*"
            ],
        ),
        (
            "sequence_match('(?1)(?t<x)(?2)', at, true, true)",
            expect![
                "Invalid: the pattern of sequence_match is wrong at character 5: a time is written as (?t<=60), in seconds"
            ],
        ),
        (
            "sequence_match('(?t<1)(?2)', at, true, true)",
            expect![
                "Invalid: the pattern of sequence_match begins with a time; it has to stand between two rows"
            ],
        ),
        (
            "sequence_match('.*', at, true)",
            expect!["Invalid: the pattern of sequence_match has to end with a row, such as (?2)"],
        ),
        (
            "sequence_match(1, at, true)",
            expect!["Invalid: the pattern of sequence_match is a text, not Int64"],
        ),
    ] {
        check(&format!("select {sql} from events"), expect).await;
    }
}

/// The deepest prefix of steps by trying every choice of rows: slow, and plainly right.
fn tried(rows: &[(i64, u32)], window: i64) -> i32 {
    fn deeper(rows: &[(i64, u32)], from: usize, step: u32, until: i64) -> i32 {
        let steps = (from..rows.len()).filter(|row| rows[*row].0 <= until);
        steps
            .filter(|row| rows[*row].1 >> step & 1 == 1)
            .map(|row| 1 + deeper(rows, row + 1, step + 1, until))
            .max()
            .unwrap_or(0)
    }
    let begins = (0..rows.len()).filter(|row| rows[*row].1 & 1 == 1);
    begins.map(|row| 1 + deeper(rows, row + 1, 1, rows[row].0 + window)).max().unwrap_or(0)
}

const NAMES: [&str; 4] = ["view", "cart", "buy", "login"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn the_answer_is_the_same_in_any_order_and_cut(
        mut rows in prop::collection::vec((0..4_i64, 0..150_i64, 0..4_usize), 0..40),
        order in any::<u64>(),
        cut in 1..9_usize,
        partitions in 1..4_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let name = |rows: &[(i64, i64, usize)]| -> Vec<Row> {
            rows.iter().map(|row| (row.0, row.1, NAMES[row.2])).collect()
        };
        let sql = format!("select {FUNNEL} as deepest, sequence_match('(?1).*(?t<=1800)(?2)(?3)', at, name = 'view', name = 'cart', name = 'buy') as found from events group by person order by person");
        let first = runtime.block_on(ask(&name(&rows), 1_000, 1, &sql)).unwrap();
        let mut expected = Vec::new();
        for person in 0..4 {
            let mut of: Vec<(i64, u32)> = rows
                .iter()
                .filter(|row| row.0 == person)
                .map(|row| (row.1, 1 << row.2))
                .collect();
            of.sort_unstable();
            if !of.is_empty() {
                of.retain(|row| row.1 != 8);
                expected.push(tried(&of, 60));
            }
        }
        let deepest: Vec<i32> = first
            .iter()
            .flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().values().to_vec())
            .collect();
        prop_assert_eq!(&deepest, &expected);
        rows.sort_by_key(|row| (row.0 * 7 + row.1 * 13 + row.2 as i64).wrapping_mul(order as i64));
        let second = runtime.block_on(ask(&name(&rows), cut, partitions, &sql)).unwrap();
        let text = |batches: &[RecordBatch]| pretty_format_batches(batches).unwrap().to_string();
        prop_assert_eq!(text(&first), text(&second));
    }
}
