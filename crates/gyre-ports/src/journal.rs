//! The journal: what happened, in order.

use crate::error::Result;
use async_trait::async_trait;
use gyre_model::{Entry, Offset, Partition, Stored};

/// What an append waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Handed to the operating system: survives the death of the process.
    Written,
    /// On disk: survives the loss of power.
    Synced,
}

/// What happened, in order, per partition.
///
/// Promises: offsets of a partition are 0, 1, 2, … without gaps. When `append` returns with
/// [`Durability::Synced`], the records survive a power cut; with `Written`, the death of the process,
/// and they are synced soon after. The records of one call have consecutive offsets. A record is
/// readable once `append` returned, and stays so until it is trimmed. Stamps are taken from the clock
/// and never go back within a partition, not even after a restart. Nobody reads half a record.
/// After a failed sync (kind `Fatal`) nothing is acknowledged any more. A full disk is kind `Full`:
/// nothing of the call was written, reading goes on, and appending works again when there is room.
#[async_trait]
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// How many partitions there are; fixed when the journal was made.
    fn partitions(&self) -> Partition;

    /// The partition of a key.
    fn partition_of(&self, key: u64) -> Partition {
        (key % u64::from(self.partitions())) as Partition
    }

    /// Appends records to a partition and returns the offset of the first. Not empty.
    async fn append(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        durability: Durability,
    ) -> Result<Offset>;

    /// Reads at most `limit` records from `from` on; fewer or none when there are no more.
    /// Kind `NotFound` when `from` was trimmed.
    async fn read(&self, partition: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>>;

    /// The offset that the next record will have. Everything below can be read.
    fn end(&self, partition: Partition) -> Offset;

    /// Everything below is on disk. Consumers commit nothing at or above it.
    fn synced(&self, partition: Partition) -> Offset;

    /// The lowest offset that can still be read.
    fn start(&self, partition: Partition) -> Offset;

    /// Returns when `end` is above `offset` (at once if it is).
    async fn wait(&self, partition: Partition, offset: Offset);

    /// Makes everything written so far durable.
    async fn sync(&self, partition: Partition) -> Result<()>;

    /// Forgets whole segments below `offset`.
    async fn trim(&self, partition: Partition, offset: Offset) -> Result<()>;

    /// Blanks the payload of a record in place; its header stays and the chain still verifies.
    async fn blank(&self, partition: Partition, offset: Offset) -> Result<()>;

    /// Blanks the payloads of many records of a partition: all of them are blank, and on disk, when it
    /// returns. After a crash in the middle some may be; doing it again does no harm.
    async fn blank_all(&self, partition: Partition, offsets: &[Offset]) -> Result<()> {
        for offset in offsets {
            self.blank(partition, *offset).await?;
        }
        Ok(())
    }

    /// Reads everything and checks every checksum and the chain; what is wrong, by offset.
    async fn verify(&self, partition: Partition) -> Result<Vec<Damage>>;
}

/// A record that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The offset at which reading went wrong.
    pub offset: Offset,
    /// What is wrong.
    pub what: String,
}
