//! What is stored: each row once, visible at once, gone when erased, whatever else happens.

use super::{PEOPLE, append, commit, events, fence, holds, numbers, person, ready, tables, visits};
use crate::error::ErrorKind;
use crate::lake::{Committed, Lake, TableBatch};
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gyre_model::PersonId;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) async fn rows_are_visible_at_once(lake: Arc<dyn Lake>) {
    let lake = lake.as_ref();
    holds(lake, "events", 0, 0).await;
    for end in 1..=20 {
        append(lake, vec![events(0, end - 1..end), visits(0, end - 1..end)]).await;
        holds(lake, "events", 0, end).await;
        holds(lake, "visits", 0, end).await;
        assert_eq!(lake.tail_rows(), end as usize * 2, "rows in the tail");
    }
    let filtered = numbers(lake, "select count(*) from events where name = 'event 1'").await;
    let wanted = (0..20).filter(|n| n % 11 != 0 && n % 3 == 1).count() as i64;
    assert_eq!(filtered, [wanted], "filters see the tail");
}

pub(super) async fn commits_move_the_tail(lake: Arc<dyn Lake>) {
    let lake = lake.as_ref();
    assert_eq!(commit(lake).await, Committed::default(), "nothing to commit");
    assert_eq!(fence(lake, "events", 0).await, None, "nothing is committed");
    append(lake, vec![events(0, 0..250), visits(0, 0..10)]).await;
    assert_eq!(fence(lake, "events", 0).await, None, "the tail is not committed");
    assert_eq!(commit(lake).await, Committed { rows: 260, tables: 2 });
    assert_eq!(lake.tail_rows(), 0, "the tail is empty after a commit");
    assert_eq!(fence(lake, "events", 0).await, Some(249));
    assert_eq!(fence(lake, "visits", 0).await, Some(9));
    holds(lake, "events", 0, 250).await;
    assert_eq!(commit(lake).await, Committed::default(), "nothing new to commit");
    // Half committed, half in the tail.
    append(lake, vec![events(0, 250..300)]).await;
    holds(lake, "events", 0, 300).await;
    let day = "select count(*) from events where event_date = date '2023-11-16'";
    assert_eq!(numbers(lake, day).await, [100], "a day across files and tail");
    let late = "select count(*) from events where at >= timestamp '2023-11-14T22:13:20.249100Z'";
    assert_eq!(numbers(lake, late).await, [51], "an instant between milliseconds");
    let nulls = "select count(*) - count(name), count(*) - count(amount) from events";
    assert_eq!(numbers(lake, nulls).await, [28, 60], "nulls stay nulls");
}

pub(super) async fn rows_are_stored_once<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "once").await;
    let once = lake.as_ref();
    append(once, vec![events(0, 0..50)]).await;
    append(once, vec![events(0, 0..50)]).await;
    holds(once, "events", 0, 50).await;
    append(once, vec![events(0, 40..60)]).await;
    holds(once, "events", 0, 60).await;
    assert_eq!(once.tail_rows(), 60, "what is in the tail is dropped");
    commit(once).await;
    append(once, vec![events(0, 0..60)]).await;
    assert_eq!(once.tail_rows(), 0, "what is committed is dropped");
    append(once, vec![events(0, 30..90)]).await;
    assert_eq!(once.tail_rows(), 30, "what overlaps is cut");
    holds(once, "events", 0, 90).await;
    commit(once).await;
    holds(once, "events", 0, 90).await;
    // Two calls with the same rows at once.
    let (first, second) =
        tokio::join!(once.append(vec![events(0, 90..120)]), once.append(vec![events(0, 90..120)]));
    first.and(second).expect("append");
    holds(once, "events", 0, 120).await;
    drop(lake);
    // A restart replays from before the fence, and from before rows that were never committed.
    let lake = ready(open, "once").await;
    append(lake.as_ref(), vec![events(0, 0..200)]).await;
    assert_eq!(lake.tail_rows(), 110, "a restart knows the fence");
    commit(lake.as_ref()).await;
    holds(lake.as_ref(), "events", 0, 200).await;
    append(lake.as_ref(), vec![events(0, 0..200)]).await;
    commit(lake.as_ref()).await;
    holds(lake.as_ref(), "events", 0, 200).await;
}

