//! The embedded fold keeps the contract, also when the process is killed in the middle.

use crate::{FjallFold, Options};
use gyre_model::Offset;
use gyre_ports::contract::fold::{Open, commit_nth, suite, whole};
use gyre_ports::fold::{Space, Write};
use gyre_ports::{ErrorKind, Fold};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn place(options: Options) -> Open {
    let folder = tempfile::tempdir().unwrap();
    Box::new(move || {
        Arc::new(FjallFold::open_with(folder.path(), 3, options.clone()).unwrap()) as Arc<dyn Fold>
    })
}

#[test]
fn the_fold_keeps_the_contract() {
    suite(&|| place(Options::small()));
}

#[test]
fn the_contract_holds_with_a_bin_for_every_hour() {
    // Every bin is full at once, so that bins come and go with their hours.
    suite(&|| place(Options { bin_bytes: 0, ..Options::small() }));
}

fn is_on_disk(folder: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_on_disk(&path, text);
        }
        std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text)
    })
}

#[test]
fn what_was_deleted_and_purged_is_on_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let fold = FjallFold::open(folder.path(), 1).unwrap();
    let put = |key: &str, value: &str| Write::Put(Space::Person, key.into(), value.into());
    fold.commit(0, 1, vec![put("a", "zelda-kx93-before"), put("b", "stays-where-it-is")]).unwrap();
    fold.commit(
        0,
        2,
        vec![put("a", "zelda-kx93-after"), Write::Put(Space::Dedup(9), vec![1], vec![2])],
    )
    .unwrap();
    fold.sync().unwrap();
    fold.commit(0, 3, vec![Write::Delete(Space::Person, b"a".to_vec())]).unwrap();
    fold.sync().unwrap();
    assert!(is_on_disk(folder.path(), b"zelda-kx93"), "deleting alone leaves it");
    fold.purge().unwrap();
    assert!(!is_on_disk(folder.path(), b"zelda-kx93"));
    fold.purge().unwrap();
    let read = |fold: &FjallFold| {
        let get = |space, key: &[u8]| fold.get(0, space, key).unwrap();
        let position = fold.position(0).unwrap();
        (get(Space::Person, b"b"), get(Space::Person, b"a"), get(Space::Dedup(9), &[1]), position)
    };
    let wanted = (Some(b"stays-where-it-is".to_vec()), None, Some(vec![2]), Some(3));
    assert_eq!(read(&fold), wanted);
    drop(fold);
    assert_eq!(read(&FjallFold::open(folder.path(), 1).unwrap()), wanted);
}

#[test]
fn a_bin_without_live_hours_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options = Options { bin_bytes: 0, ..Options::small() };
        FjallFold::open_with(folder.path(), 1, options).unwrap()
    };
    let fold = open();
    for hour in 0..4 {
        fold.commit(0, 1, vec![Write::Put(Space::Dedup(hour), vec![1], vec![])]).unwrap();
    }
    let before = fold.keyspaces();
    for hour in 0..4 {
        fold.drop_dedup_hour(0, hour).unwrap();
    }
    assert_eq!(fold.keyspaces(), before - 3, "all but the newest bin are gone");
    fold.clear(0).unwrap();
    assert_eq!(fold.keyspaces(), 2);
    drop(fold);
    assert_eq!(open().keyspaces(), 2);
}

#[test]
fn many_hours_share_a_bin() {
    let folder = tempfile::tempdir().unwrap();
    let fold = FjallFold::open(folder.path(), 1).unwrap();
    for hour in 0..100 {
        fold.commit(0, 1, vec![Write::Put(Space::Dedup(hour), vec![1], vec![])]).unwrap();
    }
    assert_eq!(fold.keyspaces(), 3);
    assert_eq!(fold.dedup_hours(0).unwrap().len(), 100);
}

#[test]
fn what_can_not_be_right_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fold = FjallFold::open(folder.path(), 2).unwrap();
    let kind = |result: gyre_ports::Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(fold.commit(2, 0, Vec::new())), ErrorKind::Invalid);
    let long = vec![Write::Put(Space::Node, vec![0; 1 << 16], vec![])];
    assert_eq!(kind(fold.commit(0, 0, long)), ErrorKind::Invalid);
    assert_eq!(fold.get(0, Space::Node, &vec![0; 1 << 16]).unwrap(), None);
    assert_eq!(fold.position(0).unwrap(), None);
    let twice = FjallFold::open(folder.path(), 2).map(drop);
    assert_eq!(kind(twice), ErrorKind::Conflict, "two processes would write the same fold");
    drop(fold);
    let other = FjallFold::open(folder.path(), 3).map(drop);
    assert_eq!(kind(other), ErrorKind::Invalid);
    FjallFold::open(folder.path(), 2).unwrap();
}

/// The folder of the child of a crash test.
const FOLDER: &str = "GYRE_FOLD_TEST_FOLDER";

/// Not a test of its own: what the child of a crash test does until it is killed.
#[test]
fn child_commits_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let fold = FjallFold::open(folder, 1).unwrap();
    let first = whole(&fold).map_or(0, |n| n + 1);
    for n in first..first + 10 {
        commit_nth(&fold, n);
    }
    unreachable!("the process was to be killed");
}

fn killed_at(folder: &Path, failpoint: &str) -> Option<Offset> {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::child_commits_until_it_is_killed"])
        .env(FOLDER, folder)
        .env("GYRE_FAILPOINT", failpoint)
        .output()
        .unwrap();
    assert!(!status.status.success());
    assert!(!String::from_utf8_lossy(&status.stderr).contains("panicked"), "{status:?}");
    whole(&FjallFold::open(folder, 1).unwrap())
}

#[test]
fn a_killed_process_leaves_a_whole_commit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(killed_at(folder, "fold.before_commit:1"), None);
    assert_eq!(killed_at(folder, "fold.after_commit:3"), Some(2));
    assert_eq!(killed_at(folder, "fold.before_commit:2"), Some(3));
    assert_eq!(killed_at(folder, "fold.after_commit:1"), Some(4));
}

#[test]
fn a_torn_commit_is_as_if_it_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let log = || {
        let files = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|ext| ext == "jnl")).max().unwrap()
    };
    let fold = FjallFold::open(path, 1).unwrap();
    commit_nth(&fold, 0);
    let end = used(&log());
    commit_nth(&fold, 1);
    let whole_end = used(&log());
    drop(fold);
    assert!(end < whole_end);
    let file = std::fs::OpenOptions::new().write(true).open(log()).unwrap();
    file.set_len(u64::midpoint(end, whole_end)).unwrap();
    drop(file);
    let fold = FjallFold::open(path, 1).unwrap();
    assert_eq!(whole(&fold), Some(0));
}

/// How far a preallocated log file is written.
fn used(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}
