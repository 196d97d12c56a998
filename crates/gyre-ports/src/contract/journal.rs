//! The contract of the journal.
#![expect(clippy::unwrap_used, reason = "a suite says by panicking that a promise is broken")]

use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::journal::{Durability, Journal};
use gyre_model::{Cause, Entry, Family, Offset, Partition, Stored, Timestamp, Workspace};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A clock that a test sets, backwards too, as NTP and virtual machines do.
#[derive(Debug, Default)]
pub struct WildClock(AtomicI64);

impl WildClock {
    /// Sets the time, forwards or backwards.
    pub fn jump(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for WildClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Checks every promise of [`Journal`]; panics on a broken one.
///
/// `open` makes the journal the first time and reopens the same one later; the one before was
/// dropped by then. It takes its stamps from `clock` and has segments of at most 64 KiB.
pub async fn suite<O, F>(clock: &WildClock, open: O)
where
    O: Fn() -> F,
    F: Future<Output = Arc<dyn Journal>>,
{
    let journal = open().await;
    let last = journal.partitions() - 1;
    clock.jump(Timestamp(1_000_000));
    starts_empty(&*journal).await;
    refuses_nonsense(&*journal).await;
    numbers_without_gaps(&*journal, last).await;
    gives_back_what_it_got(&*journal, last).await;
    keeps_a_call_together(&journal, last).await;
    reads_up_to_the_limit(&*journal, last).await;
    syncs_when_asked(&*journal, last).await;
    wakes_who_waits(&journal, last).await;
    stamps_never_go_back(&*journal, clock, last).await;
    blanks_in_place(&*journal, last).await;

    let before = all(&*journal, last).await;
    drop(journal);
    clock.jump(Timestamp(5));
    let journal = open().await;
    assert_eq!(all(&*journal, last).await, before, "reopening changed the records");
    assert_eq!(journal.synced(last), journal.end(last), "what was reopened is on disk");
    let first = journal.append(last, vec![entry(1, "after")], Durability::Synced).await.unwrap();
    assert_eq!(first, before.len() as u64, "reopening changed the next offset");
    let after = journal.read(last, first, 1).await.unwrap();
    assert!(after[0].at >= before[before.len() - 1].at, "a stamp went back after reopening");
    assert_eq!(journal.verify(last).await.unwrap(), [], "damage after reopening");

    forgets_what_is_trimmed(&*journal, last).await;
    let (start, end) = (journal.start(last), journal.end(last));
    drop(journal);
    let journal = open().await;
    assert_eq!((journal.start(last), journal.end(last)), (start, end), "a trim was undone");
    assert_eq!(journal.verify(last).await.unwrap(), [], "damage after trimming");
}

fn entry(key: u64, payload: &str) -> Entry {
    Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key,
        cause: None,
        payload: payload.as_bytes().to_vec(),
    }
}

async fn all(journal: &dyn Journal, partition: Partition) -> Vec<Stored> {
    journal.read(partition, journal.start(partition), usize::MAX).await.unwrap()
}

async fn starts_empty(journal: &dyn Journal) {
    assert!(journal.partitions() > 0, "a journal has a partition");
    for partition in 0..journal.partitions() {
        let (start, end) = (journal.start(partition), journal.end(partition));
        assert_eq!((start, end, journal.synced(partition)), (0, 0, 0), "a new journal is empty");
        assert_eq!(journal.read(partition, 0, 10).await.unwrap(), []);
        assert_eq!(journal.verify(partition).await.unwrap(), []);
    }
    for key in [0, 1, u64::MAX] {
        assert!(journal.partition_of(key) < journal.partitions(), "key {key} has no partition");
    }
}

async fn refuses_nonsense(journal: &dyn Journal) {
    let nowhere = journal.partitions();
    let error = journal.append(nowhere, vec![entry(1, "x")], Durability::Synced).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "append to a partition that is not there");
    let error = journal.read(nowhere, 0, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "read of a partition that is not there");
    let error = journal.append(0, Vec::new(), Durability::Synced).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "append of nothing");
    let error = journal.blank(0, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "blank of what was not written");
}

