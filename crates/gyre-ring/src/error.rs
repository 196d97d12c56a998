//! What can go wrong when the ring turns.

use gyre_ports::ErrorKind;

/// What can go wrong when the ring turns.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port failed.
    #[error(transparent)]
    Port(#[from] gyre_ports::Error),
    /// Features, audiences or rows could not be derived.
    #[error(transparent)]
    Derive(#[from] gyre_derive::Error),
    /// The weights of a policy do not make probabilities.
    #[error(transparent)]
    Decide(#[from] gyre_decide::Error),
    /// A question could not be built or its answer read.
    #[error(transparent)]
    Measure(#[from] gyre_measure::Error),
    /// Nothing could be learnt.
    #[error(transparent)]
    Learn(#[from] gyre_learn::Error),
    /// What was stored cannot be read.
    #[error("{what} cannot be read: {why}")]
    Corrupt {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The request cannot be right.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// There is no such thing.
    #[error("{what} {name} does not exist")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

/// What the ring returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Something stored that cannot be read.
    pub fn corrupt(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what, why: why.to_string() }
    }
    /// A request that cannot be right.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), hint: None }
    }
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Port(error) => error.kind(),
            Self::Derive(_)
            | Self::Decide(_)
            | Self::Measure(_)
            | Self::Learn(_)
            | Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::NotFound { .. } => ErrorKind::NotFound,
        }
    }
    /// Whether the process must stop acknowledging and exit.
    pub fn is_fatal(&self) -> bool {
        self.kind() == ErrorKind::Fatal
    }
}
