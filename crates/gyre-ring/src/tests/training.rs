//! Who may be in a training set.

use super::consent::{POLICY, about};
use super::mutants::is_noticed;
use super::world::{World, apply, order, post};
use crate::{Asking, Correcting, Identifier, LabelAsked};
use gyre_model::Workspace;
use gyre_model::record::body::SubjectRequestKind;
use serde_json::json;
use std::collections::BTreeMap;

const COUNTRY: &str = r#"
apiVersion: gyre/v1
kind: Feature
metadata: {name: country}
spec: {call: identify, aggregate: last, of: traits.country, type: text}
"#;

#[tokio::test]
async fn who_does_not_consent_is_restricted_or_was_put_right_is_in_no_training_set() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, &format!("{POLICY}---{COUNTRY}")).await;
    let who = |user: &str, country: &str| {
        json!({"type": "identify", "userId": user, "messageId": format!("i-{user}"),
               "traits": {"country": country}})
    };
    let events = [
        who("open", "us"),
        who("no", "us"),
        about("no", "c-no", "model_training", false),
        who("unprofiled", "us"),
        about("unprofiled", "c-unprofiled", "profiling", false),
        who("silent", "DE"),
        who("yes", "DE"),
        about("yes", "c-yes", "model_training", true),
        about("yes", "p-yes", "profiling", true),
        who("restricted", "us"),
        who("rectified", "us"),
        order("open", "o"),
    ];
    post(&engine, &events).await.unwrap();
    engine.drain().await.unwrap();
    let country = vec![Correcting::Set { name: "country".to_owned(), value: "FR".into() }];
    let asked = [
        (SubjectRequestKind::Restrict, "restricted", Vec::new()),
        (SubjectRequestKind::Rectify, "rectified", country),
    ];
    for (kind, who, corrections) in asked {
        let who = Identifier { kind: None, value: who.to_owned() };
        let asking = Asking { kind, who, by: "people".to_owned(), reference: None, corrections };
        engine.ask_subject(&Workspace::default(), asking).await.unwrap();
        engine.drain().await.unwrap();
    }
    let at = engine.shared.clock.now();
    let labels = ["open", "no", "unprofiled", "silent", "yes", "restricted", "rectified", "nobody"]
        .map(|person| LabelAsked { person: person.to_owned(), at });
    let (admitted, left_out) =
        engine.admitted_for_tests(&Workspace::default(), labels.to_vec()).await.unwrap();
    assert_eq!(admitted, ["open", "yes"]);
    let wanted = [("no_consent", 3), ("rectified", 1), ("restricted", 1), ("unknown", 1)];
    assert_eq!(left_out, BTreeMap::from(wanted));
}

/// Each safety switched off, and the test that must notice.
#[test]
fn a_gate_of_training_that_is_switched_off_is_noticed() {
    let test = "who_does_not_consent_is_restricted_or_was_put_right_is_in_no_training_set";
    for mutant in ["training.no_gate", "training.rectified"] {
        is_noticed("training", test, mutant);
    }
}
