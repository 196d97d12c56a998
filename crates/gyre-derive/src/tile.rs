//! Tiles: what is kept of events, per feature and bucket of time. They merge in any order.

use crate::definition::{Definition, Definitions};
use crate::value::Value;
use gyre_model::event::Event;
use gyre_model::id::hash64;
use gyre_model::{Decimal, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How many different values a tile tells apart.
const DISTINCT_LIMIT: usize = 1024;

/// Part of an aggregate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Partial {
    /// How many.
    Count(u64),
    /// An exact sum.
    Sum(Decimal),
    /// The latest value.
    Last(Timestamp, Value),
    /// The earliest value.
    First(Timestamp, Value),
    /// Hashes of the values, the smallest 1,024 of them (the same set in whatever order they came).
    Distinct(BTreeSet<u64>),
}

impl Partial {
    pub(crate) fn last(at: Timestamp, value: Value) -> Self {
        Self::Last(at, value)
    }
    pub(crate) fn first(at: Timestamp, value: Value) -> Self {
        Self::First(at, value)
    }
    pub(crate) fn distinct(value: &Value) -> Self {
        let text = match value {
            Value::Text(text) => text.clone(),
            other => other.to_json().to_string(),
        };
        Self::Distinct(BTreeSet::from([hash64(&[text.as_bytes()])]))
    }

    /// Merges another part into this one: associative and commutative. Parts of different kinds do
    /// not meet, because a feature's key covers its definition; if they do, the first stays.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Count(a), Self::Count(b)) => *a = a.saturating_add(*b),
            (Self::Sum(a), Self::Sum(b)) => *a = *a + *b,
            (Self::Last(at, value), Self::Last(other_at, other))
                if (*at).cmp(other_at).then_with(|| value.tie_break(other)) == Ordering::Less =>
            {
                (*at, *value) = (*other_at, other.clone());
            }
            (Self::First(at, value), Self::First(other_at, other))
                if (*at).cmp(other_at).then_with(|| value.tie_break(other))
                    == Ordering::Greater =>
            {
                (*at, *value) = (*other_at, other.clone());
            }
            (Self::Distinct(a), Self::Distinct(b)) => {
                a.extend(b);
                while a.len() > DISTINCT_LIMIT {
                    a.pop_last();
                }
            }
            _ => {}
        }
    }

    /// The value of the whole.
    pub fn value(&self) -> Value {
        match self {
            Self::Count(n) => Value::Integer(i64::try_from(*n).unwrap_or(i64::MAX)),
            Self::Sum(sum) => Value::Number(sum.to_f64()),
            Self::Last(_, value) | Self::First(_, value) => value.clone(),
            Self::Distinct(set) => Value::Integer(set.len() as i64),
        }
    }
}

/// The tiles of one node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tiles(pub(crate) BTreeMap<(u64, i32), Partial>);

impl Tiles {
    /// Adds an event; whether anything changed.
    pub fn add(&mut self, definitions: &Definitions, event: &Event) -> bool {
        self.add_where(definitions, event, |_| true)
    }

    /// Adds an event to the definitions that may hear of it; whether anything changed.
    pub fn add_where(
        &mut self,
        definitions: &Definitions,
        event: &Event,
        may: impl Fn(&Definition) -> bool,
    ) -> bool {
        let mut changed = false;
        for definition in definitions.for_event(event).filter(|one| may(one)) {
            let Some(partial) = definition.partial(event) else { continue };
            changed = true;
            self.0
                .entry((definition.key, definition.bucket(event.occurred_at)))
                .and_modify(|tile| tile.merge(&partial))
                .or_insert(partial);
        }
        changed
    }

    /// Forgets tiles that have stopped counting at `at`, and those of definitions that are gone.
    pub fn prune(&mut self, definitions: &Definitions, at: Timestamp) {
        self.0.retain(|(key, bucket), _| {
            definitions.all().iter().find(|one| one.key == *key).is_some_and(|definition| {
                definition.expiry(*bucket).is_none_or(|expiry| expiry > at)
            })
        });
    }

    /// The tiles of a definition that count at `at`.
    pub(crate) fn counting<'a>(
        &'a self,
        definition: &'a Definition,
        at: Timestamp,
    ) -> impl Iterator<Item = (i32, &'a Partial)> {
        self.0
            .range((definition.key, i32::MIN)..=(definition.key, i32::MAX))
            .map(|((_, bucket), partial)| (*bucket, partial))
            .filter(move |(bucket, _)| definition.expiry(*bucket).is_none_or(|expiry| expiry > at))
    }
}
