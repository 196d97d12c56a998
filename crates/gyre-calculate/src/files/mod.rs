//! The subcommands that read files of rows: their arguments, and what is made of the rows.

pub(crate) mod attribution;
pub(crate) mod clv;
pub(crate) mod dates;
pub(crate) mod drift;
pub(crate) mod experiment;
pub(crate) mod ope;
pub(crate) mod power;
#[cfg(test)]
mod tests;
pub(crate) mod uplift;

use crate::failure::Failure;

/// An argument that must be there, unless a request is.
pub(crate) fn given<'a, T>(value: Option<&'a T>, name: &str) -> Result<&'a T, Failure> {
    value.ok_or_else(|| {
        Failure::new(format!("nothing says which column {name} is"))
            .hint(format!("name it, --{name} COLUMN, or give a request, --input FILE"))
    })
}

/// A file that must be there, unless a request is.
pub(crate) fn file(value: Option<&std::path::PathBuf>) -> Result<&std::path::Path, Failure> {
    value.map(std::path::PathBuf::as_path).ok_or_else(|| {
        Failure::new("there is neither a file of rows nor a request")
            .hint("name a CSV or Parquet file, or give a request, --input FILE")
    })
}
