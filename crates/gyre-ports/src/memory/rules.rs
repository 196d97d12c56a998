//! The in-memory rules: the core of the language, walked row by row. For tests and small batches.

use crate::rules::tree::{Arithmetic, Comparison, Literal, Term, Test, Type};
use crate::rules::{Checked, CoreOnly, Crossing, Rule, RuleError, Rules, Split, check, split};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_schema::{DataType, Schema};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// Compiles rules to a tree that is walked. Knows `coalesce`, `nullif`, `abs`, `lower`, `upper` and
/// `length`, and no other function.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryRules;

impl Rules for MemoryRules {
    fn compile(&self, expression: &str, schema: &Schema) -> Result<Arc<dyn Rule>, RuleError> {
        Ok(Arc::new(Walked(check(expression, schema, &CoreOnly)?)))
    }
    fn split(&self, expression: &str) -> Result<Split, RuleError> {
        split(expression)
    }
}

#[derive(Debug)]
struct Walked(Checked);

impl Rule for Walked {
    fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray, RuleError> {
        let columns = self
            .0
            .columns
            .iter()
            .map(|name| {
                let array = batch.column_by_name(name).ok_or_else(|| missing(name))?;
                Ok((name.as_str(), Values::of(name, array.as_ref())?))
            })
            .collect::<Result<Vec<_>, RuleError>>()?;
        let answer =
            |row| matches!(Row { columns: &columns, row }.term(&self.0.term), Value::Bool(true));
        Ok((0..batch.num_rows()).map(|row| Some(answer(row))).collect())
    }
    fn columns(&self) -> &[String] {
        &self.0.columns
    }
    fn crossings(&self) -> &[Crossing] {
        &self.0.crossings
    }
}

fn missing(column: &str) -> RuleError {
    RuleError {
        message: format!("the batch has no column {column} of the type the rule was compiled for"),
        words: Some(column.to_owned()),
        hint: None,
    }
}

/// A column of a batch.
enum Values<'a> {
    Bool(&'a BooleanArray),
    Int(&'a arrow_array::Int64Array),
    Float(&'a arrow_array::Float64Array),
    Text(&'a arrow_array::StringArray),
    Time(&'a arrow_array::TimestampMicrosecondArray),
}

impl<'a> Values<'a> {
    fn of(name: &str, array: &'a dyn Array) -> Result<Self, RuleError> {
        Ok(match array.data_type() {
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>()),
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>()),
            DataType::Utf8 => Self::Text(array.as_string::<i32>()),
            DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, Some(_)) => {
                Self::Time(array.as_primitive::<TimestampMicrosecondType>())
            }
            _ => return Err(missing(name)),
        })
    }

    fn at(&self, row: usize) -> Value<'a> {
        let null = match self {
            Self::Bool(array) => array.is_null(row),
            Self::Int(array) => array.is_null(row),
            Self::Float(array) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
        };
        if null {
            return Value::Null;
        }
        match self {
            Self::Bool(array) => Value::Bool(array.value(row)),
            Self::Int(array) => Value::Int(array.value(row)),
            Self::Float(array) => Value::Float(array.value(row)),
            Self::Text(array) => Value::Text(Cow::Borrowed(array.value(row))),
            Self::Time(array) => Value::Micros(array.value(row)),
        }
    }
}

/// A value; times and lengths of time are both microseconds.
#[derive(Debug, Clone)]
enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Micros(i64),
}

/// One row under evaluation. What cannot be computed is null.
struct Row<'a> {
    columns: &'a [(&'a str, Values<'a>)],
    row: usize,
}

