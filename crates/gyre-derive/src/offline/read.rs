//! What the lake answers, read: subjects, the identifiers of people, and what features are made of.

use super::{Label, Member};
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::path::Path;
use crate::tile::{DISTINCT_LIMIT, Partial, Tile};
use crate::value::Value;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use gyre_config::kinds::{Aggregate, ValueType};
use gyre_model::{Decimal, NodeId, Timestamp};
use std::collections::{BTreeMap, HashMap};

fn wrong(what: &str) -> Error {
    Error::Offline(format!("the lake answers in another form: {what}"))
}

fn column<'a>(batch: &'a RecordBatch, place: usize, wanted: &DataType) -> Result<&'a dyn Array> {
    let column = batch.columns().get(place).ok_or_else(|| wrong("a column is missing"))?;
    if column.data_type() != wanted {
        return Err(wrong(&format!("column {place} is {}", column.data_type())));
    }
    Ok(column.as_ref())
}

fn integer(batch: &RecordBatch, place: usize, row: usize) -> Result<i64> {
    Ok(column(batch, place, &DataType::Int64)?.as_primitive::<Int64Type>().value(row))
}

fn text(batch: &RecordBatch, place: usize, row: usize) -> Result<&str> {
    Ok(column(batch, place, &DataType::Utf8)?.as_string::<i32>().value(row))
}

fn amount(batch: &RecordBatch, place: usize, row: usize) -> Result<i128> {
    let column = batch.columns().get(place).ok_or_else(|| wrong("a column is missing"))?;
    match column.data_type() {
        DataType::Decimal128(_, 0) => Ok(column.as_primitive::<Decimal128Type>().value(row)),
        other => Err(wrong(&format!("column {place} is {other}"))),
    }
}

fn node(text: &str) -> Result<NodeId> {
    text.parse().map_err(|_| wrong("an identifier is none"))
}

fn rows(batches: &[RecordBatch]) -> impl Iterator<Item = (&RecordBatch, usize)> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)))
}

/// Labels in the order of the rows; `at`: where all are as of one instant.
pub(super) fn subjects(batches: &[RecordBatch], at: Option<Timestamp>) -> Result<Vec<Label>> {
    rows(batches)
        .zip(0..)
        .map(|((batch, row), number)| {
            let at = match at {
                Some(at) => at,
                None => Timestamp(integer(batch, 1, row)?),
            };
            Ok(Label { number, node: node(text(batch, 0, row)?)?, at })
        })
        .collect()
}

pub(super) fn members(labels: &[Label], batches: &[RecordBatch]) -> Result<Vec<Member>> {
    let known: HashMap<i64, Label> = labels.iter().map(|one| (one.number, *one)).collect();
    // The node that stands for the person may be named twice.
    let mut found: BTreeMap<(i64, NodeId), Label> = BTreeMap::new();
    for (batch, row) in rows(batches) {
        let number = integer(batch, 0, row)?;
        let label = known.get(&number).ok_or_else(|| wrong("a label nobody asked for"))?;
        found.insert((number, node(text(batch, 1, row)?)?), *label);
    }
    Ok(found.into_iter().map(|((_, node), label)| Member { label, node }).collect())
}

/// What counts, per label.
pub(super) fn tiles(
    definition: &Definition,
    batches: &[RecordBatch],
) -> Result<BTreeMap<i64, Tile>> {
    rows(batches)
        .map(|(batch, row)| Ok((integer(batch, 0, row)?, tile(definition, batch, row)?)))
        .collect()
}

fn tile(definition: &Definition, batch: &RecordBatch, row: usize) -> Result<Tile> {
    let number = |place| integer(batch, place, row);
    let count = |place| number(place).map(|n| u64::try_from(n).unwrap_or_default());
    let (partial, latest) = match definition.aggregate {
        Aggregate::Count => (Partial::Count(count(1)?), number(2)?),
        // Which values they are does not matter any more, only how many.
        Aggregate::Distinct => {
            (Partial::Distinct((0..count(1)?.min(DISTINCT_LIMIT as u64)).collect()), number(2)?)
        }
        Aggregate::Last | Aggregate::First => {
            let (value, at) = (value(definition, batch, row)?, Timestamp(number(2)?));
            let partial = if definition.aggregate == Aggregate::Last {
                Partial::last(at, value)
            } else {
                Partial::first(at, value)
            };
            (partial, number(3)?)
        }
        aggregate => {
            let sum = amount(batch, 2, row)?;
            let partial = match aggregate {
                Aggregate::Sum => {
                    let least = if sum < 0 { i64::MIN } else { i64::MAX };
                    Partial::Sum(Decimal(i64::try_from(sum).unwrap_or(least)))
                }
                Aggregate::Min => Partial::Min(Decimal(number(4)?)),
                Aggregate::Max => Partial::Max(Decimal(number(5)?)),
                _ => {
                    let squares = amount(batch, 3, row)?;
                    Partial::Moments(Moments { count: count(1)?, sum, squares })
                }
            };
            (partial, number(6)?)
        }
    };
    Ok(Tile { partial, latest: Timestamp(latest) })
}

fn value(definition: &Definition, batch: &RecordBatch, row: usize) -> Result<Value> {
    if definition.path == Path::At {
        return Ok(Value::Time(Timestamp(integer(batch, 1, row)?)));
    }
    Ok(match definition.value_type {
        ValueType::Number => Value::Number(
            column(batch, 1, &DataType::Float64)?.as_primitive::<Float64Type>().value(row),
        ),
        ValueType::Text => Value::Text(text(batch, 1, row)?.to_owned()),
        ValueType::Boolean => {
            Value::Boolean(column(batch, 1, &DataType::Boolean)?.as_boolean().value(row))
        }
        ValueType::Time => Value::Time(Timestamp(integer(batch, 1, row)?)),
    })
}
