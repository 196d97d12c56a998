//! DataFusion's errors as port errors: the kind says whether the query was wrong, there was too
//! little room, or something broke.

use datafusion::error::DataFusionError;
use gyre_ports::{Error, ErrorKind};

/// The error of planning or running a query.
///
/// A query that cannot be right is kind `Invalid` with DataFusion's hint (nearest column, valid
/// functions); no memory or disk left for it is `Busy`; unreadable files are `Corrupt`; the rest is
/// `Unavailable`.
pub fn failure(error: DataFusionError) -> Error {
    let root = error.find_root();
    let kind = match root {
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Configuration(_)
        | DataFusionError::Execution(_)
        | DataFusionError::ArrowError(..) => ErrorKind::Invalid,
        DataFusionError::ResourcesExhausted(_) => ErrorKind::Busy,
        DataFusionError::ParquetError(_) => ErrorKind::Corrupt,
        DataFusionError::IoError(error) => match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::Full,
            _ => ErrorKind::Unavailable,
        },
        _ => ErrorKind::Unavailable,
    };
    if kind == ErrorKind::Invalid {
        return Error::new(kind, explain(root));
    }
    Error::new(kind, "the query could not be run").with(error)
}

/// The error of a query that is wrong whatever DataFusion calls it.
pub fn invalid(error: DataFusionError) -> Error {
    Error::new(ErrorKind::Invalid, explain(error.find_root()))
}

/// What a person can do something with: without backtraces, prefixes and the catalog's name.
fn explain(error: &DataFusionError) -> String {
    let mut text = match error {
        DataFusionError::SQL(error, _) => error.to_string(),
        DataFusionError::Plan(text)
        | DataFusionError::Execution(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::Configuration(text) => text.clone(),
        // Names the nearest column and all there are.
        DataFusionError::SchemaError(error, _) => error.to_string().replace('\n', " "),
        other => other.strip_backtrace(),
    };
    if let Some(end) = text.find(DataFusionError::BACK_TRACE_SEP) {
        text.truncate(end);
    }
    // What one of our functions says about its arguments is wrapped twice.
    if let Some((_, said)) = text.split_once("coercion failed with: Error during planning: ") {
        let end = said.find(". No function matches").unwrap_or(said.len());
        text = said[..end].to_owned();
    }
    let text = text.replace("gyre.public.", "");
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        // Lowercase the first letter of a sentence, not of an acronym.
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
