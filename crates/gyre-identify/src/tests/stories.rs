//! What happens to people, one story each.

use super::world::{World, device, mail, user};
use crate::{Reason, Trust};
use gyre_config::kinds::{IdType, IdentityRules};
use gyre_model::{NodeId, NodeKind};

const DAY: i64 = 86_400;

#[test]
fn a_visitor_who_signs_in_becomes_the_user() {
    let mut world = World::shipped();
    world.link(device("d"), mail("ada@x"), Trust::Public, 1);
    world.link(user("ada"), device("d"), Trust::Public, 2);
    assert!(world.same(user("ada"), mail("ada@x")));
}

#[test]
fn two_users_of_one_tablet_stay_two_and_the_first_keeps_it() {
    for order in [["ada", "bob"], ["bob", "ada"]] {
        let mut world = World::shipped();
        for name in order {
            // Ada came first whoever is heard of first.
            world.link(user(name), device("tablet"), Trust::Public, i64::from(name == "bob"));
        }
        assert!(!world.same(user("ada"), user("bob")));
        assert!(world.same(user("ada"), device("tablet")));
        let reason = world.reason(user("bob"), device("tablet"));
        assert_eq!(reason, Some(Reason::OneUserIdPerPerson));
    }
}

#[test]
fn a_server_outweighs_a_browser_that_came_first() {
    let mut world = World::shipped();
    world.link(user("mallory"), mail("ada@x"), Trust::Public, 1);
    assert!(world.same(user("mallory"), mail("ada@x")));
    world.link(user("ada"), mail("ada@x"), Trust::Server, 2);
    assert!(world.same(user("ada"), mail("ada@x")));
    assert!(!world.same(user("ada"), user("mallory")));
}

#[test]
fn who_signs_in_on_a_device_outweighs_what_was_typed_there() {
    let mut world = World::shipped();
    world.link(user("ada"), mail("family@x"), Trust::Server, 1);
    world.link(device("bobs"), mail("family@x"), Trust::Public, 2);
    assert!(world.same(user("ada"), device("bobs")));
    world.link(user("bob"), device("bobs"), Trust::Public, 3);
    assert!(world.same(user("bob"), device("bobs")));
    assert!(!world.same(user("ada"), device("bobs")));
}

#[test]
fn a_guests_address_typed_on_a_device_does_not_join_its_owner() {
    let mut world = World::shipped();
    world.link(user("ada"), mail("ada@x"), Trust::Server, 1);
    world.link(user("ada"), device("laptop"), Trust::Public, 2);
    world.link(device("laptop"), mail("guest@x"), Trust::Public, 3);
    assert!(!world.same(user("ada"), mail("guest@x")));
    let reason = world.reason(device("laptop"), mail("guest@x"));
    assert_eq!(reason, Some(Reason::OneThroughDevice));
}

/// Who is known by what tills and files say, without an account.
#[test]
fn a_browser_joins_no_two_who_are_known() {
    let phone = |name: &str| NodeId::node("main", NodeKind::Phone, name);
    for trust in [Trust::Server, Trust::Import] {
        let mut world = World::shipped();
        world.link(device("till-1"), mail("ada@x"), trust, 1);
        world.link(device("till-2"), phone("bob"), trust, 2);
        world.link(device("tab"), mail("ada@x"), Trust::Public, 3);
        world.link(device("tab"), phone("bob"), Trust::Public, 4);
        world.link(user("mallory"), mail("ada@x"), Trust::Public, 5);
        assert!(world.same(device("tab"), mail("ada@x")));
        assert!(!world.same(mail("ada@x"), phone("bob")));
        assert!(!world.same(user("mallory"), mail("ada@x")));
        assert_eq!(world.reason(device("tab"), phone("bob")), Some(Reason::BothKnown));
        // A server may say so, and an address that nobody vouches for is whose devices say.
        world.link(user("ada"), mail("ada@x"), Trust::Server, 6);
        world.link(user("ada"), mail("second@x"), Trust::Public, 7);
        assert!(
            world.same(user("ada"), mail("ada@x")) && world.same(user("ada"), mail("second@x"))
        );
    }
}

