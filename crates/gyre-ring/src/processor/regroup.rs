//! People regrouped: joined and parted. What their nodes carry goes with the nodes; memberships are decided
//! afresh, except those of a person whose id lives on.

use super::batch::Batch;
use super::identify::Why;
use crate::error::Result;
use crate::person::{Node, Person};
use gyre_identify::{Group, Member, Rules};
use gyre_model::record::body;
use gyre_model::{NodeId, PersonId, Stored, Workspace};
use std::collections::{BTreeMap, BTreeSet};

impl Batch<'_> {
    /// Puts nodes into people as they are grouped now. `fresh` are people of one node that this event
    /// brought.
    pub(super) fn regroup(
        &mut self,
        workspace: &Workspace,
        record: &Stored,
        rules: &Rules,
        groups: Vec<Vec<NodeId>>,
        fresh: &BTreeSet<PersonId>,
        why: &Why<'_>,
    ) -> Result<()> {
        let mut changed = Vec::new();
        let mut old = BTreeSet::new();
        for group in groups {
            let mut people = BTreeSet::new();
            for &node in &group {
                people.extend(self.person_of(node)?);
            }
            let is_whole = match people.first() {
                Some(&one) if people.len() == 1 => {
                    self.nodes_of(one, workspace)?.len() == group.len()
                }
                _ => false,
            };
            if !is_whole && !people.is_empty() {
                old.extend(people);
                changed.push(group);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        if old.iter().any(|person| !fresh.contains(person)) {
            // Rows already waiting were taken before people became others.
            self.flush()?;
        }
        let mut gone: BTreeMap<PersonId, Person> = BTreeMap::new();
        let mut pool: BTreeMap<NodeId, Node> = BTreeMap::new();
        for id in old {
            let Some(person) = self.person(id)? else { continue };
            pool.extend(person.nodes.iter().map(|(id, node)| (*id, node.clone())));
            gone.insert(id, person);
        }
        let mut people = people_of(workspace, changed, &mut pool, &gone);
        people.sort_by_key(|person| person.id);
        for person in &people {
            for &node in person.nodes.keys() {
                let was = self.person_of(node)?.unwrap_or(node.as_person());
                if was != person.id {
                    let with = if node == why.centre { why.other } else { why.centre };
                    let row = joined(record, rules, why, (node, with), (was, person.id));
                    self.derive(workspace, record.offset, why.key, &row);
                }
            }
        }
        let stays: BTreeSet<PersonId> = people.iter().map(|person| person.id).collect();
        for (id, person) in gone.iter().filter(|(id, _)| !stays.contains(id)) {
            self.leave_all(workspace, record, person);
            if let Some(due) = person.due {
                self.wheel.remove(&(due, *id));
            }
            self.people.insert(*id, None);
        }
        let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
        for person in people {
            self.put(person);
        }
        let own = self.person_of(why.centre)?;
        for id in ids {
            // The event's own person is looked at once the event is in its tiles.
            if why.call.is_none() || Some(id) != own {
                self.wait_for_row(record.offset, record.at, id)?;
            }
        }
        Ok(())
    }

    /// The nodes of a person of a workspace.
    pub(super) fn nodes_of(&self, id: PersonId, workspace: &Workspace) -> Result<Vec<NodeId>> {
        let nodes = |person: &Person| {
            let same = person.workspace == *workspace;
            if same { person.nodes.keys().copied().collect() } else { Vec::new() }
        };
        if let Some(person) = self.people.get(&id) {
            return Ok(person.as_ref().map(nodes).unwrap_or_default());
        }
        Ok(self.processor.people.get(id)?.map(|person| nodes(&person)).unwrap_or_default())
    }
}

/// The people that groups make of nodes; what no group names stays with what it was with.
fn people_of(
    workspace: &Workspace,
    groups: Vec<Vec<NodeId>>,
    pool: &mut BTreeMap<NodeId, Node>,
    gone: &BTreeMap<PersonId, Person>,
) -> Vec<Person> {
    let mut sets: Vec<BTreeMap<NodeId, Node>> = Vec::with_capacity(groups.len());
    for group in groups {
        sets.push(group.iter().filter_map(|node| pool.remove_entry(node)).collect());
    }
    for person in gone.values() {
        sets.push(person.nodes.keys().filter_map(|node| pool.remove_entry(node)).collect());
    }
    let people = sets.into_iter().filter_map(|nodes| {
        let members =
            nodes.iter().map(|(node, known)| Member { node: *node, first_seen: known.first_seen });
        let id = Group::from_members(members.collect())?.person();
        let before = gone.get(&id);
        Some(Person {
            workspace: workspace.clone(),
            id,
            nodes,
            members: before.map(|person| person.members.clone()).unwrap_or_default(),
            due: before.and_then(|person| person.due),
        })
    });
    people.collect()
}

/// The row that tells a node's person.
fn joined(
    record: &Stored,
    rules: &Rules,
    why: &Why<'_>,
    (node, with): (NodeId, NodeId),
    (previous, person): (PersonId, PersonId),
) -> body::Identity {
    body::Identity {
        v: body::VERSION,
        node,
        with,
        person,
        previous,
        joined: true,
        reason: None,
        event_kind: why.call,
        message_id: why.message.to_owned(),
        at: record.at,
        id_type: Some(rules.type_name(node).to_owned()),
        trust: None,
        source: None,
    }
}
