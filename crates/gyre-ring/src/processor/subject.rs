//! Requests of people about their own data, in the order of the journal; and the records that must not be
//! taken because of them.

use super::batch::Batch;
use super::identify::Why;
use crate::catalog::membership_key;
use crate::error::{Error, Result};
use crate::subject::{Change, Period, SubjectKey, blocked_key, found_key};
use gyre_derive::Purpose;
use gyre_identify::{after, before};
use gyre_model::event::Event;
use gyre_model::record::body::{
    self, Body as _, Enrollment, Scope, SubjectRequest, SubjectRequestKind, SubjectRequestState,
};
use gyre_model::{NodeId, PersonId, Stored, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Batch<'_> {
    /// Leaves a record out: its person was erased. The registrar blanks it.
    pub(super) fn block(&mut self, record: &Stored) {
        self.skipped.push(record.offset);
        self.blocked = true;
        self.ops.push(Op::Put {
            workspace: crate::archive::system(),
            key: blocked_key(record.partition, record.offset),
            value: true.into(),
        });
    }

    /// Whether the event names somebody who was erased by anything but a device: devices are shared.
    pub(super) fn names_the_erased(
        &self,
        workspace: &Workspace,
        record: &Stored,
        event: &Event,
    ) -> bool {
        if self.rights.blocks_nobody() {
            return false;
        }
        let catalog = self.catalog(workspace);
        let nodes = catalog.identity.nodes(workspace.as_str(), event);
        nodes.iter().any(|node| {
            node.kind().is_of_one_person()
                && self.rights.blocks_node(workspace, *node, record.offset)
        })
    }

    /// A step of a request.
    pub(super) fn subject_request(&mut self, record: &Stored) -> Result<()> {
        let request = SubjectRequest::decode(&record.entry.payload)
            .map_err(|why| Error::corrupt("subject request", why))?;
        // Rows taken so far are those of people as they were.
        self.flush()?;
        self.blocked = true;
        let workspace = record.entry.workspace.clone();
        match (request.kind, request.state) {
            (SubjectRequestKind::Erase, SubjectRequestState::Received) => {
                self.erase(&workspace, record, &request)
            }
            // Derived again from a journal that is blank by now: the bar stands all the same.
            (SubjectRequestKind::Erase, SubjectRequestState::Done) => {
                for text in &request.subject {
                    if let Some(key) = SubjectKey::parse(text)
                        && self.rights.period(key).is_none()
                    {
                        let period = Period { from: record.offset, until: None };
                        self.change(Change::Suppress(key, period))?;
                    }
                }
                Ok(())
            }
            (SubjectRequestKind::Restrict, SubjectRequestState::Received) => {
                self.restrict(&workspace, record, &request)
            }
            (SubjectRequestKind::Unrestrict, SubjectRequestState::Received) => {
                for node in &request.nodes {
                    self.change(Change::Unrestrict(*node))?;
                }
                for id in self.people_of(&request.nodes)? {
                    self.wait_for_row(record.offset, record.at, id)?;
                }
                Ok(())
            }
            (SubjectRequestKind::Lift, SubjectRequestState::Received) => {
                for text in &request.subject {
                    if let Some(key) = SubjectKey::parse(text)
                        && let Some(period) = self.rights.period(key)
                    {
                        let until = Some(record.offset);
                        self.change(Change::Suppress(key, Period { until, ..period }))?;
                    }
                }
                Ok(())
            }
            (SubjectRequestKind::Rectify, SubjectRequestState::Received) => {
                self.rectify(&workspace, record, &request)
            }
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: Change) -> Result<()> {
        let write = Arc::make_mut(&mut self.rights).change(change)?;
        self.writes.push(write);
        self.rights_changed = true;
        Ok(())
    }

    /// The people that nodes belong to.
    pub(super) fn people_of(&self, nodes: &[NodeId]) -> Result<Vec<PersonId>> {
        let mut people = Vec::new();
        for node in nodes {
            people.extend(self.person_of(*node)?);
        }
        people.sort_unstable();
        people.dedup();
        Ok(people)
    }

    /// Removes people with all their nodes, bars the identifiers, and leaves word of what was found.
    fn erase(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        request: &SubjectRequest,
    ) -> Result<()> {
        let mut found: BTreeMap<NodeId, String> =
            request.nodes.iter().map(|node| (*node, String::new())).collect();
        for id in self.people_of(&request.nodes)? {
            let Some(person) = self.person(id)? else { continue };
            for (node, known) in &person.nodes {
                found.insert(*node, known.identifier.clone());
            }
            if failpoint::mutant("fold.no_erase") {
                continue;
            }
            for node in person.nodes.keys() {
                self.moved.remove(node);
                self.gone.insert(*node);
            }
            self.people.insert(id, Some(person));
            self.remove(id);
        }
        if !failpoint::mutant("fold.no_erase") {
            self.unlink(workspace, record, found.keys().copied().collect())?;
        }
        let period = Period { from: record.offset, until: None };
        for node in found.keys() {
            let key = self.rights.key_of(workspace, *node);
            self.change(Change::Suppress(key, period))?;
            if self.rights.restricts(*node) {
                self.change(Change::Unrestrict(*node))?;
            }
        }
        // Hashes of a certificate of before a restore, whose identifiers nobody has here.
        for key in request.subject.iter().filter_map(|text| SubjectKey::parse(text)) {
            if self.rights.period(key).is_none() {
                self.change(Change::Suppress(key, period))?;
            }
        }
        let found: Vec<_> = found
            .iter()
            .map(|(node, identifier)| json!({"node": node, "identifier": identifier}))
            .collect();
        self.ops.push(Op::Put {
            workspace: workspace.clone(),
            key: found_key(request.id),
            value: found.into(),
        });
        Ok(())
    }

    /// Forgets the edges of those who are erased. Who was linked with them may be grouped otherwise without
    /// them.
    fn unlink(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        gone: BTreeSet<NodeId>,
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        let touched: Vec<NodeId> = gone.iter().copied().collect();
        let was = before(self, &catalog.identity, &touched)?;
        let others = self.forget_links(&gone)?;
        let mut region = after(self, &catalog.identity, was, &others)?;
        region.retain(|node| !gone.contains(node));
        // What is written about those who stay names none of those who go.
        let Some(&first) = others.first() else { return Ok(()) };
        let why = Why {
            call: None,
            message: "",
            key: first.key(),
            centre: first,
            other: first,
            since: record.at,
        };
        self.settle(workspace, record, &catalog.identity, &region, &BTreeSet::new(), &why)
    }

    /// Takes people out of everything that is evaluated; what is known of them stays.
    fn restrict(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        request: &SubjectRequest,
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        for id in self.people_of(&request.nodes)? {
            let Some(person) = self.person(id)? else { continue };
            for membership in catalog.audiences.all() {
                let key = membership_key(membership.purpose, &membership.name);
                if membership.purpose != Purpose::Declared || !person.members.contains_key(&key) {
                    continue;
                }
                let left = Enrollment {
                    v: body::VERSION,
                    scope: Scope::Audience,
                    name: membership.name.clone(),
                    node: person.root(),
                    person: person.id,
                    entered: false,
                    arm: None,
                    reason: Some("restricted".to_owned()),
                    at: record.at,
                    segments: serde_json::Map::new(),
                };
                self.derive(workspace, record.offset, person.root().key(), &left);
            }
            self.leave_stages(workspace, (record.offset, record.at), &person, "restricted");
            if let Some(due) = person.due {
                self.wheel.remove(&(due, id));
            }
            if let Some(person) = self.person_mut(id)? {
                person.members.clear();
                person.due = None;
            }
        }
        for node in &request.nodes {
            self.change(Change::Restrict(*node, record.offset))?;
        }
        Ok(())
    }
}
