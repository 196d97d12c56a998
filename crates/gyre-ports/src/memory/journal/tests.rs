//! The in-memory journal keeps the contract; the contract notices journals that do not.

use super::*;
use crate::contract::journal::{WildClock, suite};
use gyre_model::{Family, Workspace};

fn entry(payload: &str) -> Entry {
    Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key: 1,
        cause: None,
        payload: payload.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    for partitions in [1, 3] {
        let clock = Arc::new(WildClock::default());
        let journal = MemoryJournal::new(partitions, Arc::clone(&clock) as Arc<dyn Clock>);
        suite(&clock, || async { Arc::new(journal.clone()) as Arc<dyn Journal> }).await;
    }
}

#[tokio::test]
async fn a_crash_takes_what_was_not_synced() {
    let journal = MemoryJournal::new(2, Arc::new(WildClock::default()));
    journal.append(0, vec![entry("kept")], Durability::Synced).await.unwrap();
    journal.append(0, vec![entry("lost"), entry("lost")], Durability::Written).await.unwrap();
    journal.append(1, vec![entry("lost")], Durability::Written).await.unwrap();
    assert_eq!((journal.synced(0), journal.end(0), journal.end(1)), (1, 3, 1));
    journal.crash();
    assert_eq!((journal.synced(0), journal.end(0), journal.end(1)), (1, 1, 0));
    assert_eq!(journal.read(0, 0, 9).await.unwrap()[0].entry, entry("kept"));
    let next = journal.append(0, vec![entry("next")], Durability::Written).await.unwrap();
    assert_eq!(next, 1);
}

/// A promise to break.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Acknowledges,
    Splits,
    Overreads,
    Reverses,
    GoesBack,
    KeepsPayload,
    KeepsTrimmed,
    NeverWakes,
    SkipsSync,
}

#[derive(Debug)]
struct Broken(MemoryJournal, Fault);

#[async_trait]
impl Journal for Broken {
    fn partitions(&self) -> Partition {
        self.0.partitions()
    }
    async fn append(&self, p: Partition, mut e: Vec<Entry>, d: Durability) -> Result<Offset> {
        match self.1 {
            Fault::Splits if e.len() > 1 => {
                let rest = e.split_off(1);
                let first = self.0.append(p, e, d).await?;
                tokio::task::yield_now().await;
                self.0.append(p, rest, d).await?;
                return Ok(first);
            }
            Fault::Reverses => e.reverse(),
            _ => {}
        }
        if self.1 == Fault::Acknowledges {
            return self.0.append(p, e, Durability::Written).await;
        }
        self.0.append(p, e, d).await
    }
    async fn read(&self, p: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        if self.1 == Fault::KeepsTrimmed {
            return self.0.read(p, from.max(self.0.start(p)), limit).await;
        }
        let extra = usize::from(self.1 == Fault::Overreads);
        let mut stored = self.0.read(p, from, limit.saturating_add(extra)).await?;
        if self.1 == Fault::GoesBack {
            for stored in &mut stored {
                stored.at = Timestamp(stored.at.0 % 3_500_000);
            }
        }
        Ok(stored)
    }
    fn end(&self, p: Partition) -> Offset {
        self.0.end(p)
    }
    fn synced(&self, p: Partition) -> Offset {
        self.0.synced(p)
    }
    fn start(&self, p: Partition) -> Offset {
        self.0.start(p)
    }
    async fn wait(&self, p: Partition, offset: Offset) {
        if self.1 != Fault::NeverWakes {
            self.0.wait(p, offset).await;
        }
    }
    async fn sync(&self, p: Partition) -> Result<()> {
        if self.1 == Fault::SkipsSync { Ok(()) } else { self.0.sync(p).await }
    }
    async fn trim(&self, p: Partition, offset: Offset) -> Result<()> {
        self.0.trim(p, offset).await
    }
    async fn blank(&self, p: Partition, offset: Offset) -> Result<()> {
        if self.1 == Fault::KeepsPayload { Ok(()) } else { self.0.blank(p, offset).await }
    }
    async fn verify(&self, p: Partition) -> Result<Vec<Damage>> {
        self.0.verify(p).await
    }
}

#[tokio::test]
async fn the_contract_notices_a_broken_promise() {
    for fault in [
        Fault::Acknowledges,
        Fault::Splits,
        Fault::Overreads,
        Fault::Reverses,
        Fault::GoesBack,
        Fault::KeepsPayload,
        Fault::KeepsTrimmed,
        Fault::NeverWakes,
        Fault::SkipsSync,
    ] {
        let run = tokio::spawn(async move {
            let clock = Arc::new(WildClock::default());
            let journal = MemoryJournal::new(1, Arc::clone(&clock) as Arc<dyn Clock>);
            let open = || async { Arc::new(Broken(journal.clone(), fault)) as Arc<dyn Journal> };
            suite(&clock, open).await;
        });
        assert!(run.await.is_err(), "the suite let {fault:?} pass");
    }
}
