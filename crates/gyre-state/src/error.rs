//! From SQLite's errors to what a caller can do about them, in one place.

use gyre_ports::{Error, ErrorKind};
use sqlx::Error as Sqlx;

/// What was going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum During {
    /// Before the end of a transaction: nothing is written if it fails.
    Work,
    /// The end of a transaction: if it fails, nobody knows.
    Commit,
}

/// For `map_err` of anything before the end of a transaction.
pub(crate) fn failed(what: &'static str) -> impl Fn(Sqlx) -> Error {
    move |error| map(what, During::Work, error)
}

pub(crate) fn map(what: &'static str, during: During, error: Sqlx) -> Error {
    Error::new(kind(during, &error), what).with(error)
}

fn kind(during: During, error: &Sqlx) -> ErrorKind {
    let unknown = match during {
        During::Work => ErrorKind::Unavailable,
        During::Commit => ErrorKind::Fatal,
    };
    match error {
        Sqlx::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
            of_code(code, unknown)
        }
        Sqlx::PoolTimedOut => ErrorKind::Busy,
        Sqlx::ColumnDecode { .. } | Sqlx::Decode(_) => ErrorKind::Corrupt,
        Sqlx::Configuration(_) | Sqlx::Encode(_) => ErrorKind::Invalid,
        _ => unknown,
    }
}

/// Of an extended result code (<https://www.sqlite.org/rescode.html>); its lowest byte is the primary
/// one. An error of IO has the kind `unknown`.
fn of_code(code: u32, unknown: ErrorKind) -> ErrorKind {
    const CONSTRAINT_PRIMARYKEY: u32 = 1555;
    const CONSTRAINT_UNIQUE: u32 = 2067;
    match (code, code & 0xff) {
        (CONSTRAINT_PRIMARYKEY | CONSTRAINT_UNIQUE, _) => ErrorKind::Conflict,
        // BUSY, LOCKED, NOMEM
        (_, 5..=7) => ErrorKind::Busy,
        // FULL: the transaction is rolled back
        (_, 13) => ErrorKind::Full,
        // CORRUPT, NOTADB
        (_, 11 | 26) => ErrorKind::Corrupt,
        // PERM, READONLY, AUTH
        (_, 3 | 8 | 23) => ErrorKind::Denied,
        // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
        (_, 1 | 18 | 19 | 20 | 25) => ErrorKind::Invalid,
        // IOERR, CANTOPEN and the rest
        _ => unknown,
    }
}

pub(crate) fn conflict(what: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, what)
}

pub(crate) fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, what)
}

pub(crate) fn corrupt(what: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_kind_that_a_caller_can_act_on() {
        let expected = [
            (5, ErrorKind::Busy),
            (517, ErrorKind::Busy),
            (6, ErrorKind::Busy),
            (13, ErrorKind::Full),
            (11, ErrorKind::Corrupt),
            (267, ErrorKind::Corrupt),
            (26, ErrorKind::Corrupt),
            (8, ErrorKind::Denied),
            (1555, ErrorKind::Conflict),
            (2067, ErrorKind::Conflict),
            (19, ErrorKind::Invalid),
            (3091, ErrorKind::Invalid),
        ];
        for (code, kind) in expected {
            assert_eq!(of_code(code, ErrorKind::Unavailable), kind, "code {code}");
            assert_eq!(of_code(code, ErrorKind::Fatal), kind, "code {code} at the end");
        }
        // IOERR_WRITE, IOERR_FSYNC, CANTOPEN
        for code in [778, 1034, 14] {
            assert_eq!(of_code(code, ErrorKind::Unavailable), ErrorKind::Unavailable);
            assert_eq!(of_code(code, ErrorKind::Fatal), ErrorKind::Fatal, "code {code}");
        }
    }
}
