//! How long records are kept: by family, reported, and enforced by blanking and removing what is older.
//!
//! The fold keeps what followed from a record that grew too old, as far as its windows reach; derived again
//! from a journal that was shortened, it does not know it any more.

use crate::archive::system;
use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_model::{Family, Offset, Partition, Span, Timestamp};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Records read at once, and dealt with before the next are.
const BATCH: usize = 8_192;

/// Families whose records may grow too old. The others say who is whom (identity, separations), what
/// resources there were and what was asked (requests): what is kept would not be understood without them.
/// People follow from links whose events may be gone, so an identity record that grew too old would part
/// them when all is derived again; it goes with the person.
const FAMILIES: [Family; 9] = [
    Family::Event,
    Family::Consent,
    Family::Enrollment,
    Family::Decision,
    Family::Delivery,
    Family::Response,
    Family::Offline,
    Family::DeadLetter,
    Family::Violation,
];

/// How long records are kept, by family; those that are not named are kept for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention(pub BTreeMap<Family, Span>);

impl Retention {
    /// From `family=span`, for example `event=400d`.
    pub fn parse(text: &str) -> Result<(Family, Span), String> {
        let (name, span) =
            text.split_once('=').ok_or("say family=span, for example event=400d".to_owned())?;
        let known = || FAMILIES.map(name_of).join(", ");
        let family = FAMILIES
            .into_iter()
            .find(|family| name_of(*family) == name)
            .ok_or_else(|| format!("{name} is none of {}", known()))?;
        let span = Span::parse(span).map_err(|why| why.to_string())?;
        if span < Span::days(1) {
            return Err("records are kept for a day at least".to_owned());
        }
        Ok((family, span))
    }
}

/// How far a family was looked through, and what was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    next: Offset,
    removed: u64,
}

/// What is kept how long, and what was removed because of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RetentionReport {
    /// The family.
    pub family: String,
    /// How long its records are kept.
    pub kept: String,
    /// How many were removed so far.
    pub removed: u64,
}

impl Engine {
    /// Removes what is older than it may be; `false` when nothing is.
    pub(super) async fn retain(&self, now: Timestamp) -> Result<bool> {
        let retention = self.shared.options.subjects.retention.clone();
        let mut moved = false;
        for (family, kept) in retention.0 {
            for partition in 0..self.shared.journal.partitions() {
                moved |= self.retain_family(partition, family, now - kept).await?;
            }
        }
        if moved {
            // Whatever readers of old versions there are: the next hour tries again.
            self.shared.lake.purge().await?;
        }
        Ok(moved)
    }

    async fn retain_family(
        &self,
        partition: Partition,
        family: Family,
        before: Timestamp,
    ) -> Result<bool> {
        let shared = &self.shared;
        let key = key(partition, family);
        let mut progress = self.progress_of(&key).await?;
        progress.next = progress.next.max(shared.journal.start(partition));
        let mut moved = false;
        loop {
            // What the lake has committed does not come back there.
            let below = shared.marks(partition).archived();
            if progress.next >= below {
                return Ok(moved);
            }
            let limit = BATCH.min((below - progress.next) as usize);
            let records = shared.journal.read(partition, progress.next, limit).await?;
            let read = records.len();
            let old: Vec<_> = records.into_iter().take_while(|one| one.at < before).collect();
            let Some(last) = old.last().map(|one| one.offset) else { return Ok(moved) };
            let mut of_family: Vec<_> =
                old.iter().filter(|one| one.entry.family == family && !one.is_erased()).collect();
            let mut gaps = Vec::new();
            if family == Family::Consent {
                let now = shared.clock.now();
                let (stay, ops) = self.remove_entries(partition, &of_family, now).await?;
                of_family.retain(|one| !stay.contains(&one.offset));
                gaps = ops;
            }
            let offsets: Vec<Offset> = of_family.iter().map(|one| one.offset).collect();
            if !offsets.is_empty() && !failpoint::mutant("retention.keeps") {
                self.commit_lake().await?;
                shared.lake.erase_records(partition, &offsets).await?;
                shared.state.commit(shared.epoch, None, gaps).await?;
                failpoint::reach("retention.after_gaps");
                shared.fold.sync()?;
                shared.journal.blank_all(partition, &offsets).await?;
                progress.removed += offsets.len() as u64;
                moved = true;
            }
            progress.next = last + 1;
            let value =
                serde_json::to_value(progress).map_err(|why| Error::corrupt("progress", why))?;
            let op = Op::Put { workspace: system(), key: key.clone(), value };
            shared.state.commit(shared.epoch, None, vec![op]).await?;
            failpoint::reach("retention.after_step");
            if old.len() < read {
                return Ok(moved);
            }
        }
    }

    async fn progress_of(&self, key: &str) -> Result<Progress> {
        let value = self.shared.state.value(&system(), key).await?;
        let progress = value.map(serde_json::from_value).transpose();
        Ok(progress.map_err(|why| Error::corrupt("progress", why))?.unwrap_or_default())
    }

    /// What is kept how long, and what was removed because of it.
    pub async fn retention(&self) -> Result<Vec<RetentionReport>> {
        let mut reports = Vec::new();
        for (family, kept) in self.shared.options.subjects.retention.0.clone() {
            let mut removed = 0;
            for partition in 0..self.shared.journal.partitions() {
                removed += self.progress_of(&key(partition, family)).await?.removed;
            }
            let (family, kept) = (name_of(family), kept.to_string());
            reports.push(RetentionReport { family, kept, removed });
        }
        Ok(reports)
    }
}

fn name_of(family: Family) -> String {
    let name = serde_json::to_value(family).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn key(partition: Partition, family: Family) -> String {
    format!("retention:{partition}:{}", name_of(family))
}
