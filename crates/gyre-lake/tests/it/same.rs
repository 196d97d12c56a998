//! The Delta lake answers as the one in memory does: after commits, with a tail, after erasure,
//! compaction and a restart.

use crate::{clock, lake};
use arrow_cast::pretty::pretty_format_batches;
use gyre_lake::MemoryLake;
use gyre_ports::Lake;
use gyre_ports::contract::lake::{events, person, query, tables, visits};

const QUERIES: &[&str] = &[
    "select count(*) from events",
    "select min(_offset), max(_offset), min(at), max(at) from events",
    "select name, count(*), sum(amount), min(at), max(at) from events group by name order by 1",
    "select event_date, person, count(*) from events group by 1, 2 order by 1, 2",
    "select distinct workspace, name from events order by 1, 2",
    "select * from events order by _partition, _offset limit 17",
    "select * from events order by amount desc nulls last, _offset, _partition limit 5",
    "select count(*) from events where event_date = date '2023-11-15' and name like '%1'",
    "select count(*), sum(_offset) from events where _offset between 95 and 205",
    "select count(*) from events where amount is null or name is null",
    "select count(*) from events where at >= timestamp '2023-11-14T22:13:20.150151Z'",
    "select e.name, count(*), avg(v.seconds) from events e join visits v \
     on e._offset = v._offset and e._partition = v._partition group by 1 order by 1",
    "select count(*) from events e where not exists \
     (select 1 from visits v where v._offset = e._offset)",
    "select person, sum(n) over (partition by person order by day) as running, day from \
     (select person, event_date as day, count(*) as n from events group by 1, 2) order by 1, 3",
    "select name from events where event_date = date '2020-01-01'",
    "select count(*) from events where amount > (select avg(amount) from events)",
    "select person from events intersect select person from events where amount > 100 order by 1",
];

async fn compare(delta: &dyn Lake, memory: &dyn Lake, when: &str) {
    for sql in QUERIES {
        let answers = [delta.query(query(sql)).await, memory.query(query(sql)).await];
        let [delta, memory] = answers.map(|answer| {
            let rows = answer.unwrap_or_else(|error| panic!("{when}: {sql}: {error}"));
            pretty_format_batches(&rows.batches).unwrap().to_string()
        });
        assert_eq!(delta, memory, "{when}: {sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delta_and_memory_answer_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (mut delta, memory) = (lake(folder.path()), MemoryLake::new(clock()).unwrap());
    delta.open(&tables()).await.unwrap();
    memory.open(&tables()).await.unwrap();
    compare(&delta, &memory, "empty").await;
    let mut end = 0;
    for step in 0..24u64 {
        let next = end + 5 + step % 7;
        for lake in [&delta as &dyn Lake, &memory] {
            lake.append(vec![events(0, end..next), visits(0, end..next), events(3, end..next)])
                .await
                .unwrap();
            if step % 4 != 3 {
                lake.commit().await.unwrap();
            }
        }
        end = next;
    }
    compare(&delta, &memory, "with a tail").await;
    for lake in [&delta as &dyn Lake, &memory] {
        assert_eq!(lake.commit().await.unwrap().tables, 2);
    }
    compare(&delta, &memory, "committed").await;
    let gone = [person(1), person(4)];
    let erased = delta.erase(&gone).await.unwrap();
    assert_eq!(memory.erase(&gone).await.unwrap(), erased);
    compare(&delta, &memory, "after erasure").await;
    delta.maintain().await.unwrap();
    compare(&delta, &memory, "after compaction").await;
    drop(delta);
    delta = lake(folder.path());
    delta.open(&tables()).await.unwrap();
    compare(&delta, &memory, "after a restart").await;
}
