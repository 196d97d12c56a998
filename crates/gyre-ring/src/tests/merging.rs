//! What holds when people become one, and what never makes them one.

use super::mutants::is_noticed;
use super::world::{SHOP, World, apply, identify, order, post, post_as, start};
use crate::{Asking, Engine, Identifier, Question};
use gyre_model::record::body::{Decision, Enrollment, Identity, SubjectRequestKind};
use gyre_model::{NodeId, NodeKind, PersonId, Span, Workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn node(kind: NodeKind, name: &str) -> NodeId {
    NodeId::node("main", kind, name)
}

fn person(engine: &Engine, node: NodeId) -> PersonId {
    engine.shared.people_of(0).person_of(node).unwrap().unwrap()
}

fn named(device: &str, message: &str, traits: Value) -> Value {
    json!({"type": "identify", "anonymousId": device, "messageId": message, "traits": traits})
}

fn signs_in(user: &str, device: &str, message: &str) -> Value {
    json!({"type": "identify", "userId": user, "anonymousId": device, "messageId": message})
}

#[tokio::test]
async fn a_browser_joins_no_two_people_who_are_known() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let web = "---\napiVersion: gyre/v1\nkind: Source\nmetadata: {name: web}\n\
               spec: {type: browser, write_keys: [web-key-00001]}\n";
    apply(&engine, &format!("{SHOP}{web}")).await;
    // The tills know two customers, neither of whom has an account.
    let (ada, bob) = (node(NodeKind::Email, "ada@example.com"), "+4915100000001");
    let tills = [
        named("till-1", "t1", json!({"email": "ada@example.com"})),
        named("till-2", "t2", json!({"phone": bob})),
    ];
    post(&engine, &tills).await.unwrap();
    let bob = node(NodeKind::Phone, bob);
    // Somebody names both on one device, and one of them as their own.
    let said = [
        named("tab", "w1", json!({"email": "ada@example.com"})),
        named("tab", "w2", json!({"phone": "+49 151 0000 0001"})),
        json!({"type": "identify", "userId": "mallory", "messageId": "w3",
               "traits": {"email": "ada@example.com"}}),
    ];
    post_as(&engine, "web", &said).await.unwrap();
    engine.drain().await.unwrap();
    assert_ne!(person(&engine, ada), person(&engine, bob));
    assert_ne!(person(&engine, ada), person(&engine, node(NodeKind::User, "mallory")));
    let rows = world.bodies::<Identity>().await;
    let refused: Vec<_> = rows.iter().filter_map(|row| row.reason.as_deref()).collect();
    assert_eq!(refused, ["both_known", "both_known"]);
    // A server may say so.
    let mut own = identify("ada", "t3");
    own["anonymousId"] = "till-1".into();
    post(&engine, &[own]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(person(&engine, ada), person(&engine, node(NodeKind::User, "ada")));
}

const HOUSEHOLDS: &str = "---
apiVersion: gyre/v1
kind: IdentityRules
metadata: {name: ours}
spec: {types: [{name: household, from: {trait: household}, probabilistic: true}]}
";

#[tokio::test]
async fn what_is_only_likely_is_neither_written_to_nor_erased() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, &format!("{SHOP}{HOUSEHOLDS}")).await;
    // Six customers without an address, and in the household of each somebody who has one.
    let mut events = Vec::new();
    for number in 0..6 {
        let (user, home) = (format!("u{number}"), format!("home-{number}"));
        events.push(order(&user, &format!("o{number}")));
        events.push(json!({"type": "identify", "userId": user, "messageId": format!("i{number}"),
                           "traits": {"household": home}}));
        events.push(named(
            &format!("tv-{number}"),
            &format!("t{number}"),
            json!({"household": home, "email": format!("kin{number}@example.com"),
                   "email_consent": true}),
        ));
    }
    post(&engine, &events).await.unwrap();
    engine.advance(start() + Span::days(22)).await.unwrap();
    assert!(!world.bodies::<Decision>().await.is_empty(), "nobody was decided on");
    let written: Vec<String> = world.channel.received().into_iter().map(|one| one.to).collect();
    assert_eq!(written, Vec::<String>::new());
    let asking = Asking {
        kind: SubjectRequestKind::Erase,
        who: Identifier { kind: None, value: "u1".to_owned() },
        by: "people".to_owned(),
        reference: None,
        corrections: Vec::new(),
    };
    engine.ask_subject(&Workspace::default(), asking).await.unwrap();
    engine.drain().await.unwrap();
    let known = async |who: &str| engine.known(&Workspace::default(), who).await.unwrap();
    assert!(known("u1").await.is_none());
    assert!(known("kin1@example.com").await.is_some() && known("tv-1").await.is_some());
}

