//! Conditions on a row.

use super::value::{boolean, cell, is_nothing, number, text};
use super::{Row, RowReject};
use gyre_config::kinds::{Condition, Mapping, Test};
use serde_json::Value;

/// Whether all of them hold; of none they do.
pub(super) fn all(
    mapping: &Mapping,
    row: &Row<'_>,
    conditions: &[Condition],
) -> Result<bool, RowReject> {
    for condition in conditions {
        if !holds(mapping, row, condition)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(mapping: &Mapping, row: &Row<'_>, condition: &Condition) -> Result<bool, RowReject> {
    let test =
        condition.test().map_err(|shape| RowReject::new("malformed_mapping", shape.to_string()))?;
    let value = cell(row, &condition.column).filter(|value| !is_nothing(mapping, value));
    let Some(value) = value else {
        return Ok(matches!(test, Test::IsNull(true) | Test::NotEquals(_) | Test::NotIn(_)));
    };
    Ok(match test {
        Test::Equals(other) => equals(value, other),
        Test::NotEquals(other) => !equals(value, other),
        Test::GreaterThan(bound) => number(value).is_some_and(|number| number > bound),
        Test::LessThan(bound) => number(value).is_some_and(|number| number < bound),
        Test::In(others) => others.iter().any(|other| equals(value, other)),
        Test::NotIn(others) => !others.iter().any(|other| equals(value, other)),
        Test::IsNull(null) => !null,
    })
}

/// The mapping's value says as what the row's is compared.
fn equals(value: &Value, other: &Value) -> bool {
    match other {
        Value::Number(other) => {
            number(value).zip(other.as_f64()).is_some_and(|(a, b)| a - b == 0.0)
        }
        Value::Bool(other) => boolean(value) == Some(*other),
        other => text(value) == text(other),
    }
}
