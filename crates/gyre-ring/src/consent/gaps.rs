//! Where the ledger has gaps on purpose: the places of entries that were erased with their people, and up to
//! where entries were removed because of their age. Both are signed: a gap that is not was made otherwise.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::shared::Shared;
use gyre_govern::ledger::Removed;
use gyre_model::record::body::{Body as _, ChainLink, Consent};
use gyre_model::{Family, Partition, RecordId, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// What the names of the places of erased entries begin with.
const ERASED: &str = "consent-erased:";
/// What the names of removals by age begin with.
const REMOVED: &str = "consent-removed:";

/// The place of an entry that was erased with its person: nothing of what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErasedPlace {
    #[serde(flatten)]
    pub link: ChainLink,
    /// The request it was erased for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RecordId>,
    #[serde(default)]
    pub signature: String,
}

/// Up to where entries were removed because of their age.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Removal {
    /// The number of the last one.
    pub number: u64,
    /// Its hash, which the entry behind it follows.
    pub hash: String,
    /// How many were removed.
    pub removed: u64,
    /// How many up to it were kept because they are in force.
    pub kept: u64,
    /// The sum of their hashes.
    pub sum: String,
    /// When it was written.
    pub at: Timestamp,
    #[serde(default)]
    pub signature: String,
}

impl ErasedPlace {
    fn signature(&self, shared: &Shared, workspace: &Workspace, partition: Partition) -> String {
        sign(
            shared,
            &json!({"form": "gyre erased consent 1", "workspace": workspace, "partition": partition,
                    "link": self.link, "request": self.request}),
        )
    }

    /// Whether it was written by this installation.
    pub(crate) fn is_signed(&self, shared: &Shared, workspace: &Workspace, on: Partition) -> bool {
        !self.signature.is_empty() && self.signature == self.signature(shared, workspace, on)
    }
}

impl Removal {
    fn signature(&self, shared: &Shared, workspace: &Workspace, partition: Partition) -> String {
        let Self { number, hash, removed, kept, sum, at, .. } = self;
        sign(
            shared,
            &json!({"form": "gyre removed consents 1", "workspace": workspace,
                    "partition": partition, "number": number, "hash": hash, "removed": removed,
                    "kept": kept, "sum": sum, "at": at}),
        )
    }

    /// Whether it was written by this installation.
    pub(crate) fn is_signed(&self, shared: &Shared, workspace: &Workspace, on: Partition) -> bool {
        !self.signature.is_empty() && self.signature == self.signature(shared, workspace, on)
    }

    /// As a walk over the ledger needs it.
    pub(crate) fn as_removed(&self) -> Removed {
        Removed {
            number: self.number,
            hash: self.hash.clone(),
            kept: self.kept,
            sum: u128::from_str_radix(&self.sum, 16).unwrap_or_default(),
        }
    }
}

/// The signature of a value; the same value has the same.
fn sign(shared: &Shared, value: &Value) -> String {
    gyre_model::id::hex(&shared.options.subjects.signer.sign(value.to_string().as_bytes()))
}

/// The write that keeps the place of an entry which is erased for a request.
pub(crate) fn keep_place(shared: &Shared, record: &Stored, request: RecordId) -> Option<Op> {
    if record.entry.family != Family::Consent || failpoint::mutant("ledger.no_places") {
        return None;
    }
    let link = Consent::decode(&record.entry.payload).ok()?.chain?;
    let (workspace, partition) = (&record.entry.workspace, record.partition);
    let key = erased_key(partition, link.number);
    let mut place = ErasedPlace { link, request: Some(request), signature: String::new() };
    place.signature = place.signature(shared, workspace, partition);
    let value = serde_json::to_value(place).ok()?;
    Some(Op::Put { workspace: workspace.clone(), key, value })
}

fn erased_key(partition: Partition, number: u64) -> String {
    format!("{ERASED}{partition}:{number:020}")
}

