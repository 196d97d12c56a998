//! Tests of grouping.

use crate::{Group, Member, link};
use gyre_model::{NodeId, NodeKind, Timestamp};
use proptest::prelude::*;
use std::collections::HashMap;

fn user(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::User, name)
}
fn device(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Anonymous, name)
}
fn mail(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Email, name)
}

#[derive(Default)]
struct World(HashMap<NodeId, Group>);

impl World {
    fn see(&mut self, nodes: &[NodeId], at: i64) -> Vec<Option<&'static str>> {
        let (own, links) = link(nodes, Timestamp(at), |node| self.0.get(&node).cloned());
        for group in links.iter().map(|link| &link.group).chain(own.iter()) {
            for member in group.members() {
                self.0.insert(member.node, group.clone());
            }
        }
        links.iter().map(|link| link.refused).collect()
    }
    fn same(&self, a: NodeId, b: NodeId) -> bool {
        self.0[&a].person() == self.0[&b].person()
    }
}

#[test]
fn a_visitor_who_signs_in_becomes_the_user() {
    let mut world = World::default();
    world.see(&[device("d")], 1);
    assert_eq!(world.see(&[user("ada"), device("d"), mail("ada@x")], 2), [None, None]);
    assert_eq!(world.0[&device("d")].person(), user("ada").as_person());
    assert!(world.same(mail("ada@x"), device("d")));
}

#[test]
fn two_known_people_on_one_tablet_stay_two() {
    let mut world = World::default();
    world.see(&[user("ada"), device("tablet")], 1);
    let refused = world.see(&[user("bob"), device("tablet")], 2);
    assert_eq!(refused, [Some("one_user_id_per_person")]);
    assert!(!world.same(user("ada"), user("bob")));
    assert!(world.same(user("ada"), device("tablet")));
}

#[test]
fn an_email_joins_two_devices() {
    let mut world = World::default();
    world.see(&[device("phone"), mail("a@x")], 1);
    world.see(&[device("laptop"), mail("a@x")], 2);
    assert!(world.same(device("phone"), device("laptop")));
}

proptest! {
    /// Where no edge is refused, the people do not depend on the order of the edges.
    #[test]
    fn order_does_not_matter(edges in prop::collection::vec((0u8..6, 0u8..6), 1..20), seed in any::<u64>()) {
        let edges: Vec<[NodeId; 2]> =
            edges.iter().map(|(a, b)| [device(&a.to_string()), mail(&b.to_string())]).collect();
        let mut shuffled = edges.clone();
        shuffled.sort_by_key(|edge| gyre_model::id::hash64(&[&seed.to_le_bytes(), &edge[0].0, &edge[1].0]));
        let (mut one, mut two) = (World::default(), World::default());
        for edge in &edges { one.see(edge, 5); }
        for edge in &shuffled { two.see(edge, 5); }
        for (node, group) in &one.0 {
            prop_assert_eq!(group.person(), two.0[node].person());
        }
    }

    #[test]
    fn a_person_never_has_two_user_ids(edges in prop::collection::vec((0u8..4, 0u8..4, 0u8..3), 1..40)) {
        let mut world = World::default();
        for (at, (u, d, m)) in edges.iter().enumerate() {
            world.see(&[user(&u.to_string()), device(&d.to_string()), mail(&m.to_string())], at as i64);
        }
        for group in world.0.values() {
            prop_assert!(group.users() <= 1);
            prop_assert_eq!(Group::from_members(group.members().to_vec()), Some(group.clone()));
        }
        let _ = Member { node: user("x"), first_seen: Timestamp(0) };
    }
}
