//! What a Delta table needs besides commits: compaction, removal of files and of people.

use crate::columns::{DAY, PERSON};
use crate::options::Options;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_cast::cast;
use arrow_schema::DataType;
use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{col, lit};
use deltalake::operations::vacuum::VacuumMode;
use deltalake::{DeltaResult, DeltaTable, DeltaTableError, FilterOp, FilterValue};
use futures::StreamExt as _;
use gyre_model::{Offset, Partition};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU64;
use std::sync::Arc;

const PARTITION: &str = "_partition";
const OFFSET: &str = "_offset";
/// Records of one delete: what it looks for is written to the log.
const ERASED_AT_ONCE: usize = 50_000;

/// The days that have too many small files, as they stand in the log.
pub(crate) fn crowded_days(table: &DeltaTable, options: &Options) -> DeltaResult<Vec<String>> {
    let adds = table.snapshot()?.add_actions_table(true)?;
    let column = |name: &str, kind: &DataType| {
        let column = adds
            .column_by_name(name)
            .ok_or_else(|| DeltaTableError::Generic(format!("no column {name} in add actions")))?;
        Ok::<_, DeltaTableError>(cast(column, kind)?)
    };
    let sizes = column("size_bytes", &DataType::Int64)?;
    let sizes = sizes.as_primitive::<Int64Type>();
    let days = column(&format!("partition.{DAY}"), &DataType::Utf8)?;
    let days = days.as_string::<i32>();
    let mut small: BTreeMap<&str, usize> = BTreeMap::new();
    for (day, size) in days.iter().zip(sizes) {
        if let (Some(day), Some(size)) = (day, size)
            && (size as u64) < options.small_file
        {
            *small.entry(day).or_default() += 1;
        }
    }
    let crowded = small.into_iter().filter(|(_, files)| *files > options.compact_above);
    Ok(crowded.map(|(day, _)| day.to_owned()).collect())
}

/// Rewrites the small files of a day into few large ones.
///
/// Works beside appends: they add files, this replaces others, and deltalake lets both commit.
pub(crate) async fn compact(
    table: DeltaTable,
    day: &str,
    options: &Options,
) -> DeltaResult<DeltaTable> {
    let filters = [(DAY, FilterOp::Eq, FilterValue::Scalar(day))];
    let target = NonZeroU64::new(options.target_file).unwrap_or(NonZeroU64::MIN);
    let (table, _) = table
        .optimize()
        .with_filters(&filters)
        .with_target_size(target)
        .with_max_concurrent_tasks(1)
        .await?;
    Ok(table)
}

/// Removes files that are not part of the table and older than the retention: replaced ones, and what
/// a killed process wrote and did not commit. Nobody may be writing to the table.
pub(crate) async fn vacuum(table: DeltaTable, options: &Options) -> DeltaResult<()> {
    let retention = chrono::Duration::from_std(options.retention).unwrap_or(chrono::Duration::MAX);
    table
        .vacuum()
        .with_mode(VacuumMode::Full)
        .with_retention_period(retention)
        .with_enforce_retention_duration(false)
        .await?;
    Ok(())
}

/// Rewrites the files that have rows of these people without them, and gives the number of rows.
pub(crate) async fn erase(table: DeltaTable, people: &HashSet<String>) -> DeltaResult<usize> {
    let people = people.iter().map(|person| lit(person.as_str())).collect();
    let (_, erased) = table.delete().with_predicate(col(PERSON).in_list(people, false)).await?;
    Ok(erased.num_deleted_rows.unwrap_or(0))
}

/// The offsets of a partition's rows that are among these records.
///
/// Two numbers a row are read: what they are compared with is a set, so that it does not matter how many
/// there are.
pub(crate) async fn find(
    state: &SessionState,
    table: Arc<dyn TableProvider>,
    partition: Partition,
    gone: &HashSet<Offset>,
) -> DeltaResult<Vec<Offset>> {
    let (Some(first), Some(last)) = (gone.iter().min(), gone.iter().max()) else {
        return Ok(Vec::new());
    };
    let between = col(OFFSET).between(lit(*first as i64), lit(*last as i64));
    let plan = LogicalPlanBuilder::scan("rows", provider_as_source(table), None)?
        .filter(col(PARTITION).eq(lit(partition as i32)).and(between))?
        .project([col(OFFSET)])?
        .build()?;
    let physical = state.create_physical_plan(&plan).await?;
    let mut rows = execute_stream(physical, state.task_ctx())?;
    let mut found = Vec::new();
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        let offsets = batch.column(0).as_primitive::<Int64Type>().values();
        found.extend(offsets.iter().map(|one| *one as Offset).filter(|one| gone.contains(one)));
    }
    Ok(found)
}

/// Rewrites the files that have rows of these records without them. Named by offset: what a delete looks
/// for stays in the log, and an offset says nothing of a person.
pub(crate) async fn erase_records(
    mut table: DeltaTable,
    partition: Partition,
    offsets: &[Offset],
) -> DeltaResult<()> {
    for some in offsets.chunks(ERASED_AT_ONCE) {
        let some = some.iter().map(|offset| lit(*offset as i64)).collect();
        let predicate =
            col(PARTITION).eq(lit(partition as i32)).and(col(OFFSET).in_list(some, false));
        (table, _) = table.delete().with_predicate(predicate).await?;
    }
    Ok(())
}
