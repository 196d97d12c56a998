//! Dead letters of the steps, replayed: each counts once, however often.

use super::consent::POLICY;
use super::world::{World, apply, order, post, start};
use crate::{Engine, ReplayReport};
use gyre_model::event::Collected;
use gyre_model::record::body::{Consent, DeadLetter, Violation};
use gyre_model::{Entry, Family, NodeId, NodeKind, Purpose, Span, Timestamp, Workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Purposes 1 to 11 consented to, made by setting the bits of a published string.
const GRANTS: &str = "CPXxRfAPXxRfAAfKABENB-CgAP_gAAAAAAYgAAAAAAAA";

const PLAN: &str = r#"
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: paid}
spec: {mode: MODE, events: {Paid: {properties: {total: {type: number}}}}}
"#;

async fn letter(world: &World, engine: &Engine, code: &str) -> DeadLetter {
    engine.caught_up().await.unwrap();
    let letters = world.bodies::<DeadLetter>().await;
    let found: Vec<&DeadLetter> = letters.iter().filter(|one| one.code == code).collect();
    assert_eq!(found.len(), 1, "{letters:?}");
    found[0].clone()
}

/// Replays a letter with a value in its place.
async fn mend(engine: &Engine, letter: &DeadLetter, path: &str, value: Value) -> ReplayReport {
    let set = BTreeMap::from([(path.to_owned(), value)]);
    engine.replay_letter(&Workspace::default(), letter.clone(), None, &set).await.unwrap()
}

#[tokio::test]
async fn an_event_that_could_not_be_read_is_taken_once() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    // Collection lets no such event in; one may come from elsewhere.
    let stored = |message: &str| {
        let event = json!({"type": "dance", "userId": "ada", "event": "Order Completed"});
        let payload = json!({"v": 1, "source": "shop", "message_id": message, "event": event});
        Entry {
            workspace: Workspace::default(),
            family: Family::Event,
            key: NodeId::node("main", NodeKind::User, "ada").key(),
            cause: None,
            payload: payload.to_string().into_bytes(),
        }
    };
    engine.ingest(vec![stored("odd")]).await.unwrap();
    let odd = letter(&world, &engine, "type_not_known").await;
    assert_eq!(odd.origin, "step:collect");
    // As it is it is rejected again.
    let as_it_is = BTreeMap::new();
    let main = Workspace::default();
    let report = engine.replay_letter(&main, odd.clone(), None, &as_it_is).await.unwrap();
    assert_eq!((report.accepted, report.rejected), (0, 1));
    for hour in 1..=2 {
        engine.advance(start() + Span::hours(hour)).await.unwrap();
        let report = mend(&engine, &odd, "event.type", json!("track")).await;
        assert_eq!((report.accepted, report.left.len()), (1, 0));
    }
    engine.drain().await.unwrap();
    assert_eq!(lake.rows("events"), 1);
}

#[tokio::test]
async fn what_could_not_be_read_of_consent_is_said_after_all_and_once() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    let at = Timestamp::parse("2025-12-20T00:00:00Z").unwrap();
    let mut said = json!({"type": "track", "event": "Consent Updated", "userId": "ada",
        "anonymousId": "d1", "messageId": "m", "timestamp": at.to_string(),
        "properties": {"purpose": "analitics", "granted": true, "method": "made up"}});
    said["context"] = json!({"IABTCF_TCString": "CPX", "page": {"url": "https://example.com"}});
    post(&engine, &[said, order("bob", "o")]).await.unwrap();
    let purpose = letter(&world, &engine, "consent_purpose_not_known").await;
    let string = letter(&world, &engine, "consent_tcf_malformed").await;
    assert_eq!(purpose.origin, "step:consent");
    // Each keeps what it is about, who said it and when, and nothing else.
    let kept: Collected = serde_json::from_str(&string.raw).unwrap();
    let event: Value = serde_json::from_str(kept.event.get()).unwrap();
    assert_eq!(kept.source, "shop");
    assert_eq!(event["context"], json!({"IABTCF_TCString": "CPX"}));
    assert_eq!((&event["userId"], &event["anonymousId"]), (&json!("ada"), &Value::Null));
    // As it is it waits.
    let report = mend(&engine, &purpose, "event.properties.purpose", json!("analitic")).await;
    assert_eq!((report.accepted, report.rejected), (0, 0));
    assert!(report.left[0].1.contains("still cannot be read"), "{report:?}");
    for hour in 1..=2 {
        engine.advance(start() + Span::hours(hour)).await.unwrap();
        let report = mend(&engine, &purpose, "event.properties.purpose", json!("analytics")).await;
        assert_eq!(report.accepted, 1, "{report:?}");
        let path = "event.context.IABTCF_TCString";
        assert_eq!(mend(&engine, &string, path, json!(GRANTS)).await.accepted, 1);
    }
    engine.drain().await.unwrap();
    let entries = world.bodies::<Consent>().await;
    let stated = |entry: &&Consent| entry.evidence.method.as_deref() == Some("event");
    let stated: Vec<&Consent> = entries.iter().filter(stated).collect();
    assert_eq!(stated.len(), 1, "{entries:?}");
    assert_eq!((stated[0].purpose, stated[0].granted), (Purpose::Analytics, true));
    assert_eq!((stated[0].source.as_str(), stated[0].occurred_at), ("shop", at));
    assert!(entries.iter().any(|one| one.purpose == Purpose::AdsShare && one.occurred_at == at));
    // What came before, and the two words: the event itself did not happen again.
    assert_eq!(lake.rows("events"), 4);
}

