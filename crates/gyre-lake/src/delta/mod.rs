//! The lake on local disk: one Delta table per folder.

pub(crate) mod disk;
mod error;
mod log;
mod table;
mod upkeep;

use crate::columns::{check_evolution, check_spec};
use crate::front::Front;
use crate::options::Options;
use async_trait::async_trait;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use disk::Disk;
use futures::{StreamExt, stream};
use gyre_datafusion::{Bounds, Tables};
use gyre_model::{Offset, Partition, PersonId};
use gyre_ports::lake::{Committed, LiveTable, Query, Rows, TableBatch, TableSpec};
use gyre_ports::{Error, ErrorKind, Lake, Result, failpoint};
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::Table;

#[cfg(test)]
pub(crate) use log::make_with;

/// How many tables are committed at the same time: they mostly wait for the disk.
const COMMITS_AT_ONCE: usize = 4;

/// The lake on local disk.
///
/// One process writes to a folder at a time; any number, also other engines, read its tables, each a
/// folder with the table's name. Beyond [`Lake`]'s promises: `commit` returns when data, log and
/// folders are on disk; when that fails the error is kind `Fatal`, and every later commit fails too.
#[derive(Debug, Clone)]
pub struct DeltaLake {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    disk: Disk,
    options: Options,
    front: Front,
    tables: RwLock<BTreeMap<&'static str, Arc<Table>>>,
    /// Held while tables are opened.
    opening: tokio::sync::Mutex<()>,
}

impl DeltaLake {
    /// The lake in a folder, which is made if it is not there. Tables are opened by [`Lake::open`].
    pub fn open_at(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let root = folder(path.as_ref())
            .map_err(|error| Error::io("the lake's folder could not be made", error))?;
        let inner = Inner {
            disk: Disk::new(root.clone()),
            front: Front::new(&options)?,
            root,
            options,
            tables: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The folder of a table, for other engines.
    pub fn table_folder(&self, table: &str) -> PathBuf {
        self.inner.root.join(table)
    }

    #[cfg(test)]
    pub(crate) fn base(&self, table: &str) -> Arc<crate::live::Base> {
        self.inner.front.base(table).expect("an open table")
    }

    /// Runs work on the lake's runtime. It goes on when the caller stops waiting: half a commit is
    /// worse than one that nobody asks for any more.
    async fn run<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let task = self.inner.front.handle().spawn(work(Arc::clone(&self.inner)));
        let done = task.await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "the lake's task ended early").with(error)
        })?;
        if self.inner.disk.has_failed() {
            return Err(Error::new(ErrorKind::Fatal, "the lake could not be synced to disk"));
        }
        done
    }
}

/// Makes a folder, with its entry on disk, and gives its absolute path.
fn folder(path: &Path) -> std::io::Result<PathBuf> {
    fs::create_dir_all(path)?;
    let path = fs::canonicalize(path)?;
    if let Some(above) = path.parent() {
        File::open(above)?.sync_all()?;
    }
    Ok(path)
}

impl Inner {
    fn table(&self, name: &str) -> Result<Arc<Table>> {
        self.tables
            .read()
            .get(name)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("table {name} is not open")))
    }

    fn all(&self) -> Vec<Arc<Table>> {
        self.tables.read().values().cloned().collect()
    }

    async fn open(&self, specs: &[TableSpec]) -> Result<()> {
        let _alone = self.opening.lock().await;
        for spec in specs {
            check_spec(spec)?;
            let open = self.tables.read().get(spec.name).cloned();
            if let Some(open) = open {
                check_evolution(spec, &open.spec().schema)?;
                if open.spec().schema.fields().len() == spec.schema.fields().len() {
                    continue;
                }
                if !self.front.part(spec.name).pieces.is_empty() {
                    let what = format!("table {} has rows to commit before it grows", spec.name);
                    return Err(Error::new(ErrorKind::Conflict, what));
                }
            }
            let folder = self.root.join(spec.name);
            let made = folder.clone();
            let ready = tokio::task::spawn_blocking(move || {
                fs::create_dir_all(&made)?;
                disk::remove_staged(&made)
            });
            let what = || format!("the folder of table {} could not be made", spec.name);
            let ready = ready
                .await
                .map_err(|error| Error::new(ErrorKind::Unavailable, what()).with(error))?;
            ready.map_err(|error| Error::io(what(), error))?;
            let table = Table::open(&folder, &self.disk, spec, &self.front).await?;
            self.tables.write().insert(spec.name, Arc::new(table));
        }
        Ok(())
    }

    async fn commit(self: Arc<Self>) -> Result<Committed> {
        failpoint::reach("lake.before_commit");
        let commits = self.all().into_iter().map(|table| {
            let lake = Arc::clone(&self);
            async move { table.commit(&lake.front).await }
        });
        // All of them, also when one fails: none is left half way.
        let done: Vec<_> = stream::iter(commits).buffer_unordered(COMMITS_AT_ONCE).collect().await;
        let mut all = Committed::default();
        for committed in done {
            let committed = committed?;
            all.rows += committed.rows;
            all.tables += committed.tables;
        }
        Ok(all)
    }
}

