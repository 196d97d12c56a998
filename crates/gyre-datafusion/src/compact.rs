//! Text that keeps no more memory than it needs, before somebody keeps it.
//!
//! A column of views points into buffers that it shares with other batches, and a batch is counted with all of
//! them: a page of Parquet of which a few rows are left, or, after a sort, the buffers of all batches that its
//! rows came from. What sorts those again, or joins them, would ask for the whole for every few thousand rows.
//! Nor can anybody put down half of a batch: windows give all their rows as one.

use crate::error::failure;
use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow_array::{Array, ArrayRef, GenericByteViewArray, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::coalesce::BatchCoalescer;
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

/// As many rows as the other steps give at once, and as often more as one batch may have.
const ROWS: usize = 8_192;
const TIMES: usize = 4;
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
            if place < kept && has_views(&child.schema()) {
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

fn has_views(schema: &SchemaRef) -> bool {
    let is_view = |of: &DataType| matches!(of, DataType::Utf8View | DataType::BinaryView);
    schema.fields().iter().any(|field| is_view(field.data_type()))
}

/// A batch in parts that can be put down one by one.
fn parts(batch: RecordBatch) -> Result<Vec<RecordBatch>> {
    if batch.num_rows() <= TIMES * ROWS {
        return Ok(vec![without_waste(batch)?]);
    }
    let mut parts = BatchCoalescer::new(batch.schema(), ROWS);
    parts.push_batch(batch)?;
    parts.finish_buffered_batch()?;
    Ok(std::iter::from_fn(|| parts.next_completed_batch()).collect())
}

/// A batch whose columns of views hold at most twice what they refer to.
fn without_waste(batch: RecordBatch) -> Result<RecordBatch> {
    let mut changed = false;
    let columns = batch.columns().iter().map(|column| {
        let shrunk = match column.data_type() {
            DataType::Utf8View => shrunk(column.as_byte_view::<StringViewType>()),
            DataType::BinaryView => shrunk(column.as_byte_view::<BinaryViewType>()),
            _ => None,
        };
        changed |= shrunk.is_some();
        shrunk.unwrap_or_else(|| Arc::clone(column))
    });
    let columns: Vec<ArrayRef> = columns.collect();
    if !changed {
        return Ok(batch);
    }
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

fn shrunk<T: ByteViewType>(views: &GenericByteViewArray<T>) -> Option<ArrayRef> {
    let held: usize = views.data_buffers().iter().map(|buffer| buffer.capacity()).sum();
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
        let stream = self.input.execute(partition, context)?;
        let schema = stream.schema();
        let stream = stream.flat_map(|batch| {
            let parts = batch.and_then(parts);
            let (parts, failed) = match parts {
                Ok(parts) => (parts, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            stream::iter(parts.into_iter().map(Ok).chain(failed))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}
