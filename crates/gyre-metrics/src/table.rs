//! An answer as one flat table: the form of CSV, Arrow and SQL clients.

use crate::answer::{Answer, Row, State, Value};
use crate::error::Result;
use arrow_array::{
    Array as _, ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema};
use gyre_model::Timestamp;
use std::sync::Arc;

type Cell<T> = fn(&Value) -> Option<T>;

/// The rows of an answer as one batch: `time` where there is a grain, `age` where there are ages, one
/// column per dimension, then per metric `<name>`, `<name>_numerator`, `<name>_denominator`, `<name>_n`,
/// `<name>_low`, `<name>_high` and `<name>_state`, and for each other period
/// `<name>_previous_period` or `<name>_previous_year`.
pub fn flat(answer: &Answer) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let rows = &answer.rows;
    let mut text = |name: &str, of: &dyn Fn(&Row) -> Option<String>| {
        fields.push(Field::new(name, DataType::Utf8, true));
        columns.push(Arc::new(StringArray::from_iter(rows.iter().map(of))));
    };
    if answer.grain != "none" {
        text("time", &|row| row.time.clone());
    }
    for (place, name) in answer.dimensions.iter().enumerate() {
        text(name, &|row| row.dimensions.get(place).cloned().flatten());
    }
    if rows.iter().any(|row| row.age.is_some()) {
        fields.push(Field::new("age", DataType::Int64, true));
        columns
            .push(Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.age.map(i64::from)))));
    }
    for metric in &answer.metrics {
        let name = &metric.name;
        let now =
            |row: &Row| row.metrics.get(name).map(|shown| shown.now.clone()).unwrap_or_default();
        let numbers: [(&str, Cell<f64>); 5] = [
            ("", |value| value.value),
            ("_numerator", |value| value.numerator),
            ("_denominator", |value| value.denominator),
            ("_low", |value| value.low),
            ("_high", |value| value.high),
        ];
        for (ending, of) in numbers {
            fields.push(Field::new(format!("{name}{ending}"), DataType::Float64, true));
            let cells = rows.iter().map(|row| of(&now(row)));
            columns.push(Arc::new(Float64Array::from_iter(cells)));
        }
        fields.push(Field::new(format!("{name}_n"), DataType::Int64, true));
        let cells = rows.iter().map(|row| i64::try_from(now(row).n).ok());
        columns.push(Arc::new(Int64Array::from_iter(cells)));
        fields.push(Field::new(format!("{name}_state"), DataType::Utf8, true));
        let cells = rows.iter().map(|row| Some(state(now(row).state)));
        columns.push(Arc::new(StringArray::from_iter(cells)));
        for other in &answer.compared {
            fields.push(Field::new(format!("{name}_{}", other.name), DataType::Float64, true));
            let cells =
                rows.iter().map(|row| row.metrics.get(name)?.compared.get(&other.name)?.value);
            columns.push(Arc::new(Float64Array::from_iter(cells)));
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The values alone, for SQL clients: `time` (microseconds, UTC) where there is a grain, `age` where there
/// are ages, then a column per dimension and one per metric. The question's time zone is UTC.
pub fn values(answer: &Answer) -> Result<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let rows = &answer.rows;
    if answer.grain != "none" {
        let at = |row: &Row| {
            let text = row.time.as_deref()?;
            let midnight = if text.contains('T') { "Z" } else { "T00:00:00Z" };
            Some(Timestamp::parse(&format!("{text}{midnight}")).ok()?.0)
        };
        let times = TimestampMicrosecondArray::from_iter(rows.iter().map(at)).with_timezone("UTC");
        fields.push(Field::new("time", times.data_type().clone(), true));
        columns.push(Arc::new(times));
    }
    if rows.iter().any(|row| row.age.is_some()) {
        fields.push(Field::new("age", DataType::Int64, true));
        let ages = rows.iter().map(|row| row.age.map(i64::from));
        columns.push(Arc::new(Int64Array::from_iter(ages)));
    }
    for (place, name) in answer.dimensions.iter().enumerate() {
        fields.push(Field::new(name, DataType::Utf8, true));
        let cells = rows.iter().map(|row| row.dimensions.get(place).cloned().flatten());
        columns.push(Arc::new(StringArray::from_iter(cells)));
    }
    for metric in &answer.metrics {
        fields.push(Field::new(&metric.name, DataType::Float64, true));
        let cells = rows.iter().map(|row| row.metrics.get(&metric.name)?.now.value);
        columns.push(Arc::new(Float64Array::from_iter(cells)));
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &rows)?)
}

fn state(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Empty => "empty",
        State::Immature => "immature",
        State::BelowMinimum => "below_minimum",
        State::Hidden => "hidden",
        State::MixedCurrencies => "mixed_currencies",
    }
}
