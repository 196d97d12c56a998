//! The lake: all of history, in tables that anybody can read.

use crate::error::Result;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use async_trait::async_trait;
use gyre_model::{Decimal, Offset, Partition, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The columns that every table begins with, in this order.
///
/// `_partition` Int32 and `_offset` Int64 say which journal record the row is; `at` Timestamp
/// (microseconds, UTC) is the journal's stamp; `event_date` Date32 is the day of the row and the
/// partition column; `workspace` is text.
pub const SYSTEM_COLUMNS: [&str; 5] = ["_partition", "_offset", "at", "event_date", "workspace"];

/// A table as it is declared.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// Its name.
    pub name: &'static str,
    /// What it holds, for people.
    pub comment: &'static str,
    /// Its columns, [`SYSTEM_COLUMNS`] first. Text columns are `Utf8`.
    pub schema: SchemaRef,
    /// What its columns mean, by name: an adapter that can keeps it with the table.
    pub columns: BTreeMap<&'static str, ColumnMeaning>,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnMeaning {
    /// What it holds, for people.
    pub comment: &'static str,
    /// How personal it is.
    pub personal: Personal,
}

/// How personal the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// They tell nothing of anybody without other columns.
    No,
    /// They stand for somebody: ids of this server and keyed hashes.
    Pseudonym,
    /// They may name somebody or tell of them.
    Content,
}

impl Personal {
    /// The word kept with a column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Pseudonym => "pseudonym",
            Self::Content => "content",
        }
    }
}

/// Rows for one table, in order of offset.
#[derive(Debug, Clone)]
pub struct TableBatch {
    /// The table.
    pub table: &'static str,
    /// The rows; all of one partition.
    pub rows: RecordBatch,
}

/// Rows of a [`LiveTable`], in batches.
pub type LiveRows = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// A table that is nowhere stored: its rows are made of what the server knows at the moment when a query
/// reads it. So nothing of it has to be erased, and it is always up to date.
pub trait LiveTable: Send + Sync + std::fmt::Debug {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its columns; text columns are `Utf8`.
    fn schema(&self) -> SchemaRef;
    /// Its rows now. They are made as they are taken, so whoever stops early pays for no more.
    fn rows(&self) -> LiveRows;
}

/// A value bound to a `$1`, `$2`, … of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A float.
    Number(f64),
    /// An amount.
    Decimal(Decimal),
    /// An instant.
    Time(Timestamp),
    /// True or false.
    Boolean(bool),
}

/// What to ask: text from a person, or a tree built by a stage.
#[derive(Debug, Clone)]
pub enum Sql {
    /// As a person wrote it; only reading statements are allowed.
    Text(String),
    /// Built by typed builders; never concatenated.
    Tree(Box<sqlparser::ast::Statement>),
}

/// A query with its bounds.
#[derive(Debug, Clone)]
pub struct Query {
    /// What to ask.
    pub sql: Sql,
    /// What `$1`, `$2`, … stand for.
    pub parameters: Vec<Parameter>,
    /// The most rows given back; more is said in [`Rows::truncated`].
    pub max_rows: usize,
    /// After so much running it is given up, and after as much waiting for its turn it is not begun.
    pub timeout: Duration,
}

/// The answer to a query.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows; none with `Utf8View` columns.
    pub batches: Vec<RecordBatch>,
    /// Whether there were more than `max_rows`.
    pub truncated: bool,
}

/// What a commit wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// Rows that left the tail.
    pub rows: usize,
    /// Tables that were written.
    pub tables: usize,
}

/// All of history, in tables.
///
/// Promises: every row is stored exactly once, however often it is appended (rows at or below a
/// table's fence for their partition are dropped). Appended rows are visible to the next query at
/// once, before they are committed. A query sees of every table a prefix of the journal: each row at
/// or below some offset, none twice, and rows never disappear from one query to the next. `commit`
/// moves the tail into open files that other engines read, and is durable when it returns.
#[async_trait]
pub trait Lake: Send + Sync + std::fmt::Debug {
    /// Opens the tables, making those that do not exist. New nullable columns may be added at the end.
    async fn open(&self, tables: &[TableSpec]) -> Result<()>;

    /// The offset up to which a table has committed rows of a partition.
    async fn fence(&self, table: &str, partition: Partition) -> Result<Option<Offset>>;

    /// Makes rows visible. Rows already there or already in the tail are dropped.
    async fn append(&self, batches: Vec<TableBatch>) -> Result<()>;

    /// Moves the tail into the tables; durable when it returns.
    async fn commit(&self) -> Result<Committed>;

    /// Rows that are in the tail.
    fn tail_rows(&self) -> usize;

    /// Answers a query.
    async fn query(&self, query: Query) -> Result<Rows>;

    /// Shows a live table to queries from now on. It stands beside the stored ones, whose names go before
    /// its own. Lakes that answer no query have no use for it.
    fn show(&self, _table: Arc<dyn LiveTable>) {}

    /// Compacts tables with many small files, and removes files nobody can reach.
    async fn maintain(&self) -> Result<()>;

    /// The rows that there are of these records of a partition, by table and offset, tail included.
    async fn find_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>>;

    /// Removes the rows of these records of a partition from every table, tail included; which they were.
    /// Rows below a fence do not come back. Old files may hold them until [`Lake::purge`].
    async fn erase_records(
        &self,
        partition: Partition,
        offsets: &[Offset],
    ) -> Result<Vec<(&'static str, Offset)>>;

    /// Deletes every file that is no longer part of a table, whatever its age; `false` when some had to
    /// stay because a query of this process still reads them.
    async fn purge(&self) -> Result<bool>;

    /// Removes the rows of people from every table that has a `person` column, tail included.
    async fn erase(&self, people: &[gyre_model::PersonId]) -> Result<u64>;
}