#[tokio::test]
async fn a_letter_can_be_mended_whole_and_one_without_its_event_says_so() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let mut said = order("ada", "m");
    said["context"] = json!({"consent": {"google": "granted"}});
    post(&engine, &[said]).await.unwrap();
    let google = letter(&world, &engine, "consent_google_malformed").await;
    let whole = json!({"type": "track", "event": "Consent Updated", "userId": "ada",
        "context": {"consent": {"google": {"ad_storage": "denied"}}}});
    let (main, nothing) = (Workspace::default(), BTreeMap::new());
    let report = engine.replay_letter(&main, google.clone(), Some(&whole), &nothing).await.unwrap();
    assert_eq!(report.accepted, 1, "{report:?}");
    engine.caught_up().await.unwrap();
    let entries = world.bodies::<Consent>().await;
    assert_eq!((entries.len(), entries[0].granted), (1, false));
    assert_eq!(entries[0].source, "shop", "who it came from cannot be mended");
    let old = DeadLetter { raw: "granted".to_owned(), ..google };
    let report = engine.replay_letter(&main, old, Some(&whole), &nothing).await.unwrap();
    assert!(report.left[0].1.contains("without its event"), "{report:?}");
}

/// What a plan keeps out or warns of, and what is beside an unreadable word, is somebody's event as any other.
#[tokio::test]
async fn of_who_does_not_want_to_be_collected_no_letter_keeps_an_event() {
    for (rule, mode, letters, samples) in [
        ("keep", "block", 2, 1),
        ("keep", "warn", 1, 1),
        ("drop", "block", 1, 0),
        ("anonymise", "quarantine", 1, 0),
        ("drop", "warn", 1, 0),
    ] {
        let world = World::new();
        let (engine, _) = world.shop().await;
        apply(&engine, &format!("{POLICY}  ingest: {rule}\n")).await;
        apply(&engine, &PLAN.replace("MODE", mode)).await;
        let paid = json!({"type": "track", "event": "Paid", "userId": "ada", "messageId": "p",
                          "context": {"consent": {"gppString": "?"}},
                          "properties": {"total": "secret"}});
        let known = json!({"type": "identify", "userId": "ada", "messageId": "i",
                           "traits": {"country": "DE"}});
        post(&engine, &[known, paid]).await.unwrap();
        engine.drain().await.unwrap();
        let found = world.bodies::<DeadLetter>().await;
        assert_eq!(found.len(), letters, "{rule} {mode}: {found:?}");
        assert_eq!(world.bodies::<Violation>().await.len(), samples, "{rule} {mode}");
        let whole = rule == "keep";
        assert_eq!(found.iter().any(|one| one.raw.contains("ada")), whole, "{rule} {mode}");
        if !whole {
            let (main, nothing) = (Workspace::default(), BTreeMap::new());
            let report =
                engine.replay_letter(&main, found[0].clone(), None, &nothing).await.unwrap();
            assert!(report.left[0].1.contains("without its event"), "{report:?}");
        }
    }
}

#[tokio::test]
async fn of_who_was_never_seen_nothing_is_kept_where_silence_is_a_no() {
    for (place, letters) in [("DE", 0), ("us", 1)] {
        let world = World::new();
        let (engine, _) = world.shop().await;
        let policy = POLICY.replace("traits.country", "context.country");
        apply(&engine, &format!("{policy}  ingest: drop\n")).await;
        apply(&engine, &PLAN.replace("MODE", "quarantine")).await;
        let paid = json!({"type": "track", "event": "Paid", "userId": "ada", "messageId": "p",
                          "context": {"country": place}, "properties": {"total": "secret"}});
        post(&engine, &[paid]).await.unwrap();
        engine.drain().await.unwrap();
        assert_eq!(world.bodies::<DeadLetter>().await.len(), letters, "{place}");
    }
}

#[test]
fn a_letter_that_keeps_what_may_not_be_kept_is_noticed() {
    let test = "of_who_does_not_want_to_be_collected_no_letter_keeps_an_event";
    super::mutants::is_noticed("letters", test, "letters.whole");
    let test = "of_who_was_never_seen_nothing_is_kept_where_silence_is_a_no";
    super::mutants::is_noticed("letters", test, "letters.whole");
}

#[test]
fn a_letter_that_is_named_anew_is_noticed() {
    let tests = [
        "an_event_that_could_not_be_read_is_taken_once",
        "what_could_not_be_read_of_consent_is_said_after_all_and_once",
    ];
    for test in tests {
        super::mutants::is_noticed("letters", test, "letters.named_anew");
    }
}
