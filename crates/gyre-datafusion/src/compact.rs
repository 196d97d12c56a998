//! Text that keeps no more memory than it needs, before somebody keeps it.
//!
//! A column of views points into buffers that it shares with other batches, and a batch is counted with all of
//! them: a page of Parquet of which a few rows are left, or, after a sort, the buffers of all batches that its
//! rows came from. So is a part of any column that was cut from a longer one. What sorts those again, or joins them,
//! would ask for the whole for every few thousand rows.
//! Nor can anybody put down half of a batch: windows give all their rows as one.

use crate::error::failure;
use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow_array::{Array, ArrayRef, GenericByteViewArray, RecordBatch, UInt64Array};
use arrow_schema::DataType;
use arrow_select::coalesce::BatchCoalescer;
use arrow_select::take::take;
use datafusion::arrow::buffer::Buffer;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions, replace_children_if_necessary,
};
use futures::stream::{self, StreamExt as _};
use std::fmt;
use std::sync::Arc;

/// So many times more rows than other steps give at once may one batch have.
const TIMES: usize = 2;
/// Less than this is not worth a copy.
const LITTLE: usize = 64 * 1024;

/// The plan in which sorts and joins are given text without what nobody refers to.
///
/// It is for a plan that is run here: no other process knows the step.
pub fn compact(plan: Arc<dyn ExecutionPlan>) -> gyre_ports::Result<Arc<dyn ExecutionPlan>> {
    let compact = plan.transform_up(|node| {
        let kept = kept(&node);
        if kept == 0 {
            return Ok(Transformed::no(node));
        }
        let children = node.children().into_iter().enumerate().map(|(place, child)| {
            let child = Arc::clone(child);
            if place < kept {
                Arc::new(CompactExec { input: child }) as Arc<dyn ExecutionPlan>
            } else {
                child
            }
        });
        let children = children.collect();
        replace_children_if_necessary(node, children).map(Transformed::yes)
    });
    compact.map(|compact| compact.data).map_err(failure)
}

/// How many of its inputs, from the left, a step keeps.
fn kept(node: &Arc<dyn ExecutionPlan>) -> usize {
    if node.downcast_ref::<SortMergeJoinExec>().is_some() {
        return 2;
    }
    let one = node.downcast_ref::<SortExec>().is_some()
        || node.downcast_ref::<HashJoinExec>().is_some()
        || node.downcast_ref::<NestedLoopJoinExec>().is_some()
        || node.downcast_ref::<CrossJoinExec>().is_some();
    usize::from(one)
}

/// A batch in parts of so many rows, which can be put down one by one.
fn parts(batch: RecordBatch, rows: usize) -> Result<Vec<RecordBatch>> {
    if batch.num_rows() <= TIMES * rows {
        return Ok(vec![without_waste(batch)?]);
    }
    let mut parts = BatchCoalescer::new(batch.schema(), rows);
    parts.push_batch(batch)?;
    parts.finish_buffered_batch()?;
    Ok(std::iter::from_fn(|| parts.next_completed_batch()).collect())
}

/// A batch whose columns hold at most twice what they refer to.
fn without_waste(batch: RecordBatch) -> Result<RecordBatch> {
    let mut changed = false;
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for column in batch.columns() {
        let shrunk = match column.data_type() {
            DataType::Utf8View => shrunk(column.as_byte_view::<StringViewType>()),
            DataType::BinaryView => shrunk(column.as_byte_view::<BinaryViewType>()),
            _ => cut(column)?,
        };
        changed |= shrunk.is_some();
        columns.push(shrunk.unwrap_or_else(|| Arc::clone(column)));
    }
    if !changed {
        return Ok(batch);
    }
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// A part of a column that is kept whole for it, by itself.
fn cut(column: &ArrayRef) -> Result<Option<ArrayRef>> {
    let held = column.get_buffer_memory_size();
    // What cannot be told is left as it is.
    let Ok(used) = column.to_data().get_slice_memory_size() else { return Ok(None) };
    if held <= LITTLE || held <= 2 * used {
        return Ok(None);
    }
    let all = UInt64Array::from_iter_values(0..column.len() as u64);
    Ok(Some(take(column, &all, None)?))
}

fn shrunk<T: ByteViewType>(views: &GenericByteViewArray<T>) -> Option<ArrayRef> {
    let held: usize = views.data_buffers().iter().map(Buffer::capacity).sum();
    if held <= LITTLE || held <= 2 * views.total_buffer_bytes_used() {
        return None;
    }
    Some(Arc::new(views.gc()))
}

/// Gives what it is given, without the buffers that nobody refers to.
#[derive(Debug, Clone)]
struct CompactExec {
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for CompactExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompactExec")
    }
}

impl ExecutionPlan for CompactExec {
    fn name(&self) -> &'static str {
        "CompactExec"
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self { input }))
    }
    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }
    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = context.session_config().batch_size();
        let stream = self.input.execute(partition, context)?;
        let schema = stream.schema();
        let stream = stream.flat_map(move |batch| {
            let parts = batch.and_then(|batch| parts(batch, rows));
            let (parts, failed) = match parts {
                Ok(parts) => (parts, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            stream::iter(parts.into_iter().map(Ok).chain(failed))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}
