//! Requests of people about their own data, on in-memory ports: what is left of somebody, and what the ring
//! does about them.

use super::crash::{DyingJournal, DyingState, Fuse};
use super::world::{World, Wrapped, identify, order, post};
use crate::{Asking, Engine, Identifier, Request};
use gyre_model::record::body::{
    Decision, Enrollment, SubjectRequestKind, SubjectRequestState as State,
};
use gyre_model::{NodeId, NodeKind, Span, Workspace};
use gyre_ports::fold::Space;
use gyre_ports::state::Holdings;
use gyre_ports::{Fold, State as _};
use std::sync::Arc;

const VICTIM: &str = "u1";

pub(super) async fn asks(
    engine: &Engine,
    kind: SubjectRequestKind,
    identifier: &str,
) -> crate::Result<Request> {
    let who = Identifier { kind: None, value: identifier.to_owned() };
    let (by, reference) = ("people".to_owned(), Some("T-1".to_owned()));
    let asking = Asking { kind, who, by, reference, corrections: Vec::new() };
    engine.ask_subject(&Workspace::default(), asking).await
}

async fn erased(engine: &Engine) -> Request {
    let requests = engine.subject_requests(&Workspace::default()).await.unwrap();
    requests.into_iter().find(|one| one.kind == SubjectRequestKind::Erase).unwrap()
}

fn node(kind: NodeKind, value: &str) -> NodeId {
    NodeId::node("main", kind, value)
}

/// Where the victim's identifiers, or hashes of them, still are.
async fn left(world: &World) -> Vec<String> {
    let (user, email) = (node(NodeKind::User, VICTIM), node(NodeKind::Email, "u1@example.com"));
    let texts =
        [r#""u1""#.to_owned(), "u1@example.com".to_owned(), user.to_string(), email.to_string()];
    let mut left = Vec::new();
    for record in world.records().await {
        let payload = String::from_utf8_lossy(&record.entry.payload).into_owned();
        if texts.iter().any(|text| payload.contains(text)) {
            left.push(format!("journal {:?}", record.entry.family));
        }
    }
    for space in [Space::Node, Space::Person, Space::Wheel, Space::Meta] {
        for (key, value) in world.fold.scan(0, space, &[], &[], 10_000).unwrap() {
            let bytes = [key, value].concat();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|part| part == needle);
            if holds(&user.0) || holds(&email.0) || holds(b"u1@example.com") {
                left.push(format!("fold {space:?}"));
            }
        }
    }
    let workspace = Workspace::default();
    if world.state.holdings(&workspace, &[user, email]).await.unwrap() != Holdings::default() {
        left.push("state".to_owned());
    }
    for (key, value) in world.state.values(&workspace, "").await.unwrap() {
        if texts.iter().any(|text| value.to_string().contains(text)) {
            left.push(format!("state {key}"));
        }
    }
    left
}

/// Somebody else's event names the address: only the identifier tells that it is of the victim, too.
async fn name_the_address(world: &World) {
    let (engine, _) = world.open(Wrapped::plain).await;
    let mut event = identify("u0", "names");
    event["traits"] = serde_json::json!({"email": "u1@example.com"});
    post(&engine, &[event]).await.unwrap();
    engine.drain().await.unwrap();
}

/// Five customers, three weeks: somebody was decided on and written to.
async fn lived() -> World {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let events: Vec<_> = (0..5)
        .flat_map(|n| {
            let user = format!("u{n}");
            [identify(&user, &format!("i{n}")), order(&user, &format!("o{n}"))]
        })
        .collect();
    post(&engine, &events).await.unwrap();
    engine.advance(super::world::start() + Span::days(22)).await.unwrap();
    world
}

