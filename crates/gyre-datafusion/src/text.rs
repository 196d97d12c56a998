//! Text as views inside queries, as plain `Utf8` outside: views make grouping and joining 1.5 to 1.9
//! times faster, but other readers of Arrow do not all know them.

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use std::sync::Arc;

/// The type without views, also inside lists and structs.
pub fn plain_type(from: &DataType) -> DataType {
    map(from, &|leaf| match leaf {
        DataType::Utf8View => Some(DataType::Utf8),
        DataType::BinaryView => Some(DataType::Binary),
        _ => None,
    })
}

/// The type with text as views; only at the top, where it pays.
pub fn view_type(from: &DataType) -> DataType {
    match from {
        DataType::Utf8 => DataType::Utf8View,
        other => other.clone(),
    }
}

/// The schema without views.
pub fn plain_schema(from: &Schema) -> SchemaRef {
    schema(from, plain_type)
}

/// The schema with text as views.
pub fn view_schema(from: &Schema) -> SchemaRef {
    schema(from, view_type)
}

/// The batch as `schema` wants it: its columns cast where their types differ.
pub fn plain(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| {
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                arrow_cast::cast(column, field.data_type())
            }
        })
        .collect::<Result<Vec<ArrayRef>, _>>()?;
    // A batch may have rows and no columns.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
}

fn schema(from: &Schema, convert: fn(&DataType) -> DataType) -> SchemaRef {
    let fields: Fields = from
        .fields()
        .iter()
        .map(|field| Arc::new(field.as_ref().clone().with_data_type(convert(field.data_type()))))
        .collect();
    Arc::new(Schema::new_with_metadata(fields, from.metadata().clone()))
}

fn map(from: &DataType, leaf: &dyn Fn(&DataType) -> Option<DataType>) -> DataType {
    let field = |field: &FieldRef| -> FieldRef {
        Arc::new(Field::clone(field).with_data_type(map(field.data_type(), leaf)))
    };
    match from {
        DataType::List(item) => DataType::List(field(item)),
        DataType::LargeList(item) => DataType::LargeList(field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => leaf(other).unwrap_or_else(|| other.clone()),
    }
}