#[test]
fn an_id_in_the_code_joins_nobody() {
    let mut world = World::shipped();
    for number in 0..30 {
        let name = number.to_string();
        world.link(user(&name), mail(&name), Trust::Server, number);
        world.link(user(&name), device("constant"), Trust::Server, number);
    }
    assert!(!world.same(user("0"), device("constant")));
    let reason = world.reason(user("0"), device("constant"));
    assert_eq!(reason, Some(Reason::LinkedWithManyPeople));
}

#[test]
fn a_user_id_in_the_code_joins_no_devices() {
    let mut world = World::shipped();
    for number in 0..25 {
        world.link(user("test"), device(&number.to_string()), Trust::Public, number * 60);
    }
    assert!(!world.same(device("0"), device("1")));
    assert_eq!(world.reason(user("test"), device("0")), Some(Reason::OverTheLimit));
    // The same over years is somebody with many devices.
    let mut world = World::shipped();
    for number in 0..25 {
        world.link(user("ada"), device(&number.to_string()), Trust::Public, number * 60 * DAY);
    }
    assert!(world.same(device("0"), device("24")));
}

#[test]
fn a_user_id_on_the_devices_of_others_is_in_the_code() {
    let mut world = World::shipped();
    for number in 0..8 {
        let name = number.to_string();
        world.link(user("test"), device(&name), Trust::Public, number * 40 * DAY);
        world.link(user(&name), device(&name), Trust::Public, number * 40 * DAY + 1);
    }
    for name in ["0", "7"] {
        assert!(world.same(user(name), device(name)));
        assert_eq!(world.reason(user("test"), device(name)), Some(Reason::OnDevicesOfOthers));
    }
}

#[test]
fn what_is_only_likely_is_shown_and_not_followed() {
    let mut world = World::shipped();
    world.link(user("ada"), device("d"), Trust::Probabilistic, 1);
    assert!(!world.same(user("ada"), device("d")));
    assert_eq!(world.reason(user("ada"), device("d")), Some(Reason::Probabilistic));
    world.link(user("ada"), device("d"), Trust::Public, 2);
    assert!(world.same(user("ada"), device("d")));
}

/// A thousand addresses and devices hand in hand: what a user is linked with directly still holds.
#[test]
fn what_is_too_large_is_taken_apart_to_the_users() {
    let mut world = World::new(&IdentityRules {
        max_ids: 50,
        max_people_per_id: 3,
        types: vec![IdType { name: "email".to_owned(), limit: Some(100), ..IdType::default() }],
        ..IdentityRules::default()
    });
    let phone = |number: i64| NodeId::node("main", NodeKind::Phone, &number.to_string());
    for number in 0..200 {
        let name = number.to_string();
        world.link(user(&name), phone(number), Trust::Public, number);
        world.link(user(&name), phone(number + 1), Trust::Public, number + 1_000);
    }
    assert_eq!(world.people(), world.whole().groups);
    assert_eq!(world.edges(), &world.whole().edges);
    assert!(world.same(user("7"), phone(7)));
    assert!(!world.same(user("7"), user("8")));
    assert!(world.people().iter().all(|group| group.len() <= 3));
}

#[test]
fn one_id_for_everybody_is_forgotten_where_it_has_too_many() {
    let mut world = World::shipped();
    for number in 0..1_100 {
        world.link(user(&number.to_string()), device("constant"), Trust::Public, number);
    }
    let links = crate::Web::links(&mut world.graph, device("constant")).unwrap();
    assert!(links.overflown() && links.edges().is_empty());
    assert!(!world.same(user("3"), device("constant")));
    assert_eq!(world.people(), world.whole().groups);
}
