//! Running one query within its bounds.

use crate::line::Place;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use gyre_datafusion::{
    Bounds, Budget, bounded, compact, failure, keeps_a_side, plain, plain_schema, plan, spilling,
};
use gyre_ports::lake::{Query, Rows};
use gyre_ports::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// What is run: a query that is still to be planned, or a plan.
pub(crate) enum Work {
    Query(Query),
    Plan(LogicalPlan, Bounds),
}

impl Work {
    fn bounds(&self) -> Bounds {
        match self {
            Self::Query(query) => Bounds { max_rows: query.max_rows, timeout: query.timeout },
            Self::Plan(_, bounds) => *bounds,
        }
    }
}

/// Runs work on `handle`. Given up (kind `TimedOut`) after its time; stopped when the caller goes.
pub(crate) async fn run(
    handle: &Handle,
    place: Place,
    state: SessionState,
    work: Work,
) -> Result<Rows> {
    let timeout = work.bounds().timeout;
    let given_up = || {
        let what =
            format!("the query took longer than {} ms and was given up", timeout.as_millis());
        Err(Error::new(ErrorKind::TimedOut, what))
    };
    let leave = Leave(Budget::until(Instant::now() + timeout));
    // A set of one: it stops the task when it is dropped.
    let mut task = JoinSet::new();
    task.spawn_on(answer(place, state, work, Arc::clone(&leave.0)), handle);
    match tokio::time::timeout(timeout, task.join_next()).await {
        Ok(Some(Ok(Err(_)))) if leave.0.is_over() => given_up(),
        Ok(Some(Ok(answer))) => answer,
        Ok(Some(Err(error))) => {
            Err(Error::new(ErrorKind::Unavailable, "the query was stopped").with(error))
        }
        Ok(None) => Err(Error::new(ErrorKind::Unavailable, "the query was not started")),
        Err(_) => given_up(),
    }
}

/// Stops a query's joins when the caller goes.
struct Leave(Arc<Budget>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.stop();
    }
}

async fn answer(
    place: Place,
    state: SessionState,
    work: Work,
    budget: Arc<Budget>,
) -> Result<Rows> {
    let max_rows = work.bounds().max_rows;
    let plan = match work {
        Work::Query(query) => plan(&state, &query.sql, &query.parameters).await?,
        Work::Plan(plan, _) => plan,
    };
    let plan = at_most(plan, max_rows.saturating_add(1))?;
    let schema = plain_schema(plan.schema().as_arrow());
    let physical = state.create_physical_plan(&plan).await.map_err(failure)?;
    let keeps = keeps_a_side(&physical);
    match rows(&place, &state, physical, max_rows, &schema, &budget).await {
        Err(error) if error.kind() == ErrorKind::Busy && keeps && !budget.is_over() => {
            tracing::debug!(error = %error, "a join did not find its memory and is sorted instead");
            let state = spilling(&state);
            let physical = state.create_physical_plan(&plan).await.map_err(failure)?;
            rows(&place, &state, physical, max_rows, &schema, &budget).await
        }
        answer => answer,
    }
}

async fn rows(
    place: &Place,
    state: &SessionState,
    physical: Arc<dyn ExecutionPlan>,
    max_rows: usize,
    schema: &SchemaRef,
    budget: &Arc<Budget>,
) -> Result<Rows> {
    let physical = bounded(compact(physical)?, budget)?;
    let mut stream = execute_stream(physical, place.context(state)).map_err(failure)?;
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut left = max_rows;
    let mut truncated = false;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(failure)?;
        truncated = batch.num_rows() > left;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        if batch.num_rows() > 0 {
            let batch = plain(&batch, schema).map_err(|error| failure(error.into()))?;
            batches.push(batch);
        }
        if truncated {
            break;
        }
    }
    Ok(Rows { schema: Arc::clone(schema), batches, truncated })
}

/// Tells the planner how many rows are wanted, so that it sorts and reads no more than needed.
fn at_most(plan: LogicalPlan, rows: usize) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_) => {
            Ok(plan)
        }
        plan => {
            let limited = LogicalPlanBuilder::from(plan).limit(0, Some(rows));
            limited.and_then(LogicalPlanBuilder::build).map_err(failure)
        }
    }
}
