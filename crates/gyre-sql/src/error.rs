//! Errors as PostgreSQL tells them: with the code that clients act on.

use datafusion::error::DataFusionError;
use gyre_ports::{Error, ErrorKind};
use pgwire::error::{ErrorInfo, PgWireError};

/// Codes of PostgreSQL that are told from more than one place.
pub(crate) mod code {
    pub(crate) const READ_ONLY: &str = "25006";
    pub(crate) const CANCELED: &str = "57014";
    pub(crate) const TOO_MANY_ROWS: &str = "54000";
    pub(crate) const ABORTED: &str = "25P02";
    pub(crate) const SYNTAX: &str = "42601";
    pub(crate) const NO_TABLE: &str = "42P01";
    pub(crate) const NOT_SUPPORTED: &str = "0A000";
    pub(crate) const BAD_VALUE: &str = "22023";
    pub(crate) const INTERNAL: &str = "XX000";
    pub(crate) const WRONG_PASSWORD: &str = "28P01";
    pub(crate) const NOT_ALLOWED: &str = "42501";
    pub(crate) const NOT_AUTHORISED: &str = "28000";
    pub(crate) const NO_DATABASE: &str = "3D000";
    pub(crate) const TOO_MANY: &str = "53300";
    pub(crate) const PROTOCOL: &str = "08P01";
    pub(crate) const NO_CURSOR: &str = "34000";
}

/// An error that ends a statement.
pub(crate) fn error(code: &str, message: impl Into<String>) -> PgWireError {
    info("ERROR", code, message.into(), None)
}

/// The same with what can be done about it.
pub(crate) fn hinted(code: &str, message: impl Into<String>, hint: &str) -> PgWireError {
    info("ERROR", code, message.into(), Some(hint.to_owned()))
}

/// An error that ends the connection.
pub(crate) fn fatal(code: &str, message: impl Into<String>) -> PgWireError {
    info("FATAL", code, message.into(), None)
}

/// The same with what can be done about it.
pub(crate) fn fatal_hinted(code: &str, message: impl Into<String>, hint: &str) -> PgWireError {
    info("FATAL", code, message.into(), Some(hint.to_owned()))
}

fn info(severity: &str, code: &str, message: String, hint: Option<String>) -> PgWireError {
    let mut info = ErrorInfo::new(severity.to_owned(), code.to_owned(), message);
    info.hint = hint;
    info.severity_nonlocalized = Some(severity.to_owned());
    PgWireError::UserError(Box::new(info))
}

/// Something of ours: logged, never told.
pub(crate) fn internal(what: &'static str, why: &dyn std::fmt::Display) -> PgWireError {
    tracing::error!(what, %why, "a statement failed");
    error(code::INTERNAL, "something went wrong in the server")
}

/// The error of planning or running a statement. `schema` is what its tables' names begin with.
pub(crate) fn of_query(failed: Error, schema: &str) -> PgWireError {
    let what = failed.what().replace(schema, "");
    match failed.kind() {
        ErrorKind::Invalid => error(of_invalid(&what), what),
        ErrorKind::Denied => error(code::READ_ONLY, format!("the connection is read-only: {what}")),
        ErrorKind::TimedOut => {
            error(code::CANCELED, format!("canceling statement due to statement timeout: {what}"))
        }
        ErrorKind::Busy => error("53200", what),
        ErrorKind::Full => error("53100", what),
        ErrorKind::Fatal | ErrorKind::Corrupt | ErrorKind::Unavailable => {
            internal("a query", &failed)
        }
        ErrorKind::NotFound | ErrorKind::Conflict => error(code::INTERNAL, what),
    }
}

/// Planning says in words what PostgreSQL says in codes.
fn of_invalid(what: &str) -> &'static str {
    let lower = what.to_ascii_lowercase();
    if lower.starts_with("table '") {
        code::NO_TABLE
    } else if lower.contains("no field named") {
        "42703"
    } else if lower.starts_with("invalid function") || lower.contains("function not found") {
        "42883"
    } else if lower.contains("ambiguous reference") {
        "42702"
    } else if lower.contains("divide by zero") {
        "22012"
    } else if lower.contains("cannot cast") || lower.contains("cast error") {
        "22P02"
    } else if lower.contains("not implemented") || lower.contains("unsupported") {
        code::NOT_SUPPORTED
    } else if lower.starts_with("expected") || lower.contains("parser error") {
        code::SYNTAX
    } else {
        "42000"
    }
}

/// DataFusion's own error.
pub(crate) fn of_engine(failed: DataFusionError, schema: &str) -> PgWireError {
    of_query(gyre_datafusion::failure(failed), schema)
}

#[cfg(test)]
mod tests {
    use super::{of_invalid, of_query};
    use gyre_ports::{Error, ErrorKind};
    use pgwire::error::PgWireError;

    #[test]
    fn who_waited_too_long_is_told_so_and_a_full_machine_is_another_matter() {
        for (kind, code) in [(ErrorKind::TimedOut, "57014"), (ErrorKind::Busy, "53200")] {
            // Whatever the words are.
            let failed = Error::new(kind, "no place took longer");
            let PgWireError::UserError(told) = of_query(failed, "") else { panic!("{kind:?}") };
            assert_eq!(told.code, code, "{kind:?}");
        }
    }

    #[test]
    fn what_is_wrong_has_the_code_that_clients_know() {
        for (what, code) in [
            ("table 'nothing' not found; there are: events", "42P01"),
            ("No field named nobody. Did you mean 'body'?", "42703"),
            ("Invalid function 'frobnicate'", "42883"),
            ("Expected: an expression, found: EOF", "42601"),
            ("Cannot cast string 'x' to value of Int64 type", "22P02"),
            ("something else", "42000"),
        ] {
            assert_eq!(of_invalid(what), code, "{what}");
        }
    }
}
