//! How far a change reaches: everything that edges connect which hold as far as their ends can tell.

use crate::links::Links;
use crate::rules::Rules;
use crate::standing::{Map, Standing};
use gyre_model::{NodeId, NodeKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A graph: the edges of every node. A node that nobody has heard of has none.
pub trait Web {
    /// Why the edges of a node cannot be told.
    type Error;
    /// The edges of a node.
    fn links(&mut self, node: NodeId) -> Result<Arc<Links>, Self::Error>;
}

/// What was so around some nodes before a change.
#[derive(Debug)]
pub struct Before {
    region: BTreeSet<NodeId>,
    standings: Vec<(NodeId, Standing)>,
}

/// What is so around the nodes whose edges are about to change.
pub fn before<W: Web>(web: &mut W, rules: &Rules, touched: &[NodeId]) -> Result<Before, W::Error> {
    let mut map = Map::new(web, rules);
    let mut judged: BTreeSet<NodeId> = touched.iter().copied().collect();
    for &node in touched {
        judged.extend(users_of(&mut map, node)?);
    }
    let mut standings = Vec::with_capacity(judged.len());
    for node in judged {
        standings.push((node, map.standing(node)?));
    }
    let mut region = BTreeSet::new();
    for &node in touched {
        region.extend(component(&mut map, node, &BTreeSet::new())?.nodes);
        let links = map.links(node)?;
        if links.is_full() {
            // One more, and it forgets most of these.
            region.extend(links.edges().iter().map(|edge| edge.other));
        }
    }
    Ok(Before { region, standings })
}

/// Everything whose person may be another after the change: what was connected with those nodes before it,
/// and what is now.
pub fn after<W: Web>(
    web: &mut W,
    rules: &Rules,
    before: Before,
    touched: &[NodeId],
) -> Result<BTreeSet<NodeId>, W::Error> {
    let mut map = Map::new(web, rules);
    let mut starts: BTreeSet<NodeId> = touched.iter().copied().collect();
    for (node, was) in before.standings {
        if map.standing(node)? != was {
            // Its edges hold elsewhere now: each of its neighbours may have been set free.
            starts.insert(node);
            starts.extend(map.links(node)?.edges().iter().map(|edge| edge.other));
        }
    }
    let mut region = before.region;
    for node in starts {
        let found = component(&mut map, node, &BTreeSet::new())?;
        region.extend(found.nodes);
    }
    Ok(region)
}

/// The users that share a device or an address with others: how they stand depends on it.
fn users_of<W: Web>(map: &mut Map<'_, W>, node: NodeId) -> Result<Vec<NodeId>, W::Error> {
    if node.kind() == NodeKind::User {
        return Ok(Vec::new());
    }
    let links = map.links(node)?;
    let users = links.edges().iter().map(|edge| edge.other);
    let users: Vec<NodeId> = users.filter(|other| other.kind() == NodeKind::User).collect();
    // What has more users than that counts for none of them, and has for a while.
    Ok(if users.len() > map.rules.max_people() + 1 { Vec::new() } else { users })
}

/// What is connected with a node.
pub(crate) struct Component {
    pub(crate) nodes: BTreeSet<NodeId>,
    /// Whether it is more than a person may have; then these nodes are some of it.
    pub(crate) too_large: bool,
}

/// What is connected with a node. `known` is connected with too much already.
pub(crate) fn component<W: Web>(
    map: &mut Map<'_, W>,
    start: NodeId,
    known: &BTreeSet<NodeId>,
) -> Result<Component, W::Error> {
    let most = map.rules.max_ids();
    let mut nodes = BTreeSet::from([start]);
    let mut left = vec![start];
    while let Some(node) = left.pop() {
        if known.contains(&node) {
            return Ok(Component { nodes, too_large: true });
        }
        let links = map.links(node)?;
        for edge in links.edges() {
            if nodes.contains(&edge.other) || map.cut(node, edge)?.is_some() {
                continue;
            }
            nodes.insert(edge.other);
            left.push(edge.other);
            if nodes.len() > most {
                return Ok(Component { nodes, too_large: true });
            }
        }
    }
    Ok(Component { nodes, too_large: false })
}
