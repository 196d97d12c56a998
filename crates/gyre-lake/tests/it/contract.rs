//! Both lakes keep the contract, and the contract notices lakes that do not.

use crate::{alone, clock, lake};
use async_trait::async_trait;
use gyre_lake::MemoryLake;
use gyre_model::{Offset, Partition, PersonId};
use gyre_ports::contract::lake::suite;
use gyre_ports::lake::{Committed, Query, Rows, TableBatch, TableSpec};
use gyre_ports::{ErrorKind, Lake, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn delta_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    suite(|name| {
        let lake: Arc<dyn Lake> = Arc::new(lake(&folder.path().join(name)));
        async move { lake }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_contract() {
    run(Fault::None).await;
}

#[test]
fn a_lake_without_fences_is_noticed() {
    for test in ["contract::delta_keeps_the_contract", "contract::memory_keeps_the_contract"] {
        let sound = alone(test, &[]);
        assert!(sound.status.success(), "{test} must pass before its mutant can tell anything");
        let mutant = alone(test, &[("GYRE_MUTANT", "lake.no_fence")]);
        let said =
            String::from_utf8_lossy(&mutant.stdout) + String::from_utf8_lossy(&mutant.stderr);
        assert!(!mutant.status.success(), "{test} passes without fences");
        // Which promise breaks first is the suite's affair; that it is one of the suite is ours.
        assert!(said.contains("contract/lake"), "{test} failed otherwise: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_lakes_are_noticed() {
    for (fault, said) in [
        (Fault::HidesTheTail, "exactly once"),
        (Fault::ForgetsCommits, "Committed"),
        (Fault::KeepsPeople, "are erased"),
        (Fault::NeverTruncates, "at most"),
        (Fault::AllowsWrites, "insert"),
        (Fault::AppendsHalf, "whole or nothing"),
        (Fault::AddsOnUpkeep, "after upkeep"),
    ] {
        let broken = tokio::spawn(run(fault)).await.expect_err("a broken lake passes");
        let panic = broken.into_panic();
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        assert!(text.contains(said), "{fault:?} was noticed for another reason: {text}");
    }
}

async fn run(fault: Fault) {
    let lakes: Mutex<HashMap<&'static str, MemoryLake>> = Mutex::default();
    suite(|name| {
        let mut lakes = lakes.lock().unwrap();
        let old = lakes.remove(name);
        let next = match old {
            Some(old) => old.reopen().unwrap(),
            None => MemoryLake::new(clock()).unwrap(),
        };
        // The one that is kept shares what is committed with the one that is given.
        let inner = next.reopen().unwrap();
        lakes.insert(name, next);
        let lake: Arc<dyn Lake> = Arc::new(Faulty { inner, fault, held: Mutex::default() });
        async move { lake }
    })
    .await;
}

/// A promise that is broken.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Rows are seen only after a commit.
    HidesTheTail,
    /// Says that it committed.
    ForgetsCommits,
    /// Says that it erased.
    KeepsPeople,
    /// Gives the first rows without saying that there are more.
    NeverTruncates,
    /// Accepts every statement.
    AllowsWrites,
    /// Takes the right batches of a call and refuses the wrong ones.
    AppendsHalf,
    /// Has a row more after upkeep.
    AddsOnUpkeep,
}

#[derive(Debug)]
struct Faulty {
    inner: MemoryLake,
    fault: Fault,
    held: Mutex<Vec<TableBatch>>,
}

#[async_trait]
impl Lake for Faulty {
    async fn open(&self, tables: &[TableSpec]) -> Result<()> {
        self.inner.open(tables).await
    }
    async fn fence(&self, table: &str, partition: Partition) -> Result<Option<Offset>> {
        self.inner.fence(table, partition).await
    }
    async fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        match self.fault {
            Fault::HidesTheTail => {
                self.held.lock().unwrap().extend(batches);
                Ok(())
            }
            Fault::AppendsHalf => {
                for batch in batches {
                    self.inner.append(vec![batch]).await?;
                }
                Ok(())
            }
            _ => self.inner.append(batches).await,
        }
    }
    async fn commit(&self) -> Result<Committed> {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        self.inner.append(held).await?;
        match self.fault {
            Fault::ForgetsCommits => Ok(Committed::default()),
            _ => self.inner.commit().await,
        }
    }
    fn tail_rows(&self) -> usize {
        self.inner.tail_rows()
    }
    async fn query(&self, query: Query) -> Result<Rows> {
        let (schema, fault) = (Arc::new(arrow_schema::Schema::empty()), self.fault);
        match self.inner.query(query).await {
            Ok(rows) if fault == Fault::NeverTruncates => Ok(Rows { truncated: false, ..rows }),
            Err(error) if fault == Fault::AllowsWrites && error.kind() == ErrorKind::Denied => {
                Ok(Rows { schema, batches: Vec::new(), truncated: false })
            }
            answer => answer,
        }
    }
    async fn maintain(&self) -> Result<()> {
        if self.fault == Fault::AddsOnUpkeep {
            // Rows that nobody appended, beyond the end.
            let more = gyre_ports::contract::lake::events(0, 9_000..9_001);
            self.inner.append(vec![more]).await?;
        }
        self.inner.maintain().await
    }
    async fn find_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        self.inner.find_records(partition, offsets).await
    }
    async fn erase_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        match self.fault {
            Fault::KeepsPeople => Ok(Vec::new()),
            _ => self.inner.erase_records(partition, offsets).await,
        }
    }
    async fn purge(&self) -> Result<bool> {
        Ok(true)
    }
    async fn erase(&self, people: &[PersonId]) -> Result<u64> {
        match self.fault {
            Fault::KeepsPeople => Ok(0),
            _ => self.inner.erase(people).await,
        }
    }
}
