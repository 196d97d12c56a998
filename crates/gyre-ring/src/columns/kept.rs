//! Everybody of a workspace as columns, and who changed since they were made.

use super::basis::{Basis, Line, Maker};
use super::chunk::{CHUNK, Chunk, Part};
use crate::error::Result;
use crate::shared::Shared;
use gyre_model::{PersonId, Timestamp, Workspace};
use gyre_ports::failpoint;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// People read at once.
const PAGE: usize = 1_000;

/// The columns of a workspace.
#[derive(Debug)]
pub(super) struct Kept {
    basis: Basis,
    /// The instant they are right at.
    at: Timestamp,
    /// Per partition, up to which change they are told.
    seen: Vec<u64>,
    /// What does not change any more but in who counts.
    parts: Vec<Part>,
    /// Lines made since, not in parts yet.
    open: BTreeMap<PersonId, Line>,
    /// The same as columns.
    opened: Option<Part>,
    /// How many people there were when all were last read.
    read: usize,
    /// How many lines were made since.
    made: usize,
}

impl Kept {
    pub(super) fn basis(&self) -> &Basis {
        &self.basis
    }

    /// All parts there are.
    pub(super) fn parts(&self) -> Vec<Part> {
        self.parts.iter().chain(&self.opened).cloned().collect()
    }

    /// Reads everybody.
    pub(super) async fn everybody(
        shared: &Shared,
        workspace: &Workspace,
        maker: &Maker,
    ) -> Result<Self> {
        let began = Instant::now();
        let mut kept = Self {
            basis: maker.basis().clone(),
            at: maker.now,
            // Before anybody is looked at: who changes meanwhile is looked at again.
            seen: shared.changed_until(),
            parts: Vec::new(),
            open: BTreeMap::new(),
            opened: None,
            read: 0,
            made: 0,
        };
        for people in &shared.people {
            let (mut after, mut lines) = (None, Vec::new());
            loop {
                let page = people.read_page(after, PAGE)?;
                after = page.last().map(|last| last.id);
                for person in page.iter().filter(|one| one.workspace == *workspace) {
                    lines.push((person.id, maker.line(person)));
                }
                if lines.len() >= CHUNK || (after.is_none() && !lines.is_empty()) {
                    kept.read += lines.len();
                    kept.parts.push(Part::whole(Chunk::of(maker, &lines)?));
                    lines.clear();
                }
                if after.is_none() {
                    break;
                }
                // Everybody is many: others get their turn.
                tokio::task::yield_now().await;
            }
        }
        let (people, seconds) = (kept.read, began.elapsed().as_secs_f64());
        tracing::info!(workspace = %workspace, people, seconds, "people are kept as columns");
        Ok(kept)
    }

    /// The same, brought up to date; nothing where all must be read again: not every change is remembered,
    /// or there are so many that reading everybody in a row is less work.
    pub(super) async fn renewed(
        mut self,
        shared: &Shared,
        workspace: &Workspace,
        maker: &Maker,
    ) -> Result<Option<Self>> {
        if maker.now < self.at {
            return Ok(None);
        }
        let Some(changed) = shared.changed_since(&mut self.seen) else { return Ok(None) };
        let mut changed: BTreeSet<PersonId> = changed.into_iter().flatten().collect();
        if failpoint::mutant("columns.stays") {
            changed.clear();
        }
        if !failpoint::mutant("columns.timeless") {
            for part in self.parts.iter().chain(&self.opened) {
                changed.extend(part.due(maker.now));
            }
        }
        self.at = maker.now;
        self.made += changed.len();
        // A line read with all others costs about a third of one read alone.
        if self.made > self.read / 3 + CHUNK {
            return Ok(None);
        }
        if changed.is_empty() {
            return Ok(Some(self));
        }
        let changed: Vec<PersonId> = changed.into_iter().collect();
        for part in &mut self.parts {
            part.without(&changed);
        }
        for page in changed.chunks(PAGE) {
            for id in page {
                let person = shared.people_of(id.root().key()).get(*id)?;
                match person.filter(|person| person.workspace == *workspace) {
                    Some(person) => drop(self.open.insert(*id, maker.line(&person))),
                    None => drop(self.open.remove(id)),
                }
            }
            tokio::task::yield_now().await;
        }
        let lines: Vec<(PersonId, Line)> = std::mem::take(&mut self.open).into_iter().collect();
        let whole = lines.chunks_exact(CHUNK);
        let rest = whole.remainder();
        for lines in whole {
            self.parts.push(Part::whole(Chunk::of(maker, lines)?));
        }
        self.opened = match rest {
            [] => None,
            rest => Some(Part::whole(Chunk::of(maker, rest)?)),
        };
        self.open = rest.iter().cloned().collect();
        Ok(Some(self))
    }
}
