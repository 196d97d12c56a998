//! The in-memory fold keeps the contract, and the suite notices every way of breaking it.

use super::{Open, commit_nth, crash_suite, suite, whole};
use crate::error::Result;
use crate::fold::{Fold, Pair, Space, Write};
use crate::memory::fold::MemoryFold;
use gyre_model::{Offset, Partition};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

#[test]
fn the_memory_fold_keeps_the_contract() {
    suite(&|| place(None));
    crash_suite(&MemoryFold::new(), MemoryFold::crash);
}

#[test]
fn the_suite_notices_every_flaw() {
    for flaw in Flaw::ALL {
        let noticed = catch_unwind(|| suite(&|| place(Some(flaw)))).is_err();
        assert!(noticed, "the suite does not notice {flaw:?}");
    }
}

#[test]
fn the_crash_suite_notices_a_sync_that_does_nothing() {
    let fold = Flawed { inner: MemoryFold::new(), flaw: Some(Flaw::SyncsNothing) };
    let noticed =
        catch_unwind(AssertUnwindSafe(|| crash_suite(&fold, |fold| fold.inner.crash()))).is_err();
    assert!(noticed);
}

#[test]
fn what_judges_crashes_notices_half_a_commit() {
    let half = [
        vec![Write::Put(Space::Meta, b"first".to_vec(), vec![0; 8])],
        vec![Write::Put(Space::Node, b"more".to_vec(), vec![0; 8])],
        vec![Write::Delete(Space::Dedup(7), b"last".to_vec())],
        Vec::new(),
    ];
    for (position, writes) in (1..).zip(half) {
        let fold = MemoryFold::new();
        commit_nth(&fold, 0);
        fold.commit(0, position, writes.clone()).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| whole(&fold))).is_err(), "{writes:?}");
    }
}

fn place(flaw: Option<Flaw>) -> Open {
    let fold = Arc::new(Flawed { inner: MemoryFold::new(), flaw });
    Box::new(move || Arc::<Flawed>::clone(&fold) as Arc<dyn Fold>)
}

/// One way of breaking a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    LosesPosition,
    HalfCommit,
    KeepsDeleted,
    FirstWriteWins,
    ScanIncludesEnd,
    ScanIgnoresLimit,
    ScanNeedsEnd,
    MixesPartitions,
    MixesHours,
    KeepsHour,
    KeepsPositionWhenCleared,
    ClearsEverything,
    SyncsNothing,
}

impl Flaw {
    /// Those that show without a crash.
    const ALL: [Self; 12] = [
        Self::LosesPosition,
        Self::HalfCommit,
        Self::KeepsDeleted,
        Self::FirstWriteWins,
        Self::ScanIncludesEnd,
        Self::ScanIgnoresLimit,
        Self::ScanNeedsEnd,
        Self::MixesPartitions,
        Self::MixesHours,
        Self::KeepsHour,
        Self::KeepsPositionWhenCleared,
        Self::ClearsEverything,
    ];
}

#[derive(Debug)]
struct Flawed {
    inner: MemoryFold,
    flaw: Option<Flaw>,
}

impl Flawed {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
    fn partition(&self, partition: Partition) -> Partition {
        if self.has(Flaw::MixesPartitions) { 0 } else { partition }
    }
    fn space(&self, space: Space) -> Space {
        match space {
            Space::Dedup(_) if self.has(Flaw::MixesHours) => Space::Dedup(7),
            other => other,
        }
    }
}

impl Fold for Flawed {
    fn get(&self, partition: Partition, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.inner.get(self.partition(partition), self.space(space), key)
    }

    fn scan(
        &self,
        partition: Partition,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>> {
        if self.has(Flaw::ScanNeedsEnd) && to.is_empty() {
            return Ok(Vec::new());
        }
        let mut end = to.to_vec();
        if self.has(Flaw::ScanIncludesEnd) && !to.is_empty() {
            end.push(0);
        }
        let limit = if self.has(Flaw::ScanIgnoresLimit) { usize::MAX } else { limit };
        self.inner.scan(self.partition(partition), self.space(space), from, &end, limit)
    }

    fn commit(&self, partition: Partition, position: Offset, mut writes: Vec<Write>) -> Result<()> {
        for write in &mut writes {
            let (Write::Put(space, ..) | Write::Delete(space, _)) = write;
            *space = self.space(*space);
        }
        if self.has(Flaw::HalfCommit) && writes.len() > 1 {
            writes.pop();
        }
        if self.has(Flaw::FirstWriteWins) {
            writes.reverse();
        }
        if self.has(Flaw::KeepsDeleted) {
            writes.retain(|write| matches!(write, Write::Put(..)));
        }
        self.inner.commit(self.partition(partition), position, writes)
    }

    fn position(&self, partition: Partition) -> Result<Option<Offset>> {
        if self.has(Flaw::LosesPosition) {
            return Ok(None);
        }
        self.inner.position(self.partition(partition))
    }

    fn dedup_hours(&self, partition: Partition) -> Result<Vec<i32>> {
        self.inner.dedup_hours(self.partition(partition))
    }

    fn drop_dedup_hour(&self, partition: Partition, hour: i32) -> Result<()> {
        if self.has(Flaw::KeepsHour) {
            return Ok(());
        }
        self.inner.drop_dedup_hour(self.partition(partition), hour)
    }

    fn sync(&self) -> Result<()> {
        if self.has(Flaw::SyncsNothing) { Ok(()) } else { self.inner.sync() }
    }

    fn purge(&self) -> Result<()> {
        self.inner.purge()
    }

    fn clear(&self, partition: Partition) -> Result<()> {
        let position = self.inner.position(self.partition(partition))?;
        if self.has(Flaw::ClearsEverything) {
            (0..3).try_for_each(|one| self.inner.clear(one))?;
        }
        self.inner.clear(self.partition(partition))?;
        match position {
            Some(offset) if self.has(Flaw::KeepsPositionWhenCleared) => {
                self.inner.commit(partition, offset, Vec::new())
            }
            _ => Ok(()),
        }
    }
}
