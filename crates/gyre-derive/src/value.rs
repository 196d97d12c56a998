//! The value of a feature.

use arrow_schema::{DataType, TimeUnit};
use gyre_config::kinds::ValueType;
use gyre_model::{Decimal, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The value of a feature at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Unknown.
    Null,
    /// A count.
    Integer(i64),
    /// A sum or a number.
    Number(f64),
    /// Text.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// An instant.
    Time(Timestamp),
}

impl Value {
    /// Reads JSON as a type; what does not fit is unknown.
    pub fn from_json(json: &serde_json::Value, value_type: ValueType) -> Self {
        use serde_json::Value as Json;
        match (value_type, json) {
            (ValueType::Number, Json::Number(number)) => {
                number.as_f64().map_or(Self::Null, Self::Number)
            }
            (ValueType::Number, Json::String(text)) => {
                text.parse().ok().filter(|n: &f64| n.is_finite()).map_or(Self::Null, Self::Number)
            }
            (ValueType::Text, Json::String(text)) => Self::Text(text.clone()),
            (ValueType::Text, Json::Number(number)) => Self::Text(number.to_string()),
            (ValueType::Text, Json::Bool(truth)) => Self::Text(truth.to_string()),
            (ValueType::Boolean, Json::Bool(truth)) => Self::Boolean(*truth),
            (ValueType::Time, Json::String(text)) => {
                Timestamp::parse(text).map_or(Self::Null, Self::Time)
            }
            _ => Self::Null,
        }
    }
    /// As JSON, for records and templates.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Integer(number) => (*number).into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Boolean(truth) => (*truth).into(),
            Self::Time(time) => time.to_string().into(),
        }
    }
    /// Whether it is the same, bit by bit.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (one, other) => one == other,
        }
    }
    /// As an exact amount, where it is a number.
    pub fn to_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::whole(*number)),
            Self::Number(number) => Decimal::from_f64(*number),
            _ => None,
        }
    }
    /// Any total order: it only breaks ties so that the order of merging does not matter.
    pub(crate) fn tie_break(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Integer(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Boolean(_) => 4,
            Self::Time(_) => 5,
        }
    }
}

/// The Arrow type of a column of this value type.
pub(crate) fn arrow_type(value_type: ColumnType) -> DataType {
    match value_type {
        ColumnType::Integer => DataType::Int64,
        ColumnType::Value(ValueType::Number) => DataType::Float64,
        ColumnType::Value(ValueType::Text) => DataType::Utf8,
        ColumnType::Value(ValueType::Boolean) => DataType::Boolean,
        ColumnType::Value(ValueType::Time) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
    }
}

/// The type of a feature's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// Counts.
    Integer,
    /// What was declared.
    Value(ValueType),
}
