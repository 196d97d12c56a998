//! The context of a decision as columns, for the terms of rules that need it.
//!
//! `context.placement`, `context.channel`, `context.hour` (0–23, UTC) and `context.weekday` (1 Monday
//! to 7 Sunday) are always there; whatever else a rule names is text taken from the request's context.

use crate::error::{Error, Result};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use gyre_derive::{Definitions, Row};
use gyre_model::{Span, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The columns that are always there.
const TEXT: [&str; 2] = ["context.placement", "context.channel"];
const NUMBERS: [&str; 2] = ["context.hour", "context.weekday"];

/// The columns that an expression over the context may read.
pub(crate) fn schema(definitions: &Definitions, expression: &str) -> Schema {
    let mut fields: Vec<Arc<Field>> =
        gyre_derive::schema(definitions).fields().iter().map(Arc::clone).collect();
    fields.extend(TEXT.map(|name| Arc::new(Field::new(name, DataType::Utf8, true))));
    fields.extend(NUMBERS.map(|name| Arc::new(Field::new(name, DataType::Int64, true))));
    for name in named(expression) {
        if !TEXT.contains(&name.as_str()) && !NUMBERS.contains(&name.as_str()) {
            fields.push(Arc::new(Field::new(name, DataType::Utf8, true)));
        }
    }
    Schema::new(fields)
}

/// One row: the person's and the context's.
pub(crate) fn row(
    definitions: &Definitions,
    person: &Row,
    columns: &[String],
    placement: Option<&str>,
    channel: &str,
    context: &serde_json::Map<String, serde_json::Value>,
) -> Result<RecordBatch> {
    let person = gyre_derive::batch(definitions, std::slice::from_ref(person))?;
    let at = person_at(&person);
    let mut fields: Vec<Arc<Field>> = person.schema().fields().iter().map(Arc::clone).collect();
    let mut values: Vec<ArrayRef> = person.columns().to_vec();
    let mut add = |name: &str, data_type: DataType, array: ArrayRef| {
        fields.push(Arc::new(Field::new(name, data_type, true)));
        values.push(array);
    };
    add(TEXT[0], DataType::Utf8, Arc::new(StringArray::from(vec![placement])));
    add(TEXT[1], DataType::Utf8, Arc::new(StringArray::from(vec![Some(channel)])));
    let hour = at.0.rem_euclid(Span::DAY.0) / Span::HOUR.0;
    // 1970-01-01 was a Thursday.
    let weekday = (i64::from(at.day()) + 3).rem_euclid(7) + 1;
    add(NUMBERS[0], DataType::Int64, Arc::new(Int64Array::from(vec![hour])));
    add(NUMBERS[1], DataType::Int64, Arc::new(Int64Array::from(vec![weekday])));
    for name in columns {
        let known = TEXT.contains(&name.as_str()) || NUMBERS.contains(&name.as_str());
        let Some(key) = name.strip_prefix("context.").filter(|_| !known) else { continue };
        let text = match context.get(key) {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            None | Some(serde_json::Value::Null) => None,
            Some(other) => Some(other.to_string()),
        };
        add(name, DataType::Utf8, Arc::new(StringArray::from(vec![text])));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), values)
        .map_err(|why| Error::corrupt("context", why))
}

fn person_at(batch: &RecordBatch) -> Timestamp {
    batch
        .column_by_name("at")
        .and_then(|column| column.as_any().downcast_ref::<arrow_array::TimestampMicrosecondArray>())
        .map_or(Timestamp(0), |column| Timestamp(column.value(0)))
}

/// The `context.<name>` words of an expression.
fn named(expression: &str) -> BTreeSet<String> {
    expression
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '.'))
        .filter(|word| word.starts_with("context.") && word.len() > "context.".len())
        .map(str::to_owned)
        .collect()
}
