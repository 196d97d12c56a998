//! The suite of the port, on a real disk and on a simulated one; and the rules of opening.

use super::{SEGMENT, entry, open, options};
use crate::sim::SimDisk;
use crate::{Options, SegmentJournal};
use gyre_ports::contract::journal::{WildClock, suite};
use gyre_ports::{Clock, Durability, ErrorKind, Journal};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract_on_a_real_disk() {
    for partitions in [1, 3] {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(WildClock::default());
        let given = Arc::clone(&clock) as Arc<dyn Clock>;
        let segment_bytes = 64 << 10;
        let options =
            Options { partitions, segment_bytes, ..Options::new(directory.path(), given) };
        let open =
            || async { Arc::new(SegmentJournal::open(&options).unwrap()) as Arc<dyn Journal> };
        suite(&clock, open).await;
    }
}

#[tokio::test]
async fn keeps_the_contract_on_a_simulated_disk() {
    let disk = SimDisk::new(1);
    let clock = Arc::new(WildClock::default());
    let given = Arc::clone(&clock) as Arc<dyn Clock>;
    let options = Options { segment_bytes: SEGMENT, ..Options::new("", given) };
    let open = || async {
        let journal = SegmentJournal::open_on(disk.clone(), &options).unwrap();
        Arc::new(journal) as Arc<dyn Journal>
    };
    suite(&clock, open).await;
}

#[tokio::test]
async fn two_cannot_open_the_same_journal() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { directory: directory.path().to_owned(), ..options(1) };
    let first = SegmentJournal::open(&options).unwrap();
    let error = SegmentJournal::open(&options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    drop(first);
    SegmentJournal::open(&options).unwrap();
}

#[tokio::test]
async fn the_number_of_partitions_is_fixed() {
    let disk = SimDisk::new(1);
    drop(open(&disk).unwrap());
    let error = SegmentJournal::open_on(disk.clone(), &options(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    drop(open(&disk).unwrap());
    for (partitions, segment_bytes) in [(0, SEGMENT), (1, 100)] {
        let options = Options { partitions, segment_bytes, ..options(1) };
        let error = SegmentJournal::open_on(disk.clone(), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn what_is_only_written_is_synced_soon() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    journal.append(0, vec![entry("soon")], Durability::Written).await.unwrap();
    while journal.synced(0) == 0 {
        tokio::task::yield_now().await;
    }
    drop(journal);
    assert_eq!(open(&disk.reboot()).unwrap().end(0), 1);
}
