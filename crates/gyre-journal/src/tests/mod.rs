//! The embedded journal keeps the contract, and its promises when the disk does not.

mod contract;
mod copying;
mod damage;
mod disk_full;
mod erasure;
mod killed;
mod power_cut;

use crate::sim::SimDisk;
use crate::{Options, SegmentJournal};
use gyre_model::{Entry, Family, Timestamp, Workspace};
use gyre_ports::Journal;
use gyre_ports::clock::ManualClock;
use std::sync::Arc;

/// The smallest segments, so that a test sees many.
const SEGMENT: u64 = 4 << 10;

/// How much of something is tried: more by an environment variable than CI takes time for.
fn number_of(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn options(partitions: u32) -> Options {
    let clock = Arc::new(ManualClock::new(Timestamp(1_000)));
    Options { partitions, segment_bytes: SEGMENT, ..Options::new("", clock) }
}

fn open(disk: &SimDisk) -> gyre_ports::Result<SegmentJournal> {
    SegmentJournal::open_on(disk.clone(), &options(1))
}

fn entry(payload: &str) -> Entry {
    Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key: 7,
        cause: None,
        payload: payload.as_bytes().to_vec(),
    }
}

/// What is readable from the start, as text.
async fn texts(journal: &dyn Journal) -> Vec<String> {
    let stored = journal.read(0, journal.start(0), usize::MAX).await.unwrap();
    stored.into_iter().map(|stored| String::from_utf8(stored.entry.payload).unwrap()).collect()
}

/// Runs one test of this binary again with a safety switched off; true if it still passes.
#[cfg(debug_assertions)]
fn passes_with(mutant: &str, test: &str) -> bool {
    let binary = std::env::current_exe().unwrap();
    let mut command = std::process::Command::new(binary);
    let output = command.args(["--exact", test]).env("GYRE_MUTANT", mutant).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "there is no test {test}");
    output.status.success()
}
