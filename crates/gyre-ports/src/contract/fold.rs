//! The contract of the fold.
//!
//! A *place* is where one fold lives: it starts empty, and can be opened again after the fold that was
//! open there has been dropped.
#![expect(clippy::unwrap_used, reason = "a contract suite panics on a broken promise")]

use crate::fold::{Fold, Pair, Space, Write};
use gyre_model::Offset;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Opens what is at one place.
pub type Open = Box<dyn Fn() -> Arc<dyn Fold>>;

/// Every space that a commit of the suites touches.
const SPACES: [Space; 7] = [
    Space::Node,
    Space::Person,
    Space::Wheel,
    Space::Dedup(-1),
    Space::Dedup(7),
    Space::Meta,
    Space::Link,
];

/// Checks every promise that can be seen without a crash; panics on a broken one. `place` gives an
/// empty place each time; partitions 0 to 2 must exist there.
pub fn suite(place: &dyn Fn() -> Open) {
    an_empty_fold_has_nothing(&*place()());
    what_was_put_is_read(&*place()());
    the_last_write_of_a_commit_wins(&*place()());
    spaces_and_partitions_are_apart(&*place()());
    scans_are_ordered_and_bounded(&*place()());
    hours_are_dropped_whole(&place());
    clearing_leaves_the_other_partitions(&place());
    what_was_committed_is_there_after_reopening(&place());
    every_commit_is_whole(&place());
    reads_go_on_while_it_is_written(&place()());
}

/// The n-th of a row of commits that [`whole`] can judge: writes its number everywhere, and a growing
/// key to each space, and removes that of the commit before.
pub fn commit_nth(fold: &dyn Fold, n: Offset) {
    let number = n.to_be_bytes().to_vec();
    let mut writes = Vec::new();
    for space in SPACES {
        writes.push(Write::Put(space, b"first".to_vec(), number.clone()));
        if let Some(before) = n.checked_sub(1) {
            writes.push(Write::Delete(space, before.to_be_bytes().to_vec()));
        }
        writes.push(Write::Put(space, number.clone(), number.clone()));
        writes.push(Write::Put(space, b"last".to_vec(), number.clone()));
    }
    fold.commit(0, n, writes).unwrap();
}

/// Checks that the fold holds exactly what some commit of [`commit_nth`] left, and says which.
pub fn whole(fold: &dyn Fold) -> Option<Offset> {
    let position = fold.position(0).unwrap();
    for space in SPACES {
        let found = scan_all(fold, space);
        let expected: Vec<Pair> = position.map_or(Vec::new(), |n| {
            let number = n.to_be_bytes().to_vec();
            let keys = [number.clone(), b"first".to_vec(), b"last".to_vec()];
            keys.map(|key| (key, number.clone())).into()
        });
        assert_eq!(found, expected, "{space:?} is not what the commit at {position:?} left");
    }
    position
}

/// The promise about power cuts, for adapters that can play one: after `crash`, the fold is that of the
/// last `sync` or of a later commit, whole.
pub fn crash_suite<F: Fold>(fold: &F, crash: impl Fn(&F)) {
    for n in 0..4 {
        commit_nth(fold, n);
    }
    fold.sync().unwrap();
    for n in 4..7 {
        commit_nth(fold, n);
    }
    crash(fold);
    let position = whole(fold);
    assert!(position >= Some(3), "what was synced is gone: {position:?}");
    commit_nth(fold, 20);
    fold.clear(0).unwrap();
    fold.sync().unwrap();
    crash(fold);
    assert_eq!(whole(fold), None, "a synced clearing is undone");
}

fn put(space: Space, key: &[u8], value: &[u8]) -> Write {
    Write::Put(space, key.to_vec(), value.to_vec())
}

fn delete(space: Space, key: &[u8]) -> Write {
    Write::Delete(space, key.to_vec())
}

fn scan_all(fold: &dyn Fold, space: Space) -> Vec<Pair> {
    fold.scan(0, space, b"", b"", usize::MAX).unwrap()
}

fn keys(pairs: Vec<Pair>) -> Vec<String> {
    pairs.into_iter().map(|(key, _)| String::from_utf8_lossy(&key).into_owned()).collect()
}

fn an_empty_fold_has_nothing(fold: &dyn Fold) {
    assert_eq!(fold.position(0).unwrap(), None);
    assert_eq!(fold.get(0, Space::Node, b"k").unwrap(), None);
    assert_eq!(fold.get(0, Space::Dedup(3), b"k").unwrap(), None);
    assert_eq!(scan_all(fold, Space::Person), []);
    assert_eq!(scan_all(fold, Space::Dedup(3)), []);
    assert_eq!(fold.dedup_hours(0).unwrap(), [] as [i32; 0]);
    fold.drop_dedup_hour(0, 3).unwrap();
    fold.clear(0).unwrap();
    fold.sync().unwrap();
    assert_eq!(fold.position(0).unwrap(), None);
}

