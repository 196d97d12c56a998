//! Derived records of two journals, held against each other by what they follow from.

use super::cursor::Cursor;
use super::grouping::Grouping;
use super::report::{FamilyCount, ReplaySample, Replayed, RuleChange};
use super::rules::History;
use crate::error::Result;
use gyre_model::{Family, Offset, Stored};
use gyre_ports::Journal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Differences shown of a family and kind.
const SHOWN: usize = 5;

/// A comparison under way.
pub(super) struct Comparison<'a> {
    history: &'a History,
    changes: &'a [RuleChange],
    first: Offset,
    families: BTreeMap<u8, FamilyCount>,
    samples: Vec<ReplaySample>,
    shown: BTreeMap<(u8, &'static str), usize>,
    unexplained: u64,
    live: Grouping,
    replayed: Grouping,
}

impl<'a> Comparison<'a> {
    /// What follows from records below `first` is not compared.
    pub(super) fn new(history: &'a History, changes: &'a [RuleChange], first: Offset) -> Self {
        Self {
            history,
            changes,
            first,
            families: BTreeMap::new(),
            samples: Vec::new(),
            shown: BTreeMap::new(),
            unexplained: 0,
            live: Grouping::default(),
            replayed: Grouping::default(),
        }
    }

    /// Compares everything that follows from records below `end`.
    pub(super) async fn run(
        &mut self,
        live: Arc<dyn Journal>,
        replayed: Arc<dyn Journal>,
        end: Offset,
    ) -> Result<()> {
        let (mut live, mut replayed) = (Cursor::new(live), Cursor::new(replayed));
        loop {
            let next = match (live.peek().await?, replayed.peek().await?) {
                (Some(one), Some(other)) => one.min(other),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return Ok(()),
            };
            if next >= end {
                return Ok(());
            }
            let (one, other) = (live.take(next).await?, replayed.take(next).await?);
            for record in &one {
                self.live.hear(record)?;
            }
            for record in &other {
                self.replayed.hear(record)?;
            }
            if next >= self.first {
                self.compare(next, one, other);
            }
        }
    }

    /// Compares what follows from one record.
    fn compare(&mut self, offset: Offset, live: Vec<Stored>, replayed: Vec<Stored>) {
        let mut replayed: Vec<Option<Stored>> = replayed.into_iter().map(Some).collect();
        let mut left = Vec::new();
        for record in live {
            let place = replayed.iter().position(|other| {
                other.as_ref().is_some_and(|other| other.entry.cause == record.entry.cause)
            });
            let found = place.and_then(|place| replayed.get_mut(place));
            if record.is_erased() {
                // It was somebody's who is gone, or too old: nothing can be said of it.
                if let Some(found) = found
                    && found.as_ref().is_some_and(|other| other.entry.family == record.entry.family)
                {
                    *found = None;
                }
                self.count(record.entry.family).blank += 1;
            } else if let Some(found) = found
                && found.as_ref().is_some_and(|other| other.entry == record.entry)
            {
                *found = None;
                self.count(record.entry.family).same += 1;
            } else {
                left.push(record);
            }
        }
        let mut extra: Vec<Stored> = replayed.into_iter().flatten().collect();
        if left.is_empty() && extra.is_empty() {
            return;
        }
        let mut rest = Vec::new();
        for record in left {
            let same = |other: &Stored| {
                (other.entry.family, other.entry.key, &other.entry.payload)
                    == (record.entry.family, record.entry.key, &record.entry.payload)
            };
            match extra.iter().position(same) {
                Some(place) => {
                    extra.remove(place);
                    self.count(record.entry.family).moved += 1;
                    self.note(offset, "moved", &record, Vec::new());
                }
                None => rest.push(record),
            }
        }
        for record in rest {
            let alike = |other: &Stored| {
                (other.entry.family, other.entry.key) == (record.entry.family, record.entry.key)
            };
            match extra.iter().position(alike) {
                Some(place) => {
                    let other = extra.remove(place);
                    self.count(record.entry.family).different += 1;
                    let fields = fields(&record.entry.payload, &other.entry.payload);
                    self.note(offset, "different", &record, fields);
                }
                None => {
                    self.count(record.entry.family).only_live += 1;
                    self.note(offset, "only_live", &record, Vec::new());
                }
            }
        }
        for record in extra {
            self.count(record.entry.family).only_replayed += 1;
            self.note(offset, "only_replayed", &record, Vec::new());
        }
    }

    fn count(&mut self, family: Family) -> &mut FamilyCount {
        self.families
            .entry(family.code())
            .or_insert_with(|| FamilyCount { family: name(family), ..FamilyCount::default() })
    }

    /// Notes a difference, and why it is there.
    fn note(&mut self, offset: Offset, what: &'static str, record: &Stored, fields: Vec<String>) {
        let reason = self.reason(offset);
        if reason.is_none() {
            self.unexplained += 1;
        }
        let shown = self.shown.entry((record.entry.family.code(), what)).or_default();
        *shown += 1;
        // Those without a reason are always of interest.
        if *shown > SHOWN && (reason.is_some() || self.unexplained > SHOWN as u64) {
            return;
        }
        self.samples.push(ReplaySample {
            family: name(record.entry.family),
            what,
            offset,
            at: record.at,
            fields,
            reason: reason.unwrap_or_else(|| "unexplained".to_owned()),
        });
    }

    /// What explains a difference at an offset.
    fn reason(&self, offset: Offset) -> Option<String> {
        let others: Vec<&RuleChange> =
            self.changes.iter().filter(|change| change.from <= offset).collect();
        if !others.is_empty()
            && let Some(applied) = self.history.applied_at(offset)
        {
            return Some(format!(
                "{applied} was applied here; the replay had its rules from the beginning"
            ));
        }
        let then: Vec<String> = others
            .iter()
            .filter(|change| change.same_from.is_none_or(|same| offset < same))
            .map(|change| format!("{} {}", change.kind, change.name))
            .collect();
        if !then.is_empty() {
            return Some(format!("another rule was in effect: {}", then.join(", ")));
        }
        if !others.is_empty() {
            let names: Vec<String> =
                others.iter().map(|change| format!("{} {}", change.kind, change.name)).collect();
            return Some(format!(
                "it follows from when another rule was in effect: {}",
                names.join(", ")
            ));
        }
        let blank = self.history.first_blank.is_some_and(|first| first <= offset);
        blank.then(|| "records of before are blank: erased, or too old".to_owned())
    }

    pub(super) fn report(self) -> Replayed {
        Replayed {
            families: self.families.into_values().collect(),
            samples: self.samples,
            unexplained: self.unexplained,
            people: self.live.compare(&self.replayed),
            ..Replayed::default()
        }
    }
}

fn name(family: Family) -> String {
    let name = serde_json::to_value(family).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

/// The fields in which two payloads differ.
fn fields(one: &[u8], other: &[u8]) -> Vec<String> {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let (one, other) = (read(one), read(other));
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return vec!["payload".to_owned()];
    };
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}
