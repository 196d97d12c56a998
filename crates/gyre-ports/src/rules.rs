//! Rules: scalar SQL expressions, compiled once and evaluated on Arrow batches.

mod behaviour;
mod check;
mod functions;
mod interval;
mod language;
mod parse;
mod time;
pub mod tree;
mod words;

pub use behaviour::{Behaviour, EventTest, MAX_STEPS, MAX_TIMES, lift};
pub use check::column_type;
pub use functions::{CoreOnly, Functions, unknown as unknown_function};
pub use language::{Checked, check, split};
pub use time::AT;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::Schema;
use gyre_model::Span;
use std::sync::Arc;

/// A rule that cannot be compiled: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// What is wrong, naming the offending words.
    pub message: String,
    /// The offending words as they stand in the expression, to find the place.
    pub words: Option<String>,
    /// What to write instead.
    pub hint: Option<String>,
}

/// An instant at which a comparison with `at` changes: the value of a time column plus an offset.
///
/// `person.last_order_at < at - interval '30 days'` flips just after `last_order_at` + 30 days, so the
/// rule must be evaluated again at that instant and one microsecond after it. Crossings are complete
/// but not minimal: at some of them nothing flips. A null value has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Crossing {
    /// The column, for example `person.last_order_at`; empty when `at` is compared with a constant.
    pub column: String,
    /// What is added to its value; with an empty column the instant itself, since 1970.
    pub offset: Span,
}

/// A compiled rule.
pub trait Rule: Send + Sync + std::fmt::Debug {
    /// One answer per row; what is null counts as false, so the array has no nulls.
    fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray, RuleError>;
    /// The columns it reads, in order of their names.
    fn columns(&self) -> &[String];
    /// When it may flip by time alone.
    fn crossings(&self) -> &[Crossing];
}

/// A rule split by what it needs: the conjunction of both parts is the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The terms over `person.*` and `at` only, as an expression; `None` when there are none.
    pub person: Option<String>,
    /// The terms that need `context.*` or `event.*`; `None` when there are none.
    pub rest: Option<String>,
}

/// Compiles rules.
///
/// The language: scalar boolean SQL over the columns of the schema, which are named `person.<x>`,
/// `event.<x>`, `context.<x>` and `at` (an instant). Rejected with a hint: `now()` and other volatile
/// functions, subqueries, aggregates, window functions, double-quoted strings, unknown columns (the
/// hint names the nearest), results that are not boolean, and uses of `at` whose flips cannot be
/// solved (anything but a comparison of a time column or a time with `at` plus or minus a constant
/// interval), unless the same term of the conjunction needs `context.*` or `event.*`: it is evaluated
/// when asked, and what is not solved in it has no crossing. Identifiers keep their case. Division by
/// zero, and what cannot be computed in a row, give null.
pub trait Rules: Send + Sync + std::fmt::Debug {
    /// Compiles an expression against the columns of `schema`.
    fn compile(&self, expression: &str, schema: &Schema) -> Result<Arc<dyn Rule>, RuleError>;
    /// Splits the conjunction of an expression by what its terms need.
    fn split(&self, expression: &str) -> Result<Split, RuleError>;
}