#[async_trait]
impl Tables for DeltaLake {
    fn moment(&self) -> Result<SessionState> {
        self.inner.front.moment()
    }

    async fn execute(
        &self,
        state: SessionState,
        plan: LogicalPlan,
        bounds: Bounds,
    ) -> Result<Rows> {
        self.inner.front.run(state, plan, bounds).await
    }
}

#[async_trait]
impl Lake for DeltaLake {
    async fn open(&self, tables: &[TableSpec]) -> Result<()> {
        let specs = tables.to_vec();
        self.run(|lake| async move { lake.open(&specs).await }).await
    }

    async fn fence(&self, table: &str, partition: Partition) -> Result<Option<Offset>> {
        let base = self.inner.front.base(table)?;
        if base.fences.knows(partition) {
            return Ok(base.fences.get(partition));
        }
        let open = self.inner.table(table)?;
        self.run(|lake| async move { open.learn(partition, &lake.front).await }).await?;
        Ok(self.inner.front.base(table)?.fences.get(partition))
    }

    async fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        for (table, partition) in self.inner.front.unknown(&batches)? {
            self.fence(table, partition).await?;
        }
        self.inner.front.append(batches)
    }

    async fn commit(&self) -> Result<Committed> {
        self.run(Inner::commit).await
    }

    fn tail_rows(&self) -> usize {
        self.inner.front.tail_rows()
    }

    async fn query(&self, query: Query) -> Result<Rows> {
        self.inner.front.query(query).await
    }

    fn show(&self, table: Arc<dyn LiveTable>) {
        self.inner.front.show(table);
    }

    async fn maintain(&self) -> Result<()> {
        self.run(|lake| async move {
            for table in lake.all() {
                table.maintain(&lake.options, &lake.front).await?;
            }
            Ok(())
        })
        .await
    }

    async fn find_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let gone: HashSet<Offset> = offsets.iter().copied().collect();
        self.run(move |lake| async move {
            let mut found = Vec::new();
            for table in lake.all() {
                let name = table.spec().name;
                let of_table = table.find_records(partition, &gone, &lake.front).await?;
                found.extend(of_table.into_iter().map(|offset| (name, offset)));
            }
            Ok(found)
        })
        .await
    }

    async fn erase_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>> {
        let gone: HashSet<Offset> = offsets.iter().copied().collect();
        if gone.is_empty() || failpoint::mutant("lake.no_erase") {
            return Ok(Vec::new());
        }
        self.run(move |lake| async move {
            let mut erased = Vec::new();
            for table in lake.all() {
                let name = table.spec().name;
                let of_table = table.erase_records(partition, &gone, &lake.front).await?;
                erased.extend(of_table.into_iter().map(|offset| (name, offset)));
            }
            Ok(erased)
        })
        .await
    }

    async fn purge(&self) -> Result<bool> {
        if failpoint::mutant("lake.no_purge") {
            return Ok(true);
        }
        self.run(|lake| async move {
            let options = Options { retention: std::time::Duration::ZERO, ..lake.options.clone() };
            let mut all = true;
            for table in lake.all() {
                all &= table.purge(&options, &lake.front).await?;
            }
            Ok(all)
        })
        .await
    }

    async fn erase(&self, people: &[PersonId]) -> Result<u64> {
        let people: HashSet<String> = people.iter().map(ToString::to_string).collect();
        if people.is_empty() {
            return Ok(0);
        }
        self.run(|lake| async move {
            let mut erased = 0;
            for table in lake.all() {
                erased += table.erase(&people, &lake.front).await?;
            }
            Ok(erased)
        })
        .await
    }
}
