//! Stopping joins that never give anything up.
//!
//! A query is stopped between the batches that flow through it. A join whose filter refuses every
//! pair of rows gives no batch: DataFusion's nested loop and hash joins then compute to the end
//! without a pause, keep their thread, and neither a time-out nor the caller's leaving is noticed. So
//! the filters of joins look at the query's time themselves.

use crate::error::failure;
use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, HashJoinExecBuilder, NestedLoopJoinExec,
    NestedLoopJoinExecBuilder, SortMergeJoinExec,
};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How long a query may go on.
#[derive(Debug)]
pub struct Budget {
    until: Instant,
    stopped: AtomicBool,
}

impl Budget {
    /// Until an instant, or until it is stopped.
    pub fn until(until: Instant) -> Arc<Self> {
        Arc::new(Self { until, stopped: AtomicBool::new(false) })
    }
    /// Nobody waits for the answer any more.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
    /// Whether it is used up.
    pub fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || Instant::now() >= self.until
    }
}

/// The plan with joins that stop when the budget is over (kind `Busy`).
pub fn bounded(
    plan: Arc<dyn ExecutionPlan>,
    budget: &Arc<Budget>,
) -> gyre_ports::Result<Arc<dyn ExecutionPlan>> {
    let bounded = plan.transform_up(|node| {
        if node.downcast_ref::<CrossJoinExec>().is_some() {
            return Ok(Transformed::yes(yielding(node)));
        }
        if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
            let filter = join.filter().map(|filter| watched(filter, budget));
            let join = NestedLoopJoinExecBuilder::from(join).with_filter(filter).build()?;
            return Ok(Transformed::yes(yielding(Arc::new(join))));
        }
        if let Some(join) = node.downcast_ref::<HashJoinExec>() {
            let Some(filter) = join.filter() else { return Ok(Transformed::yes(yielding(node))) };
            let filter = watched(filter, budget);
            let join = HashJoinExecBuilder::from(join).with_filter(Some(filter)).build_exec()?;
            return Ok(Transformed::yes(yielding(join)));
        }
        if let Some(join) = node.downcast_ref::<SortMergeJoinExec>() {
            let join = SortMergeJoinExec::try_new(
                Arc::clone(join.left()),
                Arc::clone(join.right()),
                join.on().to_vec(),
                join.filter().as_ref().map(|filter| watched(filter, budget)),
                join.join_type(),
                join.sort_options().to_vec(),
                join.null_equality(),
            )?;
            return Ok(Transformed::yes(yielding(Arc::new(join))));
        }
        Ok(Transformed::no(node))
    });
    bounded.map(|bounded| bounded.data).map_err(failure)
}

/// A join makes many rows of few, and what counts them asks for the next at once: without a pause now and
/// then its thread would belong to it for good.
fn yielding(join: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    Arc::new(CooperativeExec::new(join))
}

fn watched(filter: &JoinFilter, budget: &Arc<Budget>) -> JoinFilter {
    let watched = Watched { inner: Arc::clone(filter.expression()), budget: Arc::clone(budget) };
    let columns = filter.column_indices().to_vec();
    JoinFilter::new(Arc::new(watched), columns, Arc::clone(filter.schema()))
}

/// An expression that fails when the budget is over.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn PhysicalExpr>,
    budget: Arc<Budget>,
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.inner, f)
    }
}

impl PhysicalExpr for Watched {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.budget.is_over() {
            return Err(DataFusionError::ResourcesExhausted("the query's time is over".into()));
        }
        self.inner.evaluate(batch)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, budget: Arc::clone(&self.budget) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}
