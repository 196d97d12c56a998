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
/// disk is not known. When the disk is full the fold is opened again; after any other the process stops.
pub(crate) fn writing(what: &'static str) -> impl Fn(Fjall) -> Error {
    move |error| match error {
        Fjall::Io(error) | Fjall::Storage(LsmError::Io(error)) => {
            let error = Error::io(what, error);
            if error.kind() == ErrorKind::Full {
                return error;
            }
            Error::new(ErrorKind::Fatal, what).with(error)
        }
        other => Error::new(kind(&other), what).with(other),
    }
}

/// The fold is closed until it can be opened again.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Full, "the fold is closed until there is room on the disk")
}

fn kind(error: &Fjall) -> ErrorKind {
    match error {
        // A flush in the background failed, and does not say why: opening it again will.
        Fjall::Poisoned => ErrorKind::Full,
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
