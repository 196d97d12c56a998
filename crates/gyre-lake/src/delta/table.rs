//! One table of the lake: its writer, what it publishes, and its upkeep.

use super::disk::Disk;
use super::error::{delta, is_conflict};
use super::{log, upkeep};
use crate::columns::PERSON;
use crate::fence::Fences;
use crate::front::Front;
use crate::options::Options;
use crate::snapshot::Snapshot;
use arrow_array::RecordBatch;
use deltalake::DeltaTable;
use gyre_model::{Offset, Partition};
use gyre_ports::lake::{Committed, TableSpec};
use gyre_ports::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// How often a commit is tried again when somebody else wrote to the table.
const TRIES: usize = 5;
/// A table's log is read from the start again after so many commits: what deltalake keeps of it in
/// memory grows.
const RELOAD_EVERY: u32 = 256;

/// What holds the one right to write to a table.
#[derive(Debug)]
struct Writer {
    table: DeltaTable,
    commits: u32,
}

/// One table of the lake.
#[derive(Debug)]
pub(crate) struct Table {
    spec: TableSpec,
    writer: tokio::sync::Mutex<Writer>,
    /// Held by compaction, vacuum and erasure, so that they do not meet. Taken before `writer`.
    upkeep: tokio::sync::Mutex<()>,
    /// Snapshots that queries may still be reading, the published one last.
    given: Mutex<Vec<Weak<Snapshot>>>,
    /// Whether an operation failed half way, so that the log must be read before the next.
    doubtful: AtomicBool,
}

impl Table {
    /// Opens a table and publishes what is in it.
    pub(crate) async fn open(
        folder: &Path,
        disk: &Disk,
        spec: &TableSpec,
        front: &Front,
    ) -> Result<Self> {
        let table = log::open(folder, disk, spec).await?;
        let opened = Self {
            spec: spec.clone(),
            writer: tokio::sync::Mutex::new(Writer { table: table.clone(), commits: 0 }),
            upkeep: tokio::sync::Mutex::default(),
            given: Mutex::default(),
            doubtful: AtomicBool::new(false),
        };
        opened.publish(&table, Fences::default(), front)?;
        Ok(opened)
    }

    /// Its declaration.
    pub(crate) fn spec(&self) -> &TableSpec {
        &self.spec
    }

    fn publish(&self, table: &DeltaTable, fences: Fences, front: &Front) -> Result<()> {
        let (snapshot, base) = log::base(self.spec.name, table, fences)?;
        let mut given = self.given.lock();
        given.retain(|old| old.strong_count() > 0);
        given.push(Arc::downgrade(&snapshot));
        drop(given);
        front.publish(self.spec.name, base);
        Ok(())
    }

    /// Looks up the fence of a partition, if nobody did before.
    pub(crate) async fn learn(&self, partition: Partition, front: &Front) -> Result<()> {
        let mut writer = self.writer.lock().await;
        if self.doubtful.load(Ordering::SeqCst) {
            self.refresh(&mut writer, front).await?;
        }
        let base = front.base(self.spec.name)?;
        if base.fences.knows(partition) {
            return Ok(());
        }
        let fence = log::fence(&writer.table, partition).await;
        let mut fences = base.fences.clone();
        fences.set(partition, fence.map_err(|error| self.failed("read", error))?);
        self.publish(&writer.table, fences, front)
    }

    fn failed(&self, what: &str, error: deltalake::DeltaTableError) -> Error {
        delta(format!("table {} could not be {what}", self.spec.name), error)
    }

