//! People joined and parted while they shop: what they did goes with their identifiers, and what somebody
//! said of them is true again when everything is derived again.

use super::world::{SHOP, World, Wrapped, apply, identify, order, post, start};
use crate::Engine;
use gyre_model::record::body::Identity;
use gyre_model::{NodeId, NodeKind, PersonId, Span, Workspace};
use gyre_ports::Fold as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn user(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::User, name)
}
fn device(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Anonymous, name)
}
fn mail(name: &str) -> NodeId {
    NodeId::node("main", NodeKind::Email, name)
}

fn person(engine: &Engine, node: NodeId) -> PersonId {
    engine.shared.people_of(0).person_of(node).unwrap().unwrap()
}

/// The orders of a user, whatever identifier they came with.
fn orders(engine: &Engine, name: &str) -> Value {
    let person = engine.shared.people_of(0).by_node(user(name)).unwrap().unwrap();
    let catalog = engine.shared.catalog(&Workspace::default());
    let tiles = person.nodes.values().map(|node| &node.tiles);
    let row = gyre_derive::Row::of(&catalog.definitions, tiles, engine.shared.clock.now());
    row.to_json(&catalog.definitions)["orders"].clone()
}

/// An order by somebody who is not signed in, with an address where one was typed.
fn visit(device: &str, address: Option<&str>, message: &str) -> Value {
    let traits = address.map_or_else(|| json!({}), |address| json!({ "email": address }));
    json!({"type": "track", "event": "Order Completed", "anonymousId": device, "messageId": message,
           "properties": {"margin": 10.0}, "context": {"traits": traits}})
}

fn signs_in(user: &str, device: &str, message: &str) -> Value {
    json!({"type": "identify", "userId": user, "anonymousId": device, "messageId": message})
}

/// The device of Bob, on which he typed the address that he shares with Ada.
fn household() -> Vec<Value> {
    vec![
        identify("ada", "m1"),
        order("ada", "m2"),
        visit("phone", Some("ada@example.com"), "m3"),
        identify("bob", "m4"),
    ]
}

#[tokio::test]
async fn a_device_goes_to_whoever_signs_in_on_it_with_what_was_done_there() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    post(&engine, &household()).await.unwrap();
    engine.advance(start() + Span::HOUR).await.unwrap();
    assert_eq!(person(&engine, device("phone")), person(&engine, user("ada")));
    assert_eq!(orders(&engine, "ada"), json!(2));

    post(&engine, &[signs_in("bob", "phone", "m5")]).await.unwrap();
    engine.advance(start() + Span::hours(2)).await.unwrap();
    assert_eq!(person(&engine, device("phone")), person(&engine, user("bob")));
    assert_eq!(person(&engine, mail("ada@example.com")), person(&engine, user("ada")));
    assert_eq!(orders(&engine, "ada"), json!(1));
    assert_eq!(orders(&engine, "bob"), json!(1));
    // The last row of a node that was joined tells its person; what does not hold is told besides.
    let rows = world.bodies::<Identity>().await;
    let last = rows.iter().rfind(|row| row.joined && row.node == device("phone")).unwrap();
    assert_eq!(last.person, user("bob").as_person());
    let refused: Vec<_> = rows.iter().filter_map(|row| row.reason.as_deref()).collect();
    assert_eq!(refused, ["one_user_id_per_person"]);
    assert_eq!(lake.rows("identity_violations"), 1);
    assert_eq!(lake.rows("id_graph_updates"), rows.iter().filter(|row| row.joined).count());
    assert_eq!(lake.rows("external_id_mapping_updates"), lake.rows("id_graph_updates"));
}

