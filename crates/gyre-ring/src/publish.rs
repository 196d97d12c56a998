//! The publisher: decided records, written with the reservations they consumed, go to the journal in
//! their sequence. A crash in between appends one twice; its cause tells.

use crate::error::Result;
use crate::shared::Shared;
use gyre_model::record::DECIDED;
use gyre_model::{Cause, Entry, Family, Offset, Partition};
use gyre_ports::state::Position;
use gyre_ports::{Durability, failpoint};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The consumer's name in the state.
pub(crate) const CONSUMER: &str = "publisher";
const BATCH: usize = 1_024;
/// How many published records may stay in the state before they are forgotten, in one write.
const FORGET: usize = 4_096;

/// The publisher.
#[derive(Debug)]
pub(crate) struct Publisher {
    shared: Arc<Shared>,
    done: Option<Offset>,
    kept: usize,
}

impl Publisher {
    /// Opens the publisher where it left off.
    pub(crate) async fn open(shared: Arc<Shared>) -> Result<Self> {
        let done = shared.state.position(CONSUMER, DECIDED).await?;
        // What was published before is forgotten with the first batch.
        Ok(Self { shared, done, kept: FORGET })
    }

    /// Appends one batch; `false` when there is nothing to append.
    pub(crate) async fn step(&mut self) -> Result<bool> {
        let decided = self.shared.state.decided(self.done, BATCH).await?;
        let count = decided.len();
        let Some(last) = decided.last().map(|(sequence, _)| *sequence) else { return Ok(false) };
        let mut by_partition: BTreeMap<Partition, Vec<Entry>> = BTreeMap::new();
        for (sequence, mut entry) in decided {
            entry.cause = Some(Cause { partition: DECIDED, offset: sequence, ordinal: 0 });
            if matches!(entry.family, Family::Orchestration | Family::SubjectRequest) {
                // Every partition has to see a version at a place of its own.
                for partition in 0..self.shared.journal.partitions() {
                    by_partition.entry(partition).or_default().push(entry.clone());
                }
            } else {
                let partition = self.shared.journal.partition_of(entry.key);
                by_partition.entry(partition).or_default().push(entry);
            }
        }
        for (partition, entries) in by_partition {
            self.shared.journal.append(partition, entries, Durability::Synced).await?;
            failpoint::reach("publisher.after_append");
        }
        let position = Position { consumer: CONSUMER.to_owned(), partition: DECIDED, offset: last };
        self.shared.state.commit(self.shared.epoch, Some(position), Vec::new()).await?;
        failpoint::reach("publisher.after_state");
        self.done = Some(last);
        self.kept += count;
        if self.kept >= FORGET {
            self.shared.state.forget_decided(self.shared.epoch, last).await?;
            self.kept = 0;
        }
        Ok(true)
    }
}
