//! Many who ask at once: each is answered, and who finds no place in time is told so.

use crate::{DeltaLake, Options};
use arrow_array::RecordBatch;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_plan::collect;
use gyre_datafusion::{Limits, Tables, plan};
use gyre_model::Timestamp;
use gyre_ports::clock::ManualClock;
use gyre_ports::contract::lake::{events, tables};
use gyre_ports::lake::{Query, Sql};
use gyre_ports::{ErrorKind, Lake};
use std::sync::Arc;
use std::time::Duration;

async fn lake(folder: &std::path::Path, limits: Limits) -> Arc<DeltaLake> {
    let options = Options::new(Arc::new(ManualClock::new(Timestamp(0))));
    let lake = DeltaLake::open_at(folder, Options { limits, ..options }).unwrap();
    lake.open(&tables()).await.unwrap();
    lake.append(vec![events(0, 0..2_000)]).await.unwrap();
    lake.commit().await.unwrap();
    Arc::new(lake)
}

fn query(sql: &str, timeout: Duration) -> Query {
    Query { sql: Sql::Text(sql.to_owned()), parameters: Vec::new(), max_rows: 10_000, timeout }
}

/// What a panel of a board is like: many small groups and orders, each of which wants memory.
const PANEL: &str = "select person, name, count(*), row_number() over (partition by person order by count(*), name) \
                     from events group by 1, 2 union all \
                     select person, name, sum(amount)::bigint, row_number() over (partition by name order by sum(amount), person) \
                     from events group by 1, 2 order by 1, 2, 3, 4";

#[tokio::test(flavor = "multi_thread")]
async fn many_panels_at_once_are_all_answered() {
    let folder = tempfile::tempdir().unwrap();
    let few = Limits { memory: 12 << 20, ..Limits::default() };
    let lake = lake(folder.path(), few).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let lake = Arc::clone(&lake);
        asked.spawn(async move { lake.query(query(PANEL, Duration::from_secs(300))).await });
    }
    let failed: Vec<_> = asked.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_takes_all_memory_takes_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Limits { memory: 12 << 20, ..Limits::default() }).await;
    let state = lake.moment().unwrap();
    // All that queries would share if they did.
    let all = MemoryConsumer::new("greedy").register(&state.runtime_env().memory_pool);
    all.try_grow(12 << 20).unwrap();
    lake.query(query(PANEL, Duration::from_secs(300))).await.unwrap();
    // The mutant: they share it.
    let plan = plan(&state, &Sql::Text(PANEL.to_owned()), &[]).await.unwrap();
    let plan = state.create_physical_plan(&plan).await.unwrap();
    assert!(collect(plan, state.task_ctx()).await.is_err());
}

/// Neither side of the join fits in what a query may have.
const WIDE: &str = "select count(*), max(a.text), max(b.text) from \
                    (select x, md5(cast(x as text)) as text from generate_series(1, 1000000) a(x)) a join \
                    (select x, md5(cast(x as text)) as text from generate_series(1, 1000000) b(x)) b \
                    on a.x = b.x";

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_finds_no_memory_is_sorted_and_spills() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Limits { memory: 48 << 20, ..Limits::default() }).await;
    let answer = lake.query(query(WIDE, Duration::from_secs(300))).await.unwrap();
    assert_eq!(answer.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    // The mutant: it is not tried again.
    let state = lake.moment().unwrap();
    let plan = plan(&state, &Sql::Text(WIDE.to_owned()), &[]).await.unwrap();
    let plan = state.create_physical_plan(&plan).await.unwrap();
    assert!(collect(plan, state.task_ctx()).await.is_err());
}

/// More work than any machine does in the time given.
const ENDLESS: &str = "select count(*) from events a, events b, events c, events d \
                       where a._offset + b._offset + c._offset + d._offset < 0";

#[tokio::test(flavor = "multi_thread")]
async fn long_queries_leave_places_to_short_ones() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Limits { at_once: 2, ..Limits::default() }).await;
    let mut long = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let lake = Arc::clone(&lake);
        long.spawn(async move { lake.query(query(ENDLESS, Duration::from_secs(600))).await });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..3 {
        let short = query("select count(*) from events", Duration::from_secs(100));
        lake.query(short).await.unwrap();
    }
    assert!(long.try_join_next().is_none(), "the long ones are still at it");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_is_told_so_and_who_leaves_gives_theirs_back() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path(), Limits { at_once: 1, ..Limits::default() }).await;
    let other = Arc::clone(&lake);
    let long =
        tokio::spawn(async move { other.query(query(ENDLESS, Duration::from_secs(600))).await });
    // Until the place is taken, others get it.
    let refused = loop {
        let short = query("select count(*) from events", Duration::from_millis(200));
        match lake.query(short).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(why) if why.what().contains("no place for another query") => break why,
            Err(_) => {}
        }
    };
    assert_eq!(refused.kind(), ErrorKind::TimedOut);
    long.abort();
    let after = query("select count(*) from events", Duration::from_secs(300));
    lake.query(after).await.unwrap();
}
