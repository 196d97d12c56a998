//! What can be wrong with a question, and what can go wrong on the way to its answer.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A question that cannot be answered: where, why, and what to ask instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Fault {
    /// Where in the question, for example `metrics[0]`.
    pub place: String,
    /// What is wrong, a lower-case sentence.
    pub message: String,
    /// What to ask instead.
    pub hint: Option<String>,
}

impl Fault {
    /// Something wrong at a place.
    pub(crate) fn new(
        place: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { place: place.into(), message: message.into(), hint: Some(hint.into()) }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The question cannot be answered.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The text of a question does not parse; a fault of this crate.
    #[error("the text of {name} does not parse")]
    Text {
        /// Which text.
        name: &'static str,
        /// Where it fails.
        #[source]
        source: sqlparser::parser::ParserError,
    },
    /// A tree has another form than this crate gave it; a fault of this crate.
    #[error("the tree of {name} has another form than expected")]
    Tree {
        /// Which tree.
        name: &'static str,
    },
    /// The answer lacks a column, or it cannot be read.
    #[error("column {column} of the answer cannot be read")]
    Column {
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: Option<arrow_schema::ArrowError>,
    },
    /// A definition that runs cannot be read.
    #[error("metric {name} cannot be read: {why}")]
    Definition {
        /// The metric.
        name: String,
        /// Why.
        why: String,
    },
    /// A table of the answer cannot be built.
    #[error("the answer cannot be made a table")]
    Table(#[from] arrow_schema::ArrowError),
}
