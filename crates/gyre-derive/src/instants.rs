//! Instants that are kept of events: when the n-th latest happened, when a sequence was completed.
//!
//! Only the latest are kept, as many as can matter: what is kept of two nodes together is what would be
//! kept of their events together, so they merge in any order.

use crate::value::Value;
use gyre_config::kinds::{Aggregate, Feature};
use gyre_model::event::Event;
use gyre_model::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many of each step of a sequence are kept.
const KEPT_OF_STEP: u32 = 64;

/// Which instants a definition keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The latest `nth`.
    Latest { nth: u32 },
    /// The latest of each step.
    Sequence { steps: Vec<String>, within: Option<Span> },
}

impl Kept {
    /// What a feature keeps, if its value is an instant of this sort.
    pub(crate) fn of(feature: &Feature) -> Option<Self> {
        match feature.aggregate {
            Aggregate::NthLatest => Some(Self::Latest { nth: feature.nth.unwrap_or(1).max(1) }),
            Aggregate::Sequence => {
                Some(Self::Sequence { steps: feature.steps.clone(), within: feature.within })
            }
            _ => None,
        }
    }

    /// What an event adds that concerns the definition.
    pub(crate) fn instants(&self, event: &Event) -> Instants {
        // Two events at the same instant are two.
        let (at, which) = (event.occurred_at, first_bytes(event.message.as_bytes()));
        match self {
            Self::Latest { nth } => {
                let at = BTreeSet::from([(0, at, which)]);
                Instants { steps: 1, keep: *nth, within: None, at }
            }
            Self::Sequence { steps, within } => Instants {
                steps: steps.len() as u8,
                keep: KEPT_OF_STEP,
                within: within.map(|span| span.0),
                at: (0..)
                    .zip(steps)
                    .filter(|(_, name)| **name == event.name)
                    .map(|(step, _)| (step, at, which))
                    .collect(),
            },
        }
    }
}

fn first_bytes(of: &[u8]) -> u64 {
    of.iter().take(8).fold(0, |whole, byte| whole << 8 | u64::from(*byte))
}

/// The latest instants of each step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instants {
    /// Of how many steps; one where it is no sequence.
    steps: u8,
    /// How many of each are kept.
    keep: u32,
    /// The longest time from the first step to the last.
    /// In microseconds: a span is written as text.
    within: Option<i64>,
    /// Step, instant, and what tells two at the same instant apart.
    at: BTreeSet<(u8, Timestamp, u64)>,
}

impl Instants {
    /// Merges others into these.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.at.extend(&other.at);
        for step in 0..self.steps {
            let of_step = (step, Timestamp::MIN, 0)..=(step, Timestamp::MAX, u64::MAX);
            let surplus = self.at.range(of_step).count().saturating_sub(self.keep as usize);
            for _ in 0..surplus {
                let of_step = (step, Timestamp::MIN, 0)..=(step, Timestamp::MAX, u64::MAX);
                let Some(oldest) = self.at.range(of_step).next().copied() else { break };
                self.at.remove(&oldest);
            }
        }
    }

    /// The n-th latest, or when the sequence was completed last.
    pub(crate) fn value(&self) -> Value {
        let found = if self.steps == 1 { self.nth_latest() } else { self.completed() };
        found.map_or(Value::Null, Value::Time)
    }

    fn nth_latest(&self) -> Option<Timestamp> {
        let before = self.keep.saturating_sub(1) as usize;
        self.at.iter().rev().nth(before).map(|(_, at, _)| *at)
    }

    fn completed(&self) -> Option<Timestamp> {
        let last = self.steps.checked_sub(1)?;
        let of_last = (last, Timestamp::MIN, 0)..=(last, Timestamp::MAX, u64::MAX);
        let mut ends = self.at.range(of_last).rev().map(|(_, at, _)| *at);
        ends.find(|&end| {
            // Going back by the latest of each step leaves the first as late as it can be.
            let first = (0..last).rev().try_fold(end, |next, step| {
                let before = (step, Timestamp::MIN, 0)..(step, next, 0);
                self.at.range(before).next_back().map(|(_, at, _)| *at)
            });
            first.is_some_and(|first| self.within.is_none_or(|within| (end - first).0 <= within))
        })
    }
}
