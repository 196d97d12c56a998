//! An erased payload is nowhere on disk, and a power cut in the middle of erasing does no harm.

use super::{entry, open, texts};
use crate::frame;
use crate::sim::SimDisk;
use gyre_ports::{Durability, Journal};

fn is_anywhere(disk: &SimDisk, text: &str) -> bool {
    let text = text.as_bytes();
    let holds = |name: &String| disk.contents(name).windows(text.len()).any(|w| w == text);
    disk.names().iter().any(holds)
}

#[tokio::test]
async fn an_erased_payload_is_nowhere_on_disk() {
    let disk = SimDisk::new(1);
    let journal = open(&disk).unwrap();
    let records = ["left", "ada@example.org", "right"];
    journal.append(0, records.map(entry).to_vec(), Durability::Written).await.unwrap();
    journal.sync(0).await.unwrap();
    assert!(is_anywhere(&disk, "ada@example.org"), "the search would not find it");
    journal.blank(0, 1).await.unwrap();
    assert_eq!(texts(&journal).await, ["left", "", "right"]);
    assert!(!is_anywhere(&disk, "ada@example.org"));
    drop(journal);
    let disk = disk.reboot();
    assert!(!is_anywhere(&disk, "ada@example.org"), "the erasure was not synced");
    let journal = open(&disk).unwrap();
    assert_eq!(texts(&journal).await, ["left", "", "right"]);
    assert_eq!(journal.verify(0).await.unwrap(), []);
}

#[test]
fn the_commitment_of_an_erased_record_cannot_be_tried_out() {
    // Two frames of the same payload share no bytes that follow from it.
    let frames: Vec<Vec<u8>> = [[1; 16], [2; 16]]
        .map(|mut nonce| {
            let mut bytes = Vec::new();
            frame::encode(&mut bytes, &entry("ada@example.org"), &mut nonce);
            bytes
        })
        .to_vec();
    assert_ne!(frames[0][56..72], frames[1][56..72]);
}

#[tokio::test]
async fn a_power_cut_while_erasing_leaves_the_record_whole_or_blank() {
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let journal = open(&disk).unwrap();
        let secret = "ada@example.org ".repeat(80);
        let records = ["left", &secret, "right"];
        journal.append(0, records.map(entry).to_vec(), Durability::Synced).await.unwrap();
        disk.die_after(1 + seed % 6);
        let erased = journal.blank(0, 1).await.is_ok();
        drop(journal);
        let disk = disk.reboot();
        let journal = open(&disk).unwrap();
        let found = texts(&journal).await;
        assert!(found[1].is_empty() || (found[1] == secret && !erased), "seed {seed}: {found:?}");
        assert_eq!((found[0].as_str(), found[2].as_str()), ("left", "right"), "seed {seed}");
        assert_eq!(journal.verify(0).await.unwrap(), [], "seed {seed}");
        if erased {
            assert!(!is_anywhere(&disk, "ada@example.org"), "seed {seed}");
        }
        journal.blank(0, 1).await.unwrap();
        assert!(!is_anywhere(&disk, "ada@example.org"), "seed {seed}");
    }
}
