//! Laws: whatever the order, the repetition, the lateness and the batches, the people are the same.

use super::world::{Change, World, device, heard, mail, user};
use crate::Trust;
use gyre_config::kinds::{IdType, IdentityRules};
use gyre_model::id::hash64;
use gyre_model::{NodeId, NodeKind, Span};
use proptest::prelude::*;

/// Few ids and low caps, so that every rule bites.
fn tight() -> IdentityRules {
    let narrow = |name: &str, limit, window| IdType {
        name: name.to_owned(),
        limit: Some(limit),
        window,
        ..IdType::default()
    };
    IdentityRules {
        types: vec![narrow("email", 2, None), narrow("anonymous_id", 3, Some(Span::days(2)))],
        max_ids: 12,
        max_merges: 3,
        max_people_per_id: 3,
        ..IdentityRules::default()
    }
}

fn node(kind: u8, number: u8) -> NodeId {
    let name = number.to_string();
    match kind {
        0 => user(&name),
        1 => mail(&name),
        2 => NodeId::node("main", NodeKind::Phone, &name),
        _ => device(&name),
    }
}

fn change() -> impl Strategy<Value = Change> {
    let trust = prop_oneof![
        4 => Just(Trust::Public),
        2 => Just(Trust::Server),
        1 => Just(Trust::Import),
        1 => Just(Trust::Probabilistic),
    ];
    (0u8..4, 0u8..7, 0u8..4, 0u8..7, trust, 0i64..500_000, 0u8..25)
        .prop_map(|(kind, number, other_kind, other, trust, second, separate)| {
            let (a, b) = (node(kind, number), node(other_kind, other));
            match separate {
                0 => Change::Apart(a, b, false),
                _ => Change::Edge(a, b, heard(trust, second)),
            }
        })
        .prop_filter("an edge has two ends", |change| change.ends()[0] != change.ends()[1])
}

fn shuffled(changes: &[Change], seed: u64) -> Vec<Change> {
    let mut keyed: Vec<(u64, &Change)> = (0u64..)
        .zip(changes)
        .map(|(at, one)| (hash64(&[&seed.to_le_bytes(), &at.to_le_bytes()]), one))
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, one)| one.clone()).collect()
}

fn grown(changes: &[Change], batch: usize) -> World {
    let mut world = World::new(&tight());
    for batch in changes.chunks(batch) {
        world.take(batch);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_same_edges_make_the_same_people(
        changes in prop::collection::vec(change(), 1..60),
        seed in any::<u64>(),
        batch in 1usize..8,
    ) {
        let straight = grown(&changes, 1);
        let whole = straight.whole();
        prop_assert_eq!(&straight.people(), &whole.groups);
        prop_assert_eq!(straight.edges(), &whole.edges);
        // Another order, everything twice, other batches.
        let mut twice = changes.clone();
        twice.extend(changes.iter().cloned());
        let other = grown(&shuffled(&twice, seed), batch);
        prop_assert_eq!(&other.people(), &whole.groups);
        prop_assert_eq!(other.edges(), &whole.edges);
    }

    #[test]
    fn the_rules_hold(changes in prop::collection::vec(change(), 1..80)) {
        let world = grown(&changes, 1);
        let rules = tight();
        for group in world.people() {
            let of = |kind| group.iter().filter(|node| node.kind() == kind).count();
            prop_assert!(of(NodeKind::User) <= 1);
            prop_assert!(of(NodeKind::Email) <= 2);
            prop_assert!(group.len() <= rules.max_ids as usize);
            prop_assert!(of(NodeKind::User) + of(NodeKind::Anonymous) <= 1 + rules.max_merges as usize);
            for change in &changes {
                if let Change::Apart(a, b, _) = change {
                    prop_assert!(!group.contains(a) || !group.contains(b));
                }
            }
        }
    }

    /// What is separated stays so whatever comes after; what is lifted is as if it had never been.
    #[test]
    fn a_separation_holds_until_it_is_lifted(
        changes in prop::collection::vec(change(), 1..40),
        more in prop::collection::vec(change(), 0..20),
    ) {
        let mut world = grown(&changes, 1);
        let Some(group) = world.people().into_iter().find(|group| group.len() > 1) else {
            return Ok(());
        };
        let (a, b) = (group[0], group[group.len() - 1]);
        world.take(&[Change::Apart(a, b, false)]);
        prop_assert!(!world.same(a, b));
        for change in &more {
            world.take(std::slice::from_ref(change));
            prop_assert!(!world.same(a, b));
        }
        if changes.iter().chain(&more).any(|one| matches!(one, Change::Apart(..))) {
            return Ok(());
        }
        world.take(&[Change::Apart(a, b, true)]);
        let mut plain = changes.clone();
        plain.extend(more);
        prop_assert_eq!(world.people(), grown(&plain, 1).people());
    }

    /// Whatever is said with a public key, people who are known without it stay apart: by a user id, by
    /// what a server says, by what a file says. Every call names a user or a device.
    #[test]
    fn a_public_key_merges_nobody_who_is_known(
        said in prop::collection::vec(change(), 0..60),
    ) {
        let phone = |name: &str| NodeId::node("main", NodeKind::Phone, name);
        let known = [
            [user("0"), mail("0")],
            [mail("1"), phone("1")],
            [mail("2"), phone("2")],
        ];
        let mut world = World::new(&tight());
        for ([a, b], trust) in known.into_iter().zip([Trust::Server, Trust::Server, Trust::Import]) {
            world.link(a, b, trust, 0);
        }
        for change in &said {
            let Change::Edge(a, b, evidence) = change else { continue };
            if a.kind().is_of_one_person() && b.kind().is_of_one_person()
                && a.kind() != NodeKind::User && b.kind() != NodeKind::User
            {
                continue;
            }
            let mut evidence = evidence.clone();
            evidence.trust = Trust::Public;
            world.take(&[Change::Edge(*a, *b, evidence)]);
            for (place, one) in known.iter().enumerate() {
                for other in &known[place + 1..] {
                    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| (*a, *b)));
                    for (a, b) in pairs {
                        prop_assert!(!world.same(a, b), "{a} {b}");
                    }
                }
            }
        }
    }

    /// Whatever is said with a public key, two users stay two, and what a server linked with a user stays
    /// linked with that user.
    #[test]
    fn a_public_key_merges_no_users_and_takes_nothing_away(
        said in prop::collection::vec(change(), 0..60),
    ) {
        let (ada, bob) = (user("0"), user("1"));
        let (adas, bobs) = (mail("0"), mail("1"));
        let mut world = World::new(&tight());
        world.link(ada, adas, Trust::Server, 0);
        world.link(bob, bobs, Trust::Server, 1);
        for change in &said {
            if let Change::Edge(a, b, evidence) = change {
                let mut evidence = evidence.clone();
                evidence.trust = Trust::Public;
                world.take(&[Change::Edge(*a, *b, evidence)]);
            }
            prop_assert!(!world.same(ada, bob));
            prop_assert!(world.same(ada, adas) && world.same(bob, bobs));
        }
    }
}
