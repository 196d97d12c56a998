//! From a query to a plan: parse, check that it only reads, resolve tables, bind parameters.

use crate::error::{failure, invalid};
use crate::parameter::scalar;
use crate::read_only::{read_only, read_only_plan};
use datafusion::common::ParamValues;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use gyre_ports::lake::{Parameter, Sql};
use gyre_ports::{Error, Result};

/// Parses a text, or takes a tree as it is, and checks that it is one reading statement.
///
/// Errors are kind `Invalid` (cannot be parsed) or `Denied` (does more than read).
pub fn parse(state: &SessionState, sql: &Sql) -> Result<Statement> {
    let statement = match sql {
        Sql::Text(text) => {
            let dialect = state.config_options().sql_parser.dialect;
            state.sql_to_statement(text, &dialect).map_err(invalid)?
        }
        Sql::Tree(tree) => Statement::Statement(tree.clone()),
    };
    read_only(&statement)?;
    Ok(statement)
}

/// Plans a reading query against the tables of `state`, with every `$n` bound.
pub async fn plan(
    state: &SessionState,
    sql: &Sql,
    parameters: &[Parameter],
) -> Result<LogicalPlan> {
    let plan = resolve(state, parse(state, sql)?).await?;
    let values: Vec<_> = parameters.iter().map(scalar).collect();
    // Also without parameters: a `$1` that nobody bound is then named here.
    plan.replace_params_with_values(&ParamValues::from(values)).map_err(invalid)
}

/// Plans one reading statement; what is bound to `$n` is still open.
///
/// Errors are those of [`parse`] and of names that are not there.
pub async fn plan_statement(state: &SessionState, statement: Statement) -> Result<LogicalPlan> {
    read_only(&statement)?;
    resolve(state, statement).await
}

/// Plans a statement that was checked to read.
async fn resolve(state: &SessionState, statement: Statement) -> Result<LogicalPlan> {
    let plan = match state.statement_to_plan(statement).await {
        Ok(plan) => plan,
        Err(error) => return Err(with_tables_named(state, failure(error))),
    };
    read_only_plan(&plan)?;
    Ok(plan)
}

/// Says which tables there are when one was not found.
fn with_tables_named(state: &SessionState, error: Error) -> Error {
    if !(error.what().starts_with("table '") && error.what().ends_with("not found")) {
        return error;
    }
    let default = &state.config_options().catalog;
    let mut names: Vec<_> = state
        .catalog_list()
        .catalog(&default.default_catalog)
        .and_then(|catalog| catalog.schema(&default.default_schema))
        .map(|schema| schema.table_names())
        .unwrap_or_default();
    names.sort_unstable();
    Error::new(error.kind(), format!("{}; there are: {}", error.what(), names.join(", ")))
}
