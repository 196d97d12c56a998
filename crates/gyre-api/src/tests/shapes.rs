//! What the OpenAPI document says of records is what they are: real ones are read into the shapes,
//! which take no key they do not know.

use super::{World, one_file};
use crate::shape;
use axum::http::StatusCode;
use gyre_model::record::body::{
    ArmSums, Change, Lift, Proposal, ProposalState, Turn, VariantEvidence,
};
use gyre_model::{RecordId, Timestamp};
use gyre_ring::{ImportChunk, ImportProgress, ImportRow};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Reads a value into a shape and back; nothing is lost, nothing is unknown.
fn fits<S: DeserializeOwned + Serialize>(value: impl Serialize) {
    let value = serde_json::to_value(value).unwrap();
    let shape: S =
        serde_json::from_value(value.clone()).unwrap_or_else(|why| panic!("{why}: {value}"));
    let back = serde_json::to_value(shape).unwrap();
    assert_eq!(without_nulls(back), without_nulls(value));
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| {
                // What is left out when it is empty comes back empty.
                !value.is_null() && *value != json!([]) && *value != json!({})
            });
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn lift() -> Lift {
    Lift { value: 0.5, standard_error: 0.25, low: 0.125, high: 0.75, alpha: 0.05 }
}

fn arm() -> ArmSums {
    ArmSums { people: 3, repeaters: 2, margin: 1.5, net_squares: 2.5, offer_cost: 0.5, contacts: 4 }
}

fn turn() -> Turn {
    let at = Timestamp::parse("2026-03-02T10:00:00Z").unwrap();
    Turn {
        v: 1,
        id: RecordId([1; 16]),
        r#loop: "repurchase".to_owned(),
        number: 2,
        from: at,
        to: at,
        campaign: "win_back".to_owned(),
        campaign_version: 3,
        treated: arm(),
        holdout: arm(),
        lift: lift(),
        net_lift: lift(),
        evidence: vec![VariantEvidence {
            segment: "rest".to_owned(),
            variant: "reminder".to_owned(),
            n: 4,
            sum: 1.5,
            sum_squares: 2.5,
            best_probability: 0.5,
            weight: 0.25,
        }],
        immature: 1,
        proposal: Some(RecordId([2; 16])),
        warnings: vec!["few people".to_owned()],
        queries: BTreeMap::from([("arms".to_owned(), "SELECT 1".to_owned())]),
    }
}

#[test]
fn turns_and_proposals_are_what_the_document_says() {
    fits::<shape::turns::Turn>(turn());
    fits::<shape::turns::Turn>(Turn {
        proposal: None,
        warnings: Vec::new(),
        queries: BTreeMap::new(),
        ..turn()
    });
    let weights = BTreeMap::from([("reminder".to_owned(), 0.25)]);
    let proposal = Proposal {
        v: 1,
        id: RecordId([2; 16]),
        r#loop: "repurchase".to_owned(),
        turn: 2,
        campaign: "win_back".to_owned(),
        base_version: 3,
        applied_version: Some(4),
        changes: vec![
            Change::Reweight { segment: "rest".to_owned(), weights },
            Change::Drop { variant: "discount".to_owned(), because: "it never wins".to_owned() },
        ],
        expected: lift(),
        state: ProposalState::Held,
        by: "ada".to_owned(),
        reason: Some("no".to_owned()),
        at: Timestamp::parse("2026-03-02T10:00:00Z").unwrap(),
    };
    for state in [
        ProposalState::Proposed,
        ProposalState::Held,
        ProposalState::Applied,
        ProposalState::Rejected,
    ] {
        fits::<shape::turns::Proposal>(Proposal { state, ..proposal.clone() });
    }
}

#[test]
fn imports_are_what_the_document_says() {
    let row = ImportRow {
        line: 1,
        values: Map::from_iter([("a".to_owned(), json!("b"))]),
        raw: "b".to_owned(),
        malformed: Some("why".to_owned()),
    };
    let chunk = ImportChunk { import: "i".to_owned(), rows: vec![row], done: true };
    fits::<shape::server::ImportChunk>(chunk);
    let progress =
        ImportProgress { import: "i".to_owned(), mapping: "m".to_owned(), ..Default::default() };
    fits::<shape::server::ImportProgress>(progress);
}

