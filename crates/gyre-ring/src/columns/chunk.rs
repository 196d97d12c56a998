//! Some people as columns, in the order of their ids.

use super::basis::{Line, Maker};
use crate::error::Result;
use arrow_array::{BooleanArray, RecordBatch};
use gyre_config::CHANNELS;
use gyre_derive::{Row, batch};
use gyre_model::{PersonId, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most people of a chunk.
pub(super) const CHUNK: usize = 65_536;

/// People as columns.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Who, in order.
    pub(crate) ids: Vec<PersonId>,
    /// Their rows, of the schema of the definitions.
    pub(crate) rows: RecordBatch,
    /// When each is no longer right by time alone.
    pub(super) until: Vec<Timestamp>,
    /// Who is in each audience, by its key; in one without a key nobody is.
    pub(crate) members: BTreeMap<u64, BooleanArray>,
    /// Who can be reached, by contact policy, and by channel in their order.
    pub(crate) reached: BTreeMap<String, [BooleanArray; CHANNELS.len()]>,
}

impl Chunk {
    /// Of lines in the order of their ids.
    pub(super) fn of(maker: &Maker, lines: &[(PersonId, Line)]) -> Result<Self> {
        let rows: Vec<Row> = lines.iter().map(|(_, line)| line.row.clone()).collect();
        let mut members: BTreeMap<u64, Vec<bool>> = BTreeMap::new();
        for (place, (_, line)) in lines.iter().enumerate() {
            for key in &line.members {
                members.entry(*key).or_insert_with(|| vec![false; lines.len()])[place] = true;
            }
        }
        let reached = maker.policies().enumerate().map(|(nth, policy)| {
            let of = |channel: usize| -> Vec<bool> {
                lines.iter().map(|(_, line)| line.reached[nth][channel]).collect()
            };
            (policy.clone(), std::array::from_fn(|channel| of(channel).into()))
        });
        Ok(Self {
            ids: lines.iter().map(|(id, _)| *id).collect(),
            rows: batch(&maker.catalog.definitions, &rows)?,
            until: lines.iter().map(|(_, line)| line.until).collect(),
            members: members.into_iter().map(|(key, all)| (key, all.into())).collect(),
            reached: reached.collect(),
        })
    }

    /// The place of somebody.
    pub(super) fn place(&self, id: PersonId) -> Option<usize> {
        if *self.ids.first()? > id || *self.ids.last()? < id {
            return None;
        }
        self.ids.binary_search(&id).ok()
    }
}

/// A chunk, and whose lines in it count.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) chunk: Arc<Chunk>,
    /// One answer each; others have a newer line elsewhere, or are gone.
    pub(crate) counts: BooleanArray,
}

impl Part {
    /// All of a chunk.
    pub(super) fn whole(chunk: Chunk) -> Self {
        let counts = BooleanArray::from(vec![true; chunk.ids.len()]);
        Self { chunk: Arc::new(chunk), counts }
    }

    /// Leaves people out who are in it; in the order of their ids.
    pub(crate) fn without(&mut self, ids: &[PersonId]) {
        let (Some(first), Some(last)) = (self.chunk.ids.first(), self.chunk.ids.last()) else {
            return;
        };
        let from = ids.partition_point(|id| id < first);
        let to = ids.partition_point(|id| id <= last);
        let places: Vec<usize> =
            ids[from..to].iter().filter_map(|id| self.chunk.place(*id)).collect();
        if places.is_empty() {
            return;
        }
        let mut counts: Vec<bool> = self.counts.values().iter().collect();
        for place in places {
            counts[place] = false;
        }
        self.counts = counts.into();
    }

    /// Who counts and is no longer right at an instant.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = PersonId> + '_ {
        let lines = self.chunk.ids.iter().zip(&self.chunk.until).zip(self.counts.values());
        lines.filter(move |((_, until), counts)| *counts && **until <= now).map(|((id, _), _)| *id)
    }
}
