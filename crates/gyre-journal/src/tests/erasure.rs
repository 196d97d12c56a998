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

#[tokio::test]
async fn many_are_blanked_at_once_and_the_chain_still_verifies() {
    let disk = SimDisk::new(3);
    let journal = open(&disk).unwrap();
    let names: Vec<String> =
        (0..300).map(|n| format!("secret-{n:03}-{}", "x".repeat(90))).collect();
    let records = names.iter().map(|name| entry(name)).collect();
    journal.append(0, records, Durability::Synced).await.unwrap();
    let gone: Vec<u64> = (0..300).filter(|n| n % 3 == 1).collect();
    journal.blank_all(0, &gone).await.unwrap();
    drop(journal);
    let disk = disk.reboot();
    let journal = open(&disk).unwrap();
    for (n, found) in (0u64..).zip(texts(&journal).await) {
        let name = &names[n as usize];
        assert_eq!(found, if gone.contains(&n) { "" } else { name });
        assert_eq!(is_anywhere(&disk, name), !gone.contains(&n));
    }
    assert_eq!(journal.verify(0).await.unwrap(), []);
    let beyond = journal.blank_all(0, &[5, 300]).await.unwrap_err();
    assert_eq!(beyond.kind(), gyre_ports::ErrorKind::NotFound);
    assert_eq!(texts(&journal).await[5], names[5], "nothing of a refused call is done");
}

#[tokio::test]
async fn a_power_cut_while_many_are_erased_leaves_each_whole_or_blank() {
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let journal = open(&disk).unwrap();
        let secret = "ada@example.org ".repeat(40);
        let records = (0..8).map(|_| entry(&secret)).collect();
        journal.append(0, records, Durability::Synced).await.unwrap();
        disk.die_after(1 + seed % 12);
        let erased = journal.blank_all(0, &[1, 2, 5, 6]).await.is_ok();
        drop(journal);
        let disk = disk.reboot();
        let journal = open(&disk).unwrap();
        for (place, found) in texts(&journal).await.iter().enumerate() {
            let goes = [1, 2, 5, 6].contains(&place);
            assert!(
                (found.is_empty() && goes) || (*found == secret && !(goes && erased)),
                "seed {seed}: {place}"
            );
        }
        assert_eq!(journal.verify(0).await.unwrap(), [], "seed {seed}");
    }
}
