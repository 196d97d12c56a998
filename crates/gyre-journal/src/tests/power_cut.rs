//! Power cuts at any moment: what was acknowledged as synced is there, nothing else is half there.

use super::{number_of, options};
use crate::SegmentJournal;
use crate::sim::SimDisk;
use gyre_model::{Entry, Family, Offset, Partition, Workspace};
use gyre_ports::{Durability, Journal};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const PARTITIONS: Partition = 2;

/// What a client remembers: the truth to compare with.
#[derive(Debug, Default)]
struct Ledger {
    /// Acknowledged as synced.
    synced: HashMap<(Partition, Offset), Entry>,
    erased: HashSet<(Partition, Offset)>,
    trimmed: HashMap<Partition, Offset>,
}

fn mix(seed: u64, index: u64) -> u64 {
    let mut z =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03);
    z = (z ^ (z >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    z ^ (z >> 32)
}

/// A record that proves itself: its payload follows from its key.
fn record(key: u64) -> Entry {
    let length = mix(key, 1) % 400;
    let payload = (0..length).map(|index| mix(key, index) as u8).collect();
    let workspace = Workspace::new(if key.is_multiple_of(3) { "main" } else { "other" });
    Entry { workspace, family: Family::Event, key, cause: None, payload }
}

/// Works until the power goes.
async fn work(journal: &Arc<SegmentJournal>, disk: &SimDisk, seed: u64, ledger: &mut Ledger) {
    for round in 0..50 {
        let mut calls = tokio::task::JoinSet::new();
        for task in 0..=mix(seed, round) % 3 {
            let journal = Arc::clone(journal);
            let chance = mix(seed, 1_000 + round * 10 + task);
            calls.spawn(async move {
                let partition = (chance % u64::from(PARTITIONS)) as Partition;
                let entries: Vec<_> =
                    (0..=chance / 7 % 6).map(|index| record(mix(chance, index))).collect();
                let durability = if (chance / 50).is_multiple_of(3) {
                    Durability::Written
                } else {
                    Durability::Synced
                };
                let first = journal.append(partition, entries.clone(), durability).await;
                (partition, first, entries, durability)
            });
        }
        while let Some(call) = calls.join_next().await {
            let (partition, first, entries, durability) = call.unwrap();
            let Ok(first) = first else { continue };
            for (offset, entry) in (first..).zip(entries) {
                if durability == Durability::Synced {
                    ledger.synced.insert((partition, offset), entry);
                }
            }
        }
        let chance = mix(seed, 5_000 + round);
        let partition = (chance % u64::from(PARTITIONS)) as Partition;
        let span = journal.end(partition) - journal.start(partition);
        if (chance / 8).is_multiple_of(5) && span > 0 {
            let offset = journal.start(partition) + chance / 64 % span;
            if journal.blank(partition, offset).await.is_ok() {
                ledger.erased.insert((partition, offset));
            }
        }
        if chance / 8 % 7 == 1 {
            let offset = journal.synced(partition) / 2;
            // Even a trim that failed may have removed something.
            ledger.trimmed.insert(partition, offset);
            let _failed = journal.trim(partition, offset).await.is_err();
        }
        if disk.is_dead() {
            return;
        }
    }
}

/// Everything the ledger says is there, and nothing is half there.
async fn check(journal: &SegmentJournal, seed: u64, ledger: &Ledger) {
    for partition in 0..PARTITIONS {
        let damages = journal.verify(partition).await.unwrap();
        assert_eq!(damages, [], "seed {seed}: a power cut is not damage");
        let start = journal.start(partition);
        let trimmed = ledger.trimmed.get(&partition).copied().unwrap_or(0);
        assert!(start <= trimmed, "seed {seed}: trimmed more than asked");
        let stored = journal.read(partition, start, usize::MAX).await.unwrap();
        for stored in &stored {
            let blank = Entry { payload: Vec::new(), ..record(stored.entry.key) };
            let known = stored.entry == record(stored.entry.key) || stored.entry == blank;
            assert!(known, "seed {seed}: record {} was never appended", stored.offset);
        }
        let there: HashMap<_, _> =
            stored.into_iter().map(|stored| (stored.offset, stored.entry)).collect();
        for ((at, offset), entry) in &ledger.synced {
            if *at != partition || *offset < start {
                continue;
            }
            let found = there.get(offset);
            assert!(found.is_some(), "seed {seed}: acknowledged record {offset} is lost");
            assert_eq!(found.map(|found| found.key), Some(entry.key), "seed {seed}: replaced");
        }
        for (at, offset) in &ledger.erased {
            if *at == partition && *offset >= start {
                let found = there.get(offset).map(|entry| entry.payload.len());
                assert_eq!(found, Some(0), "seed {seed}: erased record {offset} came back");
            }
        }
    }
}

fn cut(seed: u64, lies: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut disk = SimDisk::new(seed);
        if lies {
            disk.lie_about_syncs();
        }
        let mut ledger = Ledger::default();
        for life in 0..3 {
            disk.die_after(1 + mix(seed, 77 + life) % 120);
            let opened = SegmentJournal::open_on(disk.clone(), &options(PARTITIONS));
            if let Ok(journal) = opened {
                let journal = Arc::new(journal);
                work(&journal, &disk, mix(seed, life), &mut ledger).await;
            } else {
                assert!(disk.is_dead(), "seed {seed}: does not open without help");
            }
            disk = disk.reboot();
            let journal = SegmentJournal::open_on(disk.clone(), &options(PARTITIONS))
                .unwrap_or_else(|error| panic!("seed {seed}: does not open: {error}"));
            check(&journal, seed, &ledger).await;
        }
    });
}

#[test]
fn acknowledged_records_survive_power_cuts() {
    let (first, cuts) = (number_of("GYRE_CUT_SEED", 0), number_of("GYRE_POWER_CUTS", 500));
    for seed in first..first + cuts {
        cut(seed, false);
    }
    println!("{} power cuts, seeds {first} to {}", 3 * cuts, first + cuts - 1);
}

#[test]
#[should_panic(expected = "seed")]
fn a_disk_that_lies_about_syncs_is_noticed() {
    for seed in 0..500 {
        cut(seed, true);
    }
}

#[cfg(debug_assertions)]
#[test]
fn without_the_sync_records_are_lost() {
    let test = "tests::power_cut::acknowledged_records_survive_power_cuts";
    assert!(!super::passes_with("journal.no_sync", test), "{test} notices nothing");
}
