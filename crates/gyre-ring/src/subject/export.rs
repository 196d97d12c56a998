//! Exporting: everything that is known of a person, from every store, as one archive of JSON lines.

use super::find::{Sought, scan};
use super::request::{self, Request};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::explain::objects;
use crate::person::Person;
use gyre_model::record::body::SubjectRequestState;
use gyre_model::{NodeId, Offset, PersonId, Timestamp};
use gyre_ports::failpoint;
use gyre_ports::lake::{Parameter, Query, Sql};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Rows asked for at once.
const PAGE: usize = 2_000;
const TIMEOUT: Duration = Duration::from_secs(120);

/// A part of an archive under construction.
struct Part {
    file: String,
    what: String,
    rows: u64,
    digest: Sha256,
}

impl Part {
    fn new(file: &str, what: &str) -> Self {
        Self { file: file.to_owned(), what: what.to_owned(), rows: 0, digest: Sha256::new() }
    }
}

impl Engine {
    /// Makes the archive of a request.
    pub(super) async fn export_person(&self, mut request: Request) -> Result<bool> {
        self.visible().await?;
        let shared = &self.shared;
        let name = request.export_name();
        let exports = &shared.options.subjects.exports;
        // What a crash left of it.
        exports.discard(&name).await?;
        let mut people = BTreeMap::new();
        for node in &request.nodes {
            if let Some(person) = shared.people_of(node.key()).by_node(*node)? {
                people.insert(person.id, person);
            }
        }
        let mut parts = Vec::new();
        let mut profile = Part::new("profile.jsonl", "what is known now, and all identifiers");
        for person in people.values() {
            let view = self.person(&request.workspace, &person.id.to_string()).await?;
            self.line(&name, &mut profile, &view).await?;
        }
        parts.push(profile);
        let nodes: Vec<NodeId> = people.values().flat_map(|person| nodes(person)).collect();
        self.export_lake(&request, &nodes, &mut parts).await?;
        self.export_state(&request, &nodes, &mut parts).await?;
        self.export_rejected(&request, people.values().map(AsRef::as_ref), &mut parts).await?;
        let mut asked = Part::new("requests.jsonl", "what was asked about this data before");
        for other in request::all(shared, &request.workspace).await? {
            if other.shares_subject(&request) {
                let line = json!({"id": other.id, "kind": other.kind, "state": other.state,
                    "requested_at": other.requested_at, "done_at": other.done_at});
                self.line(&name, &mut asked, &line).await?;
            }
        }
        parts.push(asked);
        let manifest = manifest(&request, shared.clock.now(), parts);
        let bytes =
            serde_json::to_vec_pretty(&manifest).map_err(|why| Error::corrupt("manifest", why))?;
        exports.add(&name, "manifest.json", &bytes).await?;
        failpoint::reach("subject.before_export");
        let size = exports.finish(&name).await?;
        failpoint::reach("subject.after_export");
        let at = shared.clock.now();
        request.state = SubjectRequestState::Done;
        request.done_at = Some(at);
        request.export_bytes = Some(size);
        request.export_until = Some(at + shared.options.subjects.keep_exports);
        shared.state.commit(shared.epoch, None, request.step(at)?).await?;
        failpoint::reach("subject.after_done");
        Ok(true)
    }

    async fn line(&self, export: &str, part: &mut Part, value: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(value).map_err(|why| Error::corrupt("a row", why))?;
        bytes.push(b'\n');
        part.rows += 1;
        part.digest.update(&bytes);
        self.shared.options.subjects.exports.add(export, &part.file, &bytes).await?;
        Ok(())
    }

