//! What these functions take: a constant, a time, conditions.

use super::accumulator::Moment;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{DataType, IntervalUnit, Schema, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_plan::PhysicalExpr;
use std::sync::Arc;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 24 * 3_600 * MICROS_PER_SECOND;

/// Where among the arguments what is: the time, and the first condition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arguments {
    pub(super) time: Option<usize>,
    pub(super) conditions: usize,
}

impl Arguments {
    /// Reads rows: when each was, and which conditions it met; those that met none are left out.
    pub(super) fn moments(
        self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        into: &mut Vec<Moment>,
    ) {
        let times = self.time.map(|place| values[place].as_primitive::<TimestampMicrosecondType>());
        let conditions: Vec<&BooleanArray> =
            values[self.conditions..].iter().map(AsArray::as_boolean).collect();
        for (row, group) in groups.iter().enumerate() {
            if filter.is_some_and(|filter| filter.is_null(row) || !filter.value(row)) {
                continue;
            }
            let mut met = 0_u32;
            for (place, condition) in conditions.iter().enumerate() {
                met |= u32::from(condition.is_valid(row) && condition.value(row)) << place;
            }
            let at = match times {
                Some(times) if times.is_null(row) => continue,
                Some(times) => times.value(row),
                None => 0,
            };
            if met != 0 {
                into.push(Moment::new(*group, at, met));
            }
        }
    }
}

/// The value of an argument that has to be the same for all rows.
pub(super) fn constant(
    function: &str,
    argument: Option<&Arc<dyn PhysicalExpr>>,
) -> Result<ScalarValue> {
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    match argument.map(|argument| argument.evaluate(&none)) {
        Some(Ok(ColumnarValue::Scalar(value))) => Ok(value),
        _ => plan_err!("the first argument of {function} has to be a constant"),
    }
}

/// A span in microseconds.
pub(super) fn micros(window: &ScalarValue) -> Result<i64> {
    let micros = match window {
        ScalarValue::Int64(Some(seconds)) => seconds.checked_mul(MICROS_PER_SECOND),
        ScalarValue::IntervalMonthDayNano(Some(span)) if span.months == 0 => {
            i64::from(span.days).checked_mul(MICROS_PER_DAY).and_then(|days| {
                // The time that is left over is finer than the clock.
                days.checked_add(span.nanoseconds / 1_000)
            })
        }
        ScalarValue::IntervalMonthDayNano(Some(_)) => {
            return plan_err!(
                "the window of window_funnel has months, which have no fixed length; give days"
            );
        }
        _ => None,
    };
    match micros {
        Some(micros) if micros > 0 => Ok(micros),
        _ => plan_err!(
            "the window of window_funnel has to be longer than nothing, such as interval '7 days' or a number of seconds"
        ),
    }
}

/// A text.
pub(super) fn text(value: &ScalarValue) -> Result<String> {
    match value {
        ScalarValue::Utf8(Some(text)) => Ok(text.clone()),
        _ => plan_err!("the pattern of sequence_match has to be a text, such as '(?1).*(?2)'"),
    }
}

pub(super) fn window_type(given: &DataType) -> Result<DataType> {
    if given.is_integer() {
        return Ok(DataType::Int64);
    }
    match given {
        DataType::Interval(_) => Ok(DataType::Interval(IntervalUnit::MonthDayNano)),
        other => plan_err!(
            "the window of window_funnel is an interval or a number of seconds, not {other}"
        ),
    }
}

pub(super) fn text_type(function: &str, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Ok(DataType::Utf8),
        other => plan_err!("the pattern of {function} is a text, not {other}"),
    }
}

pub(super) fn time_type(function: &str, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Timestamp(_, zone) => {
            Ok(DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))
        }
        DataType::Date32 | DataType::Date64 => Ok(DataType::Timestamp(TimeUnit::Microsecond, None)),
        other => plan_err!("the second argument of {function} is a time, not {other}"),
    }
}

pub(super) fn condition_type(function: &str, place: usize, given: &DataType) -> Result<DataType> {
    match given {
        DataType::Boolean | DataType::Null => Ok(DataType::Boolean),
        other => plan_err!("argument {} of {function} is a condition, not {other}", place + 1),
    }
}
