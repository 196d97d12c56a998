//! deltalake's errors as port errors.

use deltalake::DeltaTableError;
use gyre_ports::{Error, ErrorKind};
use std::error::Error as StdError;
use std::io;

/// The error of a Delta operation; `what` says which.
pub(crate) fn delta(what: impl Into<String>, error: DeltaTableError) -> Error {
    Error::new(kind(&error), what).with(error)
}

/// Whether somebody else wrote to the table since it was read.
pub(crate) fn is_conflict(error: &DeltaTableError) -> bool {
    kind(error) == ErrorKind::Conflict
}

fn kind(error: &DeltaTableError) -> ErrorKind {
    match error {
        DeltaTableError::Transaction { .. }
        | DeltaTableError::VersionAlreadyExists(_)
        | DeltaTableError::VersionMismatch(..)
            if io_kind(error).is_none() =>
        {
            ErrorKind::Conflict
        }
        DeltaTableError::SchemaMismatch { .. } => ErrorKind::Invalid,
        DeltaTableError::InvalidJsonLog { .. } | DeltaTableError::Parquet { .. } => {
            ErrorKind::Corrupt
        }
        error => match io_kind(error) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => ErrorKind::Full,
            Some(io::ErrorKind::PermissionDenied) => ErrorKind::Denied,
            _ => ErrorKind::Unavailable,
        },
    }
}

/// The operating system's error at the bottom, if there is one.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}