fn removed_key(partition: Partition) -> String {
    format!("{REMOVED}{partition}")
}

/// The places of entries that were erased, in their order.
pub(crate) async fn erased_places(
    shared: &Shared,
    workspace: &Workspace,
    partition: Partition,
) -> Result<Vec<ErasedPlace>> {
    let values = shared.state.values(workspace, &format!("{ERASED}{partition}:")).await?;
    let read = |value| {
        serde_json::from_value(value).map_err(|why| Error::corrupt("place of an erased entry", why))
    };
    values.into_iter().map(|(_, value)| read(value)).collect()
}

/// Up to where entries were removed because of their age.
pub(crate) async fn removal(
    shared: &Shared,
    workspace: &Workspace,
    partition: Partition,
) -> Result<Option<Removal>> {
    let value = shared.state.value(workspace, &removed_key(partition)).await?;
    let read = value.map(serde_json::from_value).transpose();
    read.map_err(|why| Error::corrupt("removal of consents", why))
}

impl Engine {
    /// Of old entries of the ledger, which must stay because they are in force, and the writes that keep
    /// the chain whole without the others.
    pub(crate) async fn remove_entries(
        &self,
        partition: Partition,
        old: &[&Stored],
        at: Timestamp,
    ) -> Result<(HashSet<u64>, Vec<Op>)> {
        let shared = &self.shared;
        let (mut stay, mut seen) = (HashSet::new(), Vec::new());
        let mut removals: BTreeMap<Workspace, (u64, Removal)> = BTreeMap::new();
        for record in old {
            let Ok(entry) = Consent::decode(&record.entry.payload) else { continue };
            let Some(link) = &entry.chain else { continue };
            let workspace = &record.entry.workspace;
            if !removals.contains_key(workspace) {
                let known = removal(shared, workspace, partition).await?.unwrap_or_default();
                removals.insert(workspace.clone(), (known.number, known));
            }
            let Some((_, removal)) = removals.get_mut(workspace) else { continue };
            if link.number <= removal.number {
                // Written twice by a crash, or looked at before one: what the lake still has was kept.
                seen.push(record.offset);
                continue;
            }
            (removal.number, removal.hash) = (link.number, link.hash.clone());
            if self.is_in_force(&entry, link.id)? {
                stay.insert(record.offset);
                let mut of = removal.as_removed();
                of.keep(&link.hash);
                (removal.kept, removal.sum) = (of.kept, format!("{:032x}", of.sum));
            } else {
                removal.removed += 1;
            }
        }
        let kept = shared.lake.find_records(partition, &seen).await?;
        stay.extend(kept.into_iter().map(|(_, offset)| offset));
        let mut ops = Vec::new();
        for (workspace, (before, mut removal)) in removals {
            if removal.number == before {
                continue;
            }
            // The places of the erased up to here are inside of what was removed.
            for place in erased_places(shared, &workspace, partition).await? {
                if place.link.number > before && place.link.number <= removal.number {
                    let key = erased_key(partition, place.link.number);
                    ops.push(Op::Put { workspace: workspace.clone(), key, value: Value::Null });
                }
            }
            removal.at = at;
            removal.signature = removal.signature(shared, &workspace, partition);
            let value =
                serde_json::to_value(removal).map_err(|why| Error::corrupt("removal", why))?;
            ops.push(Op::Put { workspace, key: removed_key(partition), value });
        }
        if failpoint::mutant("ledger.no_removals") {
            ops.clear();
        }
        Ok((stay, ops))
    }

    /// Whether an entry is the last word of its node on its topic.
    fn is_in_force(&self, entry: &Consent, id: RecordId) -> Result<bool> {
        let person = self.shared.people_of(entry.node.key()).by_node(entry.node)?;
        let words = person.as_ref().and_then(|person| person.nodes.get(&entry.node));
        Ok(words.is_some_and(|node| node.words.iter().any(|word| word.id == id))
            && !failpoint::mutant("retention.removes_what_is_in_force"))
    }
}
