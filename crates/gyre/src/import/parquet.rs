//! Parquet, row group by row group: values as JSON, a row as its JSON text.

use super::FileRow;
use anyhow::Context as _;
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::fs::File;

/// Rows decoded at once.
const BATCH: usize = 1024;

/// The rows of a Parquet file.
pub(super) struct Rows {
    batches: ParquetRecordBatchReader,
    ready: VecDeque<String>,
    row: u64,
}

impl Rows {
    pub(super) fn new(file: File) -> anyhow::Result<Self> {
        let batches =
            ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH).build()?;
        Ok(Self { batches, ready: VecDeque::new(), row: 0 })
    }

    fn read(&mut self) -> anyhow::Result<Option<FileRow>> {
        while self.ready.is_empty() {
            let Some(batch) = self.batches.next() else { return Ok(None) };
            let batch = batch.context("a row group cannot be read")?;
            // A column that is null is not the same as one that is not there.
            let builder = WriterBuilder::new().with_explicit_nulls(true);
            let mut writer = builder.build::<_, LineDelimited>(Vec::new());
            writer.write(&batch).context("a column has a type that is no JSON")?;
            writer.finish()?;
            let text = String::from_utf8(writer.into_inner())?;
            self.ready.extend(text.lines().map(str::to_owned));
        }
        let Some(raw) = self.ready.pop_front() else { return Ok(None) };
        self.row += 1;
        let values: Map<String, Value> =
            serde_json::from_str(&raw).context("a row was not written as JSON")?;
        Ok(Some(FileRow { line: self.row, raw, values: Ok(values) }))
    }
}

impl Iterator for Rows {
    type Item = anyhow::Result<FileRow>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