    /// The rows of every table that knows people.
    async fn export_lake(
        &self,
        request: &Request,
        nodes: &[NodeId],
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        for spec in crate::tables::specs() {
            let has = |column: &str| spec.schema.field_with_name(column).is_ok();
            if !has("node") || nodes.is_empty() {
                continue;
            }
            let mut part = Part::new(&format!("{}.jsonl", spec.name), spec.comment);
            // Placeholders only: what they stand for is bound.
            let places: Vec<String> = (0..nodes.len()).map(|n| format!("${}", n + 3)).collect();
            let places = places.join(", ");
            let by_person =
                if has("person") { format!(" OR person IN ({places})") } else { String::new() };
            let sql = format!(
                "SELECT * FROM {} WHERE workspace = $1 AND _offset > $2 \
                 AND (node IN ({places}){by_person}) ORDER BY _offset LIMIT {PAGE}",
                spec.name
            );
            let mut after = -1;
            loop {
                let mut parameters =
                    vec![Parameter::Text(request.workspace.to_string()), Parameter::Integer(after)];
                parameters.extend(nodes.iter().map(|node| Parameter::Text(node.to_string())));
                let query = Query {
                    sql: Sql::Text(sql.clone()),
                    parameters,
                    max_rows: PAGE,
                    timeout: TIMEOUT,
                };
                let rows = objects(&self.shared.lake.query(query).await?);
                for row in &rows {
                    self.line(&request.export_name(), &mut part, row).await?;
                }
                match rows.last().and_then(|row| row["_offset"].as_i64()) {
                    Some(last) if rows.len() == PAGE => after = last,
                    _ => break,
                }
            }
            parts.push(part);
        }
        Ok(())
    }

    /// What is committed to: consent in effect, and contacts that caps count.
    async fn export_state(
        &self,
        request: &Request,
        nodes: &[NodeId],
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        let (state, name) = (&self.shared.state, request.export_name());
        let mut consent = Part::new("consent_in_effect.jsonl", "consent as it is applied");
        for row in state.consent(&request.workspace, nodes).await? {
            let line = json!({"node": row.node, "channel": row.channel, "granted": row.granted,
                "occurred_at": row.occurred_at});
            self.line(&name, &mut consent, &line).await?;
        }
        parts.push(consent);
        let mut contacts = Part::new("contacts.jsonl", "contacts that were made or reserved");
        for row in state.contacts(&request.workspace, nodes, Timestamp(0)).await? {
            let line = json!({"node": row.node, "channel": row.channel, "at": row.at});
            self.line(&name, &mut contacts, &line).await?;
        }
        parts.push(contacts);
        Ok(())
    }

    /// Rejected events, which belong to nobody by name: found as an erasure would find them.
    async fn export_rejected(
        &self,
        request: &Request,
        people: impl Iterator<Item = &Person>,
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        let mut part = Part::new("rejected.jsonl", "events that were rejected, as they came");
        let who: Vec<(NodeId, String)> = people
            .flat_map(|person| &person.nodes)
            .map(|(node, known)| (*node, known.identifier.clone()))
            .collect();
        let sought = Sought::new(&[who])?;
        for partition in 0..self.shared.journal.partitions() {
            let below: Offset = self.shared.marks(partition).archived();
            for found in scan(&self.shared, partition, &sought, below).await? {
                if found.record.entry.family != gyre_model::Family::DeadLetter {
                    continue;
                }
                let body: Value = serde_json::from_slice(&found.record.entry.payload)
                    .map_err(|why| Error::corrupt("dead letter", why))?;
                let line = json!({"at": found.record.at, "letter": body});
                self.line(&request.export_name(), &mut part, &line).await?;
            }
        }
        parts.push(part);
        Ok(())
    }
}

/// The nodes by which rows may know a person: their own, and the person's id.
fn nodes(person: &Person) -> Vec<NodeId> {
    let PersonId(id) = person.id;
    let mut nodes: Vec<NodeId> = person.nodes.keys().copied().chain([NodeId(id)]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn manifest(request: &Request, at: Timestamp, parts: Vec<Part>) -> Value {
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|part| {
            let digest: Vec<_> =
                part.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            let digest = digest.concat();
            json!({"file": part.file, "what": part.what, "rows": part.rows, "sha256": digest})
        })
        .collect();
    json!({
        "form": "gyre export 1",
        "request": request.id,
        "workspace": request.workspace,
        "made_at": at,
        "format": "JSON lines: one object a line; times are UTC",
        "parts": parts,
    })
}
