//! A person's row: the values of all features at an instant.

use crate::behaviour::is_lifted;
use crate::definition::{Definition, Definitions};
use crate::error::{Error, Result};
use crate::tile::{Tile, Tiles};
use crate::value::{Value, arrow_type};
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use gyre_model::Timestamp;
use std::sync::Arc;

/// The values of all features at an instant, in the order of the definitions.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The instant.
    pub at: Timestamp,
    /// One value per feature.
    pub values: Vec<Value>,
    /// The stage in each lifecycle of the definitions, in their order.
    pub stages: Vec<Option<String>>,
    /// When a tile stops counting next.
    pub expires: Option<Timestamp>,
}

impl Row {
    /// The row of a person whose nodes have these tiles.
    pub fn of<'a>(
        definitions: &Definitions,
        tiles: impl Iterator<Item = &'a Tiles> + Clone,
        at: Timestamp,
    ) -> Self {
        Self::of_where(definitions, tiles, at, |_| true)
    }

    /// The same; a feature that may not have a value of theirs has that of somebody new.
    pub fn of_where<'a>(
        definitions: &Definitions,
        tiles: impl Iterator<Item = &'a Tiles> + Clone,
        at: Timestamp,
        may: impl Fn(&Definition) -> bool,
    ) -> Self {
        let mut expires: Option<Timestamp> = None;
        let mut note = |end: Timestamp| {
            expires = Some(expires.map_or(end, |known| known.min(end)));
        };
        let values = definitions
            .all()
            .iter()
            .map(|definition| {
                let mut whole: Option<Tile> = None;
                let open = tiles.clone().filter(|_| may(definition));
                for (bucket, tile) in open.flat_map(|one| one.counting(definition, at)) {
                    definition.expiry(bucket).into_iter().for_each(&mut note);
                    match &mut whole {
                        None => whole = Some(tile.clone()),
                        Some(whole) => whole.merge(tile),
                    }
                }
                let end = whole.as_ref().and_then(|whole| definition.ends(whole));
                end.filter(|end| *end > at).into_iter().for_each(&mut note);
                definition.value(whole.as_ref(), at)
            })
            .collect();
        let stages = vec![None; definitions.lifecycles().len()];
        Self { at, values, stages, expires }
    }

    /// The values by name, for decision records and templates. What was lifted out of rules has no name
    /// that would tell anybody anything, and is left out.
    pub fn to_json(&self, definitions: &Definitions) -> serde_json::Map<String, serde_json::Value> {
        let stages = definitions.lifecycles().iter().zip(&self.stages);
        let stages = stages.map(|(name, stage)| (stage_name(name), stage.clone().into()));
        definitions
            .all()
            .iter()
            .zip(&self.values)
            .filter(|(definition, _)| !is_lifted(&definition.name))
            .map(|(definition, value)| (definition.name.clone(), value.to_json()))
            .chain(stages)
            .collect()
    }
}

/// The name under which rules and templates read a stage.
fn stage_name(lifecycle: &str) -> String {
    format!("lifecycle_{lifecycle}")
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns that rules may read: `person.<feature>` for each feature, and `at`.
pub fn schema(definitions: &Definitions) -> Schema {
    let features = definitions.all().iter().map(|definition| {
        Field::new(
            format!("person.{}", definition.name),
            arrow_type(definition.column_type()),
            true,
        )
    });
    let stages = definitions
        .lifecycles()
        .iter()
        .map(|name| Field::new(format!("person.{}", stage_name(name)), DataType::Utf8, true));
    let at = Field::new("at", time_type(), false);
    Schema::new(features.chain(stages).chain([at]).collect::<Vec<_>>())
}

/// Rows as a batch of [`schema`].
pub fn batch(definitions: &Definitions, rows: &[Row]) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(definitions.all().len() + 1);
    for (index, definition) in definitions.all().iter().enumerate() {
        columns.push(column(arrow_type(definition.column_type()), rows, index));
    }
    for index in 0..definitions.lifecycles().len() {
        let stages = rows.iter().map(|row| row.stages.get(index).and_then(Option::as_deref));
        columns.push(Arc::new(StringArray::from_iter(stages)));
    }
    let mut at = TimestampMicrosecondBuilder::with_capacity(rows.len());
    rows.iter().for_each(|row| at.append_value(row.at.0));
    columns.push(Arc::new(at.finish().with_timezone("UTC")));
    RecordBatch::try_new(Arc::new(schema(definitions)), columns)
        .map_err(|error| Error::Evaluate(error.to_string()))
}

fn column(data_type: DataType, rows: &[Row], index: usize) -> ArrayRef {
    let values = rows.iter().map(|row| row.values.get(index).unwrap_or(&Value::Null));
    match data_type {
        DataType::Int64 => {
            let mut builder = Int64Builder::with_capacity(rows.len());
            values.for_each(|value| match value {
                Value::Integer(number) => builder.append_value(*number),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish())
        }
        DataType::Float64 => {
            let mut builder = Float64Builder::with_capacity(rows.len());
            values.for_each(|value| match value {
                Value::Number(number) => builder.append_value(*number),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish())
        }
        DataType::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(rows.len());
            values.for_each(|value| match value {
                Value::Boolean(truth) => builder.append_value(*truth),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish())
        }
        DataType::Timestamp(..) => {
            let mut builder = TimestampMicrosecondBuilder::with_capacity(rows.len());
            values.for_each(|value| match value {
                Value::Time(time) => builder.append_value(time.0),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish().with_timezone("UTC"))
        }
        _ => {
            let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * 8);
            values.for_each(|value| match value {
                Value::Text(text) => builder.append_value(text),
                _ => builder.append_null(),
            });
            Arc::new(builder.finish())
        }
    }
}
