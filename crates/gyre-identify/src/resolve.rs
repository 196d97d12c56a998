//! The people of a region of the graph.

use crate::explore::{Web, component};
use crate::join::{Edge, join, rank};
use crate::links::Links;
use crate::reason::Reason;
use crate::rules::Rules;
use crate::standing::Map;
use gyre_model::{NodeId, NodeKind};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The people of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// The groups of nodes, each in order.
    pub groups: Vec<Vec<NodeId>>,
    /// What became of each edge that ends in the region, its lower end first.
    pub edges: BTreeMap<(NodeId, NodeId), Option<Reason>>,
}

/// The people among `region`, which is everything that a change reaches (see [`crate::after`]), or
/// everything there is.
pub fn resolve<W: Web>(
    web: &mut W,
    rules: &Rules,
    region: &BTreeSet<NodeId>,
) -> Result<Resolved, W::Error> {
    let mut map = Map::new(web, rules);
    let mut resolved = Resolved::default();
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    let mut large: BTreeSet<NodeId> = BTreeSet::new();
    for &start in region {
        if done.contains(&start) {
            continue;
        }
        let found = component(&mut map, start, &large)?;
        if !found.too_large {
            done.extend(&found.nodes);
            whole(&mut map, &found.nodes, &mut resolved)?;
            continue;
        }
        for &node in &found.nodes {
            let centre = centre(&mut map, node)?;
            if done.insert(centre) {
                done.extend(star(&mut map, centre, &mut resolved)?);
            }
        }
        large.extend(found.nodes);
    }
    resolved.groups.sort_unstable();
    Ok(resolved)
}

/// A component that is small enough: all its edges are weighed against each other.
fn whole<W: Web>(
    map: &mut Map<'_, W>,
    nodes: &BTreeSet<NodeId>,
    resolved: &mut Resolved,
) -> Result<(), W::Error> {
    let mut edges = Vec::new();
    let mut apart = Vec::new();
    let mut known = HashSet::new();
    for &node in nodes {
        let links = map.links(node)?;
        if is_known(node, &links) {
            known.insert(node);
        }
        for edge in links.edges() {
            let ends = (node.min(edge.other), node.max(edge.other));
            match map.cut(node, edge)? {
                Some(reason) => drop(resolved.edges.insert(ends, Some(reason))),
                None if node < edge.other => {
                    edges.push(Edge { ends, evidence: edge.evidence.clone() });
                }
                None => {}
            }
        }
        apart.extend(
            links.apart().iter().filter(|other| node < **other).map(|other| (node, *other)),
        );
    }
    let nodes: Vec<NodeId> = nodes.iter().copied().collect();
    let joined = join(map.rules, &nodes, edges, &apart, &known);
    resolved.groups.extend(joined.groups);
    resolved.edges.extend(joined.edges);
    Ok(())
}

/// Whether a node makes somebody known: a user id, or an identifier of which a server or a file said
/// something. An address that stands alone, or that only devices named, is whose they say.
fn is_known(node: NodeId, links: &Links) -> bool {
    let kind = node.kind();
    kind == NodeKind::User || kind.names_somebody() && links.is_vouched_for()
}

/// In a component that is too large, the user that a node goes with: that of its strongest edge.
fn centre<W: Web>(map: &mut Map<'_, W>, node: NodeId) -> Result<NodeId, W::Error> {
    if node.kind() == NodeKind::User {
        return Ok(node);
    }
    let mut best = None;
    let links = map.links(node)?;
    for edge in links.edges().iter().filter(|edge| edge.other.kind() == NodeKind::User) {
        if map.cut(node, edge)?.is_some() {
            continue;
        }
        let ends = (node.min(edge.other), node.max(edge.other));
        let rank = rank(map.rules, &Edge { ends, evidence: edge.evidence.clone() });
        if best.as_ref().is_none_or(|(strongest, _)| rank < *strongest) {
            best = Some((rank, edge.other));
        }
    }
    Ok(best.map_or(node, |(_, user)| user))
}

/// A user with what goes with it, or a node that goes with none.
fn star<W: Web>(
    map: &mut Map<'_, W>,
    centre_node: NodeId,
    resolved: &mut Resolved,
) -> Result<Vec<NodeId>, W::Error> {
    let links = map.links(centre_node)?;
    let mut nodes = vec![centre_node];
    let mut edges = Vec::new();
    for edge in links.edges() {
        if centre_node.kind() == NodeKind::User
            && map.cut(centre_node, edge)?.is_none()
            && centre(map, edge.other)? == centre_node
        {
            nodes.push(edge.other);
            let ends = (centre_node.min(edge.other), centre_node.max(edge.other));
            edges.push(Edge { ends, evidence: edge.evidence.clone() });
        }
    }
    let mut apart = Vec::new();
    let mut known = HashSet::new();
    for &node in &nodes {
        let links = map.links(node)?;
        if is_known(node, &links) {
            known.insert(node);
        }
        apart.extend(links.apart().iter().map(|other| (node, *other)));
        for edge in links.edges() {
            let ends = (node.min(edge.other), node.max(edge.other));
            let reason = map.cut(node, edge)?.unwrap_or(Reason::TooLarge);
            resolved.edges.insert(ends, Some(reason));
        }
    }
    nodes.sort_unstable();
    let joined = join(map.rules, &nodes, edges, &apart, &known);
    resolved.groups.extend(joined.groups);
    resolved.edges.extend(joined.edges);
    Ok(nodes)
}
