//! A request as a row of the state, and the record of each of its steps.

use super::rectify::Corrected;
use super::rights::SubjectKey;
use crate::archive::system;
use crate::error::{Error, Result};
use crate::send::entry;
use crate::shared::Shared;
use gyre_model::record::body::{
    Correction, SubjectRequest, SubjectRequestKind, SubjectRequestState, VERSION,
};
use gyre_model::{NodeId, Offset, Partition, RecordId, Timestamp, Workspace};
use gyre_ports::state::{Holdings, Op};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const PREFIX: &str = "subject-request:";
const OPEN: &str = "subject-open:";

/// What was removed from one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// `journal`, `lake`, `state`, `fold`, `exports`, `backups`.
    pub store: String,
    /// The table, family or kind of row.
    pub table: String,
    /// How many rows or records.
    pub count: u64,
    /// How many bytes of payload, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Where everything is that an erasure removes, written down before anything is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// What the state held.
    #[serde(default)]
    pub holdings: Holdings,
    /// Nodes in the fold.
    #[serde(default)]
    pub nodes: u64,
    /// Records of the journal, once they were looked for.
    #[serde(default)]
    pub records: Option<Vec<(Partition, Offset)>>,
    /// What they are: by family, how many and how many bytes.
    #[serde(default)]
    pub families: BTreeMap<String, (u64, u64)>,
    /// Rows of the lake, by table.
    #[serde(default)]
    pub rows: BTreeMap<String, u64>,
    /// Exports made for the same person, and how many bytes they have.
    #[serde(default)]
    pub exports: BTreeMap<String, u64>,
    /// Records of the journal that are filed under somebody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<(Partition, Offset)>,
    /// The names of values that keep the places of records, with the records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<(Partition, Offset, String)>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RecordId,
    /// The workspace.
    pub workspace: Workspace,
    /// What is asked.
    pub kind: SubjectRequestKind,
    /// Where it stands.
    pub state: SubjectRequestState,
    /// The account that wrote it down.
    pub by: String,
    /// The asking party's own number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it came.
    pub requested_at: Timestamp,
    /// By when it has to be carried out.
    pub due_at: Timestamp,
    /// When it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// Keyed hashes of the identifiers it is about.
    pub subject: Vec<String>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What was removed where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// The size of its export, while there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_bytes: Option<u64>,
    /// Until when its export can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_until: Option<Timestamp>,
    /// Its signed certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Value>,
    /// What was put right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<Corrected>,
    /// How often it was tried in vain.
    #[serde(default)]
    pub failures: u32,
    /// Its nodes, while it is carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) nodes: Vec<NodeId>,
    /// What is to be removed, while it is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    /// What is to be put right, while it is carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) corrections: Vec<Correction>,
    /// A keyed hash of what was to be put right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
}

impl Request {
    /// The name of its export.
    pub fn export_name(&self) -> String {
        self.id.to_string()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = SubjectKey> + '_ {
        self.subject.iter().filter_map(|text| SubjectKey::parse(text))
    }

    /// Whether two requests are about the same person.
    pub(crate) fn shares_subject(&self, other: &Self) -> bool {
        self.workspace == other.workspace
            && self.subject.iter().any(|key| other.subject.contains(key))
    }

    /// The write of the row.
    pub(crate) fn row(&self) -> Result<Op> {
        let value = serde_json::to_value(self).map_err(|why| Error::corrupt("request", why))?;
        let key = format!("{PREFIX}{}", self.id);
        Ok(Op::Put { workspace: self.workspace.clone(), key, value })
    }

    /// The writes of a step: the row, whether it is still to be carried out, and the record.
    pub(crate) fn step(&self, at: Timestamp) -> Result<Vec<Op>> {
        let is_open = self.state == SubjectRequestState::Received;
        let value = if is_open { Value::Bool(true) } else { Value::Null };
        let key = format!("{OPEN}{}:{}", self.workspace, self.id);
        let record = SubjectRequest {
            v: VERSION,
            id: self.id,
            kind: self.kind,
            state: self.state,
            by: self.by.clone(),
            at,
            due: self.due_at,
            reference: self.reference.clone(),
            subject: self.subject.clone(),
            nodes: self.nodes.clone(),
            corrections: self.corrections.clone(),
            detail: self.detail.clone(),
            certificate: self
                .certificate
                .as_ref()
                .and_then(|signed| signed["signature"].as_str())
                .map(str::to_owned),
        };
        // While it names nodes it is filed under them, so that erasing the person finds it.
        let node = self.nodes.first().copied().unwrap_or_default();
        Ok(vec![
            self.row()?,
            Op::Put { workspace: system(), key, value },
            Op::Decided(entry(&self.workspace, node, &record)),
        ])
    }
}

/// Under which name the processor leaves what it found of a person.
pub(crate) fn found_key(id: RecordId) -> String {
    format!("subject-found:{id}")
}

/// A node that the processor removed, with the identifier itself: what is left in other places is looked
/// for by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundNode {
    pub node: NodeId,
    pub identifier: String,
}

/// Reads a row.
pub(crate) async fn read(
    shared: &Shared,
    workspace: &Workspace,
    id: RecordId,
) -> Result<Option<Request>> {
    let value = shared.state.value(workspace, &format!("{PREFIX}{id}")).await?;
    value.map(parse).transpose()
}

/// All requests of a workspace, newest first.
pub(crate) async fn all(shared: &Shared, workspace: &Workspace) -> Result<Vec<Request>> {
    let values = shared.state.values(workspace, PREFIX).await?;
    let mut requests =
        values.into_iter().map(|(_, value)| parse(value)).collect::<Result<Vec<_>>>()?;
    requests.sort_by_key(|request| (std::cmp::Reverse(request.requested_at), request.id));
    Ok(requests)
}

/// The requests that are to be carried out, in every workspace.
pub(crate) async fn open(shared: &Shared) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (key, _) in shared.state.values(&system(), OPEN).await? {
        let named = key.strip_prefix(OPEN).and_then(|rest| rest.rsplit_once(':'));
        let Some((workspace, id)) = named else { continue };
        let Ok(id) = id.parse() else { continue };
        requests.extend(read(shared, &Workspace::new(workspace), id).await?);
    }
    requests.sort_by_key(|request: &Request| (request.requested_at, request.id));
    Ok(requests)
}

fn parse(value: Value) -> Result<Request> {
    serde_json::from_value(value).map_err(|why| Error::corrupt("request", why))
}
