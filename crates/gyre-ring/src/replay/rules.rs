//! The rules of a replay: those of today from the beginning on, or each from where it was applied; and
//! what was otherwise in the history that is replayed.

use super::journal::is_derived;
use super::report::RuleChange;
use crate::catalog::Seen;
use crate::damage;
use crate::error::{Error, Result};
use crate::processor::SeenResources;
use gyre_config::Resource;
use gyre_model::record::body::{Body as _, Orchestration};
use gyre_model::resource::Kind;
use gyre_model::{Family, Offset, Timestamp, Workspace};
use gyre_ports::Journal;
use std::collections::{BTreeMap, BTreeSet};

/// Records read at once.
const BATCH: usize = 4_096;

/// The rules of a replay.
#[derive(Debug, Clone)]
pub enum ReplayRules {
    /// Each version from where it was applied.
    Recorded,
    /// The newest versions, from the beginning on.
    Today,
    /// The same with these resources of a workspace in their place.
    With(Workspace, Vec<Resource>),
}

impl ReplayRules {
    /// What it is called in a report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Today => "today",
            Self::With(..) => "changed",
        }
    }
}

type Key = (Workspace, Kind, String);

/// What the journal says of rules, and of itself.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Per resource its versions and where they stand; those of the whole journal.
    versions: BTreeMap<Key, Vec<(Offset, Seen)>>,
    /// Offsets at which a version stands.
    applied: BTreeMap<Offset, Key>,
    /// Where the first event stands.
    first_event: Option<Offset>,
    /// Records that are replayed and follow from nothing else.
    pub sources: u64,
    /// Records that are replayed and hold nothing any more.
    pub blank: u64,
    /// The first of them that is no derived one.
    pub first_blank: Option<Offset>,
    pub live_end: Offset,
    /// The highest offset that something follows from: so far the processor had come at least.
    pub last_cause: Option<Offset>,
}

impl History {
    /// Reads the journal; what is counted is counted below `end`.
    pub(super) async fn read(journal: &dyn Journal, end: Offset) -> Result<Self> {
        let mut history = Self { live_end: journal.end(0), ..Self::default() };
        let mut next = journal.start(0);
        while next < history.live_end {
            let records = damage::read(journal, 0, next, BATCH).await?;
            let Some(last) = records.last() else { break };
            next = last.offset + 1;
            for record in &records {
                let (offset, derived) = (record.offset, is_derived(record));
                if derived {
                    let cause = record.entry.cause.map(|cause| cause.offset);
                    history.last_cause = history.last_cause.max(cause);
                }
                if offset < end && record.is_erased() {
                    history.blank += 1;
                    if !derived && history.first_blank.is_none() {
                        history.first_blank = Some(offset);
                    }
                }
                if record.is_erased() || derived {
                    continue;
                }
                history.sources += u64::from(offset < end);
                match record.entry.family {
                    Family::Event if history.first_event.is_none() => {
                        history.first_event = Some(offset);
                    }
                    Family::Orchestration => {
                        let version = Orchestration::decode(&record.entry.payload)
                            .map_err(|why| Error::corrupt("orchestration", why))?;
                        history.add(record.entry.workspace.clone(), offset, version);
                    }
                    _ => {}
                }
            }
        }
        Ok(history)
    }

    fn add(&mut self, workspace: Workspace, offset: Offset, version: Orchestration) {
        let key = (workspace, version.kind, version.name.clone());
        let versions = self.versions.entry(key.clone()).or_default();
        if versions.last().is_some_and(|(_, known)| known.version >= version.version) {
            return;
        }
        self.applied.insert(offset, key);
        versions.push((offset, version.into()));
    }

    /// What is in effect from the beginning on; `None` where each version takes effect in its place.
    pub(super) fn rules(&self, rules: &ReplayRules) -> Option<SeenResources> {
        let mut seen = SeenResources::new();
        for ((workspace, kind, name), versions) in &self.versions {
            if let Some((_, newest)) = versions.last() {
                let of = seen.entry(workspace.clone()).or_default();
                let newest = Seen { counts_from: None, ..newest.clone() };
                of.insert((*kind, name.clone()), newest);
            }
        }
        match rules {
            ReplayRules::Recorded => return None,
            ReplayRules::Today => {}
            ReplayRules::With(workspace, resources) => {
                let of = seen.entry(workspace.clone()).or_default();
                for resource in resources {
                    let (kind, name) = (resource.kind(), resource.metadata.name.clone());
                    let known = of.get(&(kind, name.clone()));
                    let managed =
                        known.map_or_else(|| resource.managed.clone(), |one| one.managed.clone());
                    let spec = resource.spec.to_json();
                    // No version of the journal is above it.
                    let version = u64::MAX;
                    let at = Timestamp(0);
                    of.insert(
                        (kind, name.clone()),
                        Seen { kind, name, version, spec, managed, at, counts_from: None },
                    );
                }
            }
        }
        Some(seen)
    }

    /// Where the rules of history were others than those that are replayed, as far as derived records
    /// follow from them.
    pub(super) fn changes(&self, chosen: Option<&SeenResources>) -> Vec<RuleChange> {
        let Some(chosen) = chosen else { return Vec::new() };
        let mut changes = Vec::new();
        for (workspace, resources) in chosen {
            for ((kind, name), replayed) in resources.iter().filter(|((kind, _), _)| matters(*kind))
            {
                let key = (workspace.clone(), *kind, name.clone());
                let versions = self.versions.get(&key).map_or(&[][..], Vec::as_slice);
                let others: BTreeSet<u64> = versions
                    .iter()
                    .filter(|(_, seen)| seen.spec != replayed.spec)
                    .map(|(_, seen)| seen.version)
                    .collect();
                let first = versions.first().map(|(offset, _)| *offset);
                let late = match (first, self.first_event) {
                    (Some(first), Some(event)) => first > event,
                    (None, Some(_)) => !replayed.spec.is_null(),
                    _ => false,
                };
                if others.is_empty() && !late {
                    continue;
                }
                let same = versions.iter().rev().take_while(|(_, seen)| seen.spec == replayed.spec);
                changes.push(RuleChange {
                    workspace: workspace.as_str().to_owned(),
                    kind: kind.as_str().to_owned(),
                    name: name.clone(),
                    other_versions: others.into_iter().collect(),
                    same_from: same.last().map(|(offset, _)| *offset),
                    from: if late { 0 } else { first.unwrap_or_default() },
                });
            }
        }
        changes
    }

    /// The resource whose version stands at an offset.
    pub(super) fn applied_at(&self, offset: Offset) -> Option<String> {
        self.applied.get(&offset).map(|(_, kind, name)| format!("{} {name}", kind.as_str()))
    }
}

/// Whether derived records follow from resources of a kind.
fn matters(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Content | Kind::Offer | Kind::ContactPolicy | Kind::DecisionPolicy | Kind::Mapping
    )
}
