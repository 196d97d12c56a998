//! The gates of consent as one table, and who stays out of what is measured.

use super::consent::{POLICY, about};
use super::world::{World, apply, identify, order, post, start};
use crate::engine::Engine;
use gyre_govern::Gate;
use gyre_model::{NodeId, NodeKind, PersonId, Span, Workspace};
use gyre_ports::Clock as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Who, what was said, and what each gate says then: allowed or not, and why.
/// Who, from where, what they said of what, and what each gate says.
type Case = (&'static str, &'static str, Option<(&'static str, bool)>, [&'static str; 8]);

#[tokio::test]
async fn every_gate_says_what_the_table_says() {
    const NOBODY_ASKS: &str = "open";
    let open = ["open"; 8];
    let closed = ["silence"; 8];
    let only = |gate: Gate, why: &'static str, others: [&'static str; 8]| {
        Gate::ALL.map(|one| {
            let at = Gate::ALL.iter().position(|it| *it == one).unwrap();
            if one.purpose() == gate.purpose() { why } else { others[at] }
        })
    };
    // ingest, identity, features, training, decision, delivery, export, measuring
    let cases: Vec<Case> = vec![
        ("nobody", "us", None, open),
        ("silent", "DE", None, closed),
        ("collects", "DE", Some(("collect", true)), only(Gate::Ingest, NOBODY_ASKS, closed)),
        ("profiled", "DE", Some(("profiling", true)), only(Gate::Features, NOBODY_ASKS, closed)),
        (
            "trained",
            "DE",
            Some(("model_training", true)),
            only(Gate::Training, NOBODY_ASKS, closed),
        ),
        ("chosen", "DE", Some(("personalise", true)), only(Gate::Decision, NOBODY_ASKS, closed)),
        ("shared", "DE", Some(("ads_share", true)), only(Gate::Export, NOBODY_ASKS, closed)),
        ("counted", "DE", Some(("analytics", true)), only(Gate::Measuring, NOBODY_ASKS, closed)),
        ("uncollected", "us", Some(("collect", false)), only(Gate::Ingest, "said", open)),
        ("unprofiled", "us", Some(("profiling", false)), only(Gate::Identity, "said", open)),
        ("untrained", "us", Some(("model_training", false)), only(Gate::Training, "said", open)),
        ("unchosen", "us", Some(("personalise", false)), only(Gate::Decision, "said", open)),
        ("unshared", "us", Some(("ads_share", false)), only(Gate::Export, "said", open)),
        ("uncounted", "us", Some(("analytics", false)), only(Gate::Measuring, "said", open)),
        ("restricted", "us", None, ["restricted"; 8]),
    ];
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, POLICY).await;
    for (user, country, said, _) in &cases {
        let message = |what: &str| format!("{what}-{user}");
        let who = json!({"type": "identify", "userId": user, "messageId": message("i"),
                         "traits": {"country": country}});
        let mut events = vec![who];
        events.extend(said.map(|(purpose, yes)| about(user, &message("c"), purpose, yes)));
        post(&engine, &events).await.unwrap();
    }
    engine.drain().await.unwrap();
    let who = crate::Identifier { kind: None, value: "restricted".to_owned() };
    let kind = gyre_model::record::body::SubjectRequestKind::Restrict;
    let asking = crate::Asking {
        kind,
        who,
        by: "people".to_owned(),
        reference: None,
        corrections: Vec::new(),
    };
    engine.ask_subject(&Workspace::default(), asking).await.unwrap();
    engine.drain().await.unwrap();
    for (user, _, _, wanted) in cases {
        let person = NodeId::node("main", NodeKind::User, user).as_person();
        for (gate, wanted) in Gate::ALL.into_iter().zip(wanted) {
            let (open, withheld) =
                engine.permitted(&Workspace::default(), gate, &[person]).unwrap();
            let said = withheld.first().map_or(NOBODY_ASKS, |one| one.because);
            assert_eq!((open.len() + withheld.len(), said), (1, wanted), "{user} {gate:?}");
            // What turns and reports leave out is the same.
            let ids =
                crate::consent::withheld(&engine.shared, &Workspace::default(), gate).unwrap();
            assert_eq!(ids.contains(&person.to_string()), wanted != NOBODY_ASKS, "{user} {gate:?}");
        }
    }
}

/// Where a yes ends.
const ENDING: &str = r#"
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec:
  jurisdiction: {from: [traits.country], otherwise: eu}
  jurisdictions:
    eu: {default: deny, expires: 30d}
"#;

