//! The gates of consent as one table, and who stays out of what is measured.

use super::consent::{POLICY, about};
use super::world::{World, apply, order, post};
use gyre_govern::Gate;
use gyre_model::{NodeId, NodeKind, Workspace};
use serde_json::{Value, json};

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
