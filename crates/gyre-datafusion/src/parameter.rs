//! Values bound to `$1`, `$2`, … as DataFusion wants them.

use datafusion::common::ScalarValue;
use gyre_ports::lake::Parameter;

/// The scale of [`gyre_model::Decimal`]: six places.
const DECIMAL_SCALE: i8 = 6;
/// Enough digits for any `i64` of millionths.
const DECIMAL_PRECISION: u8 = 38;

/// The value of a parameter.
pub fn scalar(parameter: &Parameter) -> ScalarValue {
    match parameter {
        Parameter::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Parameter::Integer(number) => ScalarValue::Int64(Some(*number)),
        Parameter::Number(number) => ScalarValue::Float64(Some(*number)),
        Parameter::Decimal(amount) => {
            ScalarValue::Decimal128(Some(i128::from(amount.0)), DECIMAL_PRECISION, DECIMAL_SCALE)
        }
        Parameter::Time(instant) => {
            ScalarValue::TimestampMicrosecond(Some(instant.0), Some("UTC".into()))
        }
        Parameter::Boolean(value) => ScalarValue::Boolean(Some(*value)),
    }
}
