//! Reading answers: columns by name, cast to what is expected, row by row.

use crate::error::{Error, Result};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

/// One batch of an answer.
pub(crate) struct Answer<'a>(pub(crate) &'a RecordBatch);

/// A column of texts.
pub(crate) struct Texts(ArrayRef);
/// A column of counts.
pub(crate) struct Counts(&'static str, ArrayRef);
/// A column of floats.
pub(crate) struct Numbers(&'static str, ArrayRef);

impl Answer<'_> {
    fn column(&self, name: &'static str, wanted: &DataType) -> Result<ArrayRef> {
        let found = self.0.column_by_name(name).ok_or(Error::Column { column: name })?;
        arrow_cast::cast(found, wanted).map_err(|source| Error::Type { column: name, source })
    }
    pub(crate) fn texts(&self, name: &'static str) -> Result<Texts> {
        self.column(name, &DataType::Utf8).map(Texts)
    }
    pub(crate) fn counts(&self, name: &'static str) -> Result<Counts> {
        self.column(name, &DataType::Int64).map(|column| Counts(name, column))
    }
    pub(crate) fn numbers(&self, name: &'static str) -> Result<Numbers> {
        self.column(name, &DataType::Float64).map(|column| Numbers(name, column))
    }
    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        0..self.0.num_rows()
    }
}

impl Texts {
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        let column = self.0.as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    }
    /// The text, or the word that stands for none.
    pub(crate) fn or<'a>(&'a self, row: usize, none: &'a str) -> String {
        self.get(row).unwrap_or(none).to_owned()
    }
}

impl Counts {
    pub(crate) fn get(&self, row: usize) -> Result<u64> {
        let column = self.1.as_primitive::<Int64Type>();
        let value = column.is_valid(row).then(|| column.value(row));
        let count = value.and_then(|value| u64::try_from(value).ok());
        count.ok_or(Error::Value { column: self.0, row })
    }
}

impl Numbers {
    pub(crate) fn get(&self, row: usize) -> Result<f64> {
        let column = self.1.as_primitive::<Float64Type>();
        let value = column.is_valid(row).then(|| column.value(row));
        value.filter(|value| value.is_finite()).ok_or(Error::Value { column: self.0, row })
    }
}
