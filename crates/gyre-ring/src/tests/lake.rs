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
    async fn find_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let number = |batch: &TableBatch, column: usize, row: usize| {
            crate::cell::json(batch.rows.column(column), row).and_then(|value| value.as_u64())
        };
        let mut found = Vec::new();
        for batch in &*self.batches.lock() {
            for row in 0..batch.rows.num_rows() {
                let offset = number(batch, 1, row).unwrap();
                let is_of = number(batch, 0, row) == Some(u64::from(partition));
                if is_of && offsets.contains(&offset) {
                    found.push((batch.table, offset));
                }
            }
        }
        Ok(found)
    }
    async fn erase_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let number = |batch: &TableBatch, column: usize, row: usize| {
            crate::cell::json(batch.rows.column(column), row).and_then(|value| value.as_u64())
        };
        let mut erased = Vec::new();
        let mut left = Vec::new();
        for batch in std::mem::take(&mut *self.batches.lock()) {
            for row in 0..batch.rows.num_rows() {
                let offset = number(&batch, 1, row).unwrap();
                let is_of = number(&batch, 0, row) == Some(u64::from(partition));
                if is_of && offsets.contains(&offset) {
                    erased.push((batch.table, offset));
                } else {
                    left.push(TableBatch { table: batch.table, rows: batch.rows.slice(row, 1) });
                }
            }
        }
        *self.batches.lock() = left;
        Ok(erased)
    }
    async fn purge(&self) -> Result<bool> {
        Ok(true)
    }
    async fn erase(&self, _people: &[PersonId]) -> Result<u64> {
        Ok(0)
    }
}
