//! The in-memory journal.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Damage, Durability, Journal};
use async_trait::async_trait;
use gyre_model::{Entry, Offset, Partition, Stored, Timestamp};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;

/// A journal in memory. A clone shares the records, so cloning is reopening.
///
/// Nothing happens behind the caller's back: what was appended as `Written` stays above `synced`
/// until the next `Synced` append, `sync` or `blank` of the partition, so that a test decides what
/// [`MemoryJournal::crash`] takes away. Trimming is exact, as if every record were a segment.
#[derive(Debug, Clone)]
pub struct MemoryJournal {
    clock: Arc<dyn Clock>,
    parts: Arc<[Part]>,
}

#[derive(Debug)]
struct Part {
    log: Mutex<Log>,
    end: watch::Sender<Offset>,
}

#[derive(Debug)]
struct Log {
    start: Offset,
    synced: Offset,
    at: Timestamp,
    records: VecDeque<Stored>,
}

impl Log {
    fn end(&self) -> Offset {
        self.start + self.records.len() as u64
    }

    fn index(&self, offset: Offset) -> Result<usize> {
        match offset.checked_sub(self.start) {
            Some(index) => Ok(index as usize),
            None => Err(Error::new(ErrorKind::NotFound, "the record was trimmed")),
        }
    }
}

impl MemoryJournal {
    /// An empty journal; its stamps come from `clock`.
    pub fn new(partitions: Partition, clock: Arc<dyn Clock>) -> Self {
        let log = || Log { start: 0, synced: 0, at: Timestamp::MIN, records: VecDeque::new() };
        let part = |_| Part { log: Mutex::new(log()), end: watch::Sender::new(0) };
        Self { clock, parts: (0..partitions).map(part).collect() }
    }

    /// The same records with another clock, as after a restart.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, parts: Arc::clone(&self.parts) }
    }

    /// A power cut: everything at or above `synced` is gone, in every partition.
    pub fn crash(&self) {
        for part in self.parts.iter() {
            let mut log = part.log.lock();
            let kept = (log.synced - log.start) as usize;
            log.records.truncate(kept);
            part.end.send_replace(log.end());
        }
    }

    fn part(&self, partition: Partition) -> Result<&Part> {
        self.parts
            .get(partition as usize)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("no partition {partition}")))
    }

    fn peek<T: Default>(&self, partition: Partition, look: impl Fn(&Log) -> T) -> T {
        self.part(partition).map(|part| look(&part.log.lock())).unwrap_or_default()
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    fn partitions(&self) -> Partition {
        self.parts.len() as Partition
    }

    async fn append(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        durability: Durability,
    ) -> Result<Offset> {
        let part = self.part(partition)?;
        if entries.is_empty() {
            return Err(Error::new(ErrorKind::Invalid, "an append without records"));
        }
        let mut log = part.log.lock();
        let first = log.end();
        log.at = log.at.max(self.clock.now());
        let at = log.at;
        let stored = |(offset, entry)| Stored { partition, offset, at, entry };
        log.records.extend((first..).zip(entries).map(stored));
        if durability == Durability::Synced {
            log.synced = log.end();
        }
        part.end.send_replace(log.end());
        Ok(first)
    }

    async fn read(&self, partition: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        let log = self.part(partition)?.log.lock();
        let index = log.index(from)?;
        Ok(log.records.iter().skip(index).take(limit).cloned().collect())
    }

    fn end(&self, partition: Partition) -> Offset {
        self.peek(partition, Log::end)
    }

    fn synced(&self, partition: Partition) -> Offset {
        self.peek(partition, |log| log.synced)
    }

    fn start(&self, partition: Partition) -> Offset {
        self.peek(partition, |log| log.start)
    }

    async fn wait(&self, partition: Partition, offset: Offset) {
        let Ok(part) = self.part(partition) else { return };
        // The sender lives as long as `self`, so this ends only when the offset was passed.
        let _passed = part.end.subscribe().wait_for(|end| *end > offset).await.is_ok();
    }

    async fn sync(&self, partition: Partition) -> Result<()> {
        let mut log = self.part(partition)?.log.lock();
        log.synced = log.end();
        Ok(())
    }

    async fn trim(&self, partition: Partition, offset: Offset) -> Result<()> {
        let mut log = self.part(partition)?.log.lock();
        let start = offset.min(log.synced).max(log.start);
        let gone = (start - log.start) as usize;
        log.records.drain(..gone);
        log.start = start;
        Ok(())
    }

    async fn blank(&self, partition: Partition, offset: Offset) -> Result<()> {
        let mut log = self.part(partition)?.log.lock();
        let index = log.index(offset)?;
        log.synced = log.end();
        let Some(stored) = log.records.get_mut(index) else {
            return Err(Error::new(ErrorKind::NotFound, "the record was not written yet"));
        };
        stored.entry.payload = Vec::new();
        Ok(())
    }

    async fn verify(&self, partition: Partition) -> Result<Vec<Damage>> {
        let log = self.part(partition)?.log.lock();
        let mut damages = Vec::new();
        let mut at = Timestamp::MIN;
        for (offset, stored) in (log.start..).zip(&log.records) {
            if stored.offset != offset || stored.at < at {
                damages.push(Damage { offset, what: "out of order".to_owned() });
            }
            at = stored.at;
        }
        Ok(damages)
    }
}

#[cfg(test)]
mod tests;
