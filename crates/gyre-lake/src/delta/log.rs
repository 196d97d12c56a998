//! One Delta table's log: opening it, reading what it says, appending to it. With [`super::upkeep`]
//! the only place that calls deltalake: its generics are compiled where they are used, and are slow
//! to compile.

use super::disk::Disk;
use super::error::delta;
use crate::columns::{DAY, check_evolution, statistics_columns};
use crate::fence::{Fences, app_id};
use crate::live::Base;
use crate::snapshot::{Resolved, Snapshot, guard};
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, StructType, Transaction};
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use deltalake::{DeltaResult, DeltaTable, DeltaTableBuilder, DeltaTableError};
use gyre_datafusion::{failure, view_schema};
use gyre_model::{Offset, Partition};
use gyre_ports::failpoint;
use gyre_ports::lake::TableSpec;
use gyre_ports::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// A checkpoint every so many commits keeps opening fast.
const CHECKPOINT_EVERY: &str = "50";
/// How long the log can be read back.
const LOG_RETENTION: &str = "interval 7 days";
/// The key under which a column says how personal it is.
const PERSONAL: &str = "gyre.personal";
const STATISTICS: &str = "delta.dataSkippingStatsColumns";

/// Opens the table in `folder`, making it if it is not there and adding columns that are new.
pub(crate) async fn open(folder: &Path, disk: &Disk, spec: &TableSpec) -> Result<DeltaTable> {
    let what = || format!("table {} could not be opened", spec.name);
    let url = Url::from_directory_path(folder)
        .map_err(|()| Error::new(ErrorKind::Invalid, "the lake's folder is not absolute"))?;
    let table = DeltaTableBuilder::from_url(url.clone())
        .map(|builder| builder.with_storage_backend(Arc::new(disk.clone()), url))
        .and_then(DeltaTableBuilder::build)
        .map_err(|error| delta(what(), error))?;
    let exists = table.verify_deltatable_existence().await;
    if !exists.map_err(|error| delta(what(), error))? {
        return create(table, spec).await.map_err(|error| delta(what(), error));
    }
    let mut table = table;
    table.load().await.map_err(|error| delta(what(), error))?;
    let state = table.snapshot().map_err(|error| delta(what(), error))?;
    guard::check(spec.name, state)?;
    let have = columns(&table)?;
    check_evolution(spec, have.as_ref())?;
    evolve(table, spec).await.map_err(|error| delta(what(), error))
}

async fn create(table: DeltaTable, spec: &TableSpec) -> DeltaResult<DeltaTable> {
    let columns = declared(spec)?;
    // `delta.setTransactionRetentionDuration` is never set: it would let fences expire.
    let configuration = [
        ("delta.checkpointInterval", CHECKPOINT_EVERY.to_owned()),
        ("delta.logRetentionDuration", LOG_RETENTION.to_owned()),
        (STATISTICS, statistics_columns(&spec.schema)),
    ];
    table
        .create()
        .with_table_name(spec.name)
        .with_comment(spec.comment)
        .with_columns(columns.fields().cloned())
        .with_partition_columns([DAY])
        .with_configuration(configuration.map(|(key, value)| (key, Some(value))))
        .await
}

