//! From fjall's errors to what a caller can do about them, in one place.

use fjall::{Error as Fjall, LsmError};
use gyre_ports::{Error, ErrorKind};

/// An error while reading, opening or closing.
pub(crate) fn reading(what: &'static str) -> impl Fn(Fjall) -> Error {
    move |error| match error {
        Fjall::Io(error) | Fjall::Storage(LsmError::Io(error)) => Error::io(what, error),
        other => Error::new(kind(&other), what).with(other),
    }
}

/// An error while writing: fjall takes no more writes after one of IO, and whether this one reached the
/// disk is not known, so the process has to stop and open the fold again.
pub(crate) fn writing(what: &'static str) -> impl Fn(Fjall) -> Error {
    move |error| {
        let kind = match &error {
            Fjall::Io(_) | Fjall::Storage(LsmError::Io(_)) => ErrorKind::Fatal,
            other => kind(other),
        };
        Error::new(kind, what).with(error)
    }
}

fn kind(error: &Fjall) -> ErrorKind {
    match error {
        Fjall::Poisoned => ErrorKind::Fatal,
        Fjall::Locked | Fjall::KeyspaceDeleted => ErrorKind::Conflict,
        Fjall::InvalidVersion(_) | Fjall::Storage(LsmError::InvalidVersion(_)) => {
            ErrorKind::Invalid
        }
        Fjall::Storage(_)
        | Fjall::JournalRecovery(_)
        | Fjall::Decompress(_)
        | Fjall::InvalidTrailer
        | Fjall::InvalidTag(_)
        | Fjall::Unrecoverable => ErrorKind::Corrupt,
        _ => ErrorKind::Unavailable,
    }
}

pub(crate) fn corrupt(what: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

pub(crate) fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, what)
}
