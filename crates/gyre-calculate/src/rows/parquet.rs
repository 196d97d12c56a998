//! Parquet, batch by batch: numbers as numbers, everything else as text.

use super::{Cell, Row, places, unreadable};
use crate::failure::Failure;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Float64Type;
use arrow_array::{Array as _, ArrayRef};
use arrow_cast::cast;
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::borrow::Cow;
use std::fs::File;

/// Rows decoded at once.
const BATCH: usize = 8192;

fn open(
    name: &str,
    file: File,
) -> Result<(ParquetRecordBatchReaderBuilder<File>, Vec<String>), Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|error| unreadable(name, &error).hint("is it a Parquet file?"))?;
    let names = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    Ok((builder, names))
}

pub(super) fn columns(name: &str, file: File) -> Result<Vec<String>, Failure> {
    open(name, file).map(|(_, names)| names)
}

pub(super) fn read(
    name: &str,
    file: File,
    columns: &[String],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (builder, names) = open(name, file)?;
    let at = places(name, &names, columns)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), at.iter().copied());
    let fail = |error: &dyn std::fmt::Display| unreadable(name, error);
    let batches = builder
        .with_projection(mask)
        .with_batch_size(BATCH)
        .build()
        .map_err(|error| fail(&error))?;
    let mut row = 0_u64;
    for batch in batches {
        let batch = batch.map_err(|error| fail(&error))?;
        let mut arrays = Vec::with_capacity(columns.len());
        for column in columns {
            let Some(array) = batch.column_by_name(column) else { continue };
            arrays.push(readable(array).map_err(|error| {
                Failure::new(format!("{name}, column `{column}`: {error}"))
                    .hint("columns of numbers, texts, times and yes or no can be read")
            })?);
        }
        for i in 0..batch.num_rows() {
            row += 1;
            let cells: Vec<Cell<'_>> = arrays.iter().map(|array| cell(array, i)).collect();
            each(&Row { file: name, place: ("row", row), columns, cells: &cells })?;
        }
    }
    Ok(())
}

/// As numbers or as texts.
fn readable(array: &ArrayRef) -> Result<ArrayRef, arrow_schema::ArrowError> {
    let is_number = match array.data_type() {
        DataType::Boolean => true,
        DataType::Dictionary(_, value) => value.is_numeric(),
        other => other.is_numeric(),
    };
    cast(array, if is_number { &DataType::Float64 } else { &DataType::Utf8 })
}

fn cell(array: &ArrayRef, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Missing;
    }
    match array.data_type() {
        DataType::Float64 => Cell::Number(array.as_primitive::<Float64Type>().value(row)),
        _ => Cell::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
    }
}
