//! The synthetic identity set of the benchmark, over the pure graph: the goals hold with the shipped rules,
//! on seeds and parameters that the rules were not tuned on.

use super::world::{Change, World, heard};
use crate::Trust;
use gyre_model::id::hash64;
use gyre_model::{NodeId, NodeKind, Timestamp};
use score::score;
use set::{Call, Parameters, Set, Slice, Type, make};
use std::collections::{HashMap, HashSet};

#[path = "../../../gyre-bench/src/identity/score.rs"]
mod score;
#[expect(dead_code, reason = "names of types are for the wire")]
#[path = "../../../gyre-bench/src/identity/set.rs"]
mod set;

fn node(kind: Type, value: &str) -> NodeId {
    let kind = match kind {
        Type::User => NodeKind::User,
        Type::Email => NodeKind::Email,
        Type::Phone => NodeKind::Phone,
        Type::Anonymous => NodeKind::Anonymous,
    };
    NodeId::node("main", kind, value)
}

fn changes(at: i64, call: &Call) -> Vec<Change> {
    let ids = [
        (Type::User, &call.user),
        (Type::Anonymous, &call.anonymous),
        (Type::Email, &call.email),
        (Type::Phone, &call.phone),
    ];
    let mut nodes = ids.iter().filter_map(|(kind, value)| Some(node(*kind, value.as_deref()?)));
    let Some(own) = nodes.next() else { return Vec::new() };
    let mut evidence =
        heard(if call.server { Trust::Server } else { Trust::Public }, i64::from(call.minute) * 60);
    // Two in one minute came one after the other.
    evidence.first = Timestamp(evidence.first.0 + at);
    nodes.map(|other| Change::Edge(own, other, evidence.clone())).collect()
}

fn grown(set: &Set) -> World {
    let mut world = World::shipped();
    let mut known = HashSet::new();
    for (at, call) in (0i64..).zip(&set.calls) {
        let mut changes = changes(at, call);
        changes.retain(|one| known.insert((one.ends(), call.server)));
        if !changes.is_empty() {
            world.take(&changes);
        }
    }
    world
}

fn person(world: &World, kind: Type, value: &str) -> u64 {
    let node = node(kind, value);
    let group = world.group(node);
    hash64(&[&group.first().copied().unwrap_or(node).0])
}

/// Precision and recall of a set, in hundredths of a per cent; says so by slice.
fn measure(parameters: Parameters) -> (f64, f64) {
    let set = make(parameters);
    let world = grown(&set);
    let people: Vec<u64> =
        set.identifiers.iter().map(|one| person(&world, one.kind, &one.value)).collect();
    let (overall, slices) = score(&set.identifiers, &people);
    println!("{parameters:?}");
    println!(
        "overall {:.5} {:.4} {:.4}",
        overall.precision(),
        overall.recall(),
        overall.recall_by_all()
    );
    for slice in Slice::ALL {
        let one = slices.get(&slice).copied().unwrap_or_default();
        println!(
            "  {:<20} {:.5} {:.4} {:.4} {one:?}",
            slice.as_str(),
            one.precision(),
            one.recall(),
            one.recall_by_all()
        );
    }
    (overall.precision(), overall.recall())
}

fn holds(parameters: Parameters) {
    let (precision, recall) = measure(parameters);
    assert!(precision >= 0.999, "precision {precision}");
    assert!(recall >= 0.97, "recall {recall}");
}

#[test]
fn the_goals_hold_on_seeds_that_were_not_tuned_on() {
    for seed in [101, 102] {
        holds(Parameters { seed, people: 2_000, hard_coded: 2, ..Parameters::default() });
    }
}

#[test]
fn the_goals_hold_with_other_parameters() {
    let hard = Parameters { seed: 201, people: 2_000, hard_coded: 2, ..Parameters::default() };
    holds(Parameters { households: 0.2, tablets: 0.1, ..hard });
    holds(Parameters { borrowed: 0.1, recycled: 0.1, devices: 4.0, ..hard });
    holds(Parameters { accounts: 0.5, devices: 1.5, hard_coded_people: 15, ..hard });
}

/// What a node is joined with at last, where everything is joined.
fn root(group: &HashMap<NodeId, NodeId>, mut node: NodeId) -> NodeId {
    while let Some(&up) = group.get(&node).filter(|up| **up != node) {
        node = up;
    }
    node
}

/// Without the rules for devices of several people and ids in the code, the goal is missed: the test can
/// tell.
#[test]
fn joining_whatever_is_linked_misses_the_goal() {
    let set = make(Parameters { seed: 301, people: 2_000, hard_coded: 2, ..Parameters::default() });
    let mut group: HashMap<NodeId, NodeId> = HashMap::new();
    for (at, call) in (0i64..).zip(&set.calls) {
        for change in changes(at, call) {
            let [a, b] = change.ends().map(|node| root(&group, node));
            group.insert(a, b);
        }
    }
    let people =
        set.identifiers.iter().map(|one| hash64(&[&root(&group, node(one.kind, &one.value)).0]));
    let people: Vec<u64> = people.collect();
    let (overall, _) = score(&set.identifiers, &people);
    assert!(overall.precision() < 0.9, "{overall:?}");
}

#[test]
fn a_seed_makes_the_same_set_again() {
    let parameters = Parameters { people: 300, ..Parameters::default() };
    assert_eq!(make(parameters), make(parameters));
    assert_ne!(make(parameters), make(Parameters { seed: 2, ..parameters }));
}
