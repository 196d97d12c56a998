//! Derived records of a journal, in the order of their causes, each once.

use super::journal::is_derived;
use crate::damage;
use crate::error::Result;
use gyre_model::{Cause, Offset, Stored};
use gyre_ports::Journal;
use std::collections::VecDeque;
use std::sync::Arc;

/// Records read at once.
const BATCH: usize = 4_096;

/// A place among the derived records of a journal. What a crash made derive again is passed over, as
/// the archivist does.
#[derive(Debug)]
pub(super) struct Cursor {
    journal: Arc<dyn Journal>,
    next: Offset,
    read: VecDeque<Stored>,
    high: Option<Cause>,
}

impl Cursor {
    pub(super) fn new(journal: Arc<dyn Journal>) -> Self {
        let next = journal.start(0);
        Self { journal, next, read: VecDeque::new(), high: None }
    }

    /// The offset of the next record that something follows from.
    pub(super) async fn peek(&mut self) -> Result<Option<Offset>> {
        Ok(self.fill().await?.then(|| self.front_offset()).flatten())
    }

    fn front_offset(&self) -> Option<Offset> {
        self.read.front().and_then(|record| record.entry.cause).map(|cause| cause.offset)
    }

    /// Everything that follows from the record at an offset, if that is next.
    pub(super) async fn take(&mut self, offset: Offset) -> Result<Vec<Stored>> {
        let mut group = Vec::new();
        while self.peek().await? == Some(offset) {
            let Some(record) = self.read.pop_front() else { break };
            self.high = record.entry.cause;
            group.push(record);
        }
        Ok(group)
    }

    /// Whether there is a derived record that was not seen yet, at the front.
    async fn fill(&mut self) -> Result<bool> {
        loop {
            while let Some(record) = self.read.front() {
                if record.entry.cause > self.high {
                    return Ok(true);
                }
                self.read.pop_front();
            }
            if self.next >= self.journal.end(0) {
                return Ok(false);
            }
            let records = damage::read(self.journal.as_ref(), 0, self.next, BATCH).await?;
            let Some(last) = records.last() else { return Ok(false) };
            self.next = last.offset + 1;
            self.read.extend(records.into_iter().filter(is_derived));
        }
    }
}
