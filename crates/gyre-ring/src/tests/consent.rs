//! Consent in the ring: the ledger and its chain, what holds when people become one, the gates.

use super::world::{World, Wrapped, apply, identify, order, post, start};
use crate::{Engine, Question, Stated};
use gyre_govern::Gate;
use gyre_govern::ledger::{Fault, Walk};
use gyre_model::record::body::{Consent, DeadLetter, Decision, Delivery, Identity, Outcome};
use gyre_model::{ConsentDecision, NodeId, NodeKind, Purpose, Span, Timestamp, Topic, Workspace};
use gyre_ports::fold::{Space, Write};
use gyre_ports::{Clock, Fold, Journal};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const POLICY: &str = r#"
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec:
  jurisdiction: {from: [traits.country], places: {DE: eu}, otherwise: us}
  jurisdictions:
    eu: {default: deny}
    us: {default: allow}
"#;

fn said(user: &str, message: &str, properties: Value) -> Value {
    json!({"type": "track", "event": "Consent Updated", "userId": user, "messageId": message,
           "properties": properties})
}

pub(super) fn about(user: &str, message: &str, purpose: &str, granted: bool) -> Value {
    said(user, message, json!({"purpose": purpose, "granted": granted}))
}

/// How somebody stands on a topic now.
async fn stands(engine: &Engine, who: &str, topic: &str) -> String {
    let topic = Topic::parse(topic).unwrap();
    let view = engine.consent(&Workspace::default(), who, None, None).await.unwrap().unwrap();
    let found = view
        .topics
        .iter()
        .find(|one| one.purpose == topic.purpose.as_str() && one.channel == topic.channel);
    found.map_or("-".to_owned(), |one| {
        let decision = one.stands.decision.unwrap_or("nothing");
        format!("{decision} {} {}", one.stands.because, one.allowed)
    })
}

async fn settled(engine: &Engine) {
    engine.caught_up().await.unwrap();
}

#[tokio::test]
async fn every_word_is_an_entry_with_its_evidence_and_the_chain_holds() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let properties = json!({"purpose": "analytics", "granted": true, "notice_version": "3",
                            "language": "de", "legal_basis": "consent", "expires_at": "2027-01-01"});
    post(&engine, &[identify("ada", "i"), said("ada", "c", properties)]).await.unwrap();
    post(&engine, &[about("ada", "d", "analytics", false)]).await.unwrap();
    settled(&engine).await;
    let entries = world.bodies::<Consent>().await;
    assert_eq!(entries.len(), 3);
    let mut walk = Walk::default();
    entries.iter().for_each(|entry| walk.take(entry));
    assert_eq!((walk.faults.len(), walk.entries, walk.unchained), (0, 3, 0));
    let given = &entries[1];
    assert_eq!((given.purpose, given.channel.as_str()), (Purpose::Analytics, ""));
    assert_eq!(given.evidence.notice_version.as_deref(), Some("3"));
    assert_eq!(given.evidence.event.as_deref(), Some("c"));
    assert_eq!(given.expires_at, Some(Timestamp::parse("2027-01-01").unwrap()));
    assert!(given.received_at.is_some());
    let subject = given.subject.as_ref().unwrap();
    assert_eq!((subject.kind.as_str(), subject.hash.len()), ("user", 64));
    assert!(!serde_json::to_string(given).unwrap().contains("ada"), "the ledger names nobody");
    // A no after a yes is one taken back.
    assert_eq!(entries[2].decision(), ConsentDecision::Withdrawn);
    assert_eq!(stands(&engine, "ada", "analytics").await, "withdrawn said false");
    // Whoever edits one is found.
    let mut edited = entries.clone();
    edited[1].granted = false;
    let mut walk = Walk::default();
    edited.iter().for_each(|entry| walk.take(entry));
    assert_eq!(walk.faults, [Fault::Edited { number: 2 }]);
}

