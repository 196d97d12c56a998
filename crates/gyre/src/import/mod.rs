//! Files of rows: CSV, JSON lines, Parquet. Rows come one by one, however large the file is, with
//! their lines and as they stood in the file.

mod csv;
mod jsonl;
mod lines;
mod parquet;
#[cfg(test)]
mod tests;

use anyhow::Context as _;
use gyre_config::kinds::{CsvOptions, Format, Mapping};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of a row kept; a longer one is malformed.
const MAX_ROW: usize = 1 << 20;

/// A row of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileRow {
    /// Its line, from 1, the header not counted; in Parquet its row.
    pub(crate) line: u64,
    /// The row as it stood there.
    pub(crate) raw: String,
    /// Its values by column, or why it cannot be read.
    pub(crate) values: Result<Map<String, Value>, String>,
}

/// The rows of a file, in their order. An error ends them: nothing behind it can be read.
pub(crate) struct Rows(Box<dyn Iterator<Item = anyhow::Result<FileRow>>>);

impl Rows {
    /// Opens a file of a format with its usual options.
    pub(crate) fn open_as(path: &Path, format: Format) -> anyhow::Result<Self> {
        Self::begin(path, format, &CsvOptions::default())
    }

    /// Opens a file as the mapping says it is written.
    pub(crate) fn open(path: &Path, mapping: &Mapping) -> anyhow::Result<Self> {
        let options = mapping.csv.clone().unwrap_or_default();
        Self::begin(path, mapping.format, &options)
    }

    fn begin(path: &Path, format: Format, options: &CsvOptions) -> anyhow::Result<Self> {
        let reading = || format!("{} cannot be read", path.display());
        let file = File::open(path).with_context(reading)?;
        let rows: Box<dyn Iterator<Item = anyhow::Result<FileRow>>> = match format {
            Format::Csv => Box::new(csv::Rows::new(file, options).with_context(reading)?),
            Format::Jsonl | Format::Json => Box::new(jsonl::Rows::new(file)),
            Format::Parquet => Box::new(parquet::Rows::new(file).with_context(reading)?),
        };
        Ok(Self(rows))
    }
}

impl Iterator for Rows {
    type Item = anyhow::Result<FileRow>;
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// What tells the file's content from any other: by it an import that is begun again is known.
pub(crate) fn fingerprint(path: &Path) -> anyhow::Result<String> {
    let reading = || format!("{} cannot be read", path.display());
    let mut file = File::open(path).with_context(reading)?;
    let mut hash = Xxh3::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(reading)?;
        if read == 0 {
            return Ok(format!("{:032x}", hash.digest128()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
