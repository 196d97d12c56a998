//! Contacts reserved for queued sends, kept in memory so that an in-app decision asks no database.
//!
//! Filled from the state when the ring starts, and by the sender as it reserves.

use crate::person::Person;
use gyre_govern::Contacted;
use gyre_model::{NodeId, Timestamp, Workspace};
use parking_lot::RwLock;
use std::collections::HashMap;

/// Reserved contacts by node.
#[derive(Debug, Default)]
pub struct Reserved {
    by_node: RwLock<HashMap<(Workspace, NodeId), Vec<Contacted>>>,
}

impl Reserved {
    /// Adds a contact; older ones than `horizon` of the same node are forgotten.
    pub fn add(&self, workspace: &Workspace, node: NodeId, contact: Contacted, horizon: Timestamp) {
        let mut by_node = self.by_node.write();
        let contacts = by_node.entry((workspace.clone(), node)).or_default();
        contacts.retain(|one| one.at > horizon);
        contacts.push(contact);
    }

    /// Nothing left: the contact did not happen.
    pub fn release(&self, workspace: &Workspace, node: NodeId, at: Timestamp) {
        let mut by_node = self.by_node.write();
        if let Some(contacts) = by_node.get_mut(&(workspace.clone(), node))
            && let Some(place) = contacts.iter().position(|one| one.at == at)
        {
            contacts.remove(place);
        }
    }

    /// Forgets the contacts of nodes.
    pub fn forget(&self, workspace: &Workspace, nodes: &[NodeId]) {
        let mut by_node = self.by_node.write();
        for node in nodes {
            by_node.remove(&(workspace.clone(), *node));
        }
    }

    /// The contacts of a person's nodes.
    pub fn contacts(&self, workspace: &Workspace, person: &Person) -> Vec<Contacted> {
        let by_node = self.by_node.read();
        person
            .nodes
            .keys()
            .filter_map(|node| by_node.get(&(workspace.clone(), *node)))
            .flatten()
            .cloned()
            .collect()
    }
}
