//! A copy made while the journal is in use is a journal: whole, and no shorter than when it began.

use super::{SEGMENT, entry, open, options, texts};
use crate::sim::SimDisk;
use crate::{Assembly, Options, Piece, SegmentJournal};
use gyre_ports::{Durability, ErrorKind, Journal};
use std::sync::Arc;

fn frames(disk: &SimDisk) -> Vec<(String, Vec<u8>)> {
    let segments = disk.names().into_iter().filter(|name| name.ends_with(".segment"));
    // Room that is not used yet is not copied.
    let used = |bytes: Vec<u8>| {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes[..end].to_vec()
    };
    segments.map(|name| (name.clone(), used(disk.contents(&name)))).collect()
}

#[tokio::test]
async fn a_copy_is_the_same_byte_for_byte() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    for index in 0..80 {
        let text = format!("{index} {}", "x".repeat(100));
        journal.append(0, vec![entry(&text)], Durability::Written).await.unwrap();
    }
    journal.blank(0, 3).await.unwrap();
    let copied = SimDisk::new(2);
    assert_eq!(journal.copy_on(&copied).unwrap(), [80]);
    assert_eq!(frames(&copied), frames(&disk));
    assert!(frames(&disk).len() > 1, "the test wants several segments");
    // It is on disk: a power cut leaves all of it.
    let copied = open(&copied.reboot()).unwrap();
    assert_eq!(texts(&copied).await, texts(&journal).await);
    assert_eq!(copied.verify(0).await.unwrap(), []);
    let next = copied.append(0, vec![entry("on")], Durability::Synced).await.unwrap();
    assert_eq!(next, 80);
}

#[tokio::test]
async fn a_copy_goes_onto_nothing_that_is_there() {
    let journal = open(&SimDisk::new(1)).unwrap();
    let other = SimDisk::new(2);
    drop(open(&other).unwrap());
    let error = journal.copy_on(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_empty_journal_is_copied() {
    let copied = SimDisk::new(2);
    assert_eq!(open(&SimDisk::new(1)).unwrap().copy_on(&copied).unwrap(), [0]);
    assert_eq!(open(&copied.reboot()).unwrap().end(0), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_beside_appends_has_what_was_acknowledged_before() {
    let disk = SimDisk::new(1);
    let journal = Arc::new(SegmentJournal::open_on(disk.clone(), &options(2)).unwrap());
    let appending = {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move {
            for index in 0..600u32 {
                let text = format!("{} {}", index / 2, "y".repeat(60));
                journal.append(index % 2, vec![entry(&text)], Durability::Written).await.unwrap();
            }
        })
    };
    let mut copies = 0;
    while !appending.is_finished() {
        let before = [journal.end(0), journal.end(1)];
        let copied = SimDisk::new(copies);
        let bounds = journal.copy_on(&copied).unwrap();
        let copy = SegmentJournal::open_on(copied.reboot(), &options(2)).unwrap();
        for partition in 0..2 {
            let at = partition as usize;
            assert_eq!(copy.end(partition), bounds[at]);
            assert!(bounds[at] >= before[at], "the copy is shorter than the journal was");
            assert_eq!(copy.verify(partition).await.unwrap(), []);
            let stored = copy.read(partition, 0, usize::MAX).await.unwrap();
            assert_eq!(stored.len() as u64, bounds[at]);
            for stored in stored {
                let wanted = format!("{} ", stored.offset);
                assert!(stored.entry.payload.starts_with(wanted.as_bytes()));
            }
        }
        copies += 1;
        tokio::task::yield_now().await;
    }
    appending.await.unwrap();
    assert!(copies > 0);
}

#[tokio::test]
async fn damage_is_copied_as_it_is() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    for index in 0..60 {
        journal.append(0, vec![entry(&"z".repeat(120))], Durability::Synced).await.unwrap();
        assert_eq!(journal.end(0), index + 1);
    }
    let first = disk.names().into_iter().find(|name| name.ends_with(".segment")).unwrap();
    disk.flip(&first, (SEGMENT / 2) as usize, 4);
    let found = journal.verify(0).await.unwrap();
    assert!(!found.is_empty());
    let copied = SimDisk::new(2);
    assert_eq!(journal.copy_on(&copied).unwrap(), [60]);
    assert_eq!(open(&copied).unwrap().verify(0).await.unwrap(), found);
}

/// Takes a journal to pieces and puts it together, without the bodies of some records.
fn again(journal: &SegmentJournal, directory: &std::path::Path, without: &[u64]) -> SegmentJournal {
    let mut assembly = Assembly::new(directory, 1).unwrap();
    let ends = journal.pieces(&mut |piece| {
        assembly.add(match piece {
            Piece::Record { partition, offset, key, head, body } => {
                assert_eq!(key, 7);
                let body = body.filter(|_| !without.contains(&offset));
                Piece::Record { partition, offset, key, head, body }
            }
            other => other,
        })
    });
    assembly.finish(&ends.unwrap()).unwrap();
    let options = Options { directory: directory.to_owned(), ..options(1) };
    SegmentJournal::open(&options).unwrap()
}

#[tokio::test]
async fn pieces_make_the_same_journal_but_for_what_was_left_out() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    for index in 0..80 {
        let text = format!("{index} {}", "x".repeat(100));
        journal.append(0, vec![entry(&text)], Durability::Synced).await.unwrap();
    }
    journal.blank(0, 3).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let same = again(&journal, &folder.path().join("same"), &[]);
    assert_eq!(texts(&same).await, texts(&journal).await);
    assert_eq!(same.verify(0).await.unwrap(), []);
    let less = again(&journal, &folder.path().join("less"), &[5, 79]);
    // As if they had been erased: the chain verifies, and the next record follows.
    journal.blank_all(0, &[5, 79]).await.unwrap();
    assert_eq!(texts(&less).await, texts(&journal).await);
    assert_eq!(less.verify(0).await.unwrap(), []);
    assert_eq!(less.append(0, vec![entry("on")], Durability::Synced).await.unwrap(), 80);
    let error = Assembly::new(folder.path().join("less"), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn pieces_of_a_damaged_journal_are_as_damaged() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    for _ in 0..60 {
        journal.append(0, vec![entry(&"z".repeat(120))], Durability::Synced).await.unwrap();
    }
    let first = disk.names().into_iter().find(|name| name.ends_with(".segment")).unwrap();
    disk.flip(&first, (SEGMENT / 2) as usize, 4);
    let offsets = |found: Vec<gyre_ports::journal::Damage>| {
        found.into_iter().map(|damage| damage.offset).collect::<Vec<_>>()
    };
    let found = offsets(journal.verify(0).await.unwrap());
    assert!(!found.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let copied = again(&journal, &folder.path().join("copied"), &[]);
    assert_eq!(offsets(copied.verify(0).await.unwrap()), found);
}
