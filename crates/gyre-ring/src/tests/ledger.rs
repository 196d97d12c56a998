//! The consent ledger when entries are taken out of it, and when it is derived again.

use super::world::{World, Wrapped, apply, identify, order, post, start};
use crate::consent::{erased_places, removal};
use crate::{Asking, Engine, Identifier};
use gyre_govern::ledger::{Fault, Head, Walk};
use gyre_model::record::body::{Body as _, ChainLink, Consent, SubjectRequestKind};
use gyre_model::{Family, RecordId, Span, Stored, Workspace};
use gyre_ports::{Clock as _, Fold as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

fn about(user: &str, message: &str, purpose: &str, granted: bool) -> Value {
    json!({"type": "track", "event": "Consent Updated", "userId": user, "messageId": message,
           "properties": {"purpose": purpose, "granted": granted}})
}

/// Every entry that is in the journal, as often as it is there.
async fn entries(world: &World) -> Vec<(Stored, Consent)> {
    let records = world.records().await.into_iter();
    records
        .filter(|record| record.entry.family == Family::Consent && !record.is_erased())
        .map(|record| {
            let entry = Consent::decode(&record.entry.payload).unwrap();
            (record, entry)
        })
        .collect()
}

/// The ledger as the lake of an engine that saw everything has it.
async fn ledger(world: &World) -> BTreeMap<u64, Consent> {
    let mut ledger = BTreeMap::new();
    for (_, entry) in entries(world).await {
        let number = entry.chain.as_ref().unwrap().number;
        let known = ledger.entry(number).or_insert_with(|| entry.clone());
        assert_eq!(*known, entry, "what was derived again is what was there");
    }
    ledger
}

/// What is wrong with it, and how many places are of erased ones.
async fn faults(world: &World, engine: &Engine) -> (Vec<Fault>, u64) {
    let (shared, workspace) = (&engine.shared, Workspace::default());
    let removal = removal(shared, &workspace, 0).await.unwrap();
    let mut walk = Walk::behind(removal.map(|one| {
        assert!(one.is_signed(shared, &workspace, 0));
        one.as_removed()
    }));
    let mut places = erased_places(shared, &workspace, 0).await.unwrap().into_iter().peekable();
    for (number, entry) in ledger(world).await {
        while let Some(place) = places.next_if(|place| place.link.number < number) {
            assert!(place.is_signed(shared, &workspace, 0));
            walk.pass(&place.link);
        }
        walk.take(&entry);
    }
    places.for_each(|place| walk.pass(&place.link));
    let head = crate::processor::consent::head(world.fold.as_ref(), 0, &workspace).unwrap();
    walk.end(&head);
    assert_eq!(walk.head(), head, "the fold ends where the ledger ends");
    (walk.faults, walk.erased)
}

async fn derived_again(world: &World, engine: Arc<Engine>) -> Arc<Engine> {
    world.fold.clear(0).unwrap();
    drop(engine);
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    engine
}

async fn erase(engine: &Engine, user: &str) {
    let who = Identifier { kind: None, value: user.to_owned() };
    let kind = SubjectRequestKind::Erase;
    let asking =
        Asking { kind, who, by: "people".to_owned(), reference: None, corrections: Vec::new() };
    engine.ask_subject(&Workspace::default(), asking).await.unwrap();
    engine.drain().await.unwrap();
}

fn links(ledger: &BTreeMap<u64, Consent>) -> Vec<ChainLink> {
    ledger.values().filter_map(|entry| entry.chain.clone()).collect()
}

#[tokio::test]
async fn every_other_entry_keeps_its_place_when_somebody_is_erased_and_all_is_derived_again() {
    // First, in the middle, last, and everywhere at once.
    for victims in [&["u0"][..], &["u2"], &["u4"], &["u0", "u1", "u4"], &["u0", "u2", "u3"]] {
        let world = World::new();
        let (engine, _) = world.shop().await;
        for round in ["a", "b"] {
            let all: Vec<_> = (0..5)
                .flat_map(|n| {
                    let user = format!("u{n}");
                    let id = |what: &str| format!("{what}{n}{round}");
                    [
                        identify(&user, &id("i")),
                        about(&user, &id("x"), "analytics", round == "a"),
                        about(&user, &id("y"), "profiling", n % 2 == 0),
                    ]
                })
                .collect();
            post(&engine, &all).await.unwrap();
            engine.drain().await.unwrap();
        }
        let before = ledger(&world).await;
        assert_eq!(before.len(), 30);
        for victim in victims {
            erase(&engine, victim).await;
        }
        let gone = 6 * victims.len();
        let left = ledger(&world).await;
        assert_eq!(left.len(), 30 - gone, "{victims:?}");
        assert_eq!(faults(&world, &engine).await, (vec![], gone as u64), "{victims:?}");
        let engine = derived_again(&world, engine).await;
        assert_eq!(ledger(&world).await, left, "{victims:?}");
        assert_eq!(faults(&world, &engine).await, (vec![], gone as u64), "{victims:?}");
        // What is said next follows what was said last, be that gone or not.
        let late: Vec<_> = (5..8)
            .map(|n| about(&format!("u{n}"), &format!("late{n}"), "analytics", true))
            .collect();
        post(&engine, &late).await.unwrap();
        engine.drain().await.unwrap();
        let grown = ledger(&world).await;
        let numbers: Vec<u64> = grown.keys().copied().filter(|n| *n > 30).collect();
        assert_eq!(numbers, [31, 32, 33], "{victims:?}");
        assert_eq!(faults(&world, &engine).await, (vec![], gone as u64));
        let engine = derived_again(&world, engine).await;
        assert_eq!(ledger(&world).await, grown);
        assert_eq!(faults(&world, &engine).await, (vec![], gone as u64));
    }
}

#[tokio::test]
async fn a_gap_that_nobody_signed_is_none_of_ours() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let said = [about("ada", "1", "analytics", true), about("bob", "2", "analytics", true)];
    post(&engine, &said).await.unwrap();
    engine.drain().await.unwrap();
    erase(&engine, "ada").await;
    let (shared, workspace) = (&engine.shared, Workspace::default());
    let mut places = erased_places(shared, &workspace, 0).await.unwrap();
    let place = places.pop().unwrap();
    assert!(place.is_signed(shared, &workspace, 0) && places.is_empty());
    let mut other = place.clone();
    other.link.number = 2;
    assert!(!other.is_signed(shared, &workspace, 0));
    assert!(!place.is_signed(shared, &Workspace::new("other"), 0));
    assert!(!place.is_signed(shared, &workspace, 1));
    let mut unsigned = place.clone();
    unsigned.request = Some(RecordId::default());
    assert!(!unsigned.is_signed(shared, &workspace, 0));
    unsigned.signature.clear();
    assert!(!unsigned.is_signed(shared, &workspace, 0));
}

