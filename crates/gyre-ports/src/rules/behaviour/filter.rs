//! `where`: which events count, as a list of tests that all must hold.

use super::super::tree::{Comparison, Literal, Term, Test};
use serde_json::{Value, json};

/// A test of an event's property.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTest {
    /// What of the event, for example `properties.total`.
    pub of: String,
    /// `equals`, `not_equals`, `greater_than`, `less_than`, `in`, `not_in` or `is_null`.
    pub test: &'static str,
    /// What it is compared with.
    pub value: Value,
}

/// The tests that a term stands for; `None` where it is anything but comparisons joined by `and`.
pub(super) fn tests(term: &Term) -> Option<Vec<EventTest>> {
    term.conjuncts().iter().map(test).collect()
}

fn test(term: &Term) -> Option<EventTest> {
    let made = |of: &Term, test, value| Some(EventTest { of: path(of)?, test, value });
    match term {
        Term::Compare(op, left, right) => match (&**left, &**right) {
            (column @ Term::Column(_), value) => compared(column, *op, value),
            (value, column @ Term::Column(_)) => compared(column, turned(*op), value),
            _ => None,
        },
        Term::In(of, list) => made(of, "in", all(list)?),
        Term::Is(of, Test::Null) => made(of, "is_null", true.into()),
        Term::Column(_) => made(term, "equals", true.into()),
        Term::Not(inner) => match &**inner {
            Term::In(of, list) => made(of, "not_in", all(list)?),
            Term::Is(of, Test::Null) => made(of, "is_null", false.into()),
            column @ Term::Column(_) => made(column, "equals", false.into()),
            _ => None,
        },
        _ => None,
    }
}

fn compared(column: &Term, op: Comparison, with: &Term) -> Option<EventTest> {
    let number = match with {
        Term::Literal(Literal::Int(n)) => Some(*n as f64),
        Term::Literal(Literal::Float(n)) => Some(*n),
        _ => None,
    };
    let (test, value) = match op {
        Comparison::Equal => ("equals", constant(with)?),
        Comparison::NotEqual => ("not_equals", constant(with)?),
        Comparison::Greater => ("greater_than", json!(number?)),
        Comparison::Less => ("less_than", json!(number?)),
        // There is no number between a number and the next one.
        Comparison::GreaterOrEqual => ("greater_than", json!(number?.next_down())),
        Comparison::LessOrEqual => ("less_than", json!(number?.next_up())),
    };
    Some(EventTest { of: path(column)?, test, value })
}

fn turned(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn all(list: &[Term]) -> Option<Value> {
    list.iter().map(constant).collect()
}

fn constant(term: &Term) -> Option<Value> {
    match term {
        Term::Literal(Literal::Bool(value)) => Some(json!(value)),
        Term::Literal(Literal::Int(value)) => Some(json!(value)),
        Term::Literal(Literal::Float(value)) => Some(json!(value)),
        Term::Literal(Literal::Text(value)) => Some(json!(value)),
        _ => None,
    }
}

/// `event.total` is a property; traits and context are named as what they are.
fn path(term: &Term) -> Option<String> {
    let Term::Column(name) = term else { return None };
    let rest = name.strip_prefix("event.")?;
    let rooted = ["properties.", "traits.", "context."].iter().any(|root| rest.starts_with(root));
    Some(if rooted { rest.to_owned() } else { format!("properties.{rest}") })
}
