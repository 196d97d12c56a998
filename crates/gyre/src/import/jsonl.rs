//! JSON lines: one object per line; empty lines count and are passed over.

use super::lines::Window;
use super::{FileRow, MAX_ROW};
use anyhow::Context as _;
use serde_json::{Map, Value};
use std::io::Read;

/// The rows of a file of JSON lines.
#[derive(Debug)]
pub(super) struct Rows<R> {
    window: Window<R>,
    line: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(file: R) -> Self {
        Self { window: Window::new(file), line: 0 }
    }

    fn read(&mut self) -> anyhow::Result<Option<FileRow>> {
        loop {
            if self.line == 0 {
                self.window.skip_mark().context("the file broke off")?;
            }
            let length = self.window.line(MAX_ROW).context("the file broke off")?;
            let Some(length) = length else {
                self.line += 1;
                let start = self.window.seen().get(..256).unwrap_or_default();
                let raw = String::from_utf8_lossy(start).into_owned();
                self.window.pass_line().context("the file broke off")?;
                let why = format!("the line is longer than {MAX_ROW} bytes");
                return Ok(Some(FileRow { line: self.line, raw, values: Err(why) }));
            };
            if length == 0 {
                return Ok(None);
            }
            self.line += 1;
            let bytes = self.window.seen().get(..length).unwrap_or_default().trim_ascii();
            let row = (!bytes.is_empty()).then(|| FileRow {
                line: self.line,
                raw: String::from_utf8_lossy(bytes).into_owned(),
                values: object(bytes),
            });
            self.window.pass(length);
            if row.is_some() {
                return Ok(row);
            }
        }
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("the line is not a JSON object".to_owned()),
        Err(error) if std::str::from_utf8(bytes).is_err() => {
            Err(format!("the line is not UTF-8: {error}"))
        }
        Err(error) => {
            Err(format!("the line is not JSON: {}", error.to_string().replace("line 1 ", "")))
        }
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = anyhow::Result<FileRow>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
