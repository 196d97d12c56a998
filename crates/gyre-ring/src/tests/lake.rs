//! A lake that only keeps what was appended.

use async_trait::async_trait;
use gyre_model::{Offset, Partition, PersonId};
use gyre_ports::lake::{Committed, Lake, Query, Rows, TableBatch, TableSpec};
use gyre_ports::{Error, ErrorKind, Result};
use parking_lot::Mutex;

/// Keeps batches; answers no query.
#[derive(Debug, Default)]
pub(super) struct KeepingLake {
    pub batches: Mutex<Vec<TableBatch>>,
}

impl KeepingLake {
    /// Rows appended to a table.
    pub(super) fn rows(&self, table: &str) -> usize {
        let batches = self.batches.lock();
        batches.iter().filter(|one| one.table == table).map(|one| one.rows.num_rows()).sum()
    }
}

#[async_trait]
impl Lake for KeepingLake {
    async fn open(&self, _tables: &[TableSpec]) -> Result<()> {
        Ok(())
    }
    async fn fence(&self, _table: &str, _partition: Partition) -> Result<Option<Offset>> {
        Ok(None)
    }
    async fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        self.batches.lock().extend(batches);
        Ok(())
    }
    async fn commit(&self) -> Result<Committed> {
        Ok(Committed::default())
    }
    fn tail_rows(&self) -> usize {
        0
    }
    async fn query(&self, _query: Query) -> Result<Rows> {
        Err(Error::new(ErrorKind::Unavailable, "this lake answers nothing"))
    }
    async fn maintain(&self) -> Result<()> {
        Ok(())
    }
    async fn erase(&self, _people: &[PersonId]) -> Result<u64> {
        Ok(0)
    }
}