pub(super) async fn partitions_have_their_own_fences<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "partitions").await;
    append(lake.as_ref(), vec![events(0, 0..30), events(2, 0..5), events(1, 0..1)]).await;
    commit(lake.as_ref()).await;
    append(lake.as_ref(), vec![events(2, 0..40), events(0, 10..35)]).await;
    for (partition, end) in [(0, 35), (1, 1), (2, 40)] {
        holds(lake.as_ref(), "events", partition, end).await;
    }
    assert_eq!(fence(lake.as_ref(), "events", 0).await, Some(29));
    assert_eq!(fence(lake.as_ref(), "events", 2).await, Some(4));
    commit(lake.as_ref()).await;
    drop(lake);
    let lake = ready(open, "partitions").await;
    for (partition, end) in [(0, 34), (1, 0), (2, 39)] {
        assert_eq!(fence(lake.as_ref(), "events", partition).await, Some(end));
        append(lake.as_ref(), vec![events(partition, 0..50)]).await;
        holds(lake.as_ref(), "events", partition, 50).await;
    }
    assert_eq!(fence(lake.as_ref(), "events", 3).await, None);
    let total = numbers(lake.as_ref(), "select count(*) from events").await;
    assert_eq!(total, [150], "partitions do not mix");
}

pub(super) async fn what_is_committed_survives<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "durable").await;
    let mut end = 0;
    for round in 1..=5 {
        append(lake.as_ref(), vec![events(0, end..end + round * 10)]).await;
        end += round * 10;
        commit(lake.as_ref()).await;
    }
    // Never committed: the journal has it.
    append(lake.as_ref(), vec![events(0, end..end + 25)]).await;
    drop(lake);
    let lake = ready(open, "durable").await;
    assert_eq!(fence(lake.as_ref(), "events", 0).await, Some(end - 1), "a commit is durable");
    holds(lake.as_ref(), "events", 0, end).await;
    append(lake.as_ref(), vec![events(0, end - 10..end + 25)]).await;
    holds(lake.as_ref(), "events", 0, end + 25).await;
}

async fn refused(lake: &dyn Lake, kind: ErrorKind, bad: TableBatch) {
    // A right batch goes with it: neither is to be stored.
    let error = lake.append(vec![events(0, 0..5), bad]).await.expect_err("wrong rows are refused");
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(lake.tail_rows(), 0, "an append is whole or nothing");
}

pub(super) async fn wrong_rows_are_refused_whole(lake: Arc<dyn Lake>) {
    let lake = lake.as_ref();
    let visits_as_events = TableBatch { table: "events", rows: visits(0, 0..3).rows };
    refused(lake, ErrorKind::Invalid, visits_as_events).await;
    let nowhere = TableBatch { table: "nowhere", rows: visits(0, 0..3).rows };
    refused(lake, ErrorKind::NotFound, nowhere).await;
    let join = |a: &RecordBatch, b: &RecordBatch| TableBatch {
        table: "events",
        rows: arrow_select::concat::concat_batches(&a.schema(), [a, b]).expect("same columns"),
    };
    let mixed = join(&events(0, 5..6).rows, &events(1, 6..7).rows);
    refused(lake, ErrorKind::Invalid, mixed).await;
    let unordered = join(&events(0, 6..8).rows, &events(0, 5..6).rows);
    refused(lake, ErrorKind::Invalid, unordered).await;
    append(lake, vec![events(0, 0..0)]).await;
    holds(lake, "events", 0, 0).await;
}

pub(super) async fn columns_are_added<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "columns").await;
    append(lake.as_ref(), vec![visits(0, 0..10)]).await;
    commit(lake.as_ref()).await;
    drop(lake);
    let mut wider = tables();
    let mut fields: Vec<_> = wider[1].schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("page", DataType::Utf8, true)));
    wider[1].schema = Arc::new(Schema::new(fields));
    let lake = open("columns").await;
    lake.open(&wider).await.expect("a nullable column may be added");
    let mut columns = visits(0, 10..30).rows.columns().to_vec();
    columns.push(Arc::new(StringArray::from_iter_values((10..30).map(|n| format!("page {n}")))));
    let rows = RecordBatch::try_new(Arc::clone(&wider[1].schema), columns).expect("rows fit");
    append(lake.as_ref(), vec![TableBatch { table: "visits", rows }]).await;
    let pages = "select count(*), count(page), count(distinct page) from visits";
    assert_eq!(numbers(lake.as_ref(), pages).await, [30, 20, 20]);
    commit(lake.as_ref()).await;
    assert_eq!(numbers(lake.as_ref(), pages).await, [30, 20, 20]);
    drop(lake);
    // What is there cannot become something else.
    wider[1].schema = {
        let mut fields: Vec<_> = wider[1].schema.fields().iter().cloned().collect();
        fields[5] = Arc::new(Field::new("seconds", DataType::Utf8, true));
        Arc::new(Schema::new(fields))
    };
    let lake = open("columns").await;
    let error = lake.open(&wider).await.expect_err("a column cannot change its type");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

/// Rows of `events` that are about a person.
async fn rows_of(lake: &dyn Lake, person: PersonId) -> i64 {
    numbers(lake, &format!("select count(*) from events where person = '{person}'")).await[0]
}

