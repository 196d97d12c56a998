//! The step: the nodes of one event are linked, the identity node with each of the others.

use crate::group::{Group, Member};
use gyre_model::{NodeId, PersonId, Timestamp};

/// What became of one edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The identity node of the event.
    pub node: NodeId,
    /// The node it was to be joined with.
    pub with: NodeId,
    /// The person that is gone, when two people became one.
    pub absorbed: Option<PersonId>,
    /// The person that `with` was before.
    pub previous: PersonId,
    /// The group after it; of a refused edge, that of `node`.
    pub group: Group,
    /// Why the join was refused.
    pub refused: Option<&'static str>,
}

/// Links the first node with each of the others, in order. `group_of` gives the group a node is in
/// now; nodes never seen are groups of one, first seen at `at`. Edges inside a group give nothing.
pub fn link(
    nodes: &[NodeId],
    at: Timestamp,
    mut group_of: impl FnMut(NodeId) -> Option<Group>,
) -> (Option<Group>, Vec<Link>) {
    let Some((&first, others)) = nodes.split_first() else { return (None, Vec::new()) };
    let mut known =
        |node| group_of(node).unwrap_or_else(|| Group::of(Member { node, first_seen: at }));
    let mut own = known(first);
    let mut links = Vec::new();
    for &with in others {
        if own.contains(with) {
            continue;
        }
        let other = known(with);
        let previous = other.person();
        match own.join(&other) {
            Ok(joined) => {
                let person = joined.person();
                let absorbed = [own.person(), previous].into_iter().find(|&one| one != person);
                own = joined;
                links.push(Link {
                    node: first,
                    with,
                    absorbed,
                    previous,
                    group: own.clone(),
                    refused: None,
                });
            }
            Err(why) => links.push(Link {
                node: first,
                with,
                absorbed: None,
                previous,
                group: own.clone(),
                refused: Some(why),
            }),
        }
    }
    (Some(own), links)
}