#[tokio::test]
async fn deriving_again_gives_the_same_chain_and_a_fold_of_before_is_thrown_away() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("ada", "i"), about("ada", "c", "analytics", true)]).await.unwrap();
    settled(&engine).await;
    let once = world.bodies::<Consent>().await;
    drop(engine);
    // What an older version would have left: people in another form.
    let form = Write::Put(Space::Meta, b"form".to_vec(), vec![1]);
    let position = world.fold.position(0).unwrap().unwrap();
    world.fold.commit(0, position, vec![form]).unwrap();
    let (engine, _) = world.open(Wrapped::plain).await;
    assert_eq!(world.fold.position(0).unwrap(), None, "the old fold is gone");
    settled(&engine).await;
    let all: Vec<Consent> = world
        .records()
        .await
        .into_iter()
        .filter(|record| record.entry.family == gyre_model::Family::Consent)
        .map(|record| serde_json::from_slice(&record.entry.payload).unwrap())
        .collect();
    assert_eq!(all.len(), once.len() * 2);
    assert_eq!(all[once.len()..], once[..], "the same entries at the same places");
    assert_eq!(stands(&engine, "ada", "analytics").await, "granted said true");
    assert!(world.journal.end(0) > 0);
}

#[tokio::test]
async fn a_withdrawal_stands_against_an_older_yes_that_comes_later() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let at = |mut event: Value, time: &str| {
        event["timestamp"] = time.into();
        event
    };
    let no = at(about("ada", "no", "analytics", false), "2025-12-20T00:00:00Z");
    let yes = at(about("ada", "yes", "analytics", true), "2025-12-10T00:00:00Z");
    post(&engine, &[no]).await.unwrap();
    post(&engine, &[yes]).await.unwrap();
    settled(&engine).await;
    assert_eq!(stands(&engine, "ada", "analytics").await, "denied said false");
    assert_eq!(world.bodies::<Consent>().await.len(), 2, "both are kept");
}

#[tokio::test]
async fn people_who_become_one_are_bound_by_the_strictest_until_asked_again() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let device = json!({"type": "track", "event": "Consent Updated", "anonymousId": "d1",
        "messageId": "1", "properties": {"purpose": "analytics", "granted": false}});
    post(&engine, &[device, about("ada", "2", "analytics", true)]).await.unwrap();
    settled(&engine).await;
    engine.advance(start() + Span::HOUR).await.unwrap();
    let both = json!({"type": "identify", "userId": "ada", "anonymousId": "d1", "messageId": "3"});
    post(&engine, &[both]).await.unwrap();
    settled(&engine).await;
    assert_eq!(stands(&engine, "ada", "analytics").await, "denied conflict false");
    engine.advance(start() + Span::hours(2)).await.unwrap();
    post(&engine, &[about("ada", "4", "analytics", true)]).await.unwrap();
    settled(&engine).await;
    assert_eq!(stands(&engine, "ada", "analytics").await, "granted said true");
}

#[tokio::test]
async fn what_clients_repeat_counts_when_it_changes_and_undoes_nothing() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let page = |message: &str, analytics: bool| {
        json!({"type": "page", "userId": "ada", "messageId": message,
               "context": {"consent": {"categoryPreferences": {"Analytics": analytics}}}})
    };
    post(&engine, &[page("1", true), page("2", true), page("3", true)]).await.unwrap();
    settled(&engine).await;
    assert_eq!(world.bodies::<Consent>().await.len(), 1, "repeating is not saying again");
    post(&engine, &[about("ada", "4", "analytics", false), page("5", true)]).await.unwrap();
    settled(&engine).await;
    assert_eq!(stands(&engine, "ada", "analytics").await, "withdrawn said false");
    post(&engine, &[page("6", false), page("7", true)]).await.unwrap();
    settled(&engine).await;
    assert_eq!(world.bodies::<Consent>().await.len(), 4);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_the_event_goes_on() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    let mut broken = order("ada", "o");
    broken["context"] = json!({"IABTCF_TCString": "CPX"});
    post(&engine, &[broken]).await.unwrap();
    engine.drain().await.unwrap();
    let letters = world.bodies::<DeadLetter>().await;
    assert_eq!(letters[0].code, "consent_tcf_malformed");
    assert_eq!((lake.rows("events"), world.bodies::<Consent>().await.len()), (1, 0));
    let person = engine.person(&Workspace::default(), "ada").await;
    // The lake of this world answers nothing; the fold does.
    assert!(person.is_err());
    assert_eq!(orders(&engine, "ada"), 1);
}

