//! Rows of the lake as JSON, CSV, one JSON object a line, an Arrow stream or a Parquet file. They are written batch by batch while they
//! are sent, on the runtime for long work, and no faster than the caller reads.

use arrow_array::{Array, RecordBatch, RecordBatchOptions, make_array};
use arrow_ipc::writer::StreamWriter;
use arrow_json::writer::LineDelimited;
use arrow_json::{StructMode, WriterBuilder};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use gyre_ports::lake::Rows;
use parquet::arrow::ArrowWriter;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Rows written at once.
const CHUNK: usize = 4_096;
/// How an instant without a zone is written: those of the lake are all UTC.
const PLAIN_TIME: &str = "%Y-%m-%dT%H:%M:%S%.fZ";
/// Says whether there were more rows, where the form cannot.
const TRUNCATED: &str = "x-gyre-truncated";

/// Says how many rows were left out, by reason, where they were.
const LEFT_OUT: &str = "x-gyre-left-out";

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One object with columns, rows as lists, and whether there were more.
    Json,
    /// One object a row and line.
    Lines,
    /// RFC 4180 with a header line.
    Csv,
    /// The stream of Arrow's IPC format.
    Arrow,
    /// One Parquet file.
    Parquet,
}

impl Form {
    /// The form that an `Accept` header asks for.
    pub(crate) fn wanted(accept: &str) -> Self {
        let mut kinds = accept.split(',').map(|part| part.split(';').next().unwrap_or(part).trim());
        kinds
            .find_map(|kind| match kind {
                "text/csv" => Some(Self::Csv),
                "application/x-ndjson" | "application/jsonl" => Some(Self::Lines),
                "application/json" => Some(Self::Json),
                "application/vnd.apache.arrow.stream" => Some(Self::Arrow),
                "application/vnd.apache.parquet" => Some(Self::Parquet),
                _ => None,
            })
            .unwrap_or(Self::Json)
    }

    fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Lines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// The rows as a response that is written while it is sent.
pub(crate) fn answer(apart: &Handle, rows: Rows, form: Form) -> Response<Body> {
    answer_without(apart, rows, form, None)
}

/// The same for rows of which others were left out, so many by reason.
pub(crate) fn answer_without(
    apart: &Handle,
    rows: Rows,
    form: Form,
    left_out: Option<&BTreeMap<&'static str, u64>>,
) -> Response<Body> {
    let counts = left_out.and_then(|counts| serde_json::to_vec(counts).ok());
    let truncated = rows.truncated;
    let (sender, receiver) = mpsc::channel(2);
    apart.spawn(async move {
        let mut pieces = Pieces::new(rows, form, counts);
        while let Some(piece) = pieces.next() {
            if let Err(error) = &piece {
                // The answer has begun, so it can only break off.
                tracing::error!(%error, "rows could not be written");
            }
            let last = piece.is_err();
            if sender.send(piece).await.is_err() || last {
                return;
            }
        }
    });
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(form.media()));
    let truncated = if truncated { "true" } else { "false" };
    headers.insert(TRUNCATED, HeaderValue::from_static(truncated));
    let words = left_out.map(words).and_then(|words| HeaderValue::from_str(&words).ok());
    if let Some(words) = words {
        headers.insert(LEFT_OUT, words);
    }
    response
}

/// Counts by reason, in one line.
fn words(counts: &BTreeMap<&'static str, u64>) -> String {
    let words: Vec<String> =
        counts.iter().map(|(reason, count)| format!("{reason}={count}")).collect();
    words.join(",")
}

/// The pieces of an answer, in order.
struct Pieces {
    schema: SchemaRef,
    batches: std::vec::IntoIter<RecordBatch>,
    left: Option<RecordBatch>,
    truncated: bool,
    /// Counts of what was left out, as JSON.
    left_out: Option<Vec<u8>>,
    form: Form,
    begun: bool,
    first_row: bool,
    ended: bool,
    arrow: Option<StreamWriter<Vec<u8>>>,
    parquet: Option<ArrowWriter<Vec<u8>>>,
}

impl Pieces {
    fn new(rows: Rows, form: Form, left_out: Option<Vec<u8>>) -> Self {
        Self {
            schema: rows.schema,
            batches: rows.batches.into_iter(),
            left: None,
            truncated: rows.truncated,
            left_out,
            form,
            begun: false,
            first_row: true,
            ended: false,
            arrow: None,
            parquet: None,
        }
    }

