//! `feature_text`, `feature_number`, `feature_boolean`, `feature_time`, `feature_amount` and
//! `feature_present`: what a feature takes of an event, out of the JSON text that the lake keeps.
//!
//! They read strictly, as tiles are filled when an event comes: a key with dots walks into objects and
//! nothing else, and what does not fit the type is null. Numbers are read from their digits, so that not
//! one bit is lost on the way; amounts are whole millionths, times are microseconds.

use crate::json::{Texts, find};
use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_schema::DataType;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use gyre_model::{Decimal, Timestamp};
use serde_json::value::RawValue;
use std::sync::Arc;

type Result<T, E = DataFusionError> = std::result::Result<T, E>;

/// What is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Text,
    Number,
    Boolean,
    Time,
    Amount,
    Present,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FeatureGet {
    kind: Kind,
    signature: Signature,
}

/// The functions that read events as features do.
pub(crate) fn functions() -> [Arc<ScalarUDF>; 6] {
    [Kind::Text, Kind::Number, Kind::Boolean, Kind::Time, Kind::Amount, Kind::Present].map(|kind| {
        let signature = Signature::string(2, Volatility::Immutable);
        Arc::new(ScalarUDF::from(FeatureGet { kind, signature }))
    })
}

impl ScalarUDFImpl for FeatureGet {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Text => "feature_text",
            Kind::Number => "feature_number",
            Kind::Boolean => "feature_boolean",
            Kind::Time => "feature_time",
            Kind::Amount => "feature_amount",
            Kind::Present => "feature_present",
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Number => DataType::Float64,
            Kind::Boolean | Kind::Present => DataType::Boolean,
            Kind::Time | Kind::Amount => DataType::Int64,
        })
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut args = args.args.into_iter();
        let (Some(texts), Some(keys)) = (args.next(), args.next()) else {
            return datafusion::common::internal_err!("a JSON function takes a text and a key");
        };
        let (texts, keys) = (Texts::of(texts, rows)?, Texts::of(keys, rows)?);
        let (mut key, mut steps) = (String::new(), Vec::new());
        let found = (0..rows).map(|row| {
            let wanted = keys.get(row)?;
            if steps.is_empty() || key != wanted {
                wanted.clone_into(&mut key);
                steps = key.split('.').map(str::to_owned).collect();
            }
            find::<Box<RawValue>>(texts.get(row)?, &steps)
        });
        Ok(ColumnarValue::Array(self.column(found)))
    }
}

impl FeatureGet {
    fn column(&self, found: impl Iterator<Item = Option<Box<RawValue>>>) -> ArrayRef {
        let found = found.map(|raw| raw.and_then(|raw| Scalar::read(raw.get())));
        match self.kind {
            Kind::Text => {
                let mut builder = StringBuilder::new();
                found.for_each(|one| builder.append_option(one.and_then(Scalar::text)));
                Arc::new(builder.finish())
            }
            Kind::Number => {
                let mut builder = Float64Builder::new();
                found.for_each(|one| builder.append_option(one.and_then(|it| it.number())));
                Arc::new(builder.finish())
            }
            Kind::Boolean => {
                let mut builder = BooleanBuilder::new();
                found.for_each(|one| {
                    builder.append_option(match one {
                        Some(Scalar::Boolean(truth)) => Some(truth),
                        _ => None,
                    });
                });
                Arc::new(builder.finish())
            }
            Kind::Time => {
                let mut builder = Int64Builder::new();
                found.for_each(|one| {
                    builder.append_option(match one {
                        Some(Scalar::Text(text)) => Timestamp::parse(&text).ok().map(|at| at.0),
                        _ => None,
                    });
                });
                Arc::new(builder.finish())
            }
            Kind::Amount => {
                let mut builder = Int64Builder::new();
                found.for_each(|one| {
                    let number = one.and_then(|it| it.number());
                    builder.append_option(number.and_then(Decimal::from_f64).map(|it| it.0));
                });
                Arc::new(builder.finish())
            }
            Kind::Present => {
                let mut builder = BooleanBuilder::new();
                found.for_each(|one| builder.append_option(one.map(|_| true)));
                Arc::new(builder.finish())
            }
        }
    }
}

/// A value of JSON that is not null, its number still in digits.
enum Scalar {
    Text(String),
    Digits(String),
    Boolean(bool),
    /// An object or a list: it is there, and has no other value.
    Many,
}

impl Scalar {
    fn read(raw: &str) -> Option<Self> {
        match raw.as_bytes().first()? {
            b'n' => None,
            b't' => Some(Self::Boolean(true)),
            b'f' => Some(Self::Boolean(false)),
            b'"' => serde_json::from_str(raw).ok().map(Self::Text),
            b'{' | b'[' => Some(Self::Many),
            _ => Some(Self::Digits(raw.to_owned())),
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Digits(text) => Some(text),
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Many => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) | Self::Digits(text) => {
                text.parse().ok().filter(|number: &f64| number.is_finite())
            }
            Self::Boolean(_) | Self::Many => None,
        }
    }
}
