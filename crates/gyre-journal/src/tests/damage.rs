//! Any changed byte is found, nothing damaged is taken for good, and the rest stays readable.

use super::{SEGMENT, entry, number_of, open, texts};
use crate::frame;
use crate::sim::SimDisk;
use gyre_ports::{Durability, ErrorKind, Journal};

/// The files beside the segments.
const BESIDE: [&str; 2] = ["0/mark", "0/erasing"];

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
    for name in names.into_iter().chain(BESIDE.map(str::to_owned)) {
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
        for at in (0..SEGMENT as usize).step_by(number_of("GYRE_BYTE_STEP", 13) as usize) {
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

/// The first byte and the last of every field of a record, and where its payload starts.
fn fields() -> Vec<usize> {
    let workspace = gyre_model::Workspace::default().as_str().len();
    let body = frame::HEAD + workspace;
    let starts = [0, 4, 8, 12, 13, 14, 15, 16, 24, 32, 40, 48, 52, 56, 72, frame::HEAD, body];
    let starts = starts.into_iter().chain([body + 16, body + 20]);
    starts.flat_map(|at| [at.saturating_sub(1), at]).collect()
}

#[tokio::test]
async fn damage_in_any_field_is_told_with_its_offset_and_costs_that_record_alone() {
    let disk = written(30).await;
    let name = segments(&disk).remove(0);
    let whole = texts(&open(&disk).unwrap()).await;
    // Where the records of the first segment start: behind one another, after the header.
    let mut starts = Vec::new();
    let bytes = disk.contents(&name);
    let mut at = crate::segment::HEADER as usize;
    while let Some(length) = frame::head_length(&bytes[at..]) {
        starts.push(at);
        at += frame::head(&bytes[at..at + length]).unwrap().length();
    }
    assert!(starts.len() > 10, "the test wants many records in a segment");
    for (offset, field) in
        [0, 5].into_iter().flat_map(|o| fields().into_iter().map(move |f| (o, f)))
    {
        let flipped = disk.reboot();
        flipped.flip(&name, starts[offset] + field, 0x10);
        let journal = open(&flipped).unwrap();
        let damages = journal.verify(0).await.unwrap();
        let first = damages.first().map(|damage| damage.offset as usize);
        assert_eq!(first, Some(offset), "field at {field}: {damages:?}");
        let error = journal.read(0, offset as u64, 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "field at {field}");
        let rest = journal.read(0, offset as u64 + 1, 7).await.unwrap();
        let rest: Vec<_> = rest.into_iter().map(|stored| stored.entry.payload).collect();
        let wanted: Vec<_> =
            whole[offset + 1..offset + 8].iter().map(|text| text.clone().into_bytes()).collect();
        assert_eq!(rest, wanted, "field at {field}");
    }
}

#[tokio::test]
async fn a_damaged_mark_or_note_costs_nothing() {
    let disk = written(30).await;
    let whole = texts(&open(&disk).unwrap()).await;
    for name in BESIDE {
        for at in 0..disk.contents(name).len() {
            let flipped = disk.reboot();
            flipped.flip(name, at, 0x40);
            let journal = open(&flipped).unwrap();
            assert_eq!(texts(&journal).await, whole, "{name} {at}");
            assert_eq!(journal.verify(0).await.unwrap(), [], "it was not made good: {name} {at}");
        }
    }
}

#[tokio::test]
async fn a_damaged_manifest_opens_nothing() {
    let disk = written(3).await;
    for at in 0..disk.contents("manifest").len() {
        let flipped = disk.reboot();
        flipped.flip("manifest", at, 0x08);
        let error = open(&flipped).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Invalid), "{at}: {error}");
        assert_eq!(segments(&flipped), segments(&disk), "{at}");
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
