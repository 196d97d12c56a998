//! From the conditions of a statement to a period and to conditions on dimensions. What cannot be said
//! to the catalogue is refused: leaving it out would give another number than was asked for.

use super::{AGES, Ages, Asked, Condition, ConditionOperator, broken, wrong};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchemaRef, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Like, Operator};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use gyre_model::Timestamp;
use gyre_ports::Result;
use std::sync::Arc;

const CAN: &str = "conditions can be: time >= …, time < …, time BETWEEN …; a dimension =, <>, IN, \
     NOT IN, LIKE 'begin%', LIKE '%part%', IS NULL; an age =, <, <=, >, >=, BETWEEN; measures are compared in HAVING";

/// Takes the values of a condition together: `now() - interval '7 days'` becomes an instant.
pub(super) fn simple(state: &SessionState, schema: &DFSchemaRef, condition: &Expr) -> Result<Expr> {
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(schema))
        .with_query_execution_start_time(state.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    let typed = simplifier.coerce(condition.clone(), schema).map_err(broken)?;
    simplifier.simplify(typed).map_err(broken)
}

/// Adds a condition to what is asked; `time` is the name of the column of time.
pub(super) fn add(asked: &mut Asked, condition: &Expr, time: &str) -> Result<()> {
    for part in split_conjunction(condition) {
        if !period(asked, part, time)? && !age(asked, part)? && !dimension(asked, part, time) {
            return Err(wrong(format!("`{part}` cannot be asked of metrics"), CAN));
        }
    }
    Ok(())
}

/// The column that is compared, whatever it was cast to for it.
pub(super) fn column(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Column(column) => Some(&column.name),
        Expr::Cast(cast) => column(&cast.expr),
        Expr::TryCast(cast) => column(&cast.expr),
        Expr::Alias(alias) => column(&alias.expr),
        _ => None,
    }
}

fn instant(expression: &Expr) -> Option<Timestamp> {
    let Expr::Literal(value, _) = expression else { return None };
    match value.cast_to(&super::topic::time_type()).ok()? {
        ScalarValue::TimestampMicrosecond(Some(at), _) => Some(Timestamp(at)),
        _ => None,
    }
}

fn text(expression: &Expr) -> Option<String> {
    let Expr::Literal(value, _) = expression else { return None };
    value.try_as_str().flatten().map(str::to_owned)
}

/// Whether it is about time; then it is added.
fn period(asked: &mut Asked, condition: &Expr, time: &str) -> Result<bool> {
    let mut bound = |operator: Operator, at: Timestamp| {
        let next = Timestamp(at.0.saturating_add(1));
        let (from, to) = match operator {
            Operator::GtEq => (Some(at), None),
            Operator::Gt => (Some(next), None),
            Operator::Lt => (None, Some(at)),
            Operator::LtEq => (None, Some(next)),
            Operator::Eq => (Some(at), Some(next)),
            _ => return false,
        };
        asked.from = asked.from.max(from);
        asked.to = asked.to.into_iter().chain(to).min();
        true
    };
    let done = match condition {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if column(left) == Some(time) => {
            instant(right).is_some_and(|at| bound(*op, at))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if column(right) == Some(time) => {
            let turned = op.swap();
            instant(left).is_some_and(|at| turned.is_some_and(|op| bound(op, at)))
        }
        Expr::Between(Between { expr, negated: false, low, high })
            if column(expr) == Some(time) =>
        {
            match (instant(low), instant(high)) {
                (Some(low), Some(high)) => {
                    bound(Operator::GtEq, low) && bound(Operator::LtEq, high)
                }
                _ => false,
            }
        }
        _ => return Ok(false),
    };
    if !done {
        return Err(wrong(format!("`{condition}` names no period"), CAN));
    }
    Ok(true)
}

/// How long one age of a column of ages is.
pub(super) fn age_unit(name: &str) -> Option<&'static str> {
    AGES.iter().find(|(column, _)| *column == name).map(|(_, unit)| *unit)
}