fn orders(engine: &Arc<Engine>, user: &str) -> i64 {
    let node = NodeId::node("main", NodeKind::User, user);
    let person = engine.shared.people_of(node.key()).by_node(node).unwrap().unwrap();
    let catalog = engine.shared.catalog(&Workspace::default());
    let row = catalog.row(&person, engine.shared.clock.now());
    row.to_json(&catalog.definitions)["orders"].as_i64().unwrap()
}

fn german(user: &str, message: &str) -> Value {
    let mut event = identify(user, message);
    event["traits"]["country"] = "DE".into();
    event
}

#[tokio::test]
async fn who_is_not_to_be_profiled_has_no_features_and_gets_them_back_by_saying_so() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, POLICY).await;
    post(
        &engine,
        &[german("ada", "1"), order("ada", "2"), identify("bob", "3"), order("bob", "4")],
    )
    .await
    .unwrap();
    settled(&engine).await;
    assert_eq!((orders(&engine, "ada"), orders(&engine, "bob")), (0, 1), "silence in the EU is no");
    post(&engine, &[about("ada", "5", "profiling", true), order("ada", "6")]).await.unwrap();
    post(&engine, &[about("bob", "7", "profiling", false), order("bob", "8")]).await.unwrap();
    settled(&engine).await;
    assert_eq!((orders(&engine, "ada"), orders(&engine, "bob")), (1, 0));
    world.clock.set(start() + Span::HOUR);
    post(&engine, &[about("bob", "9", "profiling", true)]).await.unwrap();
    settled(&engine).await;
    assert_eq!(orders(&engine, "bob"), 1, "what was known before the no is known again");
    let counts = engine.shared.gates.all();
    let features: u64 =
        counts.iter().filter(|one| one.gate == "features").map(|one| one.count).sum();
    assert!(features >= 4, "{counts:?}");
}

#[tokio::test]
async fn identifiers_of_who_is_not_to_be_profiled_stay_apart() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, POLICY).await;
    let on = |user: &str, message: &str, granted: bool| {
        json!({"type": "identify", "userId": user, "anonymousId": format!("device-{user}"),
               "messageId": message, "traits": {"country": "DE", "email": format!("{user}@example.com")},
               "context": {"consent": {"tcString": if granted { GRANTS } else { REFUSES }}}})
    };
    post(&engine, &[on("ada", "1", true), on("bob", "2", false)]).await.unwrap();
    settled(&engine).await;
    let nodes = |user: &str| {
        let node = NodeId::node("main", NodeKind::User, user);
        engine.shared.people_of(node.key()).by_node(node).unwrap().unwrap().nodes.len()
    };
    assert_eq!((nodes("ada"), nodes("bob")), (3, 2), "an address to be written to stays");
    let refused: Vec<Identity> =
        world.bodies::<Identity>().await.into_iter().filter(|one| !one.joined).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason.as_deref(), Some("no_consent"));
}

/// Purposes 1 to 11 consented to, and none; made by setting the bits of a published string.
const GRANTS: &str = "CPXxRfAPXxRfAAfKABENB-CgAP_gAAAAAAYgAAAAAAAA";
const REFUSES: &str = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA";

