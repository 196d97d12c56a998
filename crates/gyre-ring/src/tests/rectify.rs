//! What is wrong about people put right, on in-memory ports.

use super::world::{World, Wrapped, apply, identify, order, post};
use crate::{Asking, Correcting, Engine, Identifier, Request, Result};
use gyre_model::record::body::{Enrollment, SubjectRequestKind, SubjectRequestState};
use gyre_model::{NodeId, NodeKind, Span, Workspace};
use serde_json::{Value, json};

const COUNTRY: &str = r#"
apiVersion: gyre/v1
kind: Feature
metadata: {name: country}
spec: {call: identify, aggregate: last, of: traits.country, type: text}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: first_country}
spec: {call: identify, aggregate: first, of: traits.country, type: text}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: french}
spec: {rule: "person.country = 'FR'"}
"#;

async fn rectify(engine: &Engine, who: &str, corrections: Vec<Correcting>) -> Result<Request> {
    let asking = Asking {
        kind: SubjectRequestKind::Rectify,
        who: Identifier { kind: None, value: who.to_owned() },
        by: "people".to_owned(),
        reference: None,
        corrections,
    };
    let asked = engine.ask_subject(&Workspace::default(), asking).await?;
    engine.drain().await?;
    let done = engine.subject_request(&Workspace::default(), asked.id).await?;
    Ok(done.unwrap_or(asked))
}

fn set(value: &str) -> Vec<Correcting> {
    vec![Correcting::Set { name: "country".to_owned(), value: value.into() }]
}

fn says(user: &str, message: &str, country: &str, at: &str) -> Value {
    json!({"type": "identify", "userId": user, "messageId": message, "timestamp": at,
           "traits": {"country": country}})
}

async fn features(engine: &Engine, who: &str) -> [Value; 2] {
    let workspace = Workspace::default();
    let person = engine.known(&workspace, who).await.unwrap().unwrap();
    let catalog = engine.shared.catalog(&workspace);
    let row = catalog.row(&person, engine.shared.clock.now());
    let values = row.to_json(&catalog.definitions);
    ["country", "first_country"].map(|name| values.get(name).cloned().unwrap_or_default())
}

fn email(address: &str) -> NodeId {
    NodeId::node("main", NodeKind::Email, address)
}

