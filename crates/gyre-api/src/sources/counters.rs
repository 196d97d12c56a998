//! What came from a source since the server started, and what came with keys that nobody has.

use gyre_collect::Collected;
use gyre_model::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many unknown keys are told apart; of more only the sum is kept.
const MAX_UNKNOWN: usize = 50;

/// Counts of one source.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Counted>);

/// What came from a source since the server started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counted {
    /// Requests with one of its keys, those refused among them.
    pub(crate) requests: u64,
    /// Events that were taken.
    pub(crate) accepted: u64,
    /// Events that became dead letters, by code.
    pub(crate) rejected: BTreeMap<String, u64>,
    /// Requests that were refused whole, by code.
    pub(crate) refused: BTreeMap<String, u64>,
    /// When the last request came.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_seen: Option<Timestamp>,
    /// When an event was last rejected or a request refused.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_rejected: Option<Timestamp>,
}

impl Counters {
    /// A request of which everything is durable.
    pub(crate) fn took(&self, collected: &Collected, at: Timestamp) {
        let mut counted = self.0.lock();
        counted.requests += 1;
        counted.accepted += collected.accepted as u64;
        counted.last_seen = Some(at);
        for one in &collected.rejected {
            add(&mut counted.rejected, one.code);
            counted.last_rejected = Some(at);
        }
    }

    /// A request that was refused whole.
    pub(crate) fn refused(&self, code: &str, at: Timestamp) {
        let mut counted = self.0.lock();
        counted.requests += 1;
        counted.last_seen = Some(at);
        counted.last_rejected = Some(at);
        add(&mut counted.refused, code);
    }

    /// The counts of now.
    pub(crate) fn read(&self) -> Counted {
        self.0.lock().clone()
    }
}

fn add(counts: &mut BTreeMap<String, u64>, code: &str) {
    match counts.get_mut(code) {
        Some(count) => *count += 1,
        None => drop(counts.insert(code.to_owned(), 1)),
    }
}

/// Requests without a key of any source.
#[derive(Debug, Default)]
pub(crate) struct Unknown(Mutex<UnknownKeys>);

/// Requests without a key of any source, since the server started.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct UnknownKeys {
    /// How many.
    requests: u64,
    /// Those that had no key at all.
    without_key: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// The first keys of them, by the beginning of their SHA-256: a key that was mistyped may be a
    /// secret elsewhere.
    keys: BTreeMap<String, UnknownKey>,
}

/// Requests with one key that no source has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UnknownKey {
    requests: u64,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
}

impl Unknown {
    /// A request with these keys.
    pub(crate) fn note(&self, ids: &[String], at: Timestamp) {
        let mut unknown = self.0.lock();
        unknown.requests += 1;
        unknown.last_seen = Some(at);
        unknown.without_key += u64::from(ids.is_empty());
        for id in ids {
            let room = unknown.keys.len() < MAX_UNKNOWN;
            if let Some(key) = unknown.keys.get_mut(id) {
                key.requests += 1;
                key.last_seen = at;
            } else if room {
                unknown.keys.insert(id.clone(), UnknownKey { requests: 1, last_seen: at });
            }
        }
    }

    /// The counts of now.
    pub(crate) fn read(&self) -> UnknownKeys {
        self.0.lock().clone()
    }
}