#[tokio::test]
async fn events_of_who_does_not_want_to_be_collected_are_stripped_or_dropped() {
    for (rule, rows) in [("keep", 2), ("anonymise", 2), ("drop", 0)] {
        let world = World::new();
        let (engine, lake) = world.shop().await;
        apply(&engine, &format!("{POLICY}  ingest: {rule}\n")).await;
        post(&engine, &[about("ada", "1", "collect", false), order("ada", "2")]).await.unwrap();
        engine.drain().await.unwrap();
        assert_eq!(lake.rows("events"), rows, "{rule}");
        assert_eq!(orders(&engine, "ada"), i64::from(rule == "keep"), "{rule}");
        let names_her = lake
            .batches
            .lock()
            .iter()
            .filter(|one| one.table == "events")
            .any(|one| format!("{:?}", one.rows.columns()).contains("ada"));
        assert_eq!(names_her, rule == "keep", "{rule}");
        assert_eq!(world.bodies::<Consent>().await.len(), 1, "the ledger keeps the no");
        // Another process, whose marks are gone, archives the same.
        drop(engine);
        let (engine, lake) = world.open(Wrapped::plain).await;
        engine.drain().await.unwrap();
        assert_eq!(lake.rows("events"), rows, "{rule} after a restart");
        post(&engine, &[order("ada", "2")]).await.unwrap();
        engine.drain().await.unwrap();
        assert_eq!(lake.rows("events"), rows, "{rule}: a duplicate of it is one");
    }
}

#[tokio::test]
async fn nothing_is_chosen_for_who_does_not_want_it_and_the_record_says_why() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, POLICY).await;
    let users: Vec<String> = (0..8).map(|n| format!("u{n}")).collect();
    let of = |what: fn(&str, &str) -> Value, tag: &str| {
        users.iter().map(|user| what(user, &format!("{tag}{user}"))).collect::<Vec<_>>()
    };
    post(&engine, &of(identify, "i")).await.unwrap();
    post(&engine, &of(order, "o")).await.unwrap();
    engine.advance(start() + Span::days(20)).await.unwrap();
    post(&engine, &of(|user, id| about(user, id, "personalise", false), "p")).await.unwrap();
    world.clock.set(start() + Span::days(22));
    engine.tick_for_tests().await;
    settled(&engine).await;
    let mut treated = 0;
    for user in users {
        let node = NodeId::node("main", NodeKind::User, &user);
        let entries = world.bodies::<Consent>().await;
        let said = entries.iter().rfind(|entry| entry.node == node).unwrap();
        let entry = said.chain.as_ref().unwrap().id;
        let question = Question {
            user_id: Some(user),
            placement: "home".to_owned(),
            campaign: Some("win_back".to_owned()),
            ..Question::default()
        };
        let answer = engine.decider.decide(&Workspace::default(), &question).await.unwrap();
        let decision = answer.decision.unwrap();
        assert!(decision.consents.contains(&entry));
        if decision.arm.as_deref() != Some("treated") {
            continue;
        }
        treated += 1;
        let refused = decision.candidates.iter().filter_map(|one| one.refusal.as_ref());
        let personal: Vec<_> =
            refused.filter(|refusal| refusal.by.as_deref() == Some("personalise")).collect();
        assert_eq!(personal.len(), 2, "{decision:?}");
        assert_eq!(personal[0].ledger, [entry]);
    }
    assert!(treated > 0);
}

#[tokio::test]
async fn only_who_allows_it_is_trained_on_or_handed_on() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let people: Vec<_> = ["ada", "bob", "cy"]
        .map(|user| NodeId::node("main", NodeKind::User, user).as_person())
        .to_vec();
    post(&engine, &[order("ada", "1"), order("bob", "2"), german("cy", "3")]).await.unwrap();
    settled(&engine).await;
    let workspace = Workspace::default();
    let (open, _) = engine.permitted(&workspace, Gate::Training, &people).unwrap();
    assert_eq!(open.len(), 3, "without a policy nobody asks");
    apply(&engine, POLICY).await;
    // The place counts from when a policy asks for it.
    let said = [about("bob", "4", "model_training", false), german("cy", "5")];
    post(&engine, &said).await.unwrap();
    settled(&engine).await;
    let (open, withheld) = engine.permitted(&workspace, Gate::Training, &people).unwrap();
    assert_eq!(open, [people[0]]);
    let why: Vec<_> = withheld.iter().map(|one| (one.because, one.ledger.len())).collect();
    assert_eq!(why, [("said", 1), ("silence", 0)]);
    let (open, _) = engine.permitted(&workspace, Gate::Export, &people).unwrap();
    assert_eq!(open, [people[0], people[1]]);
}