impl<'a> Row<'a> {
    fn term(&self, term: &'a Term) -> Value<'a> {
        match term {
            Term::Literal(literal) => constant(literal),
            Term::Column(name) => self
                .columns
                .binary_search_by(|(column, _)| (*column).cmp(name))
                .ok()
                .and_then(|found| self.columns.get(found))
                .map_or(Value::Null, |(_, values)| values.at(self.row)),
            Term::Not(inner) => truth(self.bool(inner).map(|value| !value)),
            Term::And(terms) => self.all(terms, false),
            Term::Or(terms) => self.all(terms, true),
            Term::Negate(inner) => match self.term(inner) {
                Value::Int(value) => Value::Int(value.wrapping_neg()),
                Value::Float(value) => Value::Float(-value),
                Value::Micros(value) => micros(value.checked_neg()),
                _ => Value::Null,
            },
            Term::Compare(op, left, right) => {
                truth(order(&self.term(left), &self.term(right)).map(|order| holds(*op, order)))
            }
            Term::Arithmetic(op, left, right) => {
                arithmetic(*op, &self.term(left), &self.term(right))
            }
            Term::In(inner, list) => self.contained(&self.term(inner), list),
            Term::Like(inner, pattern) => match (self.term(inner), self.term(pattern)) {
                (Value::Text(text), Value::Text(pattern)) => Value::Bool(like(&text, &pattern)),
                _ => Value::Null,
            },
            Term::Is(inner, test) => Value::Bool(match (test, self.term(inner)) {
                (Test::Null, value) => matches!(value, Value::Null),
                (Test::True, value) => matches!(value, Value::Bool(true)),
                (Test::False, value) => matches!(value, Value::Bool(false)),
            }),
            Term::Case(branches, otherwise) => branches
                .iter()
                .find(|(when, _)| self.bool(when) == Some(true))
                .map(|(_, then)| then)
                .or(otherwise.as_deref())
                .map_or(Value::Null, |then| self.term(then)),
            Term::Cast(inner, to) => match (self.term(inner), to) {
                (Value::Int(value), Type::Float) => Value::Float(value as f64),
                (Value::Float(value), Type::Int) => whole(value),
                (value, _) => value,
            },
            Term::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn bool(&self, term: &'a Term) -> Option<bool> {
        match self.term(term) {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// `or` when `decisive` is true, `and` when it is false.
    fn all(&self, terms: &'a [Term], decisive: bool) -> Value<'a> {
        let mut known = true;
        for term in terms {
            match self.bool(term) {
                Some(value) if value == decisive => return Value::Bool(decisive),
                Some(_) => {}
                None => known = false,
            }
        }
        truth(known.then_some(!decisive))
    }

    fn contained(&self, value: &Value<'a>, list: &'a [Term]) -> Value<'a> {
        let mut known = true;
        for item in list {
            match order(value, &self.term(item)) {
                Some(Ordering::Equal) => return Value::Bool(true),
                Some(_) => {}
                None => known = false,
            }
        }
        truth(known.then_some(false))
    }

    fn call(&self, name: &str, arguments: &'a [Term]) -> Value<'a> {
        let mut values = arguments.iter().map(|argument| self.term(argument));
        if name == "coalesce" {
            return values.find(|value| !matches!(value, Value::Null)).unwrap_or(Value::Null);
        }
        match (name, values.next().unwrap_or(Value::Null), values.next()) {
            ("nullif", value, Some(other)) => match order(&value, &other) {
                Some(Ordering::Equal) => Value::Null,
                _ => value,
            },
            ("abs", Value::Int(value), _) => value.checked_abs().map_or(Value::Null, Value::Int),
            ("abs", Value::Float(value), _) => Value::Float(value.abs()),
            ("lower", Value::Text(text), _) => Value::Text(Cow::Owned(text.to_lowercase())),
            ("upper", Value::Text(text), _) => Value::Text(Cow::Owned(text.to_uppercase())),
            ("length", Value::Text(text), _) => Value::Int(text.chars().count() as i64),
            _ => Value::Null,
        }
    }
}

fn constant(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(value) => Value::Float(*value),
        Literal::Text(value) => Value::Text(Cow::Borrowed(value)),
        Literal::Time(value) => Value::Micros(value.0),
        Literal::Span(value) => Value::Micros(value.0),
    }
}

fn truth<'a>(value: Option<bool>) -> Value<'a> {
    value.map_or(Value::Null, Value::Bool)
}

fn micros<'a>(value: Option<i64>) -> Value<'a> {
    value.map_or(Value::Null, Value::Micros)
}

/// Towards zero; null when it does not fit.
fn whole<'a>(value: f64) -> Value<'a> {
    // -2^63 is a float, 2^63 - 1 is not: the bounds are half open.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    if fits { Value::Int(value as i64) } else { Value::Null }
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) | (Value::Micros(a), Value::Micros(b)) => a.cmp(b),
        // Adding zero makes both zeros one; the rest is the total order, so that NaN has a place.
        (Value::Float(a), Value::Float(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => return None,
    })
}

fn holds(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn arithmetic<'a>(op: Arithmetic, left: &Value<'a>, right: &Value<'a>) -> Value<'a> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => match op {
            Arithmetic::Add => Value::Int(a.wrapping_add(*b)),
            Arithmetic::Subtract => Value::Int(a.wrapping_sub(*b)),
            Arithmetic::Multiply => Value::Int(a.wrapping_mul(*b)),
            Arithmetic::Divide => a.checked_div(*b).map_or(Value::Null, Value::Int),
        },
        // Both zeros: -0.0 divides no more than 0.0 does.
        (Value::Float(_), Value::Float(b)) if op == Arithmetic::Divide && b.abs() == 0.0 => {
            Value::Null
        }
        (Value::Float(a), Value::Float(b)) => Value::Float(match op {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
        }),
        (Value::Micros(a), Value::Micros(b)) => micros(match op {
            Arithmetic::Add => a.checked_add(*b),
            Arithmetic::Subtract => a.checked_sub(*b),
            Arithmetic::Multiply | Arithmetic::Divide => None,
        }),
        _ => Value::Null,
    }
}

/// SQL's pattern: `%` is any text, `_` one character, a backslash takes the next as it stands.
fn like(text: &str, pattern: &str) -> bool {
    enum Part {
        Any,
        One,
        Same(char),
    }
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Same(characters.next().unwrap_or('\\')),
            character => Part::Same(character),
        });
    }
    let text: Vec<char> = text.chars().collect();
    // The places of the pattern that the text read so far may stand at.
    let mut at = vec![false; parts.len() + 1];
    at[0] = true;
    let skip_any = |at: &mut Vec<bool>| {
        for (index, part) in parts.iter().enumerate() {
            if at[index] && matches!(part, Part::Any) {
                at[index + 1] = true;
            }
        }
    };
    skip_any(&mut at);
    for character in text {
        let mut next = vec![false; parts.len() + 1];
        for (index, part) in parts.iter().enumerate().filter(|(index, _)| at[*index]) {
            match part {
                Part::Any => next[index] = true,
                Part::One => next[index + 1] = true,
                Part::Same(same) => next[index + 1] |= *same == character,
            }
        }
        at = next;
        skip_any(&mut at);
    }
    at.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rules::suite;
    use std::panic::catch_unwind;

