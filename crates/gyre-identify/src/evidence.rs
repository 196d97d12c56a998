//! What an edge is backed by: everything that was heard of it, in a form that does not depend on the order.

use gyre_model::Timestamp;
use gyre_model::event::EventKind;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// How far an edge is trusted, by the kind of source that said it. The strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A server of one's own.
    Server,
    /// A key that is in customers' hands: anybody may say anything with it.
    Public,
    /// A file.
    Import,
    /// Only likely. Never followed.
    Probabilistic,
}

impl Trust {
    /// The name in records and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Public => "public",
            Self::Import => "import",
            Self::Probabilistic => "probabilistic",
        }
    }

    /// Whose word counts of the same edge, the least first: a file's before anybody's, or whoever repeats
    /// with a public key what a file said would take away that it vouches. (Kept by place, so the places
    /// stay as they are.)
    pub(crate) fn weight(self) -> u8 {
        match self {
            Self::Server => 0,
            Self::Import => 1,
            Self::Public => 2,
            Self::Probabilistic => 3,
        }
    }
}

/// What an edge is backed by: the first that was heard of it from those trusted most.
///
/// So a claim gains nothing from having been made before by somebody who is trusted less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How far it is trusted: the most that anybody is who said it.
    pub trust: Trust,
    /// When it was first heard at that trust: a stamp of the server, which no client can choose.
    pub first: Timestamp,
    /// The first day on which it happened, as those say who are trusted that much.
    pub first_day: i32,
    /// The last day on which it was heard from anybody.
    pub last_day: i32,
    /// The source of the first message.
    pub source: String,
    /// The first message's id.
    pub message: String,
    /// The first message's call.
    pub call: EventKind,
}

impl Evidence {
    /// Adds what else was heard of the same edge.
    pub fn merge(&mut self, other: &Self) {
        let last_day = self.last_day.max(other.last_day);
        match other.trust.weight().cmp(&self.trust.weight()) {
            Ordering::Less => *self = other.clone(),
            Ordering::Equal => {
                let first_day = self.first_day.min(other.first_day);
                let place = |one: &Self| (one.first, one.message.clone(), one.source.clone());
                if place(other) < place(self) {
                    *self = other.clone();
                }
                self.first_day = first_day;
            }
            Ordering::Greater => {}
        }
        self.last_day = last_day;
    }
}