#[tokio::test]
async fn an_acknowledged_no_reaches_what_is_queued() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let events: Vec<_> = (0..8)
        .flat_map(|n| {
            let user = format!("u{n}");
            [identify(&user, &format!("i{n}")), order(&user, &format!("o{n}"))]
        })
        .collect();
    post(&engine, &events).await.unwrap();
    engine.advance(start() + Span::days(20)).await.unwrap();
    // Everybody is due, and queued; then everybody says no, which is on disk and not folded yet.
    world.clock.set(start() + Span::days(22));
    engine.tick_for_tests().await;
    settled(&engine).await;
    let no: Vec<_> = (0..8)
        .map(|n| {
            said(&format!("u{n}"), &format!("n{n}"), json!({"channel": "email", "granted": false}))
        })
        .collect();
    post(&engine, &no).await.unwrap();
    assert!(!engine.send_for_tests().await, "it waits for the fold");
    assert_eq!(world.channel.received().len(), 0, "nobody is written to after a no");
    engine.drain().await.unwrap();
    assert_eq!(world.channel.received().len(), 0);
    let refused = world.bodies::<Delivery>().await;
    assert!(refused.iter().all(|one| one.outcome != Outcome::Sent) && refused.len() == 8);
    assert!(
        world
            .bodies::<Decision>()
            .await
            .iter()
            .all(|one| one.chosen.as_deref() != Some("reminder"))
    );
}

#[tokio::test]
async fn what_is_said_through_us_is_in_effect_when_it_returns() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let workspace = Workspace::default();
    let topic = Topic::new(Purpose::Contact, "email");
    let stated = |decision| Stated {
        through: "api",
        email: Some("Ada@Example.com".to_owned()),
        topics: vec![(topic.clone(), decision)],
        ..Stated::default()
    };
    engine.state_consent(&workspace, &stated(ConsentDecision::Granted)).await.unwrap();
    assert_eq!(stands(&engine, "ada@example.com", "contact.email").await, "granted said true");
    world.clock.set(start() + Span::HOUR);
    engine.state_consent(&workspace, &stated(ConsentDecision::Denied)).await.unwrap();
    assert_eq!(stands(&engine, "ada@example.com", "contact.email").await, "withdrawn said false");
    // The same id again is the same statement.
    let again = Stated { id: Some("x".to_owned()), ..stated(ConsentDecision::Granted) };
    engine.state_consent(&workspace, &again).await.unwrap();
    engine.state_consent(&workspace, &again).await.unwrap();
    assert_eq!(world.bodies::<Consent>().await.len(), 3);
    let nobody = Stated { email: Some("no address".to_owned()), ..again };
    assert!(engine.state_consent(&workspace, &nobody).await.is_err());
}

/// Each safety switched off, and the test that must notice. A mutant is chosen by the environment, so
/// the test runs in a process of its own.
#[test]
fn every_gate_that_is_switched_off_is_noticed() {
    let mutants = [
        (
            "ledger.edited_after_it_was_chained",
            "every_word_is_an_entry_with_its_evidence_and_the_chain_holds",
        ),
        ("gate.ingest", "events_of_who_does_not_want_to_be_collected_are_stripped_or_dropped"),
        ("gate.identity", "identifiers_of_who_is_not_to_be_profiled_stay_apart"),
        (
            "gate.features",
            "who_is_not_to_be_profiled_has_no_features_and_gets_them_back_by_saying_so",
        ),
        ("gate.permitted", "only_who_allows_it_is_trained_on_or_handed_on"),
        ("gate.decision", "nothing_is_chosen_for_who_does_not_want_it_and_the_record_says_why"),
        ("sender.before_the_fold", "an_acknowledged_no_reaches_what_is_queued"),
    ];
    for (mutant, test) in mutants {
        super::mutants::is_noticed("consent", test, mutant);
    }
}