    #[test]
    fn rules_in_memory_keep_the_promise() {
        suite(&MemoryRules);
    }

    /// Rules with one fault.
    #[derive(Debug, Clone, Copy)]
    enum Faulty {
        NullCountsAsTrue,
        ForgetsCrossings,
        ForgetsTheMicrosecond,
        SplitsNothing,
        ReadsColumnsByPlace,
    }

    #[derive(Debug)]
    struct FaultyRule {
        rule: Arc<dyn Rule>,
        crossings: Vec<Crossing>,
        by_place: Option<arrow_schema::SchemaRef>,
    }

    impl Rules for Faulty {
        fn compile(&self, expression: &str, schema: &Schema) -> Result<Arc<dyn Rule>, RuleError> {
            let mut rule = MemoryRules.compile(expression, schema)?;
            if matches!(self, Self::NullCountsAsTrue) {
                rule = MemoryRules.compile(&format!("({expression}) is not false"), schema)?;
            }
            let mut crossings = rule.crossings().to_vec();
            match self {
                Self::ForgetsCrossings => crossings.clear(),
                Self::ForgetsTheMicrosecond => {
                    for crossing in &mut crossings {
                        crossing.offset.0 -= 1;
                    }
                }
                _ => {}
            }
            let by_place =
                matches!(self, Self::ReadsColumnsByPlace).then(|| Arc::new(schema.clone()));
            Ok(Arc::new(FaultyRule { rule, crossings, by_place }))
        }
        fn split(&self, expression: &str) -> Result<Split, RuleError> {
            match self {
                Self::SplitsNothing => {
                    Ok(Split { person: Some(expression.to_owned()), rest: None })
                }
                _ => MemoryRules.split(expression),
            }
        }
    }

    impl Rule for FaultyRule {
        fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray, RuleError> {
            let named = self.by_place.as_ref().and_then(|schema| {
                RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec()).ok()
            });
            match (&self.by_place, named) {
                (Some(_), None) => Ok(BooleanArray::from(vec![false; batch.num_rows()])),
                (_, named) => self.rule.evaluate(named.as_ref().unwrap_or(batch)),
            }
        }
        fn columns(&self) -> &[String] {
            self.rule.columns()
        }
        fn crossings(&self) -> &[Crossing] {
            &self.crossings
        }
    }

    #[test]
    fn the_suite_notices_every_fault() {
        for fault in [
            Faulty::NullCountsAsTrue,
            Faulty::ForgetsCrossings,
            Faulty::ForgetsTheMicrosecond,
            Faulty::SplitsNothing,
            Faulty::ReadsColumnsByPlace,
        ] {
            assert!(catch_unwind(|| suite(&fault)).is_err(), "{fault:?} passed the suite");
        }
    }
}