#[tokio::test]
async fn answers_are_what_the_document_says() {
    let world = World::with_source().await;
    fits::<shape::server::Status>(world.get("/v1/status").await.json());
    fits::<shape::server::Health>(world.get("/healthz").await.json());
    fits::<shape::turns::LoopList>(world.get("/v1/loops").await.json());
    fits::<shape::campaigns::CampaignList>(world.get("/v1/campaigns").await.json());
    let second =
        super::SOURCE.replace("{name: shop}", "{name: second}").replace("shop-key", "second-key");
    fits::<shape::plans::Planned>(world.post("/v1/plan", one_file(&second)).await.json());
    let changed = super::SOURCE.replace("type: server", "type: browser");
    fits::<shape::plans::Planned>(world.post("/v1/plan", one_file(&changed)).await.json());
    fits::<shape::plans::Done>(world.post("/v1/apply", one_file(&second)).await.json());
    let wrong = super::SOURCE.replace("write_keys", "write_key");
    fits::<shape::server::Problem>(world.post("/v1/plan", one_file(&wrong)).await.json());
    fits::<shape::server::Problem>(world.get("/v1/nothing").await.json());
    let batch = json!([super::track("ada", "E"), {"type": "track", "event": "E"}]);
    fits::<shape::server::Taken>(world.batch(batch).await.json());
    world.engine.drain().await.unwrap();
    let person = world.get("/v1/people/ada").await;
    fits::<shape::people::PersonView>(person.json());
    let said = json!({"user_id": "ada", "topics": {"analytics": "granted", "contact": "denied"}});
    assert_eq!(world.post("/v1/consent", said).await.status, StatusCode::OK);
    let stands = world.get("/v1/people/ada/consent").await;
    assert_eq!(stands.json()["topics"].as_array().unwrap().len(), 2, "{}", stands.text);
    fits::<shape::consent::ConsentView>(stands.json());
    fits::<shape::consent::Gates>(world.get("/v1/consent/gates").await.json());
    fits::<shape::consent::LedgerReport>(gyre_ring::LedgerReport {
        whole: false,
        entries: 2,
        unchained: 1,
        erased: 1,
        removed: 3,
        head: "0b".to_owned(),
        faults: vec!["entry 1 was edited".to_owned()],
    });
    fits::<shape::identity::GraphView>(world.get("/v1/people/ada/graph").await.json());
    let two = json!([
        {"type": "identify", "userId": "ada", "anonymousId": "a1", "traits": {"email": "ada@x.org"}},
    ]);
    world.batch(two).await;
    world.engine.drain().await.unwrap();
    fits::<shape::identity::GraphView>(world.get("/v1/people/ada/graph").await.json());
    let apart = json!({"one": "ada", "other": "a1", "reason": "not hers"});
    let said = world.post("/v1/people/separate", apart).await;
    fits::<shape::identity::Separated>(said.json());
    let feature = "apiVersion: gyre/v1\nkind: Feature\nmetadata: {name: seen, description: D}\nspec: {event: E, aggregate: count, owner: crm}\n";
    assert_eq!(world.post("/v1/apply", one_file(feature)).await.status, StatusCode::OK);
    let view = world.get("/v1/features/seen").await;
    assert_eq!(
        (&view.json()["people"], &view.json()["state"]),
        (&json!(1), &json!("ready")),
        "{}",
        view.text
    );
    fits::<shape::features::FeatureView>(view.json());
    fits::<shape::features::FeatureList>(world.get("/v1/features").await.json());
    fits::<shape::features::FeatureCheck>(gyre_ring::FeatureCheck {
        at: Timestamp(0),
        people: 2,
        left_out: 1,
        features: vec![gyre_ring::FeatureAgreement {
            name: "seen".to_owned(),
            compared: 2,
            mismatched: 1,
            people: vec![gyre_model::PersonId([3; 16])],
        }],
    });
}

#[test]
fn reports_and_alerts_are_what_the_document_says() {
    let at = Timestamp::parse("2026-03-09T07:00:00Z").unwrap();
    let letter = gyre_ring::LetterView {
        send: "00ff".to_owned(),
        to: "team@example.com".to_owned(),
        state: "failed".to_owned(),
        attempt: 2,
        at,
        why: Some("550 at the envelope".to_owned()),
    };
    let mailing = gyre_ring::MailingView {
        key: "2026-03-09T00:00:00Z".to_owned(),
        at,
        state: "failed".to_owned(),
        letters: vec![letter],
    };
    let report = json!({"title": "Numbers", "board": "executive", "every": "weekly", "hour": 9,
        "zone": "Europe/Berlin", "to": ["team@example.com"],
        "where": [{"field": "channel", "values": ["email"]}], "range": {"n": 28, "unit": "day"}});
    let reports =
        [report, json!({"board": "executive", "every": "daily", "to": ["a@example.com"]})];
    let views = reports.map(|spec| gyre_ring::ReportView {
        name: "weekly".to_owned(),
        spec: serde_json::from_value(spec).unwrap(),
        next_at: Some(at),
        state: "failed".to_owned(),
        why: Some("550 at the envelope".to_owned()),
        mailings: vec![mailing.clone()],
    });
    fits::<shape::notices::ReportList>(json!({"reports": views}));
    let alerts = [json!({"above": 5.5}), json!({"below": 1.5}), json!({"changes_by": 20.5})];
    let views = alerts.map(|when| gyre_ring::AlertView {
        name: "orders".to_owned(),
        spec: serde_json::from_value(json!({"metric": "orders", "when": when, "every": "1h",
            "to": ["team@example.com"], "quiet": "1d", "title": "Orders"}))
        .unwrap(),
        state: "firing".to_owned(),
        since: Some(at),
        value: Some("3".to_owned()),
        looked_at: Some(at),
        next_at: Some(at),
        why: None,
        mailings: vec![mailing.clone()],
    });
    fits::<shape::notices::AlertList>(json!({"alerts": views}));
}