pub(super) async fn erased_people_are_gone<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "erase").await;
    append(lake.as_ref(), vec![events(0, 0..210), visits(0, 0..210)]).await;
    commit(lake.as_ref()).await;
    append(lake.as_ref(), vec![events(0, 210..280), visits(0, 210..280)]).await;
    let gone = [person(2), person(5)];
    let erased = lake.erase(&gone).await.expect("erase");
    assert_eq!(erased, 80, "rows in files and in the tail are erased");
    assert_eq!(lake.erase(&gone).await.expect("erase"), 0, "nothing is left to erase");
    let check = async |lake: &dyn Lake, when: &str| {
        for number in 0..PEOPLE {
            let wanted = if gone.contains(&person(number)) { 0 } else { 40 };
            assert_eq!(rows_of(lake, person(number)).await, wanted, "person {number} {when}");
        }
        holds(lake, "visits", 0, 280).await;
    };
    check(lake.as_ref(), "after erasure").await;
    append(lake.as_ref(), vec![events(0, 0..280)]).await;
    check(lake.as_ref(), "after the same rows were appended again").await;
    commit(lake.as_ref()).await;
    check(lake.as_ref(), "after a commit").await;
    assert_eq!(fence(lake.as_ref(), "events", 0).await, Some(279), "the fence covers erased rows");
    lake.maintain().await.expect("maintain");
    check(lake.as_ref(), "after upkeep").await;
    drop(lake);
    let lake = ready(open, "erase").await;
    append(lake.as_ref(), vec![events(0, 0..280), visits(0, 0..280)]).await;
    check(lake.as_ref(), "after a restart and a replay").await;
    // A tail of which nothing is left still moves the fence.
    append(lake.as_ref(), vec![events(0, 282..283)]).await;
    assert_eq!(lake.erase(&[person(282 % PEOPLE)]).await.expect("erase"), 1);
    commit(lake.as_ref()).await;
    assert_eq!(fence(lake.as_ref(), "events", 0).await, Some(282));
}

pub(super) async fn upkeep_changes_no_answer<F, Fut>(open: &F)
where
    F: Fn(&'static str) -> Fut,
    Fut: Future<Output = Arc<dyn Lake>>,
{
    let lake = ready(open, "upkeep").await;
    let mut end = 0;
    for _ in 0..20 {
        append(lake.as_ref(), vec![events(0, end..end + 7), events(1, end..end + 7)]).await;
        commit(lake.as_ref()).await;
        end += 7;
    }
    append(lake.as_ref(), vec![events(0, end..end + 3)]).await;
    lake.maintain().await.expect("maintain");
    lake.maintain().await.expect("maintain");
    holds(lake.as_ref(), "events", 0, end + 3).await;
    holds(lake.as_ref(), "events", 1, end).await;
    append(lake.as_ref(), vec![events(0, 0..end + 3), events(1, 0..end)]).await;
    commit(lake.as_ref()).await;
    drop(lake);
    let lake = ready(open, "upkeep").await;
    holds(lake.as_ref(), "events", 0, end + 3).await;
    holds(lake.as_ref(), "events", 1, end).await;
}

/// Readers against one that appends, commits, replays and compacts: every answer is a prefix, and
/// none is shorter than what the reader knows was there before.
pub(super) async fn rows_never_disappear(lake: Arc<dyn Lake>) {
    const ROUNDS: u64 = 60;
    let mut readers = Vec::new();
    let written = Arc::new(AtomicBool::new(false));
    for partition in [0, 1] {
        let (lake, written) = (Arc::clone(&lake), Arc::clone(&written));
        readers.push(tokio::spawn(async move {
            let mut before = 0;
            while !written.load(Ordering::SeqCst) {
                let sql = format!(
                    "select count(*), count(distinct _offset), coalesce(max(_offset), -1) + 1 \
                     from events where _partition = {partition}"
                );
                let seen = numbers(lake.as_ref(), &sql).await;
                assert!(
                    seen[0] == seen[1] && seen[1] == seen[2],
                    "rows are not stored exactly once: [count, different, greatest + 1] {seen:?}"
                );
                assert!(seen[0] >= before, "rows disappeared: {} after {before}", seen[0]);
                before = seen[0];
            }
        }));
    }
    for round in 0..ROUNDS {
        let (start, end) = (round * 9, round * 9 + 9);
        let again = start.saturating_sub(round % 13);
        append(lake.as_ref(), vec![events(0, again..end), events(1, start..end)]).await;
        if round % 3 == 0 {
            commit(lake.as_ref()).await;
        }
        if round % 20 == 19 {
            lake.maintain().await.expect("maintain");
        }
    }
    written.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.expect("a reader saw what was promised");
    }
    commit(lake.as_ref()).await;
    for partition in [0, 1] {
        holds(lake.as_ref(), "events", partition, ROUNDS * 9).await;
    }
}
