//! Feature definitions, compiled: which events they look at, and what they take from them.

use crate::error::{Error, Result};
use crate::filter::Condition;
use crate::instants::Kept;
use crate::moments::Moments;
use crate::path::Path;
use crate::tile::{Partial, Tile};
use crate::value::{ColumnType, Value};
use gyre_config::kinds::{Aggregate, Feature, ValueType};
use gyre_model::event::{Event, EventKind};
use gyre_model::{Purpose, Span, Timestamp, id::hash64};
use serde_json::Value as Json;
use std::collections::HashMap;

/// A feature, compiled.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its key in tiles: another definition under the same name has another key.
    pub key: u64,
    /// How far back events count.
    pub window: Option<Span>,
    /// How old the newest event may be.
    pub ttl: Option<Span>,
    /// What must be consented to for it to have a value.
    pub purpose: Option<Purpose>,
    /// Since when events count; `None`: all of history does.
    pub counts_from: Option<Timestamp>,
    pub(crate) call: EventKind,
    pub(crate) event: Option<String>,
    pub(crate) filter: Vec<Condition>,
    pub(crate) aggregate: Aggregate,
    pub(crate) path: Path,
    pub(crate) value_type: ValueType,
    /// Of aggregates that are instants, which are kept.
    instants: Option<Kept>,
}

impl Definition {
    /// Compiles a feature.
    pub fn compile(name: &str, feature: &Feature) -> Result<Self> {
        let wrong = || Error::Path { feature: name.to_owned() };
        let path = match feature.of.as_deref() {
            None if feature.aggregate == Aggregate::Count => Path::Nothing,
            None if Kept::of(feature).is_some() => Path::Nothing,
            None => return Err(wrong()),
            Some(text) => Path::parse(text).ok_or_else(wrong)?,
        };
        let filter = feature.filter.iter().map(Condition::compile).collect::<Option<Vec<_>>>();
        let filter = filter.ok_or_else(|| Error::Filter { feature: name.to_owned() })?;
        let value_type = match (&path, feature.r#type) {
            (Path::At, _) => ValueType::Time,
            (_, Some(value_type)) => value_type,
            (_, None) => ValueType::Number,
        };
        let meaning = serde_json::to_vec(&feature.meaning()).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            key: hash64(&[name.as_bytes(), &meaning]),
            window: feature.window,
            ttl: feature.ttl,
            purpose: feature.purpose,
            counts_from: None,
            call: feature.call,
            event: feature.event.clone(),
            filter,
            aggregate: feature.aggregate,
            path,
            value_type,
            instants: Kept::of(feature),
        })
    }

    /// What the event adds to the feature; `None` if it does not concern it.
    pub fn partial(&self, event: &Event) -> Option<Partial> {
        if let Some(kept) = &self.instants {
            return Some(Partial::Instants(kept.instants(event)));
        }
        let value = match &self.path {
            Path::Nothing => Value::Boolean(true),
            Path::At => Value::Time(event.occurred_at),
            Path::Told(..) => self.read(self.path.find(event)?),
        };
        self.part(value, event.occurred_at)
    }

    /// What a value that was put right is in a tile; `None` where it does not fit.
    pub(crate) fn partial_of(&self, json: &Json, at: Timestamp) -> Option<Partial> {
        self.part(self.read(json), at)
    }

    fn part(&self, value: Value, at: Timestamp) -> Option<Partial> {
        if value == Value::Null {
            return None;
        }
        Some(match self.aggregate {
            Aggregate::Count => Partial::Count(1),
            Aggregate::Sum => Partial::Sum(value.to_decimal()?),
            Aggregate::Last => Partial::last(at, value),
            Aggregate::First => Partial::first(at, value),
            Aggregate::Distinct => Partial::distinct(&value),
            Aggregate::Mean | Aggregate::Variance | Aggregate::Stddev => {
                Partial::Moments(Moments::of(value.to_decimal()?))
            }
            Aggregate::Min => Partial::Min(value.to_decimal()?),
            Aggregate::Max => Partial::Max(value.to_decimal()?),
            Aggregate::NthLatest | Aggregate::Sequence => return None,
        })
    }

    /// What is taken of what an event has.
    fn read(&self, json: &Json) -> Value {
        match self.aggregate {
            Aggregate::Count if json.is_null() => Value::Null,
            Aggregate::Count => Value::Boolean(true),
            Aggregate::Distinct => Value::from_json(json, ValueType::Text),
            Aggregate::Last | Aggregate::First => Value::from_json(json, self.value_type),
            _ => Value::from_json(json, ValueType::Number),
        }
    }

    /// Whether it is made of the values of a trait: also of one that came along in the context.
    pub fn reads_trait(&self, name: &str) -> bool {
        self.aggregate != Aggregate::Count && self.path.is_trait(name)
    }

    /// Whether it may concern it, whatever it says.
    pub fn may_concern(&self, event: &Event) -> bool {
        if let Some(Kept::Sequence { steps, .. }) = &self.instants {
            return self.call == event.kind && steps.contains(&event.name);
        }
        self.call == event.kind && self.event.as_ref().is_none_or(|name| *name == event.name)
    }

    fn concerns(&self, event: &Event) -> bool {
        self.may_concern(event) && self.filter.iter().all(|one| one.holds(event))
    }

    /// Whether its value is one of the latest instants that are kept.
    pub fn is_instant(&self) -> bool {
        self.instants.is_some()
    }

    /// Whether the lake can tell its values: it has a name of its own, and is no instant that is kept.
    pub fn is_told_offline(&self) -> bool {
        !self.is_instant() && !crate::behaviour::is_lifted(&self.name)
    }

    /// The names of the events it looks at, where it names them.
    pub fn events(&self) -> Vec<String> {
        match &self.instants {
            Some(Kept::Sequence { steps, .. }) => steps.clone(),
            _ => self.event.iter().cloned().collect(),
        }
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

    /// The first instant that counts at `at`: a window begins with a whole hour or day, and holds
    /// everything up to `at`.
    pub fn begins(&self, at: Timestamp) -> Option<Timestamp> {
        let (unit, window) = (self.unit()?, self.window?);
        Some(Timestamp((at - window).0.div_euclid(unit.0) * unit.0))
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
            _ => Value::Null,
        }
    }

    /// What everything that counts comes to at an instant.
    pub fn value(&self, whole: Option<&Tile>, at: Timestamp) -> Value {
        let Some(tile) = whole else { return self.empty() };
        if self.ends(tile).is_some_and(|end| end <= at) {
            return Value::Null;
        }
        let number = |number: Option<f64>| number.map_or(Value::Null, Value::Number);
        match &tile.partial {
            Partial::Count(n) => Value::Integer(i64::try_from(*n).unwrap_or(i64::MAX)),
            Partial::Sum(one) | Partial::Min(one) | Partial::Max(one) => {
                Value::Number(one.to_f64())
            }
            Partial::Last(_, value) | Partial::First(_, value) => value.clone(),
            Partial::Distinct(set) => Value::Integer(set.len() as i64),
            Partial::Instants(instants) => instants.value(),
            Partial::Moments(moments) => match self.aggregate {
                Aggregate::Variance => number(moments.variance()),
                Aggregate::Stddev => number(moments.variance().map(f64::sqrt)),
                _ => number(moments.mean()),
            },
        }
    }

    /// When a value is too old, unless something newer comes.
    pub(crate) fn ends(&self, whole: &Tile) -> Option<Timestamp> {
        Some(whole.latest + self.ttl?)
    }

    pub(crate) fn column_type(&self) -> ColumnType {
        match self.aggregate {
            Aggregate::Count | Aggregate::Distinct => ColumnType::Integer,
            Aggregate::Last | Aggregate::First => ColumnType::Value(self.value_type),
            Aggregate::NthLatest | Aggregate::Sequence => ColumnType::Value(ValueType::Time),
            _ => ColumnType::Value(ValueType::Number),
        }
    }
}

