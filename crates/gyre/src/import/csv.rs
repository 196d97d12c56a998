//! CSV: fields with quotes, line breaks inside quotes, either end of line. A row that is not one (too
//! few or too many fields, a quote that is not closed) is malformed on its own: the next line is read
//! as if it had not been there.

use super::lines::Window;
use super::{FileRow, MAX_ROW};
use crate::failure::Failure;
use anyhow::Context as _;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use gyre_config::kinds::CsvOptions;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::Read;

/// The rows of a CSV file.
pub(super) struct Rows<R> {
    window: Window<R>,
    reader: Reader,
    columns: Vec<String>,
    /// Lines passed, the header not counted.
    lines: u64,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

/// What was found at the window's beginning.
enum Found {
    /// Nothing more.
    End,
    /// So many bytes that are a record with so many fields; `open` when the file ended inside a quote.
    Record { bytes: usize, fields: usize, open: bool },
    /// More bytes than a row may have.
    Endless,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: R, options: &CsvOptions) -> anyhow::Result<Self> {
        let &[delimiter] = options.delimiter.as_bytes() else {
            return Err(Failure::new("the mapping's delimiter is not one ASCII character").into());
        };
        let mut rows = Self {
            window: Window::new(file),
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            columns: options.columns.clone(),
            lines: 0,
            fields: vec![0; 4096],
            ends: vec![0; 64],
        };
        rows.window.skip_mark()?;
        if options.header {
            rows.columns = rows.header()?;
        }
        if rows.columns.is_empty() {
            let failure = Failure::new("nothing says what the columns are called");
            return Err(failure.hint("set `csv.header: true` or list `csv.columns`").into());
        }
        Ok(rows)
    }

    fn header(&mut self) -> anyhow::Result<Vec<String>> {
        let Found::Record { bytes, fields, .. } = self.find()? else {
            return Err(Failure::new("the file has no header").into());
        };
        let columns = self.texts(fields).context("the header is not UTF-8")?;
        self.window.pass(bytes);
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|name| !seen.insert(name.as_str())) {
            let failure = Failure::new(format!("two columns of the file are called `{twice}`"));
            return Err(failure.hint("give each column a name of its own").into());
        }
        Ok(columns)
    }

    /// Reads one record without moving the window.
    fn find(&mut self) -> anyhow::Result<Found> {
        self.reader.reset();
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            // An empty input says that the file has ended, so it is offered only then.
            if self.window.seen().len() == read {
                self.window.grow().context("the file broke off")?;
            }
            let input = self.window.seen().get(read..).unwrap_or_default();
            let output = self.fields.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, nin, nout, nends) = self.reader.read_record(input, output, ends);
            read += nin;
            written += nout;
            ended += nends;
            match result {
                ReadRecordResult::Record => {
                    let bytes = self.with_end(read)?;
                    let raw = self.window.seen().get(..bytes).unwrap_or_default();
                    let open = nin == 0 && raw.contains(&b'\n') && !raw.ends_with(b"\"");
                    return Ok(Found::Record { bytes, fields: ended, open });
                }
                ReadRecordResult::End => return Ok(Found::End),
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => {
                    if read > MAX_ROW {
                        return Ok(Found::Endless);
                    }
                }
            }
        }
    }

    /// The reader stops behind a `\r`; the `\n` after it belongs to the same end of line.
    fn with_end(&mut self, read: usize) -> anyhow::Result<usize> {
        let ends_in_return = self.window.seen().get(read.wrapping_sub(1)) == Some(&b'\r');
        if !ends_in_return {
            return Ok(read);
        }
        if self.window.seen().len() == read {
            self.window.grow().context("the file broke off")?;
        }
        let feed = self.window.seen().get(read) == Some(&b'\n');
        Ok(read + usize::from(feed))
    }

    fn texts(&self, fields: usize) -> Result<Vec<String>, std::str::Utf8Error> {
        let mut texts = Vec::with_capacity(fields);
        let mut start = 0;
        for end in self.ends.iter().take(fields) {
            let field = self.fields.get(start..*end).unwrap_or_default();
            texts.push(std::str::from_utf8(field)?.to_owned());
            start = *end;
        }
        Ok(texts)
    }

    fn row(&mut self) -> anyhow::Result<Option<FileRow>> {
        // Empty lines before a record are part of what the reader took for it.
        while self.pass_empty_line()? {}
        let (bytes, fields) = match self.find()? {
            Found::End => return Ok(None),
            Found::Record { open: true, .. } => {
                return self.first_line("a quote is not closed".to_owned()).map(Some);
            }
            Found::Record { bytes, fields, open: false } => (bytes, fields),
            Found::Endless => {
                let why = format!("a quote is not closed within {MAX_ROW} bytes");
                return self.first_line(why).map(Some);
            }
        };
        let raw = self.window.seen().get(..bytes).unwrap_or_default();
        let several = raw.trim_ascii_end().contains(&b'\n');
        if fields != self.columns.len() {
            let why = format!("it has {fields} fields, the header {}", self.columns.len());
            if several {
                // A quote that is not closed has swallowed the lines that follow: they are read again.
                return self.first_line(format!("{why}; is a quote not closed?")).map(Some);
            }
            return Ok(Some(self.taken(bytes, Err(why))));
        }
        let values = match self.texts(fields) {
            Ok(texts) => {
                let texts = texts.into_iter().map(Value::String);
                Ok(self.columns.iter().cloned().zip(texts).collect::<Map<_, _>>())
            }
            Err(error) => Err(format!("it is not UTF-8: {error}")),
        };
        Ok(Some(self.taken(bytes, values)))
    }

    /// The first line alone, malformed.
    fn first_line(&mut self, why: String) -> anyhow::Result<FileRow> {
        let length = self.window.line(MAX_ROW).context("the file broke off")?;
        if let Some(length) = length {
            return Ok(self.taken(length, Err(why)));
        }
        self.lines += 1;
        let start = self.window.seen().get(..256).unwrap_or_default();
        let raw = String::from_utf8_lossy(start).into_owned();
        self.window.pass_line().context("the file broke off")?;
        Ok(FileRow { line: self.lines, raw, values: Err(why) })
    }

    /// Takes bytes as a row.
    fn taken(&mut self, bytes: usize, values: Result<Map<String, Value>, String>) -> FileRow {
        let text = self.window.seen().get(..bytes).unwrap_or_default();
        let line = self.lines + 1;
        self.lines += text.split(|byte| *byte == b'\n').skip(1).count().max(1) as u64;
        let raw = String::from_utf8_lossy(text).trim_end_matches(['\r', '\n']).to_owned();
        self.window.pass(bytes);
        FileRow { line, raw, values }
    }

    fn pass_empty_line(&mut self) -> anyhow::Result<bool> {
        while self.window.seen().len() < 2 && self.window.grow().context("the file broke off")? {}
        let length = match self.window.seen() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return Ok(false),
        };
        self.window.pass(length);
        self.lines += 1;
        Ok(true)
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = anyhow::Result<FileRow>;
    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}
