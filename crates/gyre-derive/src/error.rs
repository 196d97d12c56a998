//! What can be wrong with a definition.

use gyre_ports::rules::RuleError;

/// What can be wrong with a definition.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A feature needs a path (`properties.x`) that is missing or cannot be read.
    #[error(
        "feature {feature}: `of` must be `at`, `properties.<key>`, `traits.<key>` or `context.<key>`"
    )]
    Path {
        /// The feature.
        feature: String,
    },
    /// A condition on events cannot be read.
    #[error("feature {feature}: a condition of `filter` cannot be read")]
    Filter {
        /// The feature.
        feature: String,
    },
    /// A question to the lake could not be built or its answer read.
    #[error("values of features as of an instant: {0}")]
    Offline(String),
    /// A rule does not compile.
    #[error("rule of {name}: {source}")]
    Rule {
        /// The resource.
        name: String,
        /// Why.
        source: RuleError,
    },
    /// A batch could not be built or evaluated.
    #[error("evaluation failed: {0}")]
    Evaluate(String),
}

/// What derivation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
