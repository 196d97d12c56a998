//! One cell of an Arrow column as JSON.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};
use gyre_model::{Span, Timestamp};
use serde_json::Value;

/// The value of a cell; `None` where there is none, and for types no table of Gyre has.
pub fn json(column: &dyn Array, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return None;
    }
    let time = |micros: i64| Some(Value::String(Timestamp(micros).to_string()));
    match column.data_type() {
        DataType::Utf8 => Some(column.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Some(column.as_string::<i64>().value(row).into()),
        DataType::Utf8View => Some(column.as_string_view().value(row).into()),
        DataType::Boolean => Some(column.as_boolean().value(row).into()),
        DataType::Int8 => Some(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Some(column.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Some(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row).into()),
        DataType::UInt8 => Some(column.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Some(column.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Some(column.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => Some(column.as_primitive::<UInt64Type>().value(row).into()),
        DataType::Float32 => {
            Some(f64::from(column.as_primitive::<Float32Type>().value(row)).into())
        }
        DataType::Float64 => Some(column.as_primitive::<Float64Type>().value(row).into()),
        DataType::Decimal128(_, scale) => {
            let units = column.as_primitive::<Decimal128Type>().value(row) as f64;
            Some((units / 10f64.powi(i32::from(*scale))).into())
        }
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let text = Timestamp(days * Span::DAY.0).to_string();
            Some(Value::String(text.chars().take(10).collect()))
        }
        DataType::Timestamp(TimeUnit::Second, _) => {
            time(column.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            time(column.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            time(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            time(column.as_primitive::<TimestampNanosecondType>().value(row) / 1_000)
        }
        _ => None,
    }
}