#[tokio::test]
async fn a_trait_that_was_put_right_stays_right() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, COUNTRY).await;
    let early = "2026-01-01T09:00:00Z";
    post(&engine, &[identify("u1", "i1"), says("u1", "s1", "FR", early)]).await.unwrap();
    engine.advance(super::world::start() + Span::HOUR).await.unwrap();
    assert_eq!(features(&engine, "u1").await, ["FR", "FR"]);
    let done = rectify(&engine, "u1", set("BE")).await.unwrap();
    assert_eq!(done.state, SubjectRequestState::Done);
    assert_eq!(done.corrected[0].features, ["country", "first_country"]);
    assert!(done.corrections.is_empty() && done.nodes.is_empty());
    assert_eq!(features(&engine, "u1").await, ["BE", "BE"]);
    let left = world.bodies::<Enrollment>().await.into_iter().filter(|one| one.name == "french");
    assert_eq!(left.map(|one| one.entered).collect::<Vec<_>>(), [true, false]);
    // What happened before and comes late says nothing of it; what is said now does.
    post(&engine, &[says("u1", "s2", "FR", "2026-01-01T08:00:00Z")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(features(&engine, "u1").await, ["BE", "BE"]);
    engine.advance(super::world::start() + Span::days(1)).await.unwrap();
    post(&engine, &[says("u1", "s3", "NL", "2026-01-02T10:00:00Z")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(features(&engine, "u1").await, ["NL", "BE"]);
    let gone = vec![Correcting::Remove { name: "country".to_owned() }];
    rectify(&engine, "u1", gone).await.unwrap();
    assert_eq!(features(&engine, "u1").await, [Value::Null, Value::Null]);
    // Derived again it is the same, record by record.
    let before = world.by_cause().await;
    drop(engine);
    gyre_ports::Fold::clear(world.fold.as_ref(), 0).unwrap();
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    assert_eq!(features(&engine, "u1").await, [Value::Null, Value::Null]);
    assert_eq!(world.by_cause().await, before);
}

#[tokio::test]
async fn an_address_that_was_wrong_leaves_for_good() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("u1", "i1"), order("u1", "o1")]).await.unwrap();
    engine.drain().await.unwrap();
    let replace = |right: &str| {
        let wrong = "u1@example.com".to_owned();
        vec![Correcting::Replace { wrong, right: right.to_owned() }]
    };
    let done = rectify(&engine, "u1", replace("Right@Example.com")).await.unwrap();
    assert_eq!((done.corrected[0].done.as_str(), &done.corrected[0].refused), ("replaced", &None));
    let person_of = |engine: &Engine, node: NodeId| {
        engine.shared.people_of(node.key()).by_node(node).unwrap().unwrap()
    };
    let user = NodeId::node("main", NodeKind::User, "u1");
    let person = person_of(&engine, user);
    assert_eq!(person.email(), Some("right@example.com"));
    assert!(!person.nodes.contains_key(&email("u1@example.com")));
    // The wrong one with the user id does not come back, nor does it take anything along.
    post(&engine, &[identify("u1", "i2")]).await.unwrap();
    engine.drain().await.unwrap();
    let person = person_of(&engine, user);
    assert_eq!(person.email(), Some("right@example.com"));
    assert_ne!(person_of(&engine, email("u1@example.com")).id, person.id);
    engine.advance(super::world::start() + Span::days(30)).await.unwrap();
    // Somebody else's address is not taken from them.
    post(&engine, &[identify("u2", "i3")]).await.unwrap();
    engine.drain().await.unwrap();
    let others = vec![Correcting::Replace {
        wrong: "right@example.com".to_owned(),
        right: "u2@example.com".to_owned(),
    }];
    let done = rectify(&engine, "u1", others).await.unwrap();
    assert!(done.corrected[0].refused.is_some() && done.detail.is_some(), "{done:?}");
    let other = NodeId::node("main", NodeKind::User, "u2");
    assert_eq!(person_of(&engine, email("u2@example.com")).id, person_of(&engine, other).id);
    let before = world.by_cause().await;
    let page = engine.shared.people[0].page(None, 100).unwrap();
    drop(engine);
    gyre_ports::Fold::clear(world.fold.as_ref(), 0).unwrap();
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    assert_eq!(engine.shared.people[0].page(None, 100).unwrap(), page);
    assert_eq!(world.by_cause().await, before);
}

#[tokio::test]
async fn another_correction_is_another_request_and_the_same_one_is_the_same() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, COUNTRY).await;
    post(&engine, &[identify("u1", "i1")]).await.unwrap();
    engine.drain().await.unwrap();
    let ask = |corrections| Asking {
        kind: SubjectRequestKind::Rectify,
        who: Identifier { kind: None, value: "u1".to_owned() },
        by: "people".to_owned(),
        reference: None,
        corrections,
    };
    let workspace = Workspace::default();
    let one = engine.ask_subject(&workspace, ask(set("FR"))).await.unwrap();
    let same = engine.ask_subject(&workspace, ask(set("FR"))).await.unwrap();
    let other = engine.ask_subject(&workspace, ask(set("BE"))).await.unwrap();
    assert_eq!(one.id, same.id);
    assert_ne!(one.id, other.id);
    engine.drain().await.unwrap();
    assert_eq!(features(&engine, "u1").await, ["BE", "BE"]);
    let nothing = engine.ask_subject(&workspace, ask(Vec::new())).await.unwrap_err();
    assert_eq!(nothing.to_string(), "a rectification says what is to be put right");
}
