//! The check that a statement only reads: an allow list on the syntax tree, and DataFusion's own
//! check on the plan behind it.

use crate::error::invalid;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use gyre_ports::{Error, ErrorKind, Result};
use sqlparser::ast::{self, TableFactor, Visit, Visitor};
use std::ops::ControlFlow;

/// Table functions that read nothing from outside.
const HARMLESS: [&str; 4] = ["generate_series", "range", "unnest", "pg_get_keywords"];

/// Refuses, with kind `Denied`, everything but `SELECT`, `WITH`, `VALUES`, `EXPLAIN`, `SHOW TABLES`,
/// `SHOW COLUMNS` and `DESCRIBE`; also inside of them.
pub fn read_only(statement: &Statement) -> Result<()> {
    let mut inner = statement;
    while let Statement::Explain(explain) = inner {
        inner = &explain.statement;
    }
    let Statement::Statement(tree) = inner else {
        return Err(denied(&first_words(&inner.to_string())));
    };
    match tree.visit(&mut Reads) {
        ControlFlow::Break(what) => Err(denied(&what)),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// The same for a plan; nothing should be left for it to find.
pub(crate) fn read_only_plan(plan: &LogicalPlan) -> Result<()> {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(plan)
        .map_err(|error| denied("the statement").with(invalid(error)))
}

fn denied(what: &str) -> Error {
    Error::new(
        ErrorKind::Denied,
        format!(
            "only queries are allowed (select, with, values, explain, show tables, describe), not {what}"
        ),
    )
}

/// `DROP TABLE`, not the whole text: it may hold values.
fn first_words(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().take(2).collect();
    words.join(" ")
}

struct Reads;

impl Visitor for Reads {
    type Break = String;

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> ControlFlow<String> {
        match statement {
            ast::Statement::Query(_)
            | ast::Statement::Explain { .. }
            | ast::Statement::ExplainTable { .. }
            | ast::Statement::ShowTables { .. }
            | ast::Statement::ShowColumns { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(first_words(&other.to_string())),
        }
    }

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<String> {
        if !query.locks.is_empty() {
            return ControlFlow::Break("a lock".to_owned());
        }
        match query.body.as_ref() {
            ast::SetExpr::Insert(_)
            | ast::SetExpr::Update(_)
            | ast::SetExpr::Delete(_)
            | ast::SetExpr::Merge(_) => ControlFlow::Break(first_words(&query.body.to_string())),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &ast::Select) -> ControlFlow<String> {
        match &select.into {
            Some(_) => ControlFlow::Break("select into".to_owned()),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        let name = match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                name.to_string().to_lowercase()
            }
            TableFactor::TableFunction { .. } => "a table function".to_owned(),
            _ => return ControlFlow::Continue(()),
        };
        if HARMLESS.contains(&name.as_str()) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(format!("the table function {name}"))
    }
}