    /// Reads the log again and publishes what it says.
    async fn refresh(&self, writer: &mut Writer, front: &Front) -> Result<()> {
        self.doubtful.store(true, Ordering::SeqCst);
        let known = front.base(self.spec.name)?;
        writer.table.update_incremental(None).await.map_err(|error| self.failed("read", error))?;
        let fences = log::fences(&writer.table, known.fences.partitions()).await;
        let fences = fences.map_err(|error| self.failed("read", error))?;
        self.publish(&writer.table, fences, front)?;
        self.doubtful.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Moves the tail into the table: commit, publish, trim.
    pub(crate) async fn commit(&self, front: &Front) -> Result<Committed> {
        let name = self.spec.name;
        let mut writer = self.writer.lock().await;
        for _ in 0..TRIES {
            if self.doubtful.load(Ordering::SeqCst) {
                self.refresh(&mut writer, front).await?;
            }
            let base = front.base(name)?;
            let part = front.part(name);
            let ends = part.ends_above(&base.fences);
            if ends.is_empty() {
                // Rows may be left that an earlier try committed without knowing it.
                return Ok(Committed { rows: front.trim(name)?, tables: 0 });
            }
            let rows = self.together(&part.rows_above(&base.fences))?;
            let mut fences = base.fences.clone();
            for (partition, end) in &ends {
                fences.set(*partition, Some(*end));
            }
            // Until the new version is published, nobody may build on what was published before:
            // what this writes would be written again.
            self.doubtful.store(true, Ordering::SeqCst);
            match log::append(&mut writer.table, rows, &ends, &base.fences).await {
                Ok(()) => {
                    self.reload_at_times(&mut writer).await?;
                    self.publish(&writer.table, fences, front)?;
                    self.doubtful.store(false, Ordering::SeqCst);
                    return Ok(Committed { rows: front.trim(name)?, tables: 1 });
                }
                Err(error) if is_conflict(&error) => {
                    tracing::warn!(table = name, %error, "a commit met another writer");
                }
                Err(error) => return Err(self.failed("written", error)),
            }
        }
        Err(Error::new(ErrorKind::Conflict, format!("table {name} has another writer")))
    }

    fn together(&self, rows: &[RecordBatch]) -> Result<Option<RecordBatch>> {
        let Some(first) = rows.first() else { return Ok(None) };
        let rows = arrow_select::concat::concat_batches(first.schema_ref(), rows);
        rows.map(Some).map_err(|error| self.failed("written", error.into()))
    }

    async fn reload_at_times(&self, writer: &mut Writer) -> Result<()> {
        writer.commits += 1;
        if !writer.commits.is_multiple_of(RELOAD_EVERY) {
            return Ok(());
        }
        writer.table.state = None;
        writer.table.load().await.map_err(|error| self.failed("read", error))
    }

    /// Puts days that are over in order and compacts crowded ones, beside appends, then removes files that
    /// nobody can reach.
    pub(crate) async fn maintain(&self, options: &Options, front: &Front) -> Result<()> {
        let _alone = self.upkeep.lock().await;
        let mut table = self.writer.lock().await.table.clone();
        let days = upkeep::days(&table, options);
        let days = days.map_err(|error| self.failed("read", error))?;
        let closed = upkeep::last_closed(options);
        let (mut ordered, mut compacted) = (0_usize, 0_usize);
        for (name, day) in &days {
            // One day at a time: commits wait meanwhile.
            let done = if ordered == 0 && *name <= closed && day.is_untidy(options) {
                ordered += 1;
                match upkeep::order(table.clone(), name, options, front.session()).await {
                    Err(error) => {
                        // It needs more room than there is. It is read as well as before.
                        tracing::warn!(table = self.spec.name, day = name, %error, "a day stays as it is");
                        continue;
                    }
                    done => done,
                }
            } else if day.is_crowded(options) {
                compacted += 1;
                upkeep::compact(table, name, options).await
            } else {
                continue;
            };
            table = done.map_err(|error| self.failed("compacted", error))?;
        }
        if ordered + compacted > 0 {
            tracing::info!(table = self.spec.name, ordered, compacted, "days were compacted");
            let mut writer = self.writer.lock().await;
            self.refresh(&mut writer, front).await?;
        }
        drop(table);
        self.vacuum(options, front).await.map(drop)
    }

    /// Removes every file that is no longer part of the table; `false` when somebody still reads one.
    pub(crate) async fn purge(&self, options: &Options, front: &Front) -> Result<bool> {
        let _alone = self.upkeep.lock().await;
        self.vacuum(options, front).await
    }

    async fn vacuum(&self, options: &Options, front: &Front) -> Result<bool> {
        // The writer waits: files that are written and not yet committed are in nobody's log.
        let mut writer = self.writer.lock().await;
        if self.given.lock().iter().rev().skip(1).any(|old| old.strong_count() > 0) {
            tracing::debug!(table = self.spec.name, "an old version is being read; files stay");
            return Ok(false);
        }
        let vacuumed = upkeep::vacuum(writer.table.clone(), options).await;
        // It commits what it did; read that, however it ended.
        self.refresh(&mut writer, front).await?;
        vacuumed.map(|()| true).map_err(|error| self.failed("vacuumed", error))
    }

    /// Erases people, from the tail first: a commit in between would otherwise bring them back.
    pub(crate) async fn erase(&self, people: &HashSet<String>, front: &Front) -> Result<u64> {
        if self.spec.schema.field_with_name(PERSON).is_err() {
            return Ok(0);
        }
        let _alone = self.upkeep.lock().await;
        let mut writer = self.writer.lock().await;
        let hot = front.erase(self.spec.name, people)?;
        self.refresh(&mut writer, front).await?;
        let cold = upkeep::erase(writer.table.clone(), people).await;
        // It commits what it did; read that, however it ended.
        self.refresh(&mut writer, front).await?;
        cold.map(|cold| (hot + cold) as u64).map_err(|error| self.failed("erased from", error))
    }

    /// The offsets of the rows of records. Tail first, as every reader does.
    pub(crate) async fn find_records(
        &self,
        partition: Partition,
        gone: &HashSet<Offset>,
        front: &Front,
    ) -> Result<Vec<Offset>> {
        let name = self.spec.name;
        let part = front.part(name);
        let base = front.base(name)?;
        let mut found = part.offsets_above(partition, gone, &base.fences);
        let provider = Arc::clone(&base.provider);
        let cold = upkeep::find(front.session(), provider, partition, gone).await;
        found.extend(cold.map_err(|error| self.failed("read", error))?);
        Ok(found)
    }

    /// Erases the rows of records, from the tail first, and gives their offsets.
    pub(crate) async fn erase_records(
        &self,
        partition: Partition,
        gone: &HashSet<Offset>,
        front: &Front,
    ) -> Result<Vec<Offset>> {
        let _alone = self.upkeep.lock().await;
        let mut writer = self.writer.lock().await;
        let mut erased = front.erase_records(self.spec.name, partition, gone)?;
        self.refresh(&mut writer, front).await?;
        let provider = Arc::clone(&front.base(self.spec.name)?.provider);
        let found = upkeep::find(front.session(), provider, partition, gone).await;
        let found = found.map_err(|error| self.failed("erased from", error))?;
        if found.is_empty() {
            return Ok(erased);
        }
        let done = upkeep::erase_records(writer.table.clone(), partition, &found).await;
        // It commits what it did; read that, however it ended.
        self.refresh(&mut writer, front).await?;
        done.map_err(|error| self.failed("erased from", error))?;
        erased.extend(found);
        Ok(erased)
    }
}
