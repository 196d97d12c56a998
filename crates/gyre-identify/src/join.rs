//! The edges of one component, from the strongest to the weakest: each joins two groups, or breaks a rule
//! and is dropped.

use crate::bursts;
use crate::evidence::{Evidence, Trust};
use crate::reason::Reason;
use crate::rules::Rules;
use gyre_model::{NodeId, NodeKind, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An edge, its lower end first.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) ends: (NodeId, NodeId),
    pub(crate) evidence: Evidence,
}

/// Where an edge stands among others: the strongest first, and no two alike.
type Rank = (bool, Trust, u32, Timestamp, (NodeId, NodeId));

/// What somebody signs in with on a device outweighs what was typed there, and what a server says of a user
/// outweighs both; then trust, the types' priority, and who came first.
pub(crate) fn rank(rules: &Rules, edge: &Edge) -> Rank {
    let (a, b) = edge.ends;
    let trust = edge.evidence.trust;
    let user = a.kind() == NodeKind::User || b.kind() == NodeKind::User;
    let device = !(a.kind().names_somebody() && b.kind().names_somebody());
    let direct = user && (device || trust == Trust::Server);
    let priority = |node| rules.type_of(node).map_or(u32::MAX, |(_, one)| one.priority);
    (!direct, trust, priority(a).max(priority(b)), edge.evidence.first, edge.ends)
}

/// The groups of some nodes, and what became of each edge.
pub(crate) struct Joined {
    pub(crate) groups: Vec<Vec<NodeId>>,
    pub(crate) edges: BTreeMap<(NodeId, NodeId), Option<Reason>>,
}

/// Joins nodes by edges between them; none of `apart` end up in one group. `known` are the nodes of people
/// who are known without what customers' devices say.
pub(crate) fn join(
    rules: &Rules,
    nodes: &[NodeId],
    mut edges: Vec<Edge>,
    apart: &[(NodeId, NodeId)],
    known: &HashSet<NodeId>,
) -> Joined {
    edges.sort_by_cached_key(|edge| rank(rules, edge));
    let mut days: HashMap<NodeId, i32> = HashMap::new();
    for edge in &edges {
        for node in [edge.ends.0, edge.ends.1] {
            let day = days.entry(node).or_insert(edge.evidence.first_day);
            *day = (*day).min(edge.evidence.first_day);
        }
    }
    let mut at: HashMap<NodeId, usize> =
        nodes.iter().enumerate().map(|(place, node)| (*node, place)).collect();
    let mut groups: Vec<Vec<NodeId>> = nodes.iter().map(|node| vec![*node]).collect();
    let mut judged = BTreeMap::new();
    for edge in &edges {
        let (Some(&a), Some(&b)) = (at.get(&edge.ends.0), at.get(&edge.ends.1)) else { continue };
        let between = [&groups[a], &groups[b]];
        let refused = (a != b).then(|| {
            let refused = refuse(rules, edge, between, apart, &days);
            refused.or_else(|| merges_the_known(edge, between, known).then_some(Reason::BothKnown))
        });
        let refused = refused.flatten();
        judged.insert(edge.ends, refused);
        if a == b || refused.is_some() {
            continue;
        }
        // The smaller one moves, so that no node moves often.
        let (to, from) = if groups[a].len() >= groups[b].len() { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut groups[from]);
        for node in &moved {
            at.insert(*node, to);
        }
        groups[to].extend(moved);
    }
    let mut groups: Vec<Vec<NodeId>> =
        groups.into_iter().filter(|group| !group.is_empty()).collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    Joined { groups, edges: judged }
}

/// Whether only a customer's device says that two known people are one: with a key that is in everybody's
/// hands, anybody could make a stranger's data their own.
fn merges_the_known(edge: &Edge, groups: [&Vec<NodeId>; 2], known: &HashSet<NodeId>) -> bool {
    edge.evidence.trust == Trust::Public
        && groups.iter().all(|group| group.iter().any(|node| known.contains(node)))
}

/// Why an edge may not join two groups.
fn refuse(
    rules: &Rules,
    edge: &Edge,
    [a, b]: [&Vec<NodeId>; 2],
    apart: &[(NodeId, NodeId)],
    days: &HashMap<NodeId, i32>,
) -> Option<Reason> {
    let parted = |(x, y): &(NodeId, NodeId)| {
        a.contains(x) && b.contains(y) || a.contains(y) && b.contains(x)
    };
    if apart.iter().any(parted) {
        return Some(Reason::Separated);
    }
    let through_device =
        edge.ends.0.kind() != NodeKind::User && edge.ends.1.kind() != NodeKind::User;
    let mut counts: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    for (side, group) in [a, b].into_iter().enumerate() {
        for node in group {
            if let Some((place, _)) = rules.type_of(*node) {
                counts.entry(place).or_default()[side] += 1;
            }
        }
    }
    let mut people = 0;
    for (place, [here, there]) in counts {
        let Some(one) = rules.at(place) else { continue };
        if matches!(one.kind, NodeKind::User | NodeKind::Anonymous) {
            people += here + there;
        }
        if here == 0 || there == 0 {
            // What one side alone has was let in before.
            continue;
        }
        if one.kind == NodeKind::User {
            return Some(Reason::OneUserIdPerPerson);
        }
        if one.unique {
            return Some(Reason::OnePerPerson);
        }
        if through_device && one.kind.names_somebody() {
            return Some(Reason::OneThroughDevice);
        }
        if here + there > one.limit {
            let of_type = |node: &&NodeId| rules.type_of(**node).is_some_and(|(at, _)| at == place);
            let nodes = a.iter().chain(b).filter(of_type);
            let mut first = nodes.filter_map(|node| days.get(node).copied()).collect::<Vec<_>>();
            if bursts::most(&mut first, one.window) > one.limit {
                return Some(Reason::OverTheLimit);
            }
        }
    }
    (people > rules.max_merges() + 1).then_some(Reason::TooManyMerges)
}
