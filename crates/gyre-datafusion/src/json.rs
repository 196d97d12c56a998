//! `json_text(text, key)` and `json_number(text, key)`: a value out of a JSON object kept as text.
//!
//! A key with dots walks into objects (`address.city`). What is not there, is not JSON, or has another
//! type is null: a query over millions of events must not end because one of them is odd.

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, StringArray, StringViewArray};
use arrow_schema::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor,
};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

type Result<T, E = DataFusionError> = std::result::Result<T, E>;

/// What is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Text,
    Number,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonGet {
    kind: Kind,
    signature: Signature,
}

/// The functions over JSON text.
pub(crate) fn functions() -> [Arc<ScalarUDF>; 2] {
    [Kind::Text, Kind::Number].map(|kind| {
        let signature = Signature::string(2, Volatility::Immutable);
        Arc::new(ScalarUDF::from(JsonGet { kind, signature }))
    })
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Text => "json_text",
            Kind::Number => "json_number",
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Float64,
        })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let (Some(texts), Some(keys)) = (args.next(), args.next()) else {
            return datafusion::common::internal_err!("a JSON function takes a text and a key");
        };
        let (texts, keys) = (Texts::of(texts, rows)?, Texts::of(keys, rows)?);
        let mut path = Path::default();
        let found = (0..rows).map(|row| {
            path.set(keys.get(row)?);
            path.find(texts.get(row)?)
        });
        Ok(ColumnarValue::Array(match self.kind {
            Kind::Text => {
                let mut builder = StringBuilder::new();
                found.for_each(|value| builder.append_option(value.and_then(as_text)));
                Arc::new(builder.finish())
            }
            Kind::Number => {
                let mut builder = Float64Builder::new();
                found.for_each(|value| builder.append_option(value.and_then(|it| as_number(&it))));
                Arc::new(builder.finish())
            }
        }))
    }
}

/// An argument of texts, as it comes: a copy of a column would cost more than looking into it.
pub(crate) enum Texts {
    One(Option<String>),
    Plain(StringArray),
    Views(StringViewArray),
}

impl Texts {
    pub(crate) fn of(value: ColumnarValue, rows: usize) -> Result<Self> {
        if let ColumnarValue::Scalar(value) = &value
            && let Some(text) = value.try_as_str()
        {
            return Ok(Self::One(text.map(str::to_owned)));
        }
        let array = value.into_array(rows)?;
        Ok(match array.data_type() {
            DataType::Utf8View => Self::Views(array.as_string_view().clone()),
            DataType::Utf8 => Self::Plain(array.as_string::<i32>().clone()),
            _ => Self::Plain(arrow_cast::cast(&array, &DataType::Utf8)?.as_string::<i32>().clone()),
        })
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::One(text) => text.as_deref(),
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Views(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}

/// A key, and the steps of one with dots.
#[derive(Debug, Default)]
struct Path {
    key: String,
    steps: Vec<String>,
}

impl Path {
    fn set(&mut self, key: &str) {
        if self.key != key || self.steps.is_empty() {
            key.clone_into(&mut self.key);
            self.steps = key.split('.').map(str::to_owned).collect();
        }
    }

    /// The value of the key, or of its steps. What stands behind it is not read.
    fn find(&self, text: &str) -> Option<Value> {
        let whole = std::slice::from_ref(&self.key);
        find(text, whole).or_else(|| (self.steps.len() > 1).then(|| find(text, &self.steps))?)
    }
}

/// What stands where the steps lead to; what stands behind it is not read.
pub(crate) fn find<V: DeserializeOwned>(text: &str, steps: &[String]) -> Option<V> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    // An error is the end of looking, also the one that says that it was found.
    drop(Seek { steps, found: &mut found }.deserialize(&mut reader));
    found
}

/// Walks into an object without keeping what it passes.
struct Seek<'a, V> {
    steps: &'a [String],
    found: &'a mut Option<V>,
}

impl<'de, V: DeserializeOwned> DeserializeSeed<'de> for Seek<'_, V> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de, V: DeserializeOwned> Visitor<'de> for Seek<'_, V> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Ok(()) };
        while let Some(is_it) = map.next_key_seed(Is(step))? {
            if !is_it {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if rest.is_empty() {
                *self.found = Some(map.next_value()?);
            } else {
                map.next_value_seed(Seek { steps: rest, found: self.found })?;
            }
            return Err(A::Error::custom("found, or not there"));
        }
        Ok(())
    }
}

/// Whether a key is the one that is looked for.
struct Is<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

fn as_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}
