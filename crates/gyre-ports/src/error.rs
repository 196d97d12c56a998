//! The error of every port: a kind that a caller can act on, what failed, and the source.

use std::fmt;

/// What a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It does not exist.
    NotFound,
    /// Somebody else was faster, or this writer was fenced off; read again before retrying.
    Conflict,
    /// The request cannot be right, however often it is made.
    Invalid,
    /// It is not allowed.
    Denied,
    /// Too much at once; try again later.
    Busy,
    /// Its time was over before it was done, or before its turn came; ask for less, or again later.
    TimedOut,
    /// The other side is not there; try again later.
    Unavailable,
    /// The disk is full; nothing was written; try again when there is room.
    Full,
    /// What was read is not what was written.
    Corrupt,
    /// A write may or may not have reached the disk: stop acknowledging and exit.
    Fatal,
}

impl ErrorKind {
    /// Whether the same call may succeed later. The one place that decides retries.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::TimedOut | Self::Unavailable | Self::Full)
    }
}

/// Anything that can be the cause of an error.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// The error of every port.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<Source>,
}

/// What every port returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a kind; `what` is a lowercase fragment without personal data.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }
    /// The same with the error that caused it.
    #[must_use]
    pub fn with(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
    /// What failed.
    pub fn what(&self) -> &str {
        &self.what
    }
    /// From an IO error: a full disk and the like get their own kinds.
    pub fn io(what: impl Into<String>, error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::Full,
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
            _ => ErrorKind::Unavailable,
        };
        Self::new(kind, what).with(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