#[tokio::test]
async fn what_is_set_apart_stays_apart_until_that_is_lifted() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    post(&engine, &household()).await.unwrap();
    engine.advance(start() + Span::HOUR).await.unwrap();
    let main = Workspace::default();
    let pair = ["ada", "phone"];
    let said = engine.separate(&main, pair, false, Some("not hers".to_owned())).await.unwrap();
    assert!(!said.same);
    assert_eq!(orders(&engine, "ada"), json!(1));
    // What links them again is heard, and does not join them.
    post(&engine, &[visit("phone", Some("ada@example.com"), "m6"), signs_in("ada", "phone", "m7")])
        .await
        .unwrap();
    engine.advance(start() + Span::hours(2)).await.unwrap();
    assert_ne!(person(&engine, device("phone")), person(&engine, user("ada")));
    assert_eq!(lake.rows("separations"), 1);
    let before = world.by_cause().await;

    // Derived again from nothing, people and records are the same.
    drop(engine);
    world.fold.clear(0).unwrap();
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.advance(start() + Span::hours(3)).await.unwrap();
    assert_ne!(person(&engine, device("phone")), person(&engine, user("ada")));
    assert_eq!(world.by_cause().await, before);

    let said = engine.separate(&main, pair, true, None).await.unwrap();
    assert!(said.same);
    assert_eq!(orders(&engine, "ada"), json!(3));
    let unknown = engine.separate(&main, ["ada", "nobody"], false, None).await;
    assert!(unknown.is_err());
}

fn events() -> Vec<Value> {
    let mut events = household();
    events.extend([
        signs_in("bob", "phone", "m5"),
        signs_in("ada", "tablet", "m6"),
        signs_in("bob", "tablet", "m7"),
        visit("laptop", Some("bob@example.com"), "m8"),
        visit("tablet", Some("eve@example.com"), "m9"),
        identify("eve", "m10"),
        signs_in("eve", "laptop", "m11"),
    ]);
    events
}

/// Who is whom, when events come in this order at one instant.
async fn grouped(events: &[Value], batch: usize) -> BTreeMap<PersonId, Vec<NodeId>> {
    let world = World::new();
    let (engine, _) = world.shop().await;
    for batch in events.chunks(batch) {
        post(&engine, batch).await.unwrap();
    }
    engine.drain().await.unwrap();
    let mut people: BTreeMap<PersonId, Vec<NodeId>> = BTreeMap::new();
    let people_of = engine.shared.people_of(0);
    for id in people_of.page(None, 100).unwrap() {
        let person = people_of.get(id).unwrap().unwrap();
        people.insert(id, person.nodes.keys().copied().collect());
    }
    people
}

#[tokio::test]
async fn the_same_events_in_any_order_make_the_same_people() {
    let events = events();
    let straight = grouped(&events, 100).await;
    assert!(straight.len() >= 3);
    for turn in 1..events.len() {
        let mut other = events.clone();
        other.rotate_left(turn);
        if turn % 2 == 0 {
            other.reverse();
        }
        assert_eq!(grouped(&other, 1 + turn % 3).await, straight, "turn {turn}");
    }
}

#[tokio::test]
async fn rules_that_change_regroup_everybody() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let second = json!({"type": "identify", "userId": "ada", "messageId": "m9",
                        "traits": {"email": "other@example.com"}});
    post(&engine, &[identify("ada", "m1"), second, order("ada", "m2")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(person(&engine, mail("other@example.com")), person(&engine, user("ada")));
    let rules = |limit: u32| {
        format!(
            "{SHOP}---\napiVersion: gyre/v1\nkind: IdentityRules\nmetadata: {{name: ours}}\n\
             spec: {{types: [{{name: email, limit: {limit}}}]}}\n"
        )
    };
    apply(&engine, &rules(1)).await;
    engine.drain().await.unwrap();
    let apart = ["ada@example.com", "other@example.com"]
        .map(|address| person(&engine, mail(address)) == person(&engine, user("ada")));
    assert_eq!(apart.iter().filter(|same| **same).count(), 1);
    apply(&engine, &rules(2)).await;
    engine.drain().await.unwrap();
    assert_eq!(person(&engine, mail("other@example.com")), person(&engine, user("ada")));
}