/// Somebody who said yes, then no, long ago; somebody who said yes long ago; then time passes.
async fn aged(kept: &[(Family, i64)]) -> (World, Arc<Engine>) {
    let mut world = World::new();
    for (family, days) in kept {
        world.retention.0.insert(*family, Span::days(*days));
    }
    let (engine, _) = world.shop().await;
    let first = [
        about("ada", "1", "analytics", true),
        about("bob", "2", "analytics", true),
        about("ada", "3", "profiling", true),
    ];
    post(&engine, &first).await.unwrap();
    engine.drain().await.unwrap();
    world.clock.set(start() + Span::HOUR);
    let second = [about("ada", "4", "analytics", false), about("ada", "5", "profiling", false)];
    post(&engine, &second).await.unwrap();
    engine.drain().await.unwrap();
    world.clock.set(start() + Span::days(20));
    post(&engine, &[order("cy", "6"), about("cy", "7", "analytics", false)]).await.unwrap();
    engine.drain().await.unwrap();
    world.clock.set(start() + Span::days(40));
    engine.tick_for_tests().await;
    engine.drain().await.unwrap();
    (world, engine)
}

async fn stands(engine: &Engine, who: &str) -> String {
    let view = engine.consent(&Workspace::default(), who, None, None).await.unwrap().unwrap();
    let said = view.topics.iter().filter_map(|one| one.stands.decision);
    said.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_somebody_said_outlives_the_event_in_which_it_was_said() {
    let (world, engine) = aged(&[(Family::Event, 30)]).await;
    let events = world.records().await;
    let blank = events.iter().filter(|one| one.entry.family == Family::Event && one.is_erased());
    assert_eq!(blank.count(), 5);
    let before = (ledger(&world).await, stands(&engine, "ada").await);
    assert_eq!((before.0.len(), before.1.as_str()), (6, "withdrawn withdrawn"));
    let engine = derived_again(&world, engine).await;
    assert_eq!((ledger(&world).await, stands(&engine, "ada").await), before);
    assert_eq!(faults(&world, &engine).await, (vec![], 0));
    // And who is known by words alone gets a name with the next event.
    post(&engine, &[identify("ada", "8")]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(stands(&engine, "ada@example.com").await, "withdrawn withdrawn granted");
    assert_eq!(ledger(&world).await.len(), 7);
    assert_eq!(faults(&world, &engine).await, (vec![], 0));
}

#[tokio::test]
async fn old_entries_go_but_for_those_in_force_and_the_chain_holds() {
    for families in [&[(Family::Consent, 30)][..], &[(Family::Consent, 30), (Family::Event, 30)]] {
        let (world, engine) = aged(families).await;
        let kept = links(&ledger(&world).await);
        let numbers: Vec<u64> = kept.iter().map(|link| link.number).collect();
        assert_eq!(numbers, [2, 4, 5, 6], "bob's yes and the last words of ada stand");
        assert_eq!(faults(&world, &engine).await, (vec![], 0));
        let removed = removal(&engine.shared, &Workspace::default(), 0).await.unwrap().unwrap();
        assert_eq!((removed.number, removed.removed, removed.kept), (5, 2, 3));
        let report = engine.retention().await.unwrap();
        let consents = report.iter().find(|one| one.family == "consent").unwrap();
        assert_eq!((consents.removed, consents.kept.as_str()), (2, "30d"));
        let said = stands(&engine, "ada").await;
        let engine = derived_again(&world, engine).await;
        assert_eq!(links(&ledger(&world).await), kept);
        assert_eq!(stands(&engine, "ada").await, said);
        // Whoever is erased leaves a place among those that were kept, too.
        erase(&engine, "bob").await;
        assert_eq!(faults(&world, &engine).await, (vec![], 1));
        post(&engine, &[about("cy", "9", "analytics", true)]).await.unwrap();
        engine.drain().await.unwrap();
        let numbers: Vec<u64> = ledger(&world).await.into_keys().collect();
        assert_eq!(numbers, [4, 5, 6, 7]);
        assert_eq!(faults(&world, &engine).await, (vec![], 1));
        // A kept one that is missing is missed.
        let mut walk = Walk::behind(Some(
            removal(&engine.shared, &Workspace::default(), 0).await.unwrap().unwrap().as_removed(),
        ));
        for (number, entry) in ledger(&world).await {
            if number != 4 {
                walk.take(&entry);
            }
        }
        walk.end(&Head { number: 7, hash: walk.head().hash });
        assert!(matches!(walk.faults[..], [Fault::Kept { through: 5, kept: 3, found: 1 }]));
    }
}

/// Each safety switched off, and the test that must notice.
#[test]
fn every_safety_of_the_ledger_that_is_switched_off_is_noticed() {
    let mutants = [
        (
            "ledger.derived_anew",
            "every_other_entry_keeps_its_place_when_somebody_is_erased_and_all_is_derived_again",
        ),
        (
            "ledger.no_places",
            "every_other_entry_keeps_its_place_when_somebody_is_erased_and_all_is_derived_again",
        ),
        (
            "ledger.words_go_with_events",
            "what_somebody_said_outlives_the_event_in_which_it_was_said",
        ),
        ("ledger.no_removals", "old_entries_go_but_for_those_in_force_and_the_chain_holds"),
        (
            "retention.removes_what_is_in_force",
            "old_entries_go_but_for_those_in_force_and_the_chain_holds",
        ),
    ];
    for (mutant, test) in mutants {
        super::mutants::is_noticed("ledger", test, mutant);
    }
}

#[tokio::test]
async fn a_policy_that_changed_does_not_change_what_is_in_the_ledger() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("ada", "1"), about("ada", "2", "analytics", true)]).await.unwrap();
    engine.drain().await.unwrap();
    let before = ledger(&world).await;
    apply(
        &engine,
        "apiVersion: gyre/v1\nkind: ConsentPolicy\nmetadata: {name: consent}\nspec: \
         {jurisdiction: {otherwise: eu}, jurisdictions: {eu: {default: deny, expires: 30d}}}",
    )
    .await;
    let engine = derived_again(&world, engine).await;
    assert_eq!(ledger(&world).await, before);
    assert_eq!(faults(&world, &engine).await, (vec![], 0));
}