/// Whom the gate does not let through: as it is kept, and as it is found person by person.
fn both(engine: &Engine, gate: Gate) -> (BTreeSet<String>, BTreeSet<String>) {
    let workspace = Workspace::default();
    let kept = crate::consent::withheld(&engine.shared, &workspace, gate).unwrap();
    let kept = kept.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let everybody: Vec<PersonId> =
        engine.shared.people.iter().flat_map(|people| people.page(None, 1_000).unwrap()).collect();
    let (_, found) = engine.permitted(&workspace, gate, &everybody).unwrap();
    (kept, found.iter().map(|one| one.person.to_string()).collect())
}

#[tokio::test]
async fn who_is_left_out_is_kept_as_it_would_be_found() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, ENDING).await;
    let (mut message, mut sizes, mut draw) = (0, BTreeSet::new(), 7_u32);
    let mut next = move |of: u32| {
        draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (draw >> 16) % of
    };
    for round in 0..60_u64 {
        let mut events = Vec::new();
        for _ in 0..3 {
            message += 1;
            let (user, other) = (format!("u{}", next(8)), format!("u{}", next(8)));
            let purpose = if next(3) == 0 { "model_training" } else { "analytics" };
            events.push(match next(5) {
                0 => identify(&user, &message.to_string()),
                // Both turn out to be one.
                1 => json!({"type": "alias", "userId": user, "previousId": format!("a-{other}"),
                            "messageId": message.to_string()}),
                2 => json!({"type": "track", "event": "Seen", "anonymousId": format!("a-{user}"),
                            "messageId": message.to_string()}),
                yes => about(&user, &message.to_string(), purpose, yes == 3),
            });
        }
        post(&engine, &events).await.unwrap();
        engine.drain().await.unwrap();
        if round == 40 {
            apply(&engine, POLICY).await;
            engine.drain().await.unwrap();
        }
        for gate in [Gate::Measuring, Gate::Training] {
            let (kept, found) = both(&engine, gate);
            assert_eq!(kept, found, "round {round}, {gate:?}");
            sizes.insert(kept.len());
        }
        // Time alone changes it too.
        world.clock.set(start() + Span::days(7 * (round as i64 + 1)));
        let (kept, found) = both(&engine, Gate::Measuring);
        assert_eq!(kept, found, "a week after round {round}");
    }
    assert!(sizes.len() > 4, "it changed: {sizes:?}");
}

#[tokio::test]
async fn who_is_left_out_is_looked_up_anew_where_changes_are_forgotten() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, ENDING).await;
    post(&engine, &[identify("ada", "1"), identify("bob", "2")]).await.unwrap();
    engine.drain().await.unwrap();
    let (kept, found) = both(&engine, Gate::Measuring);
    assert_eq!((kept.len(), &kept), (2, &found));
    let people = &engine.shared.people[0];
    let until = people.changed_until();
    post(&engine, &[about("ada", "3", "analytics", true)]).await.unwrap();
    engine.drain().await.unwrap();
    assert_eq!(people.changed_since(until).unwrap().0.len(), 1);
    people.forget();
    assert_eq!(people.changed_since(until), None);
    assert_eq!(people.changed_since(people.changed_until() - 1), None);
    let (kept, found) = both(&engine, Gate::Measuring);
    assert_eq!((kept.len(), &kept), (1, &found));
}

#[test]
fn who_is_left_out_by_what_was_so_before_is_noticed() {
    for mutant in ["withheld.stays", "withheld.timeless"] {
        super::mutants::is_noticed("gates", "who_is_left_out_is_kept_as_it_would_be_found", mutant);
    }
}

#[tokio::test]
async fn who_is_not_to_be_measured_when_assigned_stays_out_whatever_they_say_later() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, POLICY).await;
    post(&engine, &[about("ada", "1", "analytics", false), order("ada", "2"), order("bob", "3")])
        .await
        .unwrap();
    post(&engine, &[about("ada", "4", "analytics", true)]).await.unwrap();
    engine.drain().await.unwrap();
    let assigned = world.bodies::<gyre_model::record::body::Enrollment>().await;
    let marks: Vec<_> = assigned
        .iter()
        .filter(|one| one.arm.is_some())
        .map(|one| one.segments.get("measuring").and_then(Value::as_str))
        .collect();
    assert_eq!(marks, [Some("withheld"), None]);
}

/// Each safety switched off, and the test that must notice.
#[test]
fn a_gate_that_is_switched_off_is_noticed() {
    for mutant in ["gate.restricted", "gate.withheld"] {
        super::mutants::is_noticed("gates", "every_gate_says_what_the_table_says", mutant);
    }
}
