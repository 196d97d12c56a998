//! How fast the journal takes records: appends per second, and how long a caller waits.
//!
//! `cargo run -p gyre-journal --profile quick --example append_bench [directory]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use gyre_journal::{Options, SegmentJournal};
use gyre_model::{Entry, Family, Timestamp, Workspace};
use gyre_ports::clock::ManualClock;
use gyre_ports::{Durability, Journal, Result};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PAYLOAD: usize = 400;

fn batch(records: usize) -> Vec<Entry> {
    let entry = |key| Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key,
        cause: None,
        payload: vec![b'x'; PAYLOAD],
    };
    (0..records as u64).map(entry).collect()
}

async fn appender(
    journal: Arc<SegmentJournal>,
    until: Instant,
    records: usize,
    durability: Durability,
) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while Instant::now() < until {
        let entries = batch(records);
        let start = Instant::now();
        journal.append(0, entries, durability).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

async fn measure(
    journal: &Arc<SegmentJournal>,
    tasks: usize,
    records: usize,
    durability: Durability,
) -> Result<()> {
    let start = Instant::now();
    let until = start + Duration::from_secs(4);
    let mut running = tokio::task::JoinSet::new();
    for _task in 0..tasks {
        running.spawn(appender(Arc::clone(journal), until, records, durability));
    }
    let mut waits = Vec::new();
    for done in running.join_all().await {
        waits.extend(done?);
    }
    let took = start.elapsed().as_secs_f64();
    waits.sort_unstable();
    let rate = (waits.len() * records) as f64 / took;
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{tasks:>4} tasks x {records:>4} {durability:?}: {rate:>9.0} records/s, {:>6.0} MB/s, \
         p50 {:.2} p99 {:.2} p99.9 {:.2} ms",
        rate * PAYLOAD as f64 / 1e6,
        at(0.5),
        at(0.99),
        at(0.999),
    );
    let end = journal.end(0);
    journal.trim(0, end).await
}

async fn read_back(journal: &SegmentJournal) -> Result<()> {
    for _call in 0..1_000 {
        journal.append(0, batch(1_000), Durability::Written).await?;
    }
    for (what, length) in [("from disk and memory", 1_000_000), ("from memory", 30_000)] {
        let (start, end) = (Instant::now(), journal.end(0));
        let mut at = end.saturating_sub(length).max(journal.start(0));
        let first = at;
        while at < end {
            at += journal.read(0, at, 1_000).await?.len() as u64;
        }
        let rate = (end - first) as f64 / start.elapsed().as_secs_f64();
        println!("read {what}: {rate:.0} records/s");
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let given = std::env::args().nth(1).map(PathBuf::from);
    let directory = given.unwrap_or_else(|| std::env::temp_dir().join("gyre-append-bench"));
    let clock = Arc::new(ManualClock::new(Timestamp(0)));
    let journal = Arc::new(SegmentJournal::open(&Options::new(&directory, clock))?);
    for (tasks, records) in [(1, 1), (64, 1), (256, 1), (64, 100), (128, 100), (16, 500)] {
        measure(&journal, tasks, records, Durability::Synced).await?;
    }
    for (tasks, records) in [(1, 1), (64, 1), (64, 100)] {
        measure(&journal, tasks, records, Durability::Written).await?;
    }
    read_back(&journal).await?;
    drop(journal);
    std::fs::remove_dir_all(&directory)
        .map_err(|error| gyre_ports::Error::io("the directory could not be removed", error))
}
