//! Conditions on the events that a feature is made of.

use crate::path::{Path, Root};
use crate::value::Value;
use gyre_config::kinds::{FeatureFilter, Test, ValueType};
use gyre_model::event::Event;
use serde_json::Value as Json;

/// A condition, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    path: Path,
    pub(crate) asks: Asks,
}

/// What it asks.
#[derive(Debug, Clone)]
pub(crate) enum Asks {
    /// It is one of these, or with `false` none of them.
    In(Vec<Operand>, bool),
    Above(f64),
    Below(f64),
    /// Whether there is nothing.
    Nothing(bool),
}

/// What something is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Text(String),
    Number(f64),
    Boolean(bool),
}

impl Operand {
    fn of(json: &Json) -> Option<Self> {
        match json {
            Json::String(text) => Some(Self::Text(text.clone())),
            Json::Number(number) => number.as_f64().map(Self::Number),
            Json::Bool(truth) => Some(Self::Boolean(*truth)),
            _ => None,
        }
    }

    fn is(&self, json: &Json) -> bool {
        match self {
            Self::Text(text) => {
                matches!(Value::from_json(json, ValueType::Text), Value::Text(found) if found == *text)
            }
            // As columns compare floats: nought and minus nought differ.
            Self::Number(number) => {
                number_of(json).is_some_and(|found| found.total_cmp(number).is_eq())
            }
            Self::Boolean(truth) => *json == Json::Bool(*truth),
        }
    }
}

impl Condition {
    pub(crate) fn compile(filter: &FeatureFilter) -> Option<Self> {
        let path = match Path::parse(&filter.of)? {
            Path::At | Path::Nothing => return None,
            told @ Path::Told(..) => told,
        };
        let all = |values: &[Json]| values.iter().map(Operand::of).collect::<Option<Vec<_>>>();
        let asks = match filter.test().ok()? {
            Test::Equals(value) => Asks::In(vec![Operand::of(value)?], true),
            Test::NotEquals(value) => Asks::In(vec![Operand::of(value)?], false),
            Test::In(values) => Asks::In(all(values)?, true),
            Test::NotIn(values) => Asks::In(all(values)?, false),
            Test::GreaterThan(number) => Asks::Above(number),
            Test::LessThan(number) => Asks::Below(number),
            Test::IsNull(nothing) => Asks::Nothing(nothing),
        };
        Some(Self { path, asks })
    }

    /// Where in an event it looks.
    pub(crate) fn place(&self) -> Option<(Root, &[String])> {
        match &self.path {
            Path::Told(root, keys) => Some((*root, keys)),
            _ => None,
        }
    }

    /// Whether it holds of an event.
    pub(crate) fn holds(&self, event: &Event) -> bool {
        let found = self.path.find(event).filter(|json| !json.is_null());
        match &self.asks {
            Asks::In(operands, wanted) => {
                let is = found.is_some_and(|json| operands.iter().any(|one| one.is(json)));
                is == *wanted
            }
            Asks::Above(number) => {
                found.and_then(number_of).is_some_and(|found| found.total_cmp(number).is_gt())
            }
            Asks::Below(number) => {
                found.and_then(number_of).is_some_and(|found| found.total_cmp(number).is_lt())
            }
            Asks::Nothing(nothing) => found.is_none() == *nothing,
        }
    }
}

fn number_of(json: &Json) -> Option<f64> {
    match Value::from_json(json, ValueType::Number) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}