/// The columns as they are declared, with what they mean: readers of Delta show it.
fn declared(spec: &TableSpec) -> DeltaResult<StructType> {
    let fields = spec.schema.fields().iter().map(|field| {
        let Some(meaning) = spec.columns.get(field.name().as_str()) else {
            return field.as_ref().clone();
        };
        field.as_ref().clone().with_metadata(HashMap::from([
            ("comment".to_owned(), meaning.comment.to_owned()),
            (PERSONAL.to_owned(), meaning.personal.as_str().to_owned()),
        ]))
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok((&schema).try_into_kernel()?)
}

async fn evolve(table: DeltaTable, spec: &TableSpec) -> DeltaResult<DeltaTable> {
    let wanted = declared(spec)?;
    let have = table.snapshot()?.schema();
    let new: Vec<_> =
        wanted.fields().filter(|field| have.field(field.name()).is_none()).cloned().collect();
    let table = if new.is_empty() { table } else { table.add_columns().with_fields(new).await? };
    let statistics = statistics_columns(&spec.schema);
    if table.snapshot()?.metadata().configuration().get(STATISTICS) == Some(&statistics) {
        return Ok(table);
    }
    let properties = HashMap::from([(STATISTICS.to_owned(), statistics)]);
    table.set_tbl_properties().with_properties(properties).await
}

/// The columns as Delta gives them back: text is `Utf8`.
fn columns(table: &DeltaTable) -> Result<SchemaRef> {
    let state = table.snapshot().map_err(|error| delta("a table was not loaded", error))?;
    Ok(state.snapshot().arrow_schema())
}

/// What the loaded version of a table says, with these fences.
pub(crate) fn base(
    name: &str,
    table: &DeltaTable,
    fences: Fences,
) -> Result<(Arc<Snapshot>, Base)> {
    let what = || format!("table {name} could not be read");
    let state = table.snapshot().map_err(|error| delta(what(), error))?;
    guard::check(name, state)?;
    let written = columns(table)?;
    // Without what columns mean: batches are compared with this.
    let plain =
        written.fields().iter().map(|field| field.as_ref().clone().with_metadata(HashMap::new()));
    let written = Arc::new(Schema::new(plain.collect::<Vec<_>>()));
    let shown = view_schema(&written);
    let mut root = table.table_url().clone();
    if !root.path().ends_with('/') {
        root.set_path(&format!("{}/", root.path()));
    }
    let resolved = Resolved {
        root,
        version: state.version(),
        schema: Arc::clone(&shown),
        partition_columns: state.metadata().partition_columns().to_vec(),
        adds: state.add_actions_table(true).map_err(|error| delta(what(), error))?,
    };
    let snapshot = Arc::new(Snapshot::new(resolved).map_err(failure)?);
    let provider = Arc::clone(&snapshot);
    Ok((snapshot, Base { provider, written, shown, fences }))
}

/// Reads from the loaded version up to where a partition is committed.
pub(crate) async fn fence(table: &DeltaTable, partition: Partition) -> DeltaResult<Option<Offset>> {
    let log = table.log_store();
    let version = table.snapshot()?.transaction_version(&*log, app_id(partition)).await?;
    Ok(version.map(|version| version as Offset))
}

/// Reads the fences of these partitions from the loaded version.
pub(crate) async fn fences(
    table: &DeltaTable,
    partitions: impl Iterator<Item = Partition>,
) -> DeltaResult<Fences> {
    let mut fences = Fences::default();
    for partition in partitions {
        fences.set(partition, fence(table, partition).await?);
    }
    Ok(fences)
}

/// Appends rows and moves fences in one commit, on disk when this returns.
///
/// The rows are those above `above`. deltalake does not check that a fence rises, so this does: if
/// the loaded version has other fences than these, it is refused as a conflict. If somebody moved one
/// since that version, deltalake refuses it.
pub(crate) async fn append(
    table: &mut DeltaTable,
    rows: Option<RecordBatch>,
    ends: &[(Partition, Offset)],
    above: &Fences,
) -> DeltaResult<()> {
    for (partition, _) in ends {
        if fence(table, *partition).await? != above.get(*partition) {
            return Err(DeltaTableError::VersionAlreadyExists(table.version().unwrap_or(0)));
        }
    }
    let mut actions = Vec::new();
    if let Some(rows) = rows {
        let mut writer = RecordBatchWriter::for_table(table)?;
        writer.write(rows).await?;
        actions.extend(writer.flush().await?.into_iter().map(Action::Add));
    }
    failpoint::reach("lake.after_files");
    let transactions = ends
        .iter()
        .map(|(partition, end)| {
            let version = i64::try_from(*end).map_err(|_| {
                DeltaTableError::Generic(format!("offset {end} does not fit a transaction"))
            })?;
            Ok(Transaction::new(app_id(*partition), version))
        })
        .collect::<DeltaResult<Vec<_>>>()?;
    let operation = DeltaOperation::Write {
        mode: SaveMode::Append,
        partition_by: Some(vec![DAY.to_owned()]),
        predicate: None,
    };
    let properties = CommitProperties::default().with_application_transactions(transactions);
    let done = CommitBuilder::from(properties)
        .with_actions(actions)
        .build(Some(table.snapshot()?), table.log_store(), operation)
        .await?;
    table.state = Some(done.snapshot());
    failpoint::reach("lake.after_commit");
    Ok(())
}

/// Makes a table with another property, as another engine might.
#[cfg(test)]
pub(crate) async fn make_with(folder: &Path, spec: &TableSpec, key: &str, value: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    let url = Url::from_directory_path(folder).expect("an absolute folder");
    let columns: StructType = spec.schema.as_ref().try_into_kernel().expect("columns");
    let table = DeltaTable::try_from_url(url).await.expect("a table");
    let made = table
        .create()
        .with_columns(columns.fields().cloned())
        .with_partition_columns([DAY])
        .with_configuration([(key, Some(value))]);
    made.await.expect("a table with the property");
}
