//! Asking: whoever is meant is found by any of their identifiers, and the request is written down.

use super::again;
use super::rectify::{self, Correcting};
use super::request::{self, Request};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::person::Person;
use gyre_identify::Rules;
use gyre_model::record::body::{Correction, SubjectRequestKind, SubjectRequestState};
use gyre_model::{NodeId, NodeKind, PersonId, RecordId, Timestamp, Workspace};
use gyre_ports::failpoint;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// What kind of identifier it is; any when absent.
    pub kind: Option<NodeKind>,
    /// The identifier.
    pub value: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// What is asked.
    pub kind: SubjectRequestKind,
    /// Who is meant.
    pub who: Identifier,
    /// The account that writes it down.
    pub by: String,
    /// The asking party's own number for it; asking again with the same one is the same request.
    pub reference: Option<String>,
    /// What is to be put right; only of a rectification.
    pub corrections: Vec<Correcting>,
}

impl Identifier {
    /// The nodes it could be.
    fn nodes(&self, workspace: &Workspace, rules: &Rules) -> Vec<NodeId> {
        let kinds = [NodeKind::User, NodeKind::Email, NodeKind::Anonymous];
        let value = self.value.trim();
        let mut nodes: Vec<NodeId> = kinds
            .into_iter()
            .filter(|kind| self.kind.is_none_or(|wanted| wanted == *kind))
            // What is no address is none, whatever it stands for otherwise.
            .filter(|kind| *kind != NodeKind::Email || value.contains('@'))
            .map(|kind| match kind {
                NodeKind::Email => NodeId::node(workspace.as_str(), kind, &value.to_lowercase()),
                _ => NodeId::node(workspace.as_str(), kind, value),
            })
            .collect();
        // Also what the rules know besides, and as they write it.
        for node in rules.nodes_of(workspace.as_str(), value) {
            if self.kind.is_none_or(|wanted| wanted == node.kind()) && !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        if self.kind.is_none() {
            nodes.extend(value.parse::<PersonId>().map(|id| id.root()).ok());
        }
        nodes
    }
}

impl Engine {
    /// Writes a request down; the same one again when it was written down before.
    pub async fn ask_subject(&self, workspace: &Workspace, asking: Asking) -> Result<Request> {
        if asking.who.value.trim().is_empty() {
            return Err(Error::Invalid {
                message: "a request needs somebody".to_owned(),
                hint: Some("give a user id, an e-mail address or an anonymous id".to_owned()),
            });
        }
        // Everything said so far counts towards who is meant.
        self.settle().await?;
        let hashes = again::hashes(&asking.who.value);
        let named = match &hashes {
            Some(hashes) => self.nodes_of_hashes(workspace, hashes)?,
            None => asking.who.nodes(workspace, &self.shared.catalog(workspace).identity),
        };
        let mut nodes = Vec::new();
        let mut people = BTreeMap::new();
        for node in &named {
            if let Some(person) = self.shared.people_of(node.key()).by_node(*node)?
                && person.workspace == *workspace
            {
                nodes.extend(person.nodes.keys().copied());
                people.insert(person.id, person);
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        let is_known = !nodes.is_empty();
        if !is_known {
            // Nobody as far as people go; there may be rejected events all the same.
            nodes.clone_from(&named);
        }
        if !is_known && !matches!(asking.kind, SubjectRequestKind::Erase | SubjectRequestKind::Lift)
        {
            let name = "of that identifier".to_owned();
            return Err(Error::NotFound { what: "a person", name });
        }
        let rights = self.shared.rights.read().clone();
        let of_nodes = nodes.iter().map(|node| rights.key_of(workspace, *node));
        let mut subject: Vec<String> =
            of_nodes.chain(hashes.into_iter().flatten()).map(|key| key.to_string()).collect();
        subject.sort_unstable();
        subject.dedup();
        if asking.kind == SubjectRequestKind::Lift
            && !nodes.iter().any(|node| rights.is_suppressed(rights.key_of(workspace, *node)))
        {
            return Err(Error::NotFound {
                what: "an erasure",
                name: "of that identifier".to_owned(),
            });
        }
        let corrections =
            self.corrections(workspace, &asking, people.values().map(AsRef::as_ref))?;
        let secret = &self.shared.options.subjects.key;
        let digest = rectify::digest(secret, workspace, &corrections);
        let mut asked = self.asking.lock().await;
        let earlier = asked.about(&self.shared, workspace, &subject).await?;
        let same = earlier.into_iter().find(|one| {
            one.kind == asking.kind
                && one.digest == digest
                && (one.state == SubjectRequestState::Received
                    || (asking.reference.is_some() && one.reference == asking.reference))
        });
        if let Some(same) = same {
            return Ok(same);
        }
        let at = self.shared.clock.now();
        let request = Request {
            id: id(workspace, &asking, &subject, digest.as_deref(), at),
            workspace: workspace.clone(),
            kind: asking.kind,
            state: SubjectRequestState::Received,
            by: asking.by,
            reference: asking.reference,
            requested_at: at,
            due_at: at + self.shared.options.subjects.due,
            done_at: None,
            subject,
            detail: None,
            removed: Vec::new(),
            export_bytes: None,
            export_until: None,
            certificate: None,
            failures: 0,
            nodes,
            plan: None,
            corrected: Vec::new(),
            corrections,
            digest,
        };
        // Noted first: a write of which nobody heard may have happened.
        asked.note(&request);
        self.shared.state.commit(self.shared.epoch, None, request.step(at)?).await?;
        failpoint::reach("subject.after_received");
        self.shared.requested.store(true, Ordering::SeqCst);
        self.shared.progress.notify_waiters();
        Ok(request)
    }

    /// What is to be put right about the one person who is meant.
    fn corrections<'a>(
        &self,
        workspace: &Workspace,
        asking: &Asking,
        mut people: impl Iterator<Item = &'a Person>,
    ) -> Result<Vec<Correction>> {
        if asking.kind != SubjectRequestKind::Rectify {
            if asking.corrections.is_empty() {
                return Ok(Vec::new());
            }
            return Err(Error::Invalid {
                message: format!("a request to {} puts nothing right", asking.kind.as_str()),
                hint: Some("leave the corrections out, or ask for kind rectify".to_owned()),
            });
        }
        match (people.next(), people.next()) {
            (Some(person), None) => {
                rectify::resolve(&self.shared, workspace, &asking.corrections, person)
            }
            _ => Err(Error::Invalid {
                message: "the identifier is that of several people".to_owned(),
                hint: Some("say of what kind it is, or give a person's id".to_owned()),
            }),
        }
    }

    /// A request.
    pub async fn subject_request(
        &self,
        workspace: &Workspace,
        id: RecordId,
    ) -> Result<Option<Request>> {
        request::read(&self.shared, workspace, id).await
    }

    /// All requests, newest first.
    pub async fn subject_requests(&self, workspace: &Workspace) -> Result<Vec<Request>> {
        request::all(&self.shared, workspace).await
    }

    /// Who is barred and restricted, what was refused because of it, and how long records are kept.
    pub async fn subject_status(&self) -> Result<serde_json::Value> {
        let (suppressed, restricted) = self.shared.rights.read().counts();
        Ok(serde_json::json!({
            "open": request::count_open(&self.shared).await?,
            "suppressed": suppressed,
            "restricted": restricted,
            "blocked": self.blocked().await?,
            "retention": self.retention().await?,
        }))
    }

    /// A piece of a request's export.
    pub async fn subject_export(
        &self,
        request: &Request,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u8>> {
        let exports = &self.shared.options.subjects.exports;
        Ok(exports.read(&request.export_name(), from, limit).await?)
    }

    /// The name and key of what certificates are signed with.
    pub fn certificate_key(&self) -> (&'static str, Vec<u8>) {
        let signer = &self.shared.options.subjects.signer;
        (signer.algorithm(), signer.public_key())
    }
}

fn id(
    workspace: &Workspace,
    asking: &Asking,
    subject: &[String],
    digest: Option<&str>,
    at: Timestamp,
) -> RecordId {
    let reference = asking.reference.as_deref().unwrap_or_default();
    RecordId::of(&[
        b"subject request",
        workspace.as_str().as_bytes(),
        asking.kind.as_str().as_bytes(),
        subject.concat().as_bytes(),
        reference.as_bytes(),
        digest.unwrap_or_default().as_bytes(),
        &at.0.to_le_bytes(),
    ])
}
