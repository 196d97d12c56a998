//! What every lake in this crate shares: the tail, what is published of each table, and queries over
//! both. The lakes differ only in how they commit.

use crate::columns::{check_rows, last_offset};
use crate::line::Line;
use crate::live::{Base, Live};
use crate::options::Options;
use crate::query::{self, Work};
use crate::streaming;
use crate::tail::{Part, Piece, Tail};
use datafusion::catalog::TableProvider;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use gyre_datafusion::{
    Bounds, at, failure, gyre_config, gyre_runtime, gyre_state, plain, with_tables,
};
use gyre_model::{Offset, Partition};
use gyre_ports::lake::{LiveTable, Query, Rows, TableBatch};
use gyre_ports::{Clock, Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The tail, what is published, and how to ask both.
#[derive(Debug)]
pub(crate) struct Front {
    tail: Mutex<Tail>,
    published: RwLock<BTreeMap<&'static str, Arc<Base>>>,
    live: RwLock<BTreeMap<&'static str, Arc<dyn LiveTable>>>,
    state: SessionState,
    clock: Arc<dyn Clock>,
    runtime: Option<Handle>,
    line: Line,
}

impl Front {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let runtime = gyre_runtime(&options.limits)?;
        Ok(Self {
            tail: Mutex::default(),
            published: RwLock::default(),
            live: RwLock::default(),
            state: gyre_state(gyre_config(options.query_partitions), runtime),
            clock: Arc::clone(&options.clock),
            runtime: options.runtime.clone(),
            line: Line::new(&options.limits),
        })
    }

    /// Where work runs: off the runtime that answers requests, if the caller has two.
    pub(crate) fn handle(&self) -> Handle {
        self.runtime.clone().unwrap_or_else(Handle::current)
    }

    /// Shows what is committed of a table from now on.
    pub(crate) fn publish(&self, table: &'static str, base: Base) {
        self.published.write().insert(table, Arc::new(base));
    }

    /// What is committed of a table.
    pub(crate) fn base(&self, table: &str) -> Result<Arc<Base>> {
        self.published
            .read()
            .get(table)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("table {table} is not open")))
    }

    /// Whether a table is open.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.published.read().contains_key(table)
    }

    /// The tail of one table.
    pub(crate) fn part(&self, table: &str) -> Part {
        self.tail.lock().part(table)
    }

    /// The tails of all tables: the first step of every reader.
    pub(crate) fn capture(&self) -> BTreeMap<&'static str, Part> {
        self.tail.lock().capture()
    }

    /// Forgets what is at or below the published fences: the last step of every commit.
    pub(crate) fn trim(&self, table: &str) -> Result<usize> {
        let base = self.base(table)?;
        Ok(self.tail.lock().trim(table, &base.fences))
    }

    pub(crate) fn tail_rows(&self) -> usize {
        self.tail.lock().rows()
    }

    /// Drops the rows of people from the tail of a table.
    pub(crate) fn erase(&self, table: &str, people: &HashSet<String>) -> Result<usize> {
        let erased = self.tail.lock().erase(table, people);
        erased.map_err(|error| {
            Error::new(ErrorKind::Fatal, "the tail could not be filtered").with(error)
        })
    }

    /// Drops the rows of records from the tail of a table, and gives their offsets.
    pub(crate) fn erase_records(
        &self,
        table: &str,
        partition: Partition,
        gone: &HashSet<Offset>,
    ) -> Result<Vec<Offset>> {
        let erased = self.tail.lock().erase_records(table, partition, gone);
        erased.map_err(|error| {
            Error::new(ErrorKind::Fatal, "the tail could not be filtered").with(error)
        })
    }

    /// The partitions among these rows whose fences nobody looked up yet.
    pub(crate) fn unknown(&self, batches: &[TableBatch]) -> Result<Vec<(&'static str, Partition)>> {
        let mut unknown = Vec::new();
        for batch in batches {
            let base = self.base(batch.table)?;
            let partition = check_rows(batch.table, &batch.rows, &base.written)?;
            let Some(partition) = partition else { continue };
            if !base.fences.knows(partition) && !unknown.contains(&(batch.table, partition)) {
                unknown.push((batch.table, partition));
            }
        }
        Ok(unknown)
    }

    /// Adds rows whose partitions' fences are known. All of them or, if any is wrong, none.
    pub(crate) fn append(&self, batches: Vec<TableBatch>) -> Result<()> {
        let mut pieces = Vec::with_capacity(batches.len());
        for TableBatch { table, rows } in batches {
            let base = self.base(table)?;
            let Some(partition) = check_rows(table, &rows, &base.written)? else { continue };
            let written = plain(&rows, &base.written).map_err(unreadable)?;
            let shown = plain(&rows, &base.shown).map_err(unreadable)?;
            debug_assert!(last_offset(&written).is_some());
            pieces.push((table, Piece { partition, rows: written, shown }, base));
        }
        // One lock for all tables, so that no query sees half of a call.
        let mut tail = self.tail.lock();
        for (table, piece, base) in &pieces {
            tail.append(table, piece, &base.fences);
        }
        Ok(())
    }

    /// Shows a live table from now on.
    pub(crate) fn show(&self, table: Arc<dyn LiveTable>) {
        self.live.write().insert(table.name(), table);
    }

    /// The tables as a query of this moment sees them.
    fn tables(&self) -> Result<Vec<(&'static str, Arc<dyn TableProvider>)>> {
        // The order is the promise: tail first, then what is published. See the crate's comment.
        let tail = self.capture();
        let published = self.published.read().clone();
        let mut tables = Vec::with_capacity(published.len());
        for (name, table) in &*self.live.read() {
            if !published.contains_key(name) {
                tables.push((*name, streaming::provider(table).map_err(failure)?));
            }
        }
        tables.extend(published.into_iter().map(|(name, base)| {
            let live: Arc<dyn TableProvider> = Arc::new(Live::new(tail.get(name), &base));
            (name, live)
        }));
        Ok(tables)
    }

    /// How work of the lake itself is planned.
    pub(crate) fn session(&self) -> &SessionState {
        &self.state
    }

    /// Answers a query, off the caller's runtime.
    pub(crate) async fn query(&self, query: Query) -> Result<Rows> {
        let place = self.line.wait(query.timeout).await?;
        // What a query sees is of the moment at which its turn comes.
        query::run(&self.handle(), place, self.moment()?, Work::Query(query)).await
    }

    /// The session of a query of this moment.
    pub(crate) fn moment(&self) -> Result<SessionState> {
        Ok(at(with_tables(&self.state, self.tables()?)?, self.clock.now()))
    }

    /// Runs a plan, off the caller's runtime.
    pub(crate) async fn run(
        &self,
        state: SessionState,
        plan: LogicalPlan,
        bounds: Bounds,
    ) -> Result<Rows> {
        let place = self.line.wait(bounds.timeout).await?;
        query::run(&self.handle(), place, state, Work::Plan(plan, bounds)).await
    }
}

fn unreadable(error: arrow_schema::ArrowError) -> Error {
    Error::new(ErrorKind::Invalid, "rows could not be read").with(error)
}
