//! A group of nodes: one person.

use gyre_model::{NodeId, NodeKind, PersonId, Timestamp};

/// A node in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The node.
    pub node: NodeId,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

/// The nodes that are one person, in order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    members: Vec<Member>,
}

impl Group {
    /// A group of several; `None` of none.
    pub fn from_members(mut members: Vec<Member>) -> Option<Self> {
        members.sort_unstable();
        members.dedup_by_key(|member| member.node);
        (!members.is_empty()).then_some(Self { members })
    }
    /// Its nodes.
    pub fn members(&self) -> &[Member] {
        &self.members
    }
    /// The person: the root is the user id, else the e-mail, else the anonymous id seen first.
    pub fn person(&self) -> PersonId {
        self.members
            .iter()
            .min_by_key(|member| (member.node.kind(), member.first_seen, member.node))
            .map(|member| member.node.as_person())
            .unwrap_or_default()
    }
    /// Whether the node is in it.
    pub fn contains(&self, node: NodeId) -> bool {
        self.members.iter().any(|member| member.node == node)
    }
    /// How many user ids it has: never more than one.
    pub fn users(&self) -> usize {
        self.members.iter().filter(|member| member.node.kind() == NodeKind::User).count()
    }
}
