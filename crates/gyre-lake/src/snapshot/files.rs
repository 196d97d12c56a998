//! From Delta's add actions to DataFusion's files, with what is known about their contents.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{DataType, FieldRef, Schema};
use datafusion::arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take_record_batch};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::{DataFusionError, Result};
use object_store::path::Path;
use std::sync::Arc;
use url::Url;

/// Grows with every row.
const OFFSET: &str = "_offset";

/// What the log says about one data column, over all files.
struct Known {
    least: Option<ArrayRef>,
    greatest: Option<ArrayRef>,
    nulls: Option<Int64Array>,
    /// Whether least and greatest are values and not only bounds.
    exact: bool,
}

impl Known {
    fn of(adds: &RecordBatch, field: &FieldRef) -> Self {
        let column = |what: &str| adds.column_by_name(&format!("{what}.{}", field.name()));
        let typed = |what: &str| cast(column(what)?, field.data_type()).ok();
        Self {
            least: typed("min"),
            greatest: typed("max"),
            nulls: column("null_count").and_then(|column| integers(column).ok()),
            // Floats and times lose digits in the log's JSON.
            exact: field.data_type().is_integer() || field.data_type() == &DataType::Date32,
        }
    }

    fn about(&self, row: usize) -> ColumnStatistics {
        let bound = |column: &Option<ArrayRef>| {
            let column = column.as_ref().filter(|column| column.is_valid(row));
            match column.and_then(|column| ScalarValue::try_from_array(column, row).ok()) {
                Some(value) if self.exact => Precision::Exact(value),
                Some(value) => Precision::Inexact(value),
                None => Precision::Absent,
            }
        };
        let mut about = ColumnStatistics::new_unknown();
        about.min_value = bound(&self.least);
        about.max_value = bound(&self.greatest);
        if let Some(nulls) = self.nulls.as_ref().filter(|nulls| nulls.is_valid(row)) {
            about.null_count = Precision::Exact(nulls.value(row) as usize);
        }
        about
    }
}

fn integers(column: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// Add actions with the newest rows first: whoever asks for the latest finds them at once, and what is older
/// is left out by what its footers say.
pub(super) fn newest_first(adds: &RecordBatch, partitions: &[String]) -> Result<RecordBatch> {
    let days = partitions.iter().map(|name| format!("partition.{name}"));
    let columns: Vec<SortColumn> = days
        .chain(std::iter::once(format!("max.{OFFSET}")))
        .filter_map(|name| adds.column_by_name(&name))
        .map(|values| SortColumn {
            values: Arc::clone(values),
            options: Some(SortOptions { descending: true, nulls_first: false }),
        })
        .collect();
    if columns.is_empty() {
        return Ok(adds.clone());
    }
    Ok(take_record_batch(adds, &lexsort_to_indices(&columns, None)?)?)
}

/// A file per add action.
pub(super) fn files(
    root: &Url,
    adds: &RecordBatch,
    data: &Schema,
    partitions: &[FieldRef],
) -> Result<Vec<PartitionedFile>> {
    let column = |name: &str| {
        adds.column_by_name(name)
            .ok_or_else(|| DataFusionError::Internal(format!("no column {name} in add actions")))
    };
    let paths = cast(column("path")?, &DataType::Utf8)?;
    let paths = paths.as_string::<i32>();
    let sizes = integers(column("size_bytes")?)?;
    let counts = adds.column_by_name("num_records").map(integers).transpose()?;
    let days: Vec<ArrayRef> = partitions
        .iter()
        .map(|field| Ok(cast(column(&format!("partition.{}", field.name()))?, field.data_type())?))
        .collect::<Result<_>>()?;
    let known: Vec<Known> = data.fields().iter().map(|field| Known::of(adds, field)).collect();
    (0..adds.num_rows())
        .map(|row| {
            // The path is URL-encoded, and so is the root's: decode both once, together.
            let location = Path::from_url_path(format!("{}{}", root.path(), paths.value(row)))?;
            let mut file = PartitionedFile::new(String::new(), sizes.value(row) as u64);
            file.object_meta.location = location;
            let values = days
                .iter()
                .map(|column| ScalarValue::try_from_array(column, row))
                .collect::<Result<Vec<_>>>()?;
            let count = counts.as_ref().filter(|counts| counts.is_valid(row));
            let about = Statistics {
                num_rows: count.map_or(Precision::Absent, |counts| {
                    Precision::Exact(counts.value(row) as usize)
                }),
                total_byte_size: Precision::Inexact(sizes.value(row) as usize),
                column_statistics: known.iter().map(|known| known.about(row)).collect(),
            };
            // Appends what is known about the partition columns by itself.
            Ok(file.with_partition_values(values).with_statistics(Arc::new(about)))
        })
        .collect()
}