#[tokio::test]
async fn nothing_is_left_of_somebody_who_was_erased() {
    let world = lived().await;
    let before = left(&world).await;
    for place in ["journal Event", "journal Decision", "fold Node", "fold Person", "state"] {
        assert!(before.iter().any(|one| one == place), "{place} is not found: {before:?}");
    }
    let (engine, lake) = world.open(Wrapped::plain).await;
    engine.visible().await.unwrap();
    let rows = lake.rows("events");
    asks(&engine, SubjectRequestKind::Erase, "U1@example.com").await.unwrap();
    engine.drain().await.unwrap();
    let request = erased(&engine).await;
    assert_eq!((request.state, request.failures), (State::Done, 0), "{request:?}");
    assert_eq!(left(&world).await, Vec::<String>::new());
    assert_eq!(lake.rows("events"), rows - 2);
    let certificate = request.certificate.unwrap();
    assert!(certificate["certificate"]["removed"].as_array().unwrap().len() >= 6);
    // Derived again from the journal that is left: the same people, and the bar.
    let rights = engine.shared.rights.read().clone();
    let page = engine.shared.people[0].page(None, 100).unwrap();
    world.fold.clear(0).unwrap();
    drop(engine);
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    assert_eq!(engine.shared.people[0].page(None, 100).unwrap(), page);
    assert_eq!(engine.shared.rights.read().counts(), rights.counts());
    assert_eq!(left(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_comes_late_is_neither_kept_nor_followed() {
    let world = lived().await;
    let (engine, lake) = world.open(Wrapped::plain).await;
    asks(&engine, SubjectRequestKind::Erase, VICTIM).await.unwrap();
    engine.drain().await.unwrap();
    let rows = lake.rows("events");
    let mut stranger = identify("u1", "l2");
    stranger["userId"] = "u9".into();
    post(&engine, &[order(VICTIM, "l1"), stranger]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(engine.blocked().await.unwrap(), 2);
    assert_eq!(lake.rows("events"), rows);
    assert_eq!(left(&world).await, Vec::<String>::new());
    asks(&engine, SubjectRequestKind::Lift, VICTIM).await.unwrap();
    engine.drain().await.unwrap();
    post(&engine, &[order(VICTIM, "l3")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(lake.rows("events"), rows + 1);
}

#[tokio::test]
async fn asking_twice_is_asking_once() {
    let world = lived().await;
    let (engine, _) = world.open(Wrapped::plain).await;
    let first = asks(&engine, SubjectRequestKind::Erase, VICTIM).await.unwrap();
    let second = asks(&engine, SubjectRequestKind::Erase, "u1@example.com").await.unwrap();
    assert_eq!(first.id, second.id);
    engine.drain().await.unwrap();
    let third = asks(&engine, SubjectRequestKind::Erase, VICTIM).await.unwrap();
    assert_eq!(first.id, third.id);
    let nobody = asks(&engine, SubjectRequestKind::Restrict, "nobody").await.unwrap_err();
    assert_eq!(nobody.to_string(), "a person of that identifier does not exist");
}

#[tokio::test]
async fn whoever_is_restricted_is_not_evaluated_and_not_written_to() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify(VICTIM, "i1"), order(VICTIM, "o1")]).await.unwrap();
    engine.drain().await.unwrap();
    asks(&engine, SubjectRequestKind::Restrict, VICTIM).await.unwrap();
    engine.drain().await.unwrap();
    let left = world.bodies::<Enrollment>().await.into_iter().filter(|one| !one.entered);
    assert_eq!(
        left.map(|one| (one.name, one.reason)).collect::<Vec<_>>(),
        [("customers".to_owned(), Some("restricted".to_owned()))]
    );
    let later = super::world::start() + Span::days(30);
    engine.advance(later).await.unwrap();
    assert_eq!(world.bodies::<Decision>().await, []);
    asks(&engine, SubjectRequestKind::Unrestrict, VICTIM).await.unwrap();
    engine.advance(later + Span::days(1)).await.unwrap();
    assert_eq!(world.bodies::<Decision>().await.len(), 1);
}

/// An erasure whose process dies at the n-th write, for every n.
#[tokio::test]
async fn wherever_the_process_dies_nothing_is_left() {
    let mut deaths = 0;
    for dies_at in 0..60 {
        for reaches in [false, true] {
            let world = lived().await;
            name_the_address(&world).await;
            let fuse = Arc::new(Fuse::new(Some(dies_at), reaches));
            let (engine, _) = world
                .open(|world| Wrapped {
                    journal: Arc::new(DyingJournal::new(&world.journal, &fuse)),
                    state: Arc::new(DyingState::new(&world.state, &fuse)),
                })
                .await;
            let asked = asks(&engine, SubjectRequestKind::Erase, VICTIM).await;
            let done = engine.drain().await;
            let died = asked.is_err() || done.is_err();
            deaths += u32::from(died);
            drop(engine);
            let (engine, _) = world.open(Wrapped::plain).await;
            asks(&engine, SubjectRequestKind::Erase, VICTIM).await.unwrap();
            engine.drain().await.unwrap();
            let request = erased(&engine).await;
            assert_eq!(request.state, State::Done, "{dies_at} {reaches}");
            let events = request.removed.iter().find(|one| one.table == "event").unwrap();
            assert_eq!(events.count, 3, "{dies_at} {reaches}");
            assert_eq!(left(&world).await, Vec::<String>::new(), "{dies_at} {reaches}");
            if !died {
                assert!(deaths > 10, "only {deaths} deaths");
                return;
            }
        }
    }
    panic!("it never came to its end");
}

/// A request that a crash lets be published twice would be taken twice, the second time finding nobody, if
/// the processor forgot how far it had come: the test before notices.
#[test]
fn a_request_that_is_taken_twice_is_noticed() {
    let this = std::env::current_exe().unwrap();
    let again = std::process::Command::new(this)
        .args(["--exact", "tests::rights::wherever_the_process_dies_nothing_is_left"])
        .env("GYRE_MUTANT", "processor.no_sequence")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(!again.status.success() && said.contains("1 failed"), "{said}");
}
