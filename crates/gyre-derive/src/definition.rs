//! Feature definitions, compiled: which events they look at, and what they take from them.

use crate::error::{Error, Result};
use crate::tile::Partial;
use crate::value::{ColumnType, Value};
use gyre_config::kinds::{Aggregate, Feature, ValueType};
use gyre_model::event::{Event, EventKind};
use gyre_model::{Span, Timestamp, id::hash64};
use std::collections::HashMap;

/// What of an event is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Path {
    Nothing,
    At,
    Property(Vec<String>),
    Trait(Vec<String>),
    Context(Vec<String>),
}

/// A feature, compiled.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its key in tiles: another definition under the same name has another key.
    pub key: u64,
    /// How far back events count.
    pub window: Option<Span>,
    call: EventKind,
    event: Option<String>,
    aggregate: Aggregate,
    path: Path,
    value_type: ValueType,
}

impl Definition {
    /// Compiles a feature.
    pub fn compile(name: &str, feature: &Feature) -> Result<Self> {
        let wrong = || Error::Path { feature: name.to_owned() };
        let path = match feature.of.as_deref() {
            None if feature.aggregate == Aggregate::Count => Path::Nothing,
            None => return Err(wrong()),
            Some("at") => Path::At,
            Some(text) => {
                let (root, rest) = text.split_once('.').ok_or_else(wrong)?;
                let keys: Vec<String> = rest.split('.').map(str::to_owned).collect();
                if keys.iter().any(String::is_empty) {
                    return Err(wrong());
                }
                match root {
                    "properties" => Path::Property(keys),
                    "traits" => Path::Trait(keys),
                    "context" => Path::Context(keys),
                    _ => return Err(wrong()),
                }
            }
        };
        let value_type = match (&path, feature.r#type) {
            (Path::At, _) => ValueType::Time,
            (_, Some(value_type)) => value_type,
            (_, None) => ValueType::Number,
        };
        let definition = serde_json::to_vec(feature).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            key: hash64(&[name.as_bytes(), &definition]),
            window: feature.window,
            call: feature.call,
            event: feature.event.clone(),
            aggregate: feature.aggregate,
            path,
            value_type,
        })
    }

    /// What the event adds to the feature; `None` if it does not concern it.
    pub fn partial(&self, event: &Event) -> Option<Partial> {
        let value = match &self.path {
            Path::Nothing => Value::Null,
            Path::At => Value::Time(event.occurred_at),
            Path::Property(keys) => self.look_up(&event.properties, keys),
            Path::Trait(keys) => self.look_up(&event.traits, keys),
            Path::Context(keys) => self.look_up(&event.context, keys),
        };
        if value == Value::Null && self.path != Path::Nothing {
            return None;
        }
        Some(match self.aggregate {
            Aggregate::Count => Partial::Count(1),
            Aggregate::Sum => Partial::Sum(value.to_decimal()?),
            Aggregate::Last => Partial::last(event.occurred_at, value),
            Aggregate::First => Partial::first(event.occurred_at, value),
            Aggregate::Distinct => Partial::distinct(&value),
        })
    }

    /// Whether it is made of the values of a trait: also of one that came along in the context.
    pub fn reads_trait(&self, name: &str) -> bool {
        let is = |keys: &[String]| keys.iter().map(String::as_str).eq(name.split('.'));
        self.aggregate != Aggregate::Count
            && match &self.path {
                Path::Trait(keys) => is(keys),
                Path::Context(keys) => match keys.split_first() {
                    Some((first, rest)) => first == "traits" && is(rest),
                    None => false,
                },
                Path::Nothing | Path::At | Path::Property(_) => false,
            }
    }

    /// What a value that was put right is in a tile; `None` where it does not fit.
    pub(crate) fn partial_of(&self, json: &serde_json::Value, at: Timestamp) -> Option<Partial> {
        let value_type = match self.aggregate {
            Aggregate::Sum => ValueType::Number,
            Aggregate::Distinct => ValueType::Text,
            _ => self.value_type,
        };
        let value = Value::from_json(json, value_type);
        if value == Value::Null {
            return None;
        }
        Some(match self.aggregate {
            Aggregate::Count => Partial::Count(1),
            Aggregate::Sum => Partial::Sum(value.to_decimal()?),
            Aggregate::Last => Partial::last(at, value),
            Aggregate::First => Partial::first(at, value),
            Aggregate::Distinct => Partial::distinct(&value),
        })
    }

    fn concerns(&self, event: &Event) -> bool {
        self.event.as_ref().is_none_or(|name| *name == event.name)
    }

    fn look_up(&self, map: &serde_json::Map<String, serde_json::Value>, keys: &[String]) -> Value {
        let Some((first, rest)) = keys.split_first() else { return Value::Null };
        let found = rest.iter().try_fold(map.get(first), |at, key| Some(at?.get(key))).flatten();
        let value_type = match self.aggregate {
            Aggregate::Sum => ValueType::Number,
            Aggregate::Distinct => ValueType::Text,
            Aggregate::Count => {
                return if found.is_some_and(|json| !json.is_null()) {
                    Value::Boolean(true)
                } else {
                    Value::Null
                };
            }
            Aggregate::Last | Aggregate::First => self.value_type,
        };
        found.map_or(Value::Null, |json| Value::from_json(json, value_type))
    }

    /// The bucket an instant falls into: hours for windows up to two days, days beyond, one bucket
    /// for ever without a window.
    pub fn bucket(&self, at: Timestamp) -> i32 {
        match self.unit() {
            None => 0,
            Some(unit) => at.0.div_euclid(unit.0) as i32,
        }
    }

    /// When a bucket stops counting.
    pub fn expiry(&self, bucket: i32) -> Option<Timestamp> {
        let (unit, window) = (self.unit()?, self.window?);
        Some(Timestamp((i64::from(bucket) + 1) * unit.0) + window)
    }

    fn unit(&self) -> Option<Span> {
        let window = self.window?;
        Some(if window <= Span::days(2) { Span::HOUR } else { Span::DAY })
    }

    /// What a person without events has.
    pub fn empty(&self) -> Value {
        match self.aggregate {
            Aggregate::Count | Aggregate::Distinct => Value::Integer(0),
            Aggregate::Sum => Value::Number(0.0),
            Aggregate::Last | Aggregate::First => Value::Null,
        }
    }

    pub(crate) fn column_type(&self) -> ColumnType {
        match self.aggregate {
            Aggregate::Count | Aggregate::Distinct => ColumnType::Integer,
            Aggregate::Sum => ColumnType::Value(ValueType::Number),
            Aggregate::Last | Aggregate::First => ColumnType::Value(self.value_type),
        }
    }
}

/// All features of a workspace, found by the event they look at.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    all: Vec<Definition>,
    by_call: HashMap<EventKind, Vec<usize>>,
}

impl Definitions {
    /// The definitions, in order of their names.
    pub fn new(mut all: Vec<Definition>) -> Self {
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let mut by_call: HashMap<EventKind, Vec<usize>> = HashMap::new();
        for (index, definition) in all.iter().enumerate() {
            by_call.entry(definition.call).or_default().push(index);
        }
        Self { all, by_call }
    }
    /// All of them.
    pub fn all(&self) -> &[Definition] {
        &self.all
    }
    /// Those that an event concerns.
    pub fn for_event<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Definition> {
        self.by_call
            .get(&event.kind)
            .into_iter()
            .flatten()
            .map(|&index| &self.all[index])
            .filter(|definition| definition.concerns(event))
    }
}
