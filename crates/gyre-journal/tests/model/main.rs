//! The queue and the commit of a partition in thousands of orders: the files of the journal itself,
//! compiled with the locks of a model checker. Disk and writer are small ones that do with them what
//! the real ones do.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

#[path = "../../src/commit.rs"]
mod commit;
#[path = "../../src/queue.rs"]
mod queue;

mod disk;
mod mark;
mod sync;

use commit::{Commit, Waiter};
use disk::{Platter, Sheet};
use gyre_ports::{Durability, ErrorKind};
use mark::Mark;
use queue::{Queue, Request};
use shuttle::thread;
use std::sync::Arc;
use sync::oneshot;

/// Who appends, and how often each.
const APPENDERS: u64 = 3;
const CALLS: u64 = 2;
/// Orders looked at, by each way of choosing them.
const ROUNDS: usize = 1_000;

fn rounds() -> usize {
    std::env::var("GYRE_MODEL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

/// What the writer of a partition does with the queue and the commit.
fn write(queue: &Queue, commit: &Commit, platter: &Platter) {
    let file: Arc<dyn disk::File> = Arc::new(Sheet(platter.clone()));
    let mut next = 0;
    while let Some(group) = queue.take() {
        if let Some(what) = commit.poison() {
            for request in group {
                request.done.send(Err(commit::fatal(what))).ok();
            }
            continue;
        }
        let (mut waiters, mut written) = (Vec::new(), Vec::new());
        for Request { frames, durability, done } in group {
            let first = next;
            next += frames.len() as u64;
            match durability {
                Durability::Synced => waiters.push(Waiter { below: next, answer: first, done }),
                Durability::Written => written.push((done, first)),
            }
        }
        platter.write(next);
        let wrote = commit.wrote(&file, next, waiters);
        for (done, first) in written {
            done.send(wrote.map(|()| first).map_err(commit::fatal)).ok();
        }
    }
}

/// One caller: what he is told must be so when he is told.
fn append(who: u64, queue: &Queue, commit: &Commit, platter: &Platter) -> Vec<(u64, u64)> {
    let mut taken = Vec::new();
    for call in 0..CALLS {
        let durability = match (who + call) % 3 {
            0 => Durability::Written,
            _ => Durability::Synced,
        };
        let count = 1 + (who + call) % 2;
        let stopped = commit.poison().is_some();
        let (done, answered) = oneshot::channel();
        queue.push(Request { frames: vec![0; count as usize], durability, done }).unwrap();
        match answered.recv() {
            Some(Ok(first)) => {
                assert!(!stopped, "acknowledged after a sync failed");
                let reached = match durability {
                    Durability::Synced => platter.durable(),
                    Durability::Written => platter.written(),
                };
                assert!(first + count <= reached, "acknowledged before it was {durability:?}");
                taken.push((first, count));
            }
            Some(Err(error)) => assert_eq!(error.kind(), ErrorKind::Fatal),
            None => panic!("nobody answered"),
        }
    }
    taken
}

fn scene(fails: Option<u64>) {
    let platter = Platter::new(fails);
    let file: Arc<dyn disk::File> = Arc::new(Sheet(platter.clone()));
    let queue = Arc::new(Queue::default());
    let commit = Arc::new(Commit::new(file, 0, Mark::new(platter.clone())));
    let writer = {
        let (queue, commit, platter) = (Arc::clone(&queue), Arc::clone(&commit), platter.clone());
        thread::spawn(move || write(&queue, &commit, &platter))
    };
    let syncer = {
        let commit = Arc::clone(&commit);
        thread::spawn(move || commit.run())
    };
    let appenders: Vec<_> = (0..APPENDERS)
        .map(|who| {
            let (queue, commit) = (Arc::clone(&queue), Arc::clone(&commit));
            let platter = platter.clone();
            thread::spawn(move || append(who, &queue, &commit, &platter))
        })
        .collect();
    // Somebody asks for what is there to be synced.
    let below = platter.written();
    let (done, answered) = oneshot::channel();
    commit.wait(Waiter { below, answer: below, done });
    let told = answered.recv().unwrap();
    assert!(told.is_err() || platter.durable() >= below, "a sync that did not sync");

    let mut taken: Vec<(u64, u64)> = Vec::new();
    for appender in appenders {
        let mine = appender.join().unwrap();
        assert!(mine.is_sorted(), "calls of one caller changed places");
        taken.extend(mine);
    }
    queue.close();
    writer.join().unwrap();
    commit.close();
    syncer.join().unwrap();
    taken.sort_unstable();
    let overlaps = taken.windows(2).any(|two| two[0].0 + two[0].1 > two[1].0);
    assert!(!overlaps, "an offset was given twice: {taken:?}");
    assert!(commit.synced() <= platter.durable(), "more counts as synced than is");
    if fails.is_none() {
        assert_eq!(taken.iter().map(|(_, count)| count).sum::<u64>(), platter.written());
        assert_eq!(commit.synced(), platter.written(), "closing left something unsynced");
    }
}

#[test]
fn what_is_acknowledged_is_so_in_every_order() {
    shuttle::check_random(|| scene(None), rounds());
    shuttle::check_pct(|| scene(None), rounds() / 4, 3);
}

#[test]
fn nothing_is_acknowledged_after_a_failed_sync_in_any_order() {
    for nth in 1..=3 {
        shuttle::check_random(move || scene(Some(nth)), rounds() / 4);
        shuttle::check_pct(move || scene(Some(nth)), rounds() / 8, 3);
    }
}

#[cfg(debug_assertions)]
#[test]
fn wrong_orders_are_noticed() {
    let every = "what_is_acknowledged_is_so_in_every_order";
    let failed = "nothing_is_acknowledged_after_a_failed_sync_in_any_order";
    for (mutant, test) in [
        ("journal.late_bound", every),
        ("journal.no_wake", every),
        ("journal.no_sync", every),
        ("journal.sync_again", failed),
    ] {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let output = command.args(["--exact", test]).env("GYRE_MUTANT", mutant).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("running 1 test"), "there is no test {test}");
        assert!(!output.status.success(), "{test} does not notice {mutant}");
    }
}
