//! A full disk refuses and recovers; a failed sync stops everything.

use super::{SEGMENT, entry, open, texts};
use crate::sim::{Fault, SimDisk};
use gyre_ports::{Durability, ErrorKind, Journal};

#[tokio::test]
async fn a_full_disk_refuses_and_takes_again_when_there_is_room() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    disk.set_capacity(Some(3 * SEGMENT));
    let mut kept = Vec::new();
    let error = loop {
        let text = format!("{} {}", kept.len(), "x".repeat(300));
        match journal.append(0, vec![entry(&text)], Durability::Synced).await {
            Ok(offset) => assert_eq!(offset, kept.len() as u64),
            Err(error) => break error,
        }
        kept.push(text);
    };
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(journal.end(0), kept.len() as u64, "a refused append took an offset");
    assert_eq!(texts(&journal).await, kept, "reading goes on");
    disk.set_capacity(None);
    kept.push("room".to_owned());
    let offset = journal.append(0, vec![entry("room")], Durability::Synced).await.unwrap();
    assert_eq!(offset, kept.len() as u64 - 1);
    assert_eq!(journal.verify(0).await.unwrap(), []);
    drop(journal);
    assert_eq!(texts(&open(&disk.reboot()).unwrap()).await, kept);
}

#[tokio::test]
async fn half_a_write_is_taken_back_when_the_disk_is_full() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    journal.append(0, vec![entry("before")], Durability::Synced).await.unwrap();
    disk.fail(Fault::Full, 1);
    // Longer than what comes next, which would not cover it.
    let half = entry(&"half".repeat(80));
    let error = journal.append(0, vec![half], Durability::Written).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(journal.verify(0).await.unwrap(), [], "half a record was left");
    let offset = journal.append(0, vec![entry("after")], Durability::Synced).await.unwrap();
    assert_eq!(offset, 1);
    assert_eq!(journal.verify(0).await.unwrap(), [], "half a record was left behind the next");
    drop(journal);
    let journal = open(&disk.reboot()).unwrap();
    assert_eq!(texts(&journal).await, ["before", "after"]);
    assert_eq!(journal.verify(0).await.unwrap(), []);
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_acknowledged() {
    for fault in [Fault::Sync, Fault::Write] {
        let disk = SimDisk::new(1);
        let journal = open(&disk).unwrap();
        journal.append(0, vec![entry("kept")], Durability::Synced).await.unwrap();
        disk.fail(fault, 1);
        let error = journal.append(0, vec![entry("lost")], Durability::Synced).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fatal);
        for durability in [Durability::Written, Durability::Synced] {
            let error = journal.append(0, vec![entry("late")], durability).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Fatal, "acknowledged after {fault:?} failed");
        }
        assert_eq!(journal.sync(0).await.unwrap_err().kind(), ErrorKind::Fatal);
        assert_eq!(journal.synced(0), 1);
        assert_eq!(journal.read(0, 0, 1).await.unwrap()[0].entry, entry("kept"));
        drop(journal);
        let journal = open(&disk.reboot()).unwrap();
        assert_eq!(texts(&journal).await[0], "kept");
    }
}

#[cfg(debug_assertions)]
#[test]
fn without_the_safeties_the_faults_are_noticed() {
    for (mutant, test) in [
        ("journal.keep_half_write", "half_a_write_is_taken_back_when_the_disk_is_full"),
        ("journal.sync_again", "after_a_failed_sync_nothing_is_acknowledged"),
    ] {
        let test = format!("tests::disk_full::{test}");
        assert!(!super::passes_with(mutant, &test), "{test} does not notice {mutant}");
    }
}
