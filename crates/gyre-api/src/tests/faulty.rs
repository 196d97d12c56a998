//! A journal that fails when told to, or syncs less than it says.

use async_trait::async_trait;
use gyre_model::{Entry, Offset, Partition, Stored};
use gyre_ports::journal::Damage;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::{Durability, Error, ErrorKind, Journal, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
pub(super) struct FaultyJournal {
    inner: MemoryJournal,
    failing: Mutex<Option<ErrorKind>>,
    /// The mutant: what should be synced is only written.
    lax: AtomicBool,
}

impl FaultyJournal {
    pub(super) fn new(inner: MemoryJournal) -> Self {
        Self { inner, failing: Mutex::default(), lax: AtomicBool::new(false) }
    }
    /// Appending fails from now on, or works again.
    pub(super) fn fail(&self, kind: Option<ErrorKind>) {
        *self.failing.lock().unwrap() = kind;
    }
    pub(super) fn be_lax(&self) {
        self.lax.store(true, Ordering::SeqCst);
    }
    /// Records in all partitions, and how many of them a power cut would take.
    pub(super) fn ends(&self) -> (u64, u64) {
        let parts = 0..self.inner.partitions();
        parts.fold((0, 0), |(end, loose), part| {
            let (last, synced) = (self.inner.end(part), self.inner.synced(part));
            (end + last, loose + last - synced)
        })
    }
}

#[async_trait]
impl Journal for FaultyJournal {
    fn partitions(&self) -> Partition {
        self.inner.partitions()
    }
    async fn append(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        durability: Durability,
    ) -> Result<Offset> {
        if let Some(kind) = *self.failing.lock().unwrap() {
            return Err(Error::new(kind, "told to fail").with("secret.file is broken"));
        }
        let lax = self.lax.load(Ordering::SeqCst);
        let durability = if lax { Durability::Written } else { durability };
        self.inner.append(partition, entries, durability).await
    }
    async fn read(&self, partition: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        self.inner.read(partition, from, limit).await
    }
    fn end(&self, partition: Partition) -> Offset {
        self.inner.end(partition)
    }
    fn synced(&self, partition: Partition) -> Offset {
        self.inner.synced(partition)
    }
    fn start(&self, partition: Partition) -> Offset {
        self.inner.start(partition)
    }
    async fn wait(&self, partition: Partition, offset: Offset) {
        self.inner.wait(partition, offset).await;
    }
    async fn sync(&self, partition: Partition) -> Result<()> {
        self.inner.sync(partition).await
    }
    async fn trim(&self, partition: Partition, offset: Offset) -> Result<()> {
        self.inner.trim(partition, offset).await
    }
    async fn blank(&self, partition: Partition, offset: Offset) -> Result<()> {
        self.inner.blank(partition, offset).await
    }
    async fn verify(&self, partition: Partition) -> Result<Vec<Damage>> {
        self.inner.verify(partition).await
    }
}
