//! Edges heard before, kept in memory: most events bring no other, and are not looked up in the fold.

use gyre_identify::Trust;
use gyre_model::NodeId;
use std::collections::HashMap;

/// Edges kept; beyond it all are forgotten and looked up again.
const MOST: usize = 500_000;

/// What an event says of its edges, besides which they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub trust: Trust,
    pub first_day: i32,
    pub last_day: i32,
}

/// Edges heard before.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<u128, Heard>);

/// The ends are hashes, so this is one too.
fn key(own: NodeId, other: NodeId) -> u128 {
    u128::from_be_bytes(own.0).rotate_left(64) ^ u128::from_be_bytes(other.0)
}

impl Known {
    /// Whether nothing about the edge would be news.
    pub(super) fn covers(&self, own: NodeId, other: NodeId, heard: Heard) -> bool {
        self.0.get(&key(own, other)).is_some_and(|known| {
            known.trust <= heard.trust
                && known.first_day <= heard.first_day
                && known.last_day >= heard.last_day
        })
    }

    /// Remembers what is known of an edge now.
    pub(super) fn remember(&mut self, own: NodeId, other: NodeId, heard: Heard) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key(own, other), heard);
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
