//! Resources applied: versions in the state, each with a decided record, so that every partition sees
//! them at a place in its order.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::send::entry;
use gyre_config::{Resource, Spec, frozen_hint};
use gyre_model::record::body::{Orchestration, VERSION};
use gyre_model::resource::Kind;
use gyre_model::{Entry, NodeId, RecordId, Timestamp, Workspace};
use gyre_ports::Durability;
use gyre_ports::state::{Op, ResourceRow};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What is to be applied. It was parsed and checked before.
#[derive(Debug, Clone)]
pub struct Applying {
    /// The resources, in an order in which references exist.
    pub resources: Vec<Resource>,
    /// What is to be removed.
    pub remove: Vec<(Kind, String)>,
    /// Whether the loop's half is replaced by what the files say.
    pub reset_managed: bool,
    /// Who applies.
    pub by: String,
}

/// What became of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// The version in effect now.
    pub version: u64,
    /// `created`, `updated`, `unchanged` or `removed`.
    pub action: &'static str,
}

impl Engine {
    /// Applies resources: all of them or none.
    pub async fn apply(&self, workspace: &Workspace, applying: Applying) -> Result<Vec<Applied>> {
        let at = self.shared.clock.now();
        let mut ops = Vec::new();
        let mut applied = Vec::new();
        for resource in &applying.resources {
            let (kind, name) = (resource.kind(), resource.metadata.name.clone());
            let history = self.shared.state.history(workspace, kind, &name).await?;
            let last = history.last();
            let known = last.filter(|row| !row.spec.is_null());
            if let Some(row) = known {
                unchanged_meaning(resource, row)?;
            }
            let spec = resource.spec.to_json();
            let managed = match known {
                Some(row) if !applying.reset_managed => row.managed.clone(),
                _ => resource.managed.clone(),
            };
            if let Some(row) = known.filter(|row| row.spec == spec && row.managed == managed) {
                applied.push(Applied { kind, name, version: row.version, action: "unchanged" });
                continue;
            }
            let row = ResourceRow {
                workspace: workspace.clone(),
                kind,
                name: name.clone(),
                version: last.map_or(1, |row| row.version + 1),
                spec,
                managed,
                metadata: serde_json::to_value(&resource.metadata).unwrap_or_default(),
                by: applying.by.clone(),
                at,
            };
            let action = if known.is_some() { "updated" } else { "created" };
            applied.push(Applied { kind, name, version: row.version, action });
            ops.extend(version(row, None));
        }
        for (kind, name) in &applying.remove {
            let history = self.shared.state.history(workspace, *kind, name).await?;
            let Some(last) = history.last().filter(|row| !row.spec.is_null()) else {
                return Err(Error::NotFound { what: kind.as_str(), name: name.clone() });
            };
            let row = ResourceRow {
                version: last.version + 1,
                spec: Value::Null,
                managed: Value::Null,
                by: applying.by.clone(),
                at,
                ..last.clone()
            };
            applied.push(Applied {
                kind: *kind,
                name: name.clone(),
                version: row.version,
                action: "removed",
            });
            ops.extend(version(row, None));
        }
        if !ops.is_empty() {
            self.shared.state.commit(self.shared.epoch, None, ops).await?;
            self.shared.metrics.changed();
            self.shared.progress.notify_waiters();
        }
        // What is applied is in effect when this returns: the next event is judged by it.
        self.settle().await?;
        Ok(applied)
    }

    /// The newest versions of all resources.
    pub async fn resources(&self, workspace: &Workspace) -> Result<Vec<ResourceRow>> {
        Ok(self.shared.state.resources(workspace).await?)
    }

    /// All versions of a resource.
    pub async fn history(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<ResourceRow>> {
        Ok(self.shared.state.history(workspace, kind, name).await?)
    }

    /// Without the records of people who were erased: they are counted, and written nowhere.
    fn admit(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        let rights = Arc::clone(&self.shared.rights.read());
        if rights.blocks_nobody() {
            return entries;
        }
        let before = entries.len();
        entries.retain(|one| !rights.blocks_key(&one.workspace, one.family, one.key));
        let refused = (before - entries.len()) as u64;
        if refused > 0 {
            self.shared.refused.fetch_add(refused, Ordering::SeqCst);
        }
        entries
    }

    /// Appends what was collected; on disk when it returns.
    pub async fn ingest(&self, entries: Vec<Entry>) -> Result<()> {
        let entries = self.admit(entries);
        let journal = &self.shared.journal;
        if journal.partitions() == 1 {
            if !entries.is_empty() {
                journal.append(0, entries, Durability::Synced).await?;
            }
            return Ok(());
        }
        let mut by_partition: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_partition.entry(journal.partition_of(entry.key)).or_default().push(entry);
        }
        for (partition, entries) in by_partition {
            journal.append(partition, entries, Durability::Synced).await?;
        }
        Ok(())
    }
}

/// What a feature means is frozen: what was counted so far would be something else than what is counted from
/// now on.
fn unchanged_meaning(resource: &Resource, row: &ResourceRow) -> Result<()> {
    let Spec::Feature(written) = &resource.spec else { return Ok(()) };
    let Ok(Spec::Feature(known)) = Spec::from_json(Kind::Feature, row.spec.clone()) else {
        return Ok(());
    };
    if known.meaning() == written.meaning() {
        return Ok(());
    }
    let name = &resource.metadata.name;
    Err(Error::Invalid {
        message: format!("the feature `{name}` is in use: what it means cannot change"),
        hint: Some(frozen_hint(name)),
    })
}

/// The two writes of a version: the row, and the record that follows it into the journal.
pub(crate) fn version(row: ResourceRow, turn: Option<RecordId>) -> [Op; 2] {
    let record = Orchestration {
        v: VERSION,
        kind: row.kind,
        name: row.name.clone(),
        version: row.version,
        by: row.by.clone(),
        spec: (!row.spec.is_null()).then(|| row.spec.clone()),
        managed: row.managed.clone(),
        at: row.at,
        turn,
        history: row.kind == Kind::Feature,
    };
    let workspace = row.workspace.clone();
    // Resources belong to nobody: their key is that of no node.
    let decided = Op::Decided(entry(&workspace, NodeId::default(), &record));
    [Op::PutResource(row), decided]
}

/// The least instant, for queries from the beginning.
pub(crate) const BEGINNING: Timestamp = Timestamp(0);
