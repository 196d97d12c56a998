//! Tiles: what is kept of events, per feature and bucket of time. They merge in any order.

use crate::definition::{Definition, Definitions};
use crate::instants::Instants;
use crate::moments::Moments;
use crate::value::Value;
use gyre_model::event::Event;
use gyre_model::id::hash64;
use gyre_model::{Decimal, Timestamp};
use gyre_ports::failpoint;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How many different values a tile tells apart.
pub(crate) const DISTINCT_LIMIT: usize = 1024;

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
    /// How many numbers, their sum and that of their squares.
    Moments(Moments),
    /// The least number.
    Min(Decimal),
    /// The greatest number.
    Max(Decimal),
    /// Instants, the latest of them.
    Instants(Instants),
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
            (Self::Moments(a), Self::Moments(b)) => a.add(b),
            (Self::Min(a), Self::Min(b)) => *a = (*a).min(*b),
            (Self::Max(a), Self::Max(b)) => *a = (*a).max(*b),
            (Self::Instants(a), Self::Instants(b)) => a.merge(b),
            _ => {}
        }
    }
}

/// A part of an aggregate with the newest event in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// The part.
    pub partial: Partial,
    /// When the newest event in it happened.
    pub latest: Timestamp,
}

impl Tile {
    /// Merges another: associative and commutative.
    pub fn merge(&mut self, other: &Self) {
        self.partial.merge(&other.partial);
        self.latest = self.latest.max(other.latest);
    }
}

/// The tiles of one node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tiles(pub(crate) BTreeMap<(u64, i32), Tile>);

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
            if failpoint::mutant("tiles.late_events_dropped")
                && self.latest(definition).is_some_and(|latest| latest > event.occurred_at)
            {
                continue;
            }
            changed = true;
            let tile = Tile { partial, latest: event.occurred_at };
            self.put(definition.key, definition.bucket(event.occurred_at), tile);
        }
        changed
    }

    pub(crate) fn put(&mut self, key: u64, bucket: i32, tile: Tile) {
        self.0.entry((key, bucket)).and_modify(|known| known.merge(&tile)).or_insert(tile);
    }

    /// Forgets tiles that have stopped counting at `at`, and those of definitions that are gone.
    pub fn prune(&mut self, definitions: &Definitions, at: Timestamp) {
        self.0.retain(|(key, bucket), _| {
            definitions.all().iter().find(|one| one.key == *key).is_some_and(|definition| {
                definition.expiry(*bucket).is_none_or(|expiry| expiry > at)
            })
        });
    }

    /// Puts what history says in the place of whatever there is of a definition.
    pub fn replace(&mut self, definition: &Definition, history: Option<&Self>) {
        let key = definition.key;
        self.0.retain(|(other, _), _| *other != key);
        let found = history.into_iter().flat_map(|one| one.of(definition));
        self.0.extend(found.map(|(bucket, tile)| ((key, bucket), tile.clone())));
    }

    /// The tiles of a definition.
    fn of(&self, definition: &Definition) -> impl Iterator<Item = (i32, &Tile)> {
        self.0
            .range((definition.key, i32::MIN)..=(definition.key, i32::MAX))
            .map(|((_, bucket), tile)| (*bucket, tile))
    }

    /// The tiles of a definition that count at `at`.
    pub(crate) fn counting<'a>(
        &'a self,
        definition: &'a Definition,
        at: Timestamp,
    ) -> impl Iterator<Item = (i32, &'a Tile)> {
        self.of(definition)
            .filter(move |(bucket, _)| definition.expiry(*bucket).is_none_or(|expiry| expiry > at))
    }

    /// Whether anything of a definition counts at `at`.
    pub fn counts(&self, definition: &Definition, at: Timestamp) -> bool {
        self.counting(definition, at).next().is_some()
    }

    /// When the newest event happened that tiles of a definition know of.
    pub fn latest(&self, definition: &Definition) -> Option<Timestamp> {
        self.of(definition).map(|(_, tile)| tile.latest).max()
    }
}