/// Whether it is about the age of cohorts; then it is added. Which age rows are of is known by then.
fn age(asked: &mut Asked, condition: &Expr) -> Result<bool> {
    let Some(ages) = &mut asked.ages else { return Ok(false) };
    let of = |expression: &Expr| column(expression).and_then(age_unit);
    let (unit, bounds) = match condition {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (of(left), of(right)) {
            (Some(unit), None) => (unit, bound(*op, whole(right))),
            (None, Some(unit)) => (unit, op.swap().and_then(|op| bound(op, whole(left)))),
            _ => return Ok(false),
        },
        Expr::Between(Between { expr, negated: false, low, high }) => match of(expr) {
            Some(unit) => (unit, whole(low).zip(whole(high).map(Some))),
            None => return Ok(false),
        },
        _ => return Ok(false),
    };
    if unit != ages.unit {
        let what = format!("`{condition}` is about another age than the rows are of");
        return Err(wrong(what, "rows are grouped by one of age_day, age_week and age_month"));
    }
    let limited = bounds.is_some_and(|(from, to)| limit(ages, from, to).is_some());
    if !limited {
        return Err(wrong(format!("`{condition}` names no ages"), CAN));
    }
    Ok(true)
}

/// A whole number; what lies between two ages is no age.
fn whole(expression: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expression else { return None };
    if let ScalarValue::Float64(Some(number)) = value.cast_to(&DataType::Float64).ok()?
        && number.fract() != 0.0
    {
        return None;
    }
    match value.cast_to(&DataType::Int64).ok()? {
        ScalarValue::Int64(value) => value,
        _ => None,
    }
}

/// The first and the last age that a comparison leaves.
fn bound(op: Operator, value: Option<i64>) -> Option<(i64, Option<i64>)> {
    let value = value?;
    match op {
        Operator::GtEq => Some((value, None)),
        Operator::Gt => Some((value.checked_add(1)?, None)),
        Operator::Lt => Some((0, Some(value.checked_sub(1)?))),
        Operator::LtEq => Some((0, Some(value))),
        Operator::Eq => Some((value, Some(value))),
        _ => None,
    }
}

fn limit(ages: &mut Ages, from: i64, to: Option<i64>) -> Option<()> {
    ages.from = ages.from.max(u32::try_from(from.max(0)).ok()?);
    if let Some(to) = to {
        let to = u32::try_from(to).ok()?;
        ages.to = Some(ages.to.map_or(to, |known| known.min(to)));
    }
    Some(())
}

/// Whether it is about a dimension; then it is added.
fn dimension(asked: &mut Asked, condition: &Expr, time: &str) -> bool {
    use ConditionOperator as To;
    let Some((name, operator, values)) = compared(condition) else { return false };
    if name == time {
        return false;
    }
    // In SQL, nothing compared with something is not true.
    if matches!(operator, To::NotIn) {
        let known =
            Condition { dimension: name.clone(), operator: To::NotNull, values: Vec::new() };
        asked.conditions.push(known);
    }
    asked.conditions.push(Condition { dimension: name, operator, values });
    true
}

fn compared(condition: &Expr) -> Option<(String, ConditionOperator, Vec<String>)> {
    use ConditionOperator as To;
    Some(match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Eq | Operator::NotEq), right }) => {
            let (name, value) = match (column(left), column(right)) {
                (Some(name), None) => (name, text(right)?),
                (None, Some(name)) => (name, text(left)?),
                _ => return None,
            };
            let operator = if *op == Operator::Eq { To::In } else { To::NotIn };
            (name.to_owned(), operator, vec![value])
        }
        // What is short of `IN (…)` is written with OR by now.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (name, operator, mut values) = compared(left)?;
            let (other, same, more) = compared(right)?;
            let is_list = matches!(operator, To::In | To::Contains | To::StartsWith);
            if name != other || operator != same || !is_list {
                return None;
            }
            values.extend(more);
            (name, operator, values)
        }
        Expr::InList(list) => {
            let values = list.list.iter().map(text).collect::<Option<Vec<_>>>()?;
            let operator = if list.negated { To::NotIn } else { To::In };
            (column(&list.expr)?.to_owned(), operator, values)
        }
        Expr::Like(Like {
            negated: false,
            expr,
            pattern,
            escape_char: None,
            case_insensitive: false,
        }) => {
            let pattern = text(pattern)?;
            let inner = pattern.strip_suffix('%')?;
            let (operator, part) = match inner.strip_prefix('%') {
                Some(part) => (To::Contains, part),
                None => (To::StartsWith, inner),
            };
            if part.is_empty() || part.contains(['%', '_', '\\']) {
                return None;
            }
            (column(expr)?.to_owned(), operator, vec![part.to_owned()])
        }
        Expr::IsNull(inner) => (column(inner)?.to_owned(), To::IsNull, Vec::new()),
        Expr::IsNotNull(inner) => (column(inner)?.to_owned(), To::NotNull, Vec::new()),
        _ => return None,
    })
}
