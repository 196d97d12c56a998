//! Figures, printed for people; decides nothing. Run by hand:
//! `cargo test -p gyre-lake --test it measure -- --ignored --nocapture`.

use crate::clock;
use arrow_array::{Date32Array, RecordBatch};
use gyre_lake::{DeltaLake, Options};
use gyre_ports::Lake;
use gyre_ports::contract::lake::{events, query, tables};
use gyre_ports::lake::TableBatch;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn show(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!("{what}: p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", at(0.5), at(0.99), at(1.0));
}

/// The same rows, all of one day, as in life.
fn one_day(batch: TableBatch) -> TableBatch {
    let mut columns = batch.rows.columns().to_vec();
    columns[3] = Arc::new(Date32Array::from(vec![19_682; batch.rows.num_rows()]));
    TableBatch { rows: RecordBatch::try_new(batch.rows.schema(), columns).unwrap(), ..batch }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures; run by hand"]
async fn commits_and_queries() {
    let folder = tempfile::tempdir().unwrap();
    let lake = DeltaLake::open_at(folder.path(), Options::new(clock())).unwrap();
    lake.open(&tables()).await.unwrap();
    let (mut appends, mut commits, mut end) = (Vec::new(), Vec::new(), 0);
    for round in 0..120 {
        let batch = one_day(events(0, end..end + 500));
        end += 500;
        let day = batch.rows.num_rows();
        let began = Instant::now();
        lake.append(vec![batch]).await.unwrap();
        appends.push(began.elapsed());
        let began = Instant::now();
        assert_eq!(lake.commit().await.unwrap().rows, day);
        commits.push(began.elapsed());
        if round % 60 == 59 {
            let began = Instant::now();
            lake.maintain().await.unwrap();
            println!(
                "upkeep after {} commits: {:.0} ms",
                round + 1,
                began.elapsed().as_secs_f64() * 1e3
            );
        }
    }
    show("append of 500 rows", &mut appends);
    show("commit of 500 rows", &mut commits);
    for batch in 0..20 {
        let rows = end + batch * 100..end + batch * 100 + 100;
        lake.append(vec![one_day(events(0, rows))]).await.unwrap();
    }
    for sql in [
        "select count(*) from events",
        "select name, count(*), sum(amount) from events group by name",
        "select count(*) from events where event_date = date '2023-11-21'",
    ] {
        let mut times = Vec::new();
        for _ in 0..30 {
            let began = Instant::now();
            lake.query(query(sql)).await.unwrap();
            times.push(began.elapsed());
        }
        show(&format!("{sql} (tail of {} rows)", lake.tail_rows()), &mut times);
    }
}
