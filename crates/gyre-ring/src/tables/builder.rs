//! Rows of one table, column by column. Columns are filled in their declared order.

use super::{Columns, Type};
use crate::error::{Error, Result};
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use gyre_model::{Stored, Timestamp};
use std::sync::Arc;

enum Column {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

/// Rows of one table under construction.
pub(crate) struct Builder {
    schema: SchemaRef,
    partition: Int32Builder,
    offset: Int64Builder,
    at: TimestampMicrosecondBuilder,
    date: Date32Builder,
    workspace: StringBuilder,
    columns: Vec<Column>,
    next: usize,
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The schema of a table: the system columns, then its own, all of them nullable.
pub(crate) fn schema(columns: Columns) -> SchemaRef {
    let system = [
        Field::new("_partition", DataType::Int32, true),
        Field::new("_offset", DataType::Int64, true),
        Field::new("at", time(), true),
        Field::new("event_date", DataType::Date32, true),
        Field::new("workspace", DataType::Utf8, true),
    ];
    let own = columns.iter().map(|(name, kind)| {
        let data_type = match kind {
            Type::Text => DataType::Utf8,
            Type::Integer => DataType::Int64,
            Type::Number => DataType::Float64,
            Type::Boolean => DataType::Boolean,
            Type::Time => time(),
        };
        Field::new(*name, data_type, true)
    });
    Arc::new(Schema::new(system.into_iter().chain(own).collect::<Vec<_>>()))
}

impl Builder {
    pub(crate) fn new(columns: Columns) -> Self {
        Self {
            schema: schema(columns),
            partition: Int32Builder::new(),
            offset: Int64Builder::new(),
            at: TimestampMicrosecondBuilder::new(),
            date: Date32Builder::new(),
            workspace: StringBuilder::new(),
            columns: columns
                .iter()
                .map(|(_, kind)| match kind {
                    Type::Text => Column::Text(StringBuilder::new()),
                    Type::Integer => Column::Integer(Int64Builder::new()),
                    Type::Number => Column::Number(Float64Builder::new()),
                    Type::Boolean => Column::Boolean(BooleanBuilder::new()),
                    Type::Time => Column::Time(TimestampMicrosecondBuilder::new()),
                })
                .collect(),
            next: 0,
        }
    }

    /// Begins a row with the system columns.
    pub(crate) fn begin(&mut self, record: &Stored) {
        self.partition.append_value(record.partition as i32);
        self.offset.append_value(record.offset as i64);
        self.at.append_value(record.at.0);
        self.date.append_value(record.at.day());
        self.workspace.append_value(record.entry.workspace.as_str());
        self.next = 0;
    }

    fn column(&mut self) -> Option<&mut Column> {
        let column = self.columns.get_mut(self.next);
        self.next += 1;
        column
    }

    /// The next column is text.
    pub(crate) fn text(&mut self, value: Option<impl AsRef<str>>) -> &mut Self {
        match self.column() {
            Some(Column::Text(builder)) => builder.append_option(value),
            other => null(other),
        }
        self
    }
    /// The next column is an id or another thing that shows itself as text.
    pub(crate) fn shown(&mut self, value: Option<impl ToString>) -> &mut Self {
        self.text(value.map(|value| value.to_string()))
    }
    /// The next column is a whole number.
    pub(crate) fn integer(&mut self, value: Option<impl TryInto<i64>>) -> &mut Self {
        match self.column() {
            Some(Column::Integer(builder)) => {
                builder.append_option(value.and_then(|value| value.try_into().ok()));
            }
            other => null(other),
        }
        self
    }
    /// The next column is a float.
    pub(crate) fn number(&mut self, value: Option<f64>) -> &mut Self {
        match self.column() {
            Some(Column::Number(builder)) => builder.append_option(value),
            other => null(other),
        }
        self
    }
    /// The next column is true or false.
    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        match self.column() {
            Some(Column::Boolean(builder)) => builder.append_value(value),
            other => null(other),
        }
        self
    }
    /// The next column is an instant.
    pub(crate) fn time(&mut self, value: Timestamp) -> &mut Self {
        match self.column() {
            Some(Column::Time(builder)) => builder.append_value(value.0),
            other => null(other),
        }
        self
    }

    /// The next column is an instant, if there is one.
    pub(crate) fn maybe_time(&mut self, value: Option<Timestamp>) -> &mut Self {
        match (value, self.column()) {
            (Some(value), Some(Column::Time(builder))) => builder.append_value(value.0),
            (None, Some(Column::Time(builder))) => builder.append_null(),
            (_, other) => null(other),
        }
        self
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch> {
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(self.at.finish().with_timezone("UTC")),
            Arc::new(self.date.finish()),
            Arc::new(self.workspace.finish()),
        ];
        for column in self.columns {
            arrays.push(match column {
                Column::Text(mut builder) => Arc::new(builder.finish()),
                Column::Integer(mut builder) => Arc::new(builder.finish()),
                Column::Number(mut builder) => Arc::new(builder.finish()),
                Column::Boolean(mut builder) => Arc::new(builder.finish()),
                Column::Time(mut builder) => Arc::new(builder.finish().with_timezone("UTC")),
            });
        }
        RecordBatch::try_new(self.schema, arrays).map_err(|why| Error::corrupt("rows", why))
    }
}

/// A column filled with the wrong type is null there; the test of the tables finds it.
fn null(column: Option<&mut Column>) {
    debug_assert!(false, "a column was filled out of order");
    match column {
        Some(Column::Text(builder)) => builder.append_null(),
        Some(Column::Integer(builder)) => builder.append_null(),
        Some(Column::Number(builder)) => builder.append_null(),
        Some(Column::Boolean(builder)) => builder.append_null(),
        Some(Column::Time(builder)) => builder.append_null(),
        None => {}
    }
}
