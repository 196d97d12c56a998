//! One version of a Delta table, planned to DataFusion's own Parquet scan.
//!
//! deltalake brings a table provider, but its scan node cannot be sent to another process; this one
//! plans to stock nodes, so that the same plans run here and on a cluster. That is right as long as
//! a plain Parquet scan reads the table right, which [`guard`] checks.

mod files;
pub(crate) mod guard;
mod prune;
mod scan;

use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, Schema, SchemaRef};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// One version of a Delta table. Immutable.
pub(crate) struct Snapshot {
    root: Url,
    version: u64,
    /// The columns in Delta's order, text as views.
    schema: SchemaRef,
    /// Names of the partition columns.
    partition_columns: Vec<String>,
    /// Delta's add actions, flattened: a row per file, with its statistics.
    adds: RecordBatch,
    /// The columns in the scan's order: partition columns last.
    scan_schema: TableSchema,
    /// From a column's place in `schema` to its place in `scan_schema`.
    places: Vec<usize>,
    /// The files, with statistics.
    files: Vec<PartitionedFile>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("root", &self.root.as_str())
            .field("version", &self.version)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

/// What a snapshot is made of.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// The table's folder, with a slash at the end.
    pub(crate) root: Url,
    /// Delta's version.
    pub(crate) version: u64,
    /// The columns in Delta's order, as queries see them.
    pub(crate) schema: SchemaRef,
    /// Names of the partition columns.
    pub(crate) partition_columns: Vec<String>,
    /// Delta's add actions, flattened.
    pub(crate) adds: RecordBatch,
}

impl Snapshot {
    /// Builds the description of every file once, so that queries only pick from it.
    pub(crate) fn new(resolved: Resolved) -> Result<Self> {
        let Resolved { root, version, schema, partition_columns, adds } = resolved;
        let (partitions, data): (Vec<FieldRef>, Vec<FieldRef>) = schema
            .fields()
            .iter()
            .cloned()
            .partition(|field| partition_columns.contains(field.name()));
        let data = Arc::new(Schema::new(data));
        let adds = files::newest_first(&adds, &partition_columns)?;
        let files = files::files(&root, &adds, &data, &partitions)?;
        let scan_schema = TableSchema::builder(data).with_table_partition_cols(partitions).build();
        let places = schema
            .fields()
            .iter()
            .map(|field| Ok(scan_schema.table_schema().index_of(field.name())?))
            .collect::<Result<_, DataFusionError>>()?;
        Ok(Self { root, version, schema, partition_columns, adds, scan_schema, places, files })
    }

    /// How many files a scan may have to read.
    #[cfg(test)]
    pub(crate) fn file_count(&self) -> usize {
        self.files.len()
    }
}