    fn next(&mut self) -> Option<Result<Bytes, ArrowError>> {
        if self.ended {
            return None;
        }
        let mut out = Vec::new();
        let done = self.write(&mut out);
        self.ended |= done.is_err();
        Some(done.map(|()| out.into()))
    }

    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        if !self.begun {
            self.begun = true;
            self.head(out)?;
        }
        if let Some(batch) = self.batch() {
            return self.rows(&batch, out);
        }
        self.ended = true;
        if let Some(mut writer) = self.arrow.take() {
            writer.finish()?;
            out.append(writer.get_mut());
        }
        if let Some(writer) = self.parquet.take() {
            // The end of the file says where its columns are, so it is written whole.
            out.append(&mut writer.into_inner()?);
        }
        if self.form == Form::Json {
            out.extend_from_slice(b"],\"truncated\":");
            out.extend_from_slice(if self.truncated { b"true" } else { b"false" });
            if let Some(counts) = &self.left_out {
                out.extend_from_slice(b",\"left_out\":");
                out.extend_from_slice(counts);
            }
            out.push(b'}');
        }
        Ok(())
    }

    /// The next rows, at most [`CHUNK`].
    fn batch(&mut self) -> Option<RecordBatch> {
        let whole = match self.left.take() {
            Some(left) => left,
            None => self.batches.by_ref().find(|batch| batch.num_rows() > 0)?,
        };
        if whole.num_rows() <= CHUNK {
            return Some(whole);
        }
        self.left = Some(whole.slice(CHUNK, whole.num_rows() - CHUNK));
        Some(whole.slice(0, CHUNK))
    }

    fn head(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        match self.form {
            Form::Json => {
                let columns: Vec<Column<'_>> = self
                    .schema
                    .fields()
                    .iter()
                    .map(|field| Column { name: field.name(), r#type: word(field.data_type()) })
                    .collect();
                out.extend_from_slice(b"{\"columns\":");
                serde_json::to_writer(&mut *out, &columns)
                    .map_err(|why| ArrowError::ExternalError(Box::new(why)))?;
                out.extend_from_slice(b",\"rows\":[");
                Ok(())
            }
            Form::Lines => Ok(()),
            Form::Arrow => {
                let mut writer = StreamWriter::try_new(Vec::new(), &self.schema)?;
                out.append(writer.get_mut());
                self.arrow = Some(writer);
                Ok(())
            }
            Form::Parquet => {
                self.parquet =
                    Some(ArrowWriter::try_new(Vec::new(), SchemaRef::clone(&self.schema), None)?);
                Ok(())
            }
            Form::Csv => {
                let none = RecordBatch::new_empty(SchemaRef::clone(&self.schema));
                csv(true).build(out).write(&in_utc(&none)?)
            }
        }
    }

    fn rows(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        if let Some(writer) = &mut self.arrow {
            writer.write(batch)?;
            out.append(writer.get_mut());
            return Ok(());
        }
        if let Some(writer) = &mut self.parquet {
            return Ok(writer.write(batch)?);
        }
        let batch = &in_utc(batch)?;
        match self.form {
            Form::Arrow | Form::Parquet => Ok(()),
            Form::Csv => csv(false).build(out).write(batch),
            Form::Lines => {
                let mut writer = json().with_explicit_nulls(true).build::<_, LineDelimited>(out);
                writer.write(batch)
            }
            Form::Json if batch.num_columns() == 0 => Ok(()),
            Form::Json => {
                if !self.first_row {
                    out.push(b',');
                }
                self.first_row = false;
                let lists = json().with_struct_mode(StructMode::ListOnly);
                lists.build::<_, Listed>(out).write(batch)
            }
        }
    }
}

/// The same instants without their zones, which are for display only: then all are written alike, and
/// Arrow needs no table of zones.
fn in_utc(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns = Vec::with_capacity(batch.num_columns());
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        if let DataType::Timestamp(unit, Some(_)) = field.data_type() {
            let plain = DataType::Timestamp(*unit, None);
            let data = column.to_data().into_builder().data_type(plain.clone()).build()?;
            columns.push(make_array(data));
            fields.push(Arc::new(field.as_ref().clone().with_data_type(plain)));
        } else {
            columns.push(Arc::clone(column));
            fields.push(Arc::clone(field));
        }
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &rows)
}

fn json() -> WriterBuilder {
    WriterBuilder::new().with_timestamp_format(PLAIN_TIME.to_owned())
}

fn csv(header: bool) -> arrow_csv::WriterBuilder {
    arrow_csv::WriterBuilder::new().with_header(header).with_timestamp_format(PLAIN_TIME.to_owned())
}

/// Rows with commas between them; the brackets are written around all batches.
#[derive(Debug, Default)]
struct Listed;

impl arrow_json::writer::JsonFormat for Listed {
    fn start_row<W: std::io::Write>(&self, writer: &mut W, first: bool) -> Result<(), ArrowError> {
        if !first {
            writer.write_all(b",")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    r#type: String,
}

/// What a column holds, in a word.
fn word(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Timestamp(..) => "time".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Dictionary(_, value) => word(value),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            "decimal".to_owned()
        }
        other if other.is_integer() => "integer".to_owned(),
        other if other.is_floating() => "number".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}
