//! Files of rows, CSV or Parquet: the columns asked for, row by row, with the place of what is wrong.

mod csv;
mod parquet;
#[cfg(test)]
mod tests;

use crate::failure::Failure;
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing.
    Missing,
    /// A number, from a column of numbers.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
}

/// A row: its values in the order of the columns asked for.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    file: &'a str,
    /// The line, or the row.
    place: (&'static str, u64),
    columns: &'a [String],
    cells: &'a [Cell<'a>],
}

impl Row<'_> {
    /// What is wrong with a column of this row.
    pub(crate) fn wrong(&self, column: usize, what: impl std::fmt::Display) -> Failure {
        let name = self.columns.get(column).map_or("?", String::as_str);
        let (file, (unit, number)) = (self.file, self.place);
        Failure::new(format!("{file}, {unit} {number}, column `{name}`: {what}"))
    }

    /// A number, if there is one.
    pub(crate) fn maybe(&self, column: usize) -> Result<Option<f64>, Failure> {
        let number = match self.cells.get(column) {
            None | Some(Cell::Missing) => return Ok(None),
            Some(Cell::Number(number)) => *number,
            Some(Cell::Text(text)) => match text.trim() {
                "" => return Ok(None),
                "true" | "True" | "TRUE" => 1.0,
                "false" | "False" | "FALSE" => 0.0,
                text => text.parse().map_err(|_| {
                    let wrong = self.wrong(column, format!("`{text}` is no number"));
                    wrong.hint("write numbers with a point and without separators: 1234.5")
                })?,
            },
        };
        if number.is_finite() {
            return Ok(Some(number));
        }
        Err(self.wrong(column, "it is not finite"))
    }

    /// A number that must be there.
    pub(crate) fn number(&self, column: usize) -> Result<f64, Failure> {
        self.maybe(column)?.ok_or_else(|| {
            let hint = "leave such rows out, or write what the value is";
            self.wrong(column, "there is no value").hint(hint)
        })
    }

    /// A yes or no: 1 or 0, true or false.
    pub(crate) fn flag(&self, column: usize) -> Result<bool, Failure> {
        let number = self.number(column)?;
        if [0.0, 1.0].contains(&number) {
            return Ok(number > 0.5);
        }
        Err(self.wrong(column, format!("{number} is neither 0 nor 1")))
    }

    /// A text, if there is one; numbers as they are written.
    pub(crate) fn text(&self, column: usize) -> Option<Cow<'_, str>> {
        match self.cells.get(column)? {
            Cell::Missing => None,
            Cell::Number(number) => Some(Cow::Owned(number.to_string())),
            Cell::Text(text) if text.trim().is_empty() => None,
            Cell::Text(text) => Some(Cow::Borrowed(text.trim())),
        }
    }

    /// A text that must be there.
    pub(crate) fn named(&self, column: usize) -> Result<Cow<'_, str>, Failure> {
        self.text(column).ok_or_else(|| self.wrong(column, "there is no value"))
    }
}

/// Reads the columns of a file, row by row. Parquet is known by `.parquet`; anything else is CSV with
/// a header, gzipped if it ends with `.gz`; `-` is CSV from `input`.
pub(crate) fn read(
    path: &Path,
    columns: &[String],
    input: &mut dyn Read,
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if path == Path::new("-") {
        return csv::read("standard input", input, columns, each);
    }
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    match Kind::of(path) {
        Kind::Parquet => parquet::read(&name, file, columns, each),
        Kind::Zipped => csv::read(&name, &mut MultiGzDecoder::new(file), columns, each),
        Kind::Plain => csv::read(&name, &mut BufReader::new(file), columns, each),
    }
}

/// How a file is written, by the end of its name.
enum Kind {
    Parquet,
    Zipped,
    Plain,
}

impl Kind {
    fn of(path: &Path) -> Self {
        let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
        match end.as_deref() {
            Some("parquet") => Self::Parquet,
            Some("gz") => Self::Zipped,
            _ => Self::Plain,
        }
    }
}

/// The names of a file's columns.
pub(crate) fn columns(path: &Path) -> Result<Vec<String>, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
    match Kind::of(path) {
        Kind::Parquet => parquet::columns(&name, file),
        Kind::Zipped => csv::columns(&name, &mut MultiGzDecoder::new(file)),
        Kind::Plain => csv::columns(&name, &mut BufReader::new(file)),
    }
}

fn unreadable(name: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("{name} cannot be read: {error}"))
}

/// Where each column asked for stands among those there are.
fn places(name: &str, there: &[String], wanted: &[String]) -> Result<Vec<usize>, Failure> {
    wanted
        .iter()
        .map(|column| {
            there.iter().position(|one| one == column).ok_or_else(|| {
                let missing = Failure::new(format!("{name} has no column `{column}`"));
                missing.hint(format!("its columns are {}", listed(there)))
            })
        })
        .collect()
}

/// The first names of a list, in one line.
fn listed(names: &[String]) -> String {
    let some: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
    let more = if names.len() > 20 { ", …" } else { "" };
    format!("{}{more}", some.join(", "))
}
