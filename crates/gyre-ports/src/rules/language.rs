//! The language as adapters use it: check an expression against a schema, split it by what it needs.

use super::check::Check;
use super::functions::Functions;
use super::tree::Term;
use super::{Crossing, RuleError, Split, parse, time};
use arrow_schema::Schema;
use std::collections::BTreeSet;

/// A rule that passed every check, ready to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The typed tree: operands of one operator have one type, casts are written out.
    pub term: Term,
    /// The columns it reads, in order of their names.
    pub columns: Vec<String>,
    /// When it may flip by time alone.
    pub crossings: Vec<Crossing>,
}

/// Parses, types and solves an expression against the columns of `schema`.
pub fn check(
    expression: &str,
    schema: &Schema,
    functions: &dyn Functions,
) -> Result<Checked, RuleError> {
    let parsed = parse::parse(expression)?;
    let term = Check { schema, functions }.boolean(&parsed)?;
    let crossings = time::crossings(&term)?;
    let mut columns = BTreeSet::new();
    term.collect_columns(&mut columns);
    Ok(Checked { term, columns: columns.into_iter().collect(), crossings })
}

/// Splits the top-level conjunction of an expression: the parts joined by `and` are the expression.
pub fn split(expression: &str) -> Result<Split, RuleError> {
    let parsed = parse::parse(expression)?;
    let (rest, person): (Vec<&Term>, Vec<&Term>) =
        parsed.conjuncts().iter().partition(|term| term.needs_context());
    Ok(Split { person: print(&person), rest: print(&rest) })
}

fn print(terms: &[&Term]) -> Option<String> {
    let printed: Vec<String> = terms.iter().map(ToString::to_string).collect();
    (!printed.is_empty()).then(|| printed.join(" and "))
}
