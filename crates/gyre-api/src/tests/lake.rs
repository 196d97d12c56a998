//! A lake that answers what a test tells it to, and nothing otherwise.

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use async_trait::async_trait;
use gyre_model::{Offset, Partition, PersonId};
use gyre_ports::lake::{Committed, Query, Rows, TableBatch, TableSpec};
use gyre_ports::{Lake, Result};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub(super) struct StubLake {
    answers: Mutex<VecDeque<Result<Rows>>>,
    asked: Mutex<Vec<Query>>,
    rows: Mutex<usize>,
    batches: Mutex<Vec<TableBatch>>,
}

impl StubLake {
    /// The answer to the next query.
    pub(super) fn answer(&self, answer: Result<Rows>) {
        self.answers.lock().unwrap().push_back(answer);
    }
    /// What was asked last.
    pub(super) fn asked(&self) -> Option<Query> {
        self.asked.lock().unwrap().last().cloned()
    }
    /// The rows of a table that were made visible.
    pub(super) fn table(&self, name: &str) -> Vec<Value> {
        let batches = self.batches.lock().unwrap();
        let of = batches.iter().filter(|batch| batch.table == name);
        gyre_ring::objects(&rows(of.map(|batch| batch.rows.clone()).collect(), false))
            .into_iter()
            .collect()
    }
    /// How many rows were made visible.
    pub(super) fn rows(&self) -> usize {
        *self.rows.lock().unwrap()
    }
}

/// Batches as an answer.
pub(super) fn rows(batches: Vec<RecordBatch>, truncated: bool) -> Rows {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    Rows { schema, batches, truncated }
}

#[async_trait]
impl Lake for StubLake {
    async fn open(&self, _: &[TableSpec]) -> Result<()> {
        Ok(())
    }
    async fn fence(&self, _: &str, _: Partition) -> Result<Option<Offset>> {
        Ok(None)
    }
    async fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        *self.rows.lock().unwrap() +=
            batches.iter().map(|batch| batch.rows.num_rows()).sum::<usize>();
        self.batches.lock().unwrap().extend(batches);
        Ok(())
    }
    async fn commit(&self) -> Result<Committed> {
        Ok(Committed::default())
    }
    fn tail_rows(&self) -> usize {
        self.rows()
    }
    async fn query(&self, query: Query) -> Result<Rows> {
        self.asked.lock().unwrap().push(query);
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(rows(Vec::new(), false)))
    }
    async fn maintain(&self) -> Result<()> {
        Ok(())
    }
    async fn erase(&self, _: &[PersonId]) -> Result<u64> {
        Ok(0)
    }
}
