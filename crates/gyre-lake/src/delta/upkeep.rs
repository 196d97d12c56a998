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
use deltalake::operations::optimize::OptimizeType;
use deltalake::operations::vacuum::VacuumMode;
use deltalake::{DeltaResult, DeltaTable, DeltaTableError, FilterOp, FilterValue};
use futures::StreamExt as _;
use gyre_model::{Offset, Partition, Span};
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU64;
use std::sync::Arc;

const PARTITION: &str = "_partition";
const OFFSET: &str = "_offset";
/// What rows of a day that is over are ordered by, together, where a table has it.
const ORDERED_BY: [&str; 4] = ["workspace", "person", "node", "at"];
/// How long after its end a day is over.
const CLOSED_AFTER: Span = Span::HOUR;
/// Records of one delete: what it looks for is written to the log.
const ERASED_AT_ONCE: usize = 50_000;

/// The files of a day.
#[derive(Debug, Default)]
pub(crate) struct Day {
    files: usize,
    small: usize,
    bytes: u64,
}

/// The files of each day, as they stand in the log.
pub(crate) fn days(table: &DeltaTable, options: &Options) -> DeltaResult<BTreeMap<String, Day>> {
    let adds = table.snapshot()?.add_actions_table(true)?;
    let column = |name: &str, kind: &DataType| {
        let column = adds
            .column_by_name(name)
            .ok_or_else(|| DeltaTableError::Generic(format!("no column {name} in add actions")))?;
        Ok::<_, DeltaTableError>(cast(column, kind)?)
    };
    let sizes = column("size_bytes", &DataType::Int64)?;
    let sizes = sizes.as_primitive::<Int64Type>();
    let names = column(&format!("partition.{DAY}"), &DataType::Utf8)?;
    let names = names.as_string::<i32>();
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for (name, size) in names.iter().zip(sizes) {
        let (Some(name), Some(size)) = (name, size) else { continue };
        let day = days.entry(name.to_owned()).or_default();
        day.files += 1;
        day.small += usize::from((size as u64) < options.small_file);
        day.bytes += size as u64;
    }
    Ok(days)
}

impl Day {
    /// Whether it has too many small files.
    pub(crate) fn is_crowded(&self, options: &Options) -> bool {
        self.small > options.compact_above
    }

    /// Whether it has more files than its bytes need: what came since it was put in order last, or ever.
    pub(crate) fn is_untidy(&self, options: &Options) -> bool {
        let needed = self.bytes.div_ceil(options.target_file.max(1)) as usize;
        self.files > needed + options.order_above && self.bytes <= options.order_below
    }
}

/// The last day that is over by so long that hardly anything of it still comes.
pub(crate) fn last_closed(options: &Options) -> String {
    let then = options.clock.now() - CLOSED_AFTER - Span::DAY;
    then.to_string().chars().take("2026-03-01".len()).collect()
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

/// Rewrites a day that is over so that rows of the same people, and of the same time, stand together: a
/// question about somebody, or about an hour, then reads little of it.
pub(crate) async fn order(
    table: DeltaTable,
    day: &str,
    options: &Options,
    session: &SessionState,
) -> DeltaResult<DeltaTable> {
    let schema = table.snapshot()?.schema();
    let has = |name: &&&str| schema.field(name).is_some();
    let by = ORDERED_BY.iter().filter(has).map(|name| (*name).to_owned()).collect();
    let filters = [(DAY, FilterOp::Eq, FilterValue::Scalar(day))];
    let target = NonZeroU64::new(options.target_file).unwrap_or(NonZeroU64::MIN);
    let (table, _) = table
        .optimize()
        .with_type(OptimizeType::ZOrder(by))
        .with_session_state(Arc::new(session.clone()))
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
