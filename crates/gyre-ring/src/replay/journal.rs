//! A journal as a replay sees it: the source records of another one, at their places, with nothing where
//! derived records stood; behind its end what the replay derives.

use async_trait::async_trait;
use gyre_model::record::DECIDED;
use gyre_model::{Entry, Offset, Partition, Stored};
use gyre_ports::journal::{Damage, Durability};
use gyre_ports::{Error, ErrorKind, Journal, Result};
use std::sync::Arc;

/// A journal to be replayed. It writes nothing to the one it reads.
#[derive(Debug)]
pub struct ReplayJournal {
    live: Arc<dyn Journal>,
    sink: Arc<dyn Journal>,
    end: Offset,
}

/// Whether a record follows from others in the journal alone.
pub(super) fn is_derived(record: &Stored) -> bool {
    record.entry.cause.is_some_and(|cause| cause.partition != DECIDED)
}

impl ReplayJournal {
    /// Replays `live`, of one partition, up to an offset; what is appended goes to `sink`.
    pub fn new(live: Arc<dyn Journal>, sink: Arc<dyn Journal>, end: Offset) -> Self {
        Self { live, sink, end }
    }
}

#[async_trait]
impl Journal for ReplayJournal {
    fn partitions(&self) -> Partition {
        1
    }

    async fn append(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        durability: Durability,
    ) -> Result<Offset> {
        Ok(self.end + self.sink.append(partition, entries, durability).await?)
    }

    async fn read(&self, partition: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        if from >= self.end {
            let mut records = self.sink.read(partition, from - self.end, limit).await?;
            for record in &mut records {
                record.offset += self.end;
            }
            return Ok(records);
        }
        let limit = limit.min(usize::try_from(self.end - from).unwrap_or(usize::MAX));
        let mut records = self.live.read(partition, from, limit).await?;
        // The stamps stay: whoever is due by one runs before it, as before. Without a cause nothing says that
        // anything was derived yet, the ledger of consent included.
        for record in records.iter_mut().filter(|record| is_derived(record)) {
            record.entry.payload.clear();
            record.entry.cause = None;
        }
        Ok(records)
    }

    fn end(&self, partition: Partition) -> Offset {
        self.end + self.sink.end(partition)
    }

    fn synced(&self, partition: Partition) -> Offset {
        self.end + self.sink.synced(partition)
    }

    fn start(&self, partition: Partition) -> Offset {
        self.live.start(partition)
    }

    async fn wait(&self, partition: Partition, offset: Offset) {
        if offset >= self.end {
            self.sink.wait(partition, offset - self.end).await;
        }
    }

    async fn sync(&self, partition: Partition) -> Result<()> {
        self.sink.sync(partition).await
    }

    async fn trim(&self, _: Partition, _: Offset) -> Result<()> {
        Err(Error::new(ErrorKind::Invalid, "a replay trims nothing"))
    }

    async fn blank(&self, _: Partition, _: Offset) -> Result<()> {
        Err(Error::new(ErrorKind::Invalid, "a replay erases nothing"))
    }

    async fn verify(&self, partition: Partition) -> Result<Vec<Damage>> {
        self.sink.verify(partition).await
    }
}