/// All features of a workspace, found by the event they look at.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    all: Vec<Definition>,
    by_call: HashMap<EventKind, Vec<usize>>,
    /// The lifecycles whose stage stands in rows.
    lifecycles: Vec<String>,
}

impl Definitions {
    /// The definitions, in order of their names.
    pub fn new(mut all: Vec<Definition>) -> Self {
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let mut by_call: HashMap<EventKind, Vec<usize>> = HashMap::new();
        for (index, definition) in all.iter().enumerate() {
            by_call.entry(definition.call).or_default().push(index);
        }
        Self { all, by_call, lifecycles: Vec::new() }
    }
    /// The same, with a column for the stage of each of these lifecycles.
    #[must_use]
    pub fn with_lifecycles(mut self, mut names: Vec<String>) -> Self {
        names.sort();
        self.lifecycles = names;
        self
    }
    /// The lifecycles, in order of their names.
    pub fn lifecycles(&self) -> &[String] {
        &self.lifecycles
    }
    /// All of them.
    pub fn all(&self) -> &[Definition] {
        &self.all
    }
    /// The definition of a name.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.all.iter().find(|one| one.name == name)
    }
    /// Whether one with this key is among them.
    pub fn has(&self, key: u64) -> bool {
        self.all.iter().any(|one| one.key == key)
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
