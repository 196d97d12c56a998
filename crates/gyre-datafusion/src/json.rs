//! `json_text(text, key)` and `json_number(text, key)`: a value out of a JSON object kept as text.
//!
//! A key with dots walks into objects (`address.city`). What is not there, is not JSON, or has another
//! type is null: a query over millions of events must not end because one of them is odd.

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::Value;
use std::sync::Arc;

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
        let text = |value: ColumnarValue| -> Result<ArrayRef> {
            Ok(arrow_cast::cast(&value.into_array(rows)?, &DataType::Utf8)?)
        };
        let mut args = args.args.into_iter();
        let (Some(texts), Some(keys)) = (args.next(), args.next()) else {
            return datafusion::common::internal_err!("a JSON function takes a text and a key");
        };
        let (texts, keys) = (text(texts)?, text(keys)?);
        let found = cells(texts.as_string::<i32>(), keys.as_string::<i32>());
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

fn cells<'a>(
    texts: &'a StringArray,
    keys: &'a StringArray,
) -> impl Iterator<Item = Option<Value>> + 'a {
    (0..texts.len()).map(|row| {
        if texts.is_null(row) || keys.is_null(row) {
            return None;
        }
        let mut value: Value = serde_json::from_str(texts.value(row)).ok()?;
        let key = keys.value(row);
        if let Some(whole) = value.get_mut(key) {
            return Some(whole.take());
        }
        for part in key.split('.') {
            value = value.get_mut(part)?.take();
        }
        Some(value)
    })
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