async fn numbers_without_gaps(journal: &dyn Journal, partition: Partition) {
    let mut next = journal.end(partition);
    for count in [1, 3, 1, 100] {
        let entries = (0..count).map(|key| entry(key, "numbered")).collect();
        let first = journal.append(partition, entries, Durability::Synced).await.unwrap();
        assert_eq!(first, next, "offsets are consecutive");
        next += count;
        assert_eq!(journal.end(partition), next);
        assert_eq!(journal.synced(partition), next, "a synced append returned before the sync");
    }
    for other in 0..partition {
        assert_eq!(journal.end(other), 0, "an append reached another partition");
    }
}

async fn gives_back_what_it_got(journal: &dyn Journal, partition: Partition) {
    let cause = Cause { partition: u32::MAX, offset: u64::MAX - 1, ordinal: 7 };
    let mut entries: Vec<Entry> = Vec::new();
    for (index, family) in Family::ALL.into_iter().enumerate() {
        entries.push(Entry {
            workspace: Workspace::new(if index % 2 == 0 { "main" } else { "büro-2" }),
            family,
            key: u64::MAX - index as u64,
            cause: (index % 3 == 0).then_some(cause),
            payload: vec![index as u8; index * index],
        });
    }
    entries.push(Entry { payload: vec![7; 1 << 20], ..entry(9, "") });
    entries.push(Entry { family: Family::Tick, ..entry(9, "") });
    let first = journal.append(partition, entries.clone(), Durability::Written).await.unwrap();
    let stored = journal.read(partition, first, usize::MAX).await.unwrap();
    assert_eq!(stored.len(), entries.len(), "a record is readable once append returned");
    for ((offset, entry), stored) in (first..).zip(entries).zip(stored) {
        assert_eq!((stored.partition, stored.offset), (partition, offset));
        assert_eq!(stored.entry, entry, "the record at {offset} is not what was appended");
    }
}

async fn keeps_a_call_together(journal: &Arc<dyn Journal>, partition: Partition) {
    const TASKS: u64 = 8;
    const CALLS: u64 = 20;
    const RECORDS: u64 = 5;
    let from = journal.end(partition);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let journal = Arc::clone(journal);
        tasks.spawn(async move {
            let mut calls: Vec<(Offset, u64, u64)> = Vec::new();
            for call in 0..CALLS {
                let text = |index| format!("{task} {call} {index}");
                let entries = (0..RECORDS).map(|index| entry(task, &text(index))).collect();
                let durability =
                    if call % 2 == 0 { Durability::Synced } else { Durability::Written };
                let first = journal.append(partition, entries, durability).await.unwrap();
                calls.push((first, task, call));
            }
            calls
        });
    }
    let calls = tasks.join_all().await.concat();
    let stored = journal.read(partition, from, usize::MAX).await.unwrap();
    assert_eq!(stored.len() as u64, TASKS * CALLS * RECORDS);
    for (first, task, call) in calls {
        for index in 0..RECORDS {
            let found = &stored[(first - from + index) as usize].entry.payload;
            let expected = format!("{task} {call} {index}");
            assert_eq!(found, expected.as_bytes(), "the records of a call were torn apart");
        }
    }
    let mut last: HashMap<u64, (u64, u64)> = HashMap::new();
    for stored in &stored {
        let text = String::from_utf8(stored.entry.payload.clone()).unwrap();
        let mut parts = text.split(' ').skip(1).map(|part| part.parse::<u64>().unwrap());
        let place = (parts.next().unwrap(), parts.next().unwrap());
        let before = last.insert(stored.entry.key, place);
        assert!(before < Some(place), "order within a key was lost");
    }
}

async fn reads_up_to_the_limit(journal: &dyn Journal, partition: Partition) {
    let everything = all(journal, partition).await;
    let end = journal.end(partition);
    assert_eq!(everything.len() as u64, end);
    for (from, limit) in [(0, 0), (0, 1), (0, 3), (7, 90), (end - 2, 10), (end, 10), (end + 9, 1)] {
        let expected: Vec<_> = everything.iter().skip(from as usize).take(limit).cloned().collect();
        let found = journal.read(partition, from, limit).await.unwrap();
        assert_eq!(found, expected, "read from {from} with limit {limit}");
    }
}