/// The arm of everybody in the loop.
async fn arms(world: &World) -> BTreeMap<PersonId, String> {
    let all = world.bodies::<Enrollment>().await;
    all.into_iter().filter_map(|one| Some((one.person, one.arm?))).collect()
}

#[tokio::test]
async fn a_holdout_stays_one_whoever_it_is_joined_with() {
    const PAIRS: usize = 24;
    let world = World::new();
    let (engine, _) = world.shop().await;
    let mut events = Vec::new();
    for number in 0..PAIRS {
        let user = format!("u{number}");
        let mut visit = order("", &format!("d{number}"));
        visit["userId"] = Value::Null;
        visit["anonymousId"] = format!("tab-{number}").into();
        let known = identify(&user, &format!("i{number}"));
        events.extend([known, order(&user, &format!("o{number}")), visit]);
    }
    post(&engine, &events).await.unwrap();
    engine.advance(start() + Span::days(1)).await.unwrap();
    let arms = arms(&world).await;
    let arm = |kind, name: String| arms[&node(kind, &name).as_person()].clone();
    let of_both: Vec<[String; 2]> = (0..PAIRS)
        .map(|number| {
            [
                arm(NodeKind::User, format!("u{number}")),
                arm(NodeKind::Anonymous, format!("tab-{number}")),
            ]
        })
        .collect();
    let one_is_treated = |both: &[String; 2]| both[0] != both[1];
    assert!(of_both.iter().filter(|both| one_is_treated(both)).count() > 4, "{of_both:?}");
    let joined: Vec<Value> = (0..PAIRS)
        .map(|n| signs_in(&format!("u{n}"), &format!("tab-{n}"), &format!("s{n}")))
        .collect();
    post(&engine, &joined).await.unwrap();
    engine.advance(start() + Span::days(24)).await.unwrap();
    let written: Vec<String> = world.channel.received().into_iter().map(|one| one.to).collect();
    assert!(!written.is_empty());
    for (number, both) in of_both.iter().enumerate() {
        let is_written_to = written.contains(&format!("u{number}@example.com"));
        assert!(!is_written_to || both.iter().all(|arm| arm == "treated"), "{number} {both:?}");
    }
}

async fn asks(engine: &Engine, question: Question) -> bool {
    let question = Question {
        placement: "home".to_owned(),
        campaign: Some("win_back".to_owned()),
        ..question
    };
    let answer = engine.decider.decide(&Workspace::default(), &question).await.unwrap();
    answer.decision.is_some_and(|decision| decision.send.is_some())
}

/// Two contacts a week: those of a device count for whoever signs in on it.
#[tokio::test]
async fn contacts_of_both_count_when_two_become_one() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let devices: Vec<String> = (0..6).map(|number| format!("tab-{number}")).collect();
    let orders: Vec<Value> = devices
        .iter()
        .map(|device| {
            let mut visit = order("", device);
            visit["userId"] = Value::Null;
            visit["anonymousId"] = device.as_str().into();
            visit
        })
        .collect();
    post(&engine, &orders).await.unwrap();
    engine.advance(start() + Span::days(22)).await.unwrap();
    let mut full = Vec::new();
    for device in devices {
        let mut contacts = 0;
        for _ in 0..40 {
            let anonymous_id = Some(device.clone());
            contacts +=
                u32::from(asks(&engine, Question { anonymous_id, ..Question::default() }).await);
        }
        assert!(contacts <= 2, "{device}");
        if contacts == 2 {
            full.push(device);
        }
    }
    assert!(!full.is_empty(), "everybody is held out");
    let joined: Vec<Value> =
        full.iter().map(|device| signs_in(&format!("of-{device}"), device, device)).collect();
    // A message id of the order's own would be a duplicate.
    let joined: Vec<Value> = joined
        .into_iter()
        .map(|mut one| {
            one["messageId"] = format!("s-{}", one["messageId"].as_str().unwrap()).into();
            one
        })
        .collect();
    post(&engine, &joined).await.unwrap();
    engine.drain().await.unwrap();
    for device in full {
        for _ in 0..40 {
            let user_id = Some(format!("of-{device}"));
            assert!(!asks(&engine, Question { user_id, ..Question::default() }).await, "{device}");
        }
    }
}

/// Each safety switched off, and the test that must notice.
#[test]
fn every_safety_of_merging_that_is_switched_off_is_noticed() {
    let mutants = [
        ("identity.no_tiers", "a_browser_joins_no_two_people_who_are_known"),
        ("identity.likely", "what_is_only_likely_is_neither_written_to_nor_erased"),
        ("merge.holdout_loses", "a_holdout_stays_one_whoever_it_is_joined_with"),
        ("merge.no_caps", "contacts_of_both_count_when_two_become_one"),
    ];
    for (mutant, test) in mutants {
        is_noticed("merging", test, mutant);
    }
}
