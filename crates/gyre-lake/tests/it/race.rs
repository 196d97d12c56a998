//! A producer, a committer, a compactor and readers, all at once on one Delta lake. The work is
//! bounded by a count and drawn from a seed; no clock decides anything.

use crate::{Numbers, lake};
use gyre_ports::Lake;
use gyre_ports::contract::lake::{events, holds, numbers, tables};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SEED: u64 = 20_260_301;
const BATCHES: u64 = 250;

/// `[count, different, least, greatest, sum]`.
const ASK: &str = "select count(*), count(distinct _offset), coalesce(min(_offset), 0), \
                   coalesce(max(_offset), -1), coalesce(sum(_offset), 0) from events";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_is_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let lake: Arc<dyn Lake> = Arc::new(lake(folder.path()));
    lake.open(&tables()).await.unwrap();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicBool::new(false));

    let mut readers = Vec::new();
    for _ in 0..2 {
        let (lake, acknowledged) = (Arc::clone(&lake), Arc::clone(&acknowledged));
        let done = Arc::clone(&done);
        readers.push(tokio::spawn(async move {
            let mut asked = 0u64;
            while !done.load(Ordering::SeqCst) {
                let before = acknowledged.load(Ordering::SeqCst) as i64;
                let seen = numbers(lake.as_ref(), ASK).await;
                let end = seen[0];
                let wanted = [end, end, 0, end - 1, end * (end - 1) / 2];
                assert_eq!(seen, wanted, "not a prefix");
                assert!(end >= before, "{end} rows after {before} were acknowledged");
                asked += 1;
            }
            asked
        }));
    }
    let committer = {
        let (lake, done) = (Arc::clone(&lake), Arc::clone(&done));
        tokio::spawn(async move {
            let mut commits = 0u64;
            while !done.load(Ordering::SeqCst) {
                commits += lake.commit().await.unwrap().tables as u64;
                tokio::task::yield_now().await;
            }
            commits
        })
    };
    let compactor = {
        let (lake, done) = (Arc::clone(&lake), Arc::clone(&done));
        tokio::spawn(async move {
            while !done.load(Ordering::SeqCst) {
                lake.maintain().await.unwrap();
            }
        })
    };

    let mut draw = Numbers(SEED);
    let mut end = 0;
    for _ in 0..BATCHES {
        let again = end - draw.below(40).min(end);
        let next = end + 1 + draw.below(60);
        lake.append(vec![events(0, again..next)]).await.unwrap();
        end = next;
        acknowledged.store(end, Ordering::SeqCst);
        if draw.below(2) == 0 {
            // Let commits and compactions come in between, as many as the readers have time for.
            numbers(lake.as_ref(), "select count(*) from events").await;
        }
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 0, "a reader never asked");
    }
    let commits = committer.await.unwrap();
    compactor.await.unwrap();
    lake.commit().await.unwrap();
    holds(lake.as_ref(), "events", 0, end).await;
    println!("{end} rows in {BATCHES} appends, {commits} commits");
}