async fn syncs_when_asked(journal: &dyn Journal, partition: Partition) {
    let entries = vec![entry(1, "written"), entry(2, "written")];
    let first = journal.append(partition, entries, Durability::Written).await.unwrap();
    assert_eq!(journal.end(partition), first + 2);
    assert!(journal.synced(partition) <= first + 2, "synced passed the end");
    journal.sync(partition).await.unwrap();
    assert_eq!(journal.synced(partition), first + 2, "sync left something behind");
}

async fn wakes_who_waits(journal: &Arc<dyn Journal>, partition: Partition) {
    // Long enough never to decide a passing test; it turns a hang into a failure.
    let patience = Duration::from_secs(30);
    let end = journal.end(partition);
    let at_once = journal.wait(partition, end - 1);
    tokio::time::timeout(patience, at_once).await.expect("wait hung on what is there");
    let waiting = Arc::clone(journal);
    let waiter = tokio::spawn(async move { waiting.wait(partition, end).await });
    tokio::task::yield_now().await;
    assert!(!waiter.is_finished(), "wait returned before there was anything");
    journal.append(partition, vec![entry(1, "wake")], Durability::Written).await.unwrap();
    tokio::time::timeout(patience, waiter).await.expect("an append woke nobody").unwrap();
}

async fn stamps_never_go_back(journal: &dyn Journal, clock: &WildClock, partition: Partition) {
    let from = journal.end(partition);
    let times = [2_000_000, 3_000_000, 1, 2_500_000, 4_000_000];
    for time in times {
        clock.jump(Timestamp(time));
        journal.append(partition, vec![entry(1, "stamped")], Durability::Synced).await.unwrap();
    }
    let stored = journal.read(partition, from, times.len()).await.unwrap();
    let stamps: Vec<i64> = stored.iter().map(|stored| stored.at.0).collect();
    assert_eq!(stamps, [2_000_000, 3_000_000, 3_000_000, 3_000_000, 4_000_000], "stamps");
}

async fn blanks_in_place(journal: &dyn Journal, partition: Partition) {
    let entries = vec![entry(1, "left"), entry(2, "ada@example.org"), entry(3, "right")];
    let first = journal.append(partition, entries, Durability::Written).await.unwrap();
    let old = journal.read(partition, 20, 1).await.unwrap();
    let mut expected = journal.read(partition, first, 3).await.unwrap();
    for _again in 0..2 {
        journal.blank(partition, first + 1).await.unwrap();
        journal.blank(partition, 20).await.unwrap();
    }
    expected[1].entry.payload.clear();
    let found = journal.read(partition, first, 3).await.unwrap();
    assert_eq!(found, expected, "blanking empties one payload and nothing else");
    assert!(found[1].is_erased());
    let found = journal.read(partition, 20, 1).await.unwrap();
    let entry = Entry { payload: Vec::new(), ..old[0].entry.clone() };
    assert_eq!(found, [Stored { entry, ..old[0].clone() }], "an old record was not blanked");
    assert_eq!(journal.verify(partition).await.unwrap(), [], "blanking looks like damage");
    let error = journal.blank(partition, journal.end(partition)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "blank of what was not written");
}

async fn forgets_what_is_trimmed(journal: &dyn Journal, partition: Partition) {
    let payload = "x".repeat(500);
    for _segment in 0..20 {
        let entries = (0..20).map(|key| entry(key, &payload)).collect();
        journal.append(partition, entries, Durability::Synced).await.unwrap();
    }
    let before = all(journal, partition).await;
    let end = journal.end(partition);
    let asked = end - 5;
    journal.trim(partition, asked).await.unwrap();
    let start = journal.start(partition);
    assert!(start > 0, "nothing was trimmed");
    assert!(start <= asked, "trimmed more than asked");
    assert_eq!(all(journal, partition).await, before[start as usize..], "trim touched the rest");
    for from in [0, start - 1] {
        let error = journal.read(partition, from, 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "read of what was trimmed");
    }
    let error = journal.blank(partition, 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "blank of what was trimmed");
    journal.trim(partition, 0).await.unwrap();
    assert_eq!(journal.start(partition), start, "a lower trim brings nothing back");
    journal.trim(partition, end + 100).await.unwrap();
    let first = journal.append(partition, vec![entry(1, "on")], Durability::Synced).await.unwrap();
    assert_eq!(first, end, "a trim moved the end");
    assert_eq!(journal.read(partition, end, 9).await.unwrap().len(), 1);
}