fn what_was_put_is_read(fold: &dyn Fold) {
    for space in SPACES {
        let writes = vec![put(space, b"a", b"1"), put(space, b"b", b""), put(space, b"", b"0")];
        fold.commit(0, 5, writes).unwrap();
        assert_eq!(fold.get(0, space, b"a").unwrap().as_deref(), Some(&b"1"[..]));
        assert_eq!(fold.get(0, space, b"b").unwrap().as_deref(), Some(&b""[..]), "empty value");
        assert_eq!(fold.get(0, space, b"").unwrap().as_deref(), Some(&b"0"[..]), "empty key");
        assert_eq!(fold.get(0, space, b"c").unwrap(), None);
        let writes = vec![put(space, b"a", b"2"), delete(space, b"b"), delete(space, b"absent")];
        fold.commit(0, 6, writes).unwrap();
        assert_eq!(fold.get(0, space, b"a").unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(fold.get(0, space, b"b").unwrap(), None, "a removed key is still read");
    }
    assert_eq!(fold.position(0).unwrap(), Some(6));
    fold.commit(0, 7, Vec::new()).unwrap();
    assert_eq!(fold.position(0).unwrap(), Some(7), "a commit without writes moves the position");
}

fn the_last_write_of_a_commit_wins(fold: &dyn Fold) {
    for space in SPACES {
        let writes = vec![
            put(space, b"kept", b"1"),
            put(space, b"gone", b"1"),
            delete(space, b"kept"),
            put(space, b"kept", b"2"),
            delete(space, b"gone"),
        ];
        fold.commit(0, 1, writes).unwrap();
        assert_eq!(scan_all(fold, space), [(b"kept".to_vec(), b"2".to_vec())]);
    }
}

fn spaces_and_partitions_are_apart(fold: &dyn Fold) {
    for (n, space) in SPACES.into_iter().enumerate() {
        fold.commit(0, 1, vec![put(space, b"k", &[n as u8])]).unwrap();
    }
    for (n, space) in SPACES.into_iter().enumerate() {
        assert_eq!(scan_all(fold, space), [(b"k".to_vec(), vec![n as u8])], "{space:?}");
        assert_eq!(fold.get(1, space, b"k").unwrap(), None, "{space:?} of another partition");
    }
    assert_eq!(fold.position(1).unwrap(), None);
    fold.commit(1, 9, vec![put(Space::Node, b"k", b"other")]).unwrap();
    assert_eq!(fold.get(0, Space::Node, b"k").unwrap(), Some(vec![0]));
    assert_eq!((fold.position(0).unwrap(), fold.position(1).unwrap()), (Some(1), Some(9)));
}

fn scans_are_ordered_and_bounded(fold: &dyn Fold) {
    for space in SPACES {
        let writes =
            ["b", "a", "ab", "d", "c\u{ff}", "c"].map(|key| put(space, key.as_bytes(), b"v"));
        fold.commit(0, 1, writes.into()).unwrap();
        fold.commit(0, 2, vec![put(space, b"aa", b"v"), delete(space, b"d")]).unwrap();
        let scan = |from: &str, to: &str, limit| {
            keys(fold.scan(0, space, from.as_bytes(), to.as_bytes(), limit).unwrap())
        };
        assert_eq!(scan("", "", 99), ["a", "aa", "ab", "b", "c", "c\u{ff}"]);
        assert_eq!(scan("aa", "c", 99), ["aa", "ab", "b"], "from is in, to is not");
        assert_eq!(scan("ab", "", 99), ["ab", "b", "c", "c\u{ff}"], "an empty end is no end");
        assert_eq!(scan("", "", 2), ["a", "aa"], "no more than asked for");
        assert_eq!(scan("aa\0", "", 2), ["ab", "b"], "the next page begins after the last key");
        assert_eq!(scan("", "", 0), [""; 0]);
        assert_eq!(scan("b", "b", 9), [""; 0]);
        assert_eq!(scan("c", "b", 9), [""; 0], "a range that ends before it begins is empty");
    }
    fold.commit(0, 3, vec![put(Space::Wheel, &[255, 255], b"v"), put(Space::Wheel, &[255], b"v")])
        .unwrap();
    let last = fold.scan(0, Space::Wheel, &[254], b"", 9).unwrap();
    assert_eq!(last.len(), 2, "keys of the highest bytes are in an open range");
}

fn hours_are_dropped_whole(open: &Open) {
    let fold = open();
    for hour in [50, -2, 0, 49] {
        let writes = vec![put(Space::Dedup(hour), b"a", b"1"), put(Space::Dedup(hour), b"b", b"")];
        fold.commit(0, 1, writes).unwrap();
    }
    fold.commit(1, 1, vec![put(Space::Dedup(49), b"a", b"2")]).unwrap();
    fold.commit(0, 2, vec![put(Space::Node, b"a", b"1")]).unwrap();
    assert_eq!(fold.dedup_hours(0).unwrap(), [-2, 0, 49, 50]);
    assert_eq!(fold.dedup_hours(1).unwrap(), [49]);
    fold.drop_dedup_hour(0, 49).unwrap();
    let check = |fold: &dyn Fold| {
        assert_eq!(fold.dedup_hours(0).unwrap(), [-2, 0, 50]);
        assert_eq!(fold.get(0, Space::Dedup(49), b"a").unwrap(), None, "read from a dropped hour");
        assert_eq!(scan_all(fold, Space::Dedup(49)), []);
        assert_eq!(scan_all(fold, Space::Dedup(50)).len(), 2, "another hour was touched");
        assert_eq!(fold.get(1, Space::Dedup(49), b"a").unwrap(), Some(b"2".to_vec()));
        assert_eq!(fold.position(0).unwrap(), Some(2), "dropping an hour moved the position");
    };
    check(&*fold);
    drop(fold);
    let fold = open();
    check(&*fold);
    fold.commit(0, 3, vec![put(Space::Dedup(49), b"c", b"3")]).unwrap();
    assert_eq!(fold.dedup_hours(0).unwrap(), [-2, 0, 49, 50], "an hour can come back");
    assert_eq!(scan_all(&*fold, Space::Dedup(49)), [(b"c".to_vec(), b"3".to_vec())]);
    for hour in [-2, 0, 49, 50] {
        fold.drop_dedup_hour(0, hour).unwrap();
    }
    drop(fold);
    let fold = open();
    assert_eq!(fold.dedup_hours(0).unwrap(), [] as [i32; 0]);
    assert_eq!(scan_all(&*fold, Space::Dedup(49)), []);
    assert_eq!(fold.get(0, Space::Node, b"a").unwrap(), Some(b"1".to_vec()));
}

fn clearing_leaves_the_other_partitions(open: &Open) {
    let fold = open();
    for partition in [0, 1] {
        let writes = SPACES.map(|space| put(space, b"k", b"v"));
        fold.commit(partition, 3, writes.into()).unwrap();
    }
    fold.clear(0).unwrap();
    let check = |fold: &dyn Fold| {
        assert_eq!(fold.position(0).unwrap(), None, "a cleared partition has a position");
        assert_eq!(fold.dedup_hours(0).unwrap(), [] as [i32; 0]);
        assert_eq!(
            (fold.position(1).unwrap(), fold.dedup_hours(1).unwrap()),
            (Some(3), vec![-1, 7])
        );
        for space in SPACES {
            assert_eq!(scan_all(fold, space), [], "{space:?} was not cleared");
            assert_eq!(fold.get(1, space, b"k").unwrap(), Some(b"v".to_vec()), "{space:?}");
        }
    };
    check(&*fold);
    drop(fold);
    let fold = open();
    check(&*fold);
    commit_nth(&*fold, 0);
    assert_eq!(whole(&*fold), Some(0), "a cleared partition is derived again");
    fold.clear(0).unwrap();
    fold.clear(0).unwrap();
    assert_eq!(whole(&*fold), None);
}

fn what_was_committed_is_there_after_reopening(open: &Open) {
    let fold = open();
    fold.commit(2, 41, SPACES.map(|space| put(space, b"k", b"v")).into()).unwrap();
    fold.commit(2, 42, vec![delete(Space::Wheel, b"k")]).unwrap();
    fold.sync().unwrap();
    drop(fold);
    let fold = open();
    assert_eq!(fold.position(2).unwrap(), Some(42), "the position is lost");
    assert_eq!(fold.get(2, Space::Node, b"k").unwrap(), Some(b"v".to_vec()));
    assert_eq!(fold.get(2, Space::Wheel, b"k").unwrap(), None, "a removed key came back");
    assert_eq!(fold.dedup_hours(2).unwrap(), [-1, 7]);
}

fn every_commit_is_whole(open: &Open) {
    let fold = open();
    for n in 0..20 {
        commit_nth(&*fold, n);
        assert_eq!(whole(&*fold), Some(n));
    }
    drop(fold);
    let fold = open();
    assert_eq!(whole(&*fold), Some(19));
    commit_nth(&*fold, 20);
    assert_eq!(whole(&*fold), Some(20));
}

/// One writer and a reader at once: what is read is always a value that was committed, in order.
fn reads_go_on_while_it_is_written(fold: &Arc<dyn Fold>) {
    const LAST: u64 = 300;
    let writer = Arc::clone(fold);
    let writing = std::thread::spawn(move || {
        for n in 1..=LAST {
            let writes = vec![put(Space::Node, b"k", &n.to_be_bytes())];
            writer.commit(0, n, writes).unwrap();
        }
    });
    let mut seen = 0;
    while seen < LAST {
        let value = fold.get(0, Space::Node, b"k").unwrap();
        let now = value.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
        assert!(now >= seen, "a reader saw {now} after {seen}");
        seen = now;
        if writing.is_finished() {
            let last = fold.get(0, Space::Node, b"k").unwrap();
            assert_eq!(last, Some(LAST.to_be_bytes().to_vec()));
            break;
        }
    }
    writing.join().unwrap();
}
