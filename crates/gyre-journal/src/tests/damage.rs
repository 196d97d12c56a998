//! Any changed byte is found, nothing damaged is taken for good, and the rest stays readable.

use super::{SEGMENT, entry, open, texts};
use crate::sim::SimDisk;
use gyre_ports::{Durability, ErrorKind, Journal};

/// A closed journal of several segments with one erased record.
async fn written(records: usize) -> SimDisk {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    for index in 0..records {
        let text = format!("{index} {}", "x".repeat(100));
        journal.append(0, vec![entry(&text)], Durability::Written).await.unwrap();
    }
    journal.blank(0, 1).await.unwrap();
    drop(journal);
    disk
}

fn segments(disk: &SimDisk) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.ends_with(".segment")).collect()
}

#[tokio::test]
async fn any_changed_byte_is_found() {
    let disk = written(30).await;
    let names = segments(&disk);
    assert!(names.len() > 1, "the test wants a full segment and an open one");
    let journal = open(&disk).unwrap();
    assert_eq!(journal.verify(0).await.unwrap(), []);
    let mut missed = Vec::new();
    for name in names {
        for at in 0..disk.contents(&name).len() {
            let bits = 1 << (at % 8);
            disk.flip(&name, at, bits);
            if journal.verify(0).await.unwrap().is_empty() {
                missed.push((name.clone(), at));
            }
            disk.flip(&name, at, bits);
        }
    }
    assert_eq!(missed, []);
    assert_eq!(journal.verify(0).await.unwrap(), []);
}

#[tokio::test]
async fn damage_is_never_given_out() {
    let disk = written(30).await;
    let whole = texts(&open(&disk).unwrap()).await;
    for name in segments(&disk) {
        for at in (0..SEGMENT as usize).step_by(13) {
            let flipped = disk.reboot();
            flipped.flip(&name, at, 0x20);
            // Opening may refuse; what it does give out is what was written.
            let Ok(journal) = open(&flipped) else { continue };
            let mut from = journal.start(0);
            let mut damaged = 0;
            while from < journal.end(0) {
                match journal.read(0, from, 7).await {
                    Ok(stored) => {
                        for stored in &stored {
                            let expected = whole[stored.offset as usize].as_bytes();
                            assert_eq!(stored.entry.payload, expected, "{name} {at}");
                        }
                        from += stored.len() as u64;
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Corrupt);
                        (from, damaged) = (from + 1, damaged + 1);
                    }
                }
            }
            assert!(damaged <= 1, "one byte cost {damaged} records: {name} {at}");
            assert_eq!(journal.end(0), 30, "synced records were cut: {name} {at}");
            let next = journal.append(0, vec![entry("on")], Durability::Synced).await.unwrap();
            assert_eq!(next, 30, "{name} {at}");
            assert_eq!(journal.read(0, 30, 1).await.unwrap()[0].entry, entry("on"));
        }
    }
}

#[tokio::test]
async fn a_missing_segment_is_told() {
    let disk = written(80).await;
    let names = segments(&disk);
    crate::disk::Disk::remove(&disk, &names[1]).unwrap();
    let journal = open(&disk).unwrap();
    assert!(!journal.verify(0).await.unwrap().is_empty());
    let mut from = 0;
    let error = loop {
        match journal.read(0, from, 5).await {
            Ok(stored) => from += stored.len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[cfg(debug_assertions)]
#[test]
fn without_checksums_damage_is_given_out() {
    let test = "tests::damage::damage_is_never_given_out";
    assert!(!super::passes_with("journal.no_crc", test), "{test} notices nothing");
}
