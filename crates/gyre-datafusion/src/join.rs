//! Which side of a hash join is kept in memory, and joins that keep neither.
//!
//! DataFusion takes the smaller side by its statistics. Of groups it knows no number where the number of
//! distinct keys is unknown, and takes there to be as many as rows: everybody's first event, joined with all
//! events, would keep all events.

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::session_state::SessionState;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use std::sync::Arc;

/// How many rows a group is taken to have where nobody knows.
const ROWS_PER_GROUP: usize = 4;
/// How many rows are moved at once where everything is sorted.
const SORTED_AT_ONCE: usize = 2_048;
/// The rule behind which groups are looked at.
const BY_STATISTICS: &str = "join_selection";

/// DataFusion's rules, and behind its choice by statistics ours by groups.
pub(crate) fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    let mut rules = PhysicalOptimizer::new().rules;
    let at = rules.iter().position(|rule| rule.name() == BY_STATISTICS);
    rules.insert(at.map_or(0, |at| at + 1), Arc::new(GroupsAreFewer));
    rules
}

/// The state for a query whose joins did not find the memory they need: they sort both sides, which can be
/// put down on disk, and keep neither.
#[must_use]
pub fn spilling(state: &SessionState) -> SessionState {
    let mut state = state.clone();
    let config = state.config_mut();
    // A sort needs a few batches at least, and there are many sorts.
    *config = config.clone().with_batch_size(config.batch_size().min(SORTED_AT_ONCE));
    let options = config.options_mut();
    options.optimizer.prefer_hash_join = false;
    // One partition alone would be joined by hashes all the same.
    options.execution.target_partitions = options.execution.target_partitions.max(2);
    state
}

/// Whether a plan joins by hashes.
pub fn keeps_a_side(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.exists(|node| Ok(node.downcast_ref::<HashJoinExec>().is_some())).unwrap_or(false)
}

/// Turns a join around where its kept side has more rows than the groups of the other.
#[derive(Debug)]
struct GroupsAreFewer;

impl PhysicalOptimizerRule for GroupsAreFewer {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !config.optimizer.join_reordering {
            return Ok(plan);
        }
        let turned = plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else {
                return Ok(Transformed::no(node));
            };
            let groups = is_grouped(join.right()) && !is_grouped(join.left());
            if !groups || join.null_aware || !join.join_type().supports_swap() {
                return Ok(Transformed::no(node));
            }
            let (kept, other) = (rows(join.left())?, rows(join.right())?);
            match kept.zip(other) {
                Some((kept, other)) if other / ROWS_PER_GROUP < kept => {
                    Ok(Transformed::yes(join.swap_inputs(*join.partition_mode())?))
                }
                _ => Ok(Transformed::no(node)),
            }
        });
        Ok(turned?.data)
    }

    fn name(&self) -> &'static str {
        "groups_are_fewer"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether rows are groups, or some of them.
fn is_grouped(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if let Some(groups) = plan.downcast_ref::<AggregateExec>() {
        return *groups.mode() != AggregateMode::Partial && !groups.group_expr().is_empty();
    }
    match plan.children()[..] {
        [input] => is_grouped(input),
        _ => false,
    }
}

fn rows(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<usize>> {
    let statistics = StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new())?;
    Ok(statistics.num_rows.get_value().copied())
}
