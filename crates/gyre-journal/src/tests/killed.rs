//! `kill -9` at the bad moments, on a real disk: what was acknowledged, even as only written, is
//! there, and the journal opens without help.
#![cfg(debug_assertions)]

use super::{SEGMENT, entry, options, texts};
use crate::{Options, SegmentJournal};
use gyre_ports::{Durability, Journal};
use std::path::Path;
use std::process::Command;

const DIRECTORY: &str = "GYRE_TEST_DIRECTORY";

fn open(directory: &Path) -> SegmentJournal {
    let directory = directory.to_owned();
    SegmentJournal::open(&Options { directory, segment_bytes: SEGMENT, ..options(1) }).unwrap()
}

/// Appends and says so until a failpoint kills the process.
#[tokio::test]
#[ignore = "run by the other test, in a process of its own"]
async fn appends_until_killed() {
    let directory = std::env::var(DIRECTORY).unwrap();
    let journal = open(Path::new(&directory));
    for _call in 0..1_000 {
        let offset = journal.end(0);
        let durability =
            if offset.is_multiple_of(2) { Durability::Synced } else { Durability::Written };
        let text = format!("{offset} {}", "x".repeat(90));
        journal.append(0, vec![entry(&text)], durability).await.unwrap();
        println!("acknowledged {offset}");
    }
}

#[tokio::test]
async fn acknowledged_records_survive_kill_9() {
    let binary = std::env::current_exe().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut killed = 0;
    for round in 1..=7 {
        for point in ["journal.before_write", "journal.after_write", "journal.after_sync"] {
            let output = Command::new(&binary)
                .args(["--exact", "tests::killed::appends_until_killed"])
                .args(["--ignored", "--nocapture"])
                .env("GYRE_FAILPOINT", format!("{point}:{}", round * 3))
                .env(DIRECTORY, directory.path())
                .output()
                .unwrap();
            assert!(!output.status.success(), "the failpoint {point} was never reached");
            killed += 1;
            let said = String::from_utf8(output.stdout).unwrap();
            let acknowledged =
                said.lines().filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
            let last: u64 = acknowledged.max().unwrap_or(0);
            let journal = open(directory.path());
            assert!(journal.end(0) > last, "{point}: record {last} is lost");
            assert_eq!(journal.verify(0).await.unwrap(), [], "{point}");
            for (offset, text) in texts(&journal).await.iter().enumerate() {
                assert!(text.starts_with(&format!("{offset} ")), "{point}: {text}");
            }
        }
    }
    assert_eq!(killed, 21);
}
