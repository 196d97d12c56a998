//! Which files a query can leave out: by the day in their path, exactly, and by the least and
//! greatest values in the log, to be safe.

use super::Snapshot;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow_cast::cast;
use arrow_schema::{DataType, Schema, TimeUnit};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use std::collections::HashSet;
use std::sync::Arc;

/// The log writes times in milliseconds and cuts the rest off.
const CUT_MICROS: i64 = 999;

impl Snapshot {
    /// Whether a filter asks about partition columns alone, so that a file's path decides it.
    pub(super) fn decided_by_path(&self, filter: &Expr) -> bool {
        let columns = filter.column_refs();
        !columns.is_empty()
            && columns.iter().all(|column| self.partition_columns.contains(&column.name))
            && !filter.is_volatile()
            && !filter.exists(|part| Ok(matches!(part, Expr::ScalarSubquery(_)))).unwrap_or(true)
    }

    /// For each file, whether it may have rows that pass the filters.
    pub(crate) fn prune(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<bool>> {
        let mut keep = vec![true; self.files.len()];
        if self.files.is_empty() {
            return Ok(keep);
        }
        let (by_path, by_value): (Vec<Expr>, Vec<Expr>) =
            filters.iter().cloned().partition(|filter| self.decided_by_path(filter));
        if let Some(filter) = conjunction(by_path) {
            and(&mut keep, &self.passes_by_path(state, filter)?);
        }
        if let Some(filter) = conjunction(by_value) {
            let columns = DFSchema::try_from(self.schema.as_ref().clone())?;
            let filter = state.create_physical_expr(filter, &columns)?;
            // Not every filter can be turned into one on bounds; then every file stays.
            let bounds = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&self.schema));
            if let Some(predicate) = bounds.build(filter) {
                and(&mut keep, &predicate.prune(&Bounds(self))?);
            }
        }
        Ok(keep)
    }

    fn passes_by_path(&self, state: &dyn Session, filter: Expr) -> Result<Vec<bool>> {
        let fields = self.scan_schema.table_partition_cols().iter().cloned();
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let columns = (0..schema.fields().len())
            .map(|column| {
                let values = self.files.iter().map(|file| file.partition_values[column].clone());
                ScalarValue::iter_to_array(values)
            })
            .collect::<Result<Vec<_>>>()?;
        let tuples = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        let columns = DFSchema::try_from(schema.as_ref().clone())?;
        let filter = state.create_physical_expr(filter, &columns)?;
        let passes = filter.evaluate(&tuples)?.into_array(tuples.num_rows())?;
        let passes = passes.as_boolean();
        Ok((0..passes.len()).map(|row| passes.is_valid(row) && passes.value(row)).collect())
    }
}

fn and(keep: &mut [bool], passes: &[bool]) {
    for (keep, passes) in keep.iter_mut().zip(passes) {
        *keep &= passes;
    }
}

/// The bounds in the log, as DataFusion asks for them.
struct Bounds<'a>(&'a Snapshot);

impl Bounds<'_> {
    fn bound(&self, what: &str, column: &Column) -> Option<ArrayRef> {
        let field = self.0.schema.field_with_name(&column.name).ok()?;
        let name = if self.0.partition_columns.contains(&column.name) {
            format!("partition.{}", column.name)
        } else {
            format!("{what}.{}", column.name)
        };
        let bound = cast(self.0.adds.column_by_name(&name)?, field.data_type()).ok()?;
        if what == "max"
            && matches!(field.data_type(), DataType::Timestamp(TimeUnit::Microsecond, _))
        {
            let cut = bound.as_primitive::<TimestampMicrosecondType>();
            let zone = cut.timezone().map(Arc::from);
            let wide: TimestampMicrosecondArray =
                cut.unary(|micros: i64| micros.saturating_add(CUT_MICROS));
            return Some(Arc::new(wide.with_timezone_opt::<Arc<str>>(zone)));
        }
        Some(bound)
    }

    fn counts(&self, name: &str) -> Option<ArrayRef> {
        cast(self.0.adds.column_by_name(name)?, &DataType::UInt64).ok()
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bound("min", column)
    }
    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bound("max", column)
    }
    fn num_containers(&self) -> usize {
        self.0.files.len()
    }
    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        self.counts(&format!("null_count.{}", column.name))
    }
    fn row_counts(&self) -> Option<ArrayRef> {
        self.counts("num_records")
    }
    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
