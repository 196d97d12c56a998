//! Rules on DataFusion: what the language checks is planned to a physical expression and evaluated on
//! whole Arrow batches.
//!
//! A rule enters as text, passes the language's own check (`gyre_ports::rules`: types, hints, flips),
//! and leaves as a `Rule`. Laws: the answer is the same as that of the rules in memory; null counts as
//! false; what cannot be computed in one row says nothing about the others.
#![warn(missing_docs)]

mod functions;
mod plan;
mod rule;

use datafusion::common::DFSchema;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use functions::Library;
use gyre_ports::rules::{Rule, RuleError, Rules, Split, check, split};
use rule::Planned;
use std::fmt;
use std::sync::Arc;

/// Compiles rules to DataFusion's physical expressions.
///
/// Besides the core of the language it knows every immutable scalar function of its session state.
#[derive(Clone)]
pub struct DataFusionRules {
    state: Arc<SessionState>,
}

impl DataFusionRules {
    /// Rules with the functions of a session state.
    pub fn new(state: Arc<SessionState>) -> Self {
        Self { state }
    }
}

impl Default for DataFusionRules {
    /// Rules with DataFusion's own functions.
    fn default() -> Self {
        Self::new(Arc::new(SessionStateBuilder::new().with_default_features().build()))
    }
}

impl fmt::Debug for DataFusionRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataFusionRules").finish_non_exhaustive()
    }
}

impl Rules for DataFusionRules {
    fn compile(
        &self,
        expression: &str,
        schema: &arrow_schema::Schema,
    ) -> Result<Arc<dyn Rule>, RuleError> {
        let library = Library::new(&self.state, schema)?;
        let checked = check(expression, schema, &library)?;
        Ok(Arc::new(Planned::new(&self.state, checked, schema)?))
    }
    fn split(&self, expression: &str) -> Result<Split, RuleError> {
        split(expression)
    }
}

/// The columns of a schema under their whole names, as DataFusion wants them.
fn named(schema: &arrow_schema::Schema) -> Result<DFSchema, RuleError> {
    DFSchema::try_from(schema.clone()).map_err(|failed| plan::failure(&failed))
}

#[cfg(test)]
mod tests;
