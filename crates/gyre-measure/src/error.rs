//! What can go wrong between a question and its answer.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a question could not be built or an answer not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text of a question does not parse; a fault of this crate.
    #[error("question {name} does not parse")]
    Question {
        /// Which question.
        name: &'static str,
        /// Where it fails.
        #[source]
        source: sqlparser::parser::ParserError,
    },
    /// The answer lacks a column.
    #[error("the answer has no column {column}")]
    Column {
        /// The column.
        column: &'static str,
    },
    /// A column cannot be read as what it should be.
    #[error("column {column} cannot be read")]
    Type {
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// A value is missing where there must be one, or a count is negative.
    #[error("column {column} holds no usable value in row {row}")]
    Value {
        /// The column.
        column: &'static str,
        /// The row in its batch, from 0.
        row: usize,
    },
    /// People were assigned to an arm that no loop has.
    #[error("the loop has people in an arm called {arm}")]
    Arm {
        /// The arm.
        arm: String,
    },
    /// A correction for many comparisons failed.
    #[error("a comparison could not be corrected")]
    Numbers(#[from] gyre_math::Error),
}
