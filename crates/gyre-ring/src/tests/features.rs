//! Features that come late: their values are those of features that were always there, whatever dies while
//! history is read.

use super::consent::{POLICY, about};
use super::crash::{DyingJournal, DyingState, Fuse};
use super::mutants::is_noticed;
use super::world::{SHOP, World, Wrapped, apply, identify, order, post, start};
use crate::{Asking, Correcting, Engine, FeatureState, Identifier};
use gyre_model::record::body::SubjectRequestKind;
use gyre_model::{Cause, Family, Span, Workspace};
use gyre_ports::Fold as _;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const LATE: &str = r#"
apiVersion: gyre/v1
kind: Feature
metadata: {name: revenue}
spec: {event: Order Completed, aggregate: sum, of: properties.margin}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders_7d}
spec: {event: Order Completed, aggregate: count, window: 7d}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: usual}
spec: {event: Order Completed, aggregate: mean, of: properties.margin}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: country}
spec: {call: identify, aggregate: last, of: traits.country, type: text}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: regular}
spec: {rule: "person.revenue >= 30"}
"#;

fn spent(user: &str, message: &str, margin: f64) -> Value {
    json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": message,
           "properties": {"margin": margin}})
}

fn says(user: &str, message: &str, country: &str) -> Value {
    json!({"type": "identify", "userId": user, "messageId": message,
           "traits": {"country": country}})
}

const USERS: [&str; 3] = ["u1", "u2", "u3"];

async fn before(engine: &Engine) {
    let anonymous = json!({"type": "track", "event": "Order Completed", "anonymousId": "d1",
                           "messageId": "a1", "properties": {"margin": 0.1}});
    let known = json!({"type": "identify", "userId": "u1", "anonymousId": "d1", "messageId": "k1"});
    post(engine, &[identify("u1", "i1"), order("u1", "o1"), anonymous, spent("u2", "o2", 12.25)])
        .await
        .unwrap();
    engine.advance(start() + Span::days(3)).await.unwrap();
    // One that comes twice counts once, and who signs in takes along what the device did.
    post(engine, &[known, order("u1", "o1"), order("u1", "o3"), says("u2", "s1", "FR")])
        .await
        .unwrap();
    engine.advance(start() + Span::days(9)).await.unwrap();
}

async fn after(engine: &Engine) {
    post(engine, &[spent("u1", "o4", 20.0), spent("u3", "o5", 31.5), order("u1", "o3")])
        .await
        .unwrap();
    engine.advance(start() + Span::days(10)).await.unwrap();
}

async fn values(engine: &Engine) -> BTreeMap<&'static str, Map<String, Value>> {
    let workspace = Workspace::default();
    let catalog = engine.shared.catalog(&workspace);
    let mut all = BTreeMap::new();
    for user in USERS {
        let Some(person) = engine.known(&workspace, user).await.unwrap() else { continue };
        let row = catalog.row(&person, engine.shared.clock.now());
        all.insert(user, row.to_json(&catalog.definitions));
    }
    all
}

/// What there is when the features were there from the beginning.
async fn always() -> BTreeMap<&'static str, Map<String, Value>> {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, LATE).await;
    before(&engine).await;
    after(&engine).await;
    values(&engine).await
}

#[tokio::test]
async fn a_feature_that_comes_late_has_the_values_of_one_that_was_always_there() {
    let always = always().await;
    assert_eq!(always["u1"]["revenue"], 40.1);
    let world = World::new();
    let (engine, _) = world.shop().await;
    before(&engine).await;
    apply(&engine, LATE).await;
    // At once, before anything more happens.
    let now = values(&engine).await;
    assert_eq!((&now["u1"]["revenue"], &now["u2"]["country"]), (&json!(20.1), &json!("FR")));
    assert_eq!(now["u1"]["orders_7d"], 1);
    after(&engine).await;
    assert_eq!(values(&engine).await, always);
    let views = engine.features(&Workspace::default(), Some("revenue")).await.unwrap();
    assert_eq!((views[0].state, views[0].people, views[0].behind), (FeatureState::Ready, 3, 0));
    assert_eq!(views[0].latest_event, Some(start() + Span::days(9)));
    assert_eq!(views[0].counts_from, None);
}

/// What follows from the journal, but for the consent ledger's chain, which is none here.
type Records = BTreeMap<Cause, (Family, String)>;

async fn late_and_derived_again() -> (World, Records, BTreeMap<&'static str, Map<String, Value>>) {
    let world = World::new();
    let (engine, _) = world.shop().await;
    before(&engine).await;
    apply(&engine, LATE).await;
    after(&engine).await;
    let (records, known) = (world.by_cause().await, values(&engine).await);
    drop(engine);
    world.fold.clear(0).unwrap();
    (world, records, known)
}

#[tokio::test]
async fn a_fold_that_is_derived_again_has_the_same_history() {
    let (world, records, known) = late_and_derived_again().await;
    let (engine, _) = world.open(Wrapped::plain).await;
    engine.drain().await.unwrap();
    assert_eq!(values(&engine).await, known);
    assert_eq!(world.by_cause().await, records);
}

#[test]
fn mutants_of_history_are_noticed() {
    let late = "a_feature_that_comes_late_has_the_values_of_one_that_was_always_there";
    let again = "a_fold_that_is_derived_again_has_the_same_history";
    is_noticed("features", late, "history.none");
    is_noticed("features", late, "history.all_events");
    is_noticed("features", again, "history.no_boundary");
}

/// Dies at the n-th write of an apply, and of what follows.
#[tokio::test]
async fn whatever_write_dies_history_counts_once() {
    let always = always().await;
    let mut deaths = 0;
    for reaches in [false, true] {
        for n in 0.. {
            let world = World::new();
            let (engine, _) = world.shop().await;
            before(&engine).await;
            drop(engine);
            let fuse = Arc::new(Fuse::new(Some(n), reaches));
            let (engine, _) = world
                .open(|world| Wrapped {
                    journal: Arc::new(DyingJournal::new(&world.journal, &fuse)),
                    state: Arc::new(DyingState::new(&world.state, &fuse)),
                })
                .await;
            let died = try_apply(&engine, LATE).await.is_err();
            drop(engine);
            if !died {
                break;
            }
            deaths += 1;
            world.journal.crash();
            let (engine, _) = world.open(Wrapped::plain).await;
            engine.drain().await.unwrap();
            apply(&engine, LATE).await;
            after(&engine).await;
            assert_eq!(values(&engine).await, always, "died at write {n}, {reaches}");
        }
    }
    assert!(deaths > 4, "only {deaths} places to die");
}

async fn try_apply(engine: &Engine, yaml: &str) -> crate::Result<Vec<crate::Applied>> {
    let (parsed, _) = gyre_config::parse("late.yaml", yaml);
    let applying = crate::Applying {
        resources: parsed.iter().filter_map(|one| one.resource().cloned()).collect(),
        remove: Vec::new(),
        reset_managed: false,
        by: "people".to_owned(),
    };
    engine.apply(&Workspace::default(), applying).await
}

#[tokio::test]
async fn who_did_not_consent_then_is_not_counted_later() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    apply(&engine, POLICY).await;
    let lives = |user: &str, message: &str| {
        json!({"type": "identify", "userId": user, "messageId": message,
               "traits": {"country": "DE"}})
    };
    post(&engine, &[lives("u1", "i1"), order("u1", "o1")]).await.unwrap();
    engine.advance(start() + Span::HOUR).await.unwrap();
    post(&engine, &[about("u1", "c1", "profiling", true), order("u1", "o2")]).await.unwrap();
    engine.advance(start() + Span::days(1)).await.unwrap();
    let orders = values(&engine).await["u1"]["orders"].clone();
    apply(&engine, LATE).await;
    let late = values(&engine).await["u1"]["revenue"].clone();
    assert_eq!((orders, late), (json!(1), json!(10.0)));
    // The lake says which they were.
    let batches = lake.batches.lock();
    let withheld: usize = batches
        .iter()
        .filter(|one| one.table == "events")
        .flat_map(|one| (0..one.rows.num_rows()).map(move |row| (&one.rows, row)))
        .filter(|(rows, row)| {
            let column = rows.column_by_name("withheld").unwrap();
            crate::cell_json(column.as_ref(), *row) == Some(json!(true))
        })
        .count();
    assert_eq!(withheld, 2);
}

#[test]
fn a_history_without_consent_is_noticed() {
    let test = "who_did_not_consent_then_is_not_counted_later";
    is_noticed("features", test, "history.all_events");
}

#[tokio::test]
async fn what_was_put_right_is_right_in_history() {
    let rectified = |first: &'static str, second: &'static str| async move {
        let world = World::new();
        let (engine, _) = world.shop().await;
        apply(&engine, first).await;
        before(&engine).await;
        let right = Correcting::Set { name: "country".to_owned(), value: "BE".into() };
        let address = Correcting::Replace {
            wrong: "u1@example.com".to_owned(),
            right: "u1@example.org".to_owned(),
        };
        for (who, correction) in [("u2", right), ("u1", address)] {
            let asking = Asking {
                kind: SubjectRequestKind::Rectify,
                who: Identifier { kind: None, value: who.to_owned() },
                by: "people".to_owned(),
                reference: None,
                corrections: vec![correction],
            };
            engine.ask_subject(&Workspace::default(), asking).await.unwrap();
            engine.drain().await.unwrap();
        }
        apply(&engine, second).await;
        after(&engine).await;
        values(&engine).await
    };
    let always = rectified(LATE, LATE).await;
    assert_eq!(always["u2"].get("country"), Some(&json!("BE")), "{always:?}");
    assert_eq!(rectified(SHOP, LATE).await, always);
}

#[tokio::test]
async fn what_a_feature_means_is_frozen() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, LATE).await;
    let other = LATE.replace("aggregate: count, window: 7d", "aggregate: count, window: 8d");
    let refused = try_apply(&engine, &other).await.unwrap_err();
    let crate::Error::Invalid { message, hint } = refused else { panic!("{refused}") };
    assert!(message.contains("`orders_7d`"), "{message}");
    assert!(hint.unwrap().contains("`orders_7d_v2`"));
    let owned = LATE.replace("window: 7d", "window: 7d, owner: crm");
    let applied = try_apply(&engine, &owned).await.unwrap();
    assert!(applied.iter().any(|one| one.name == "orders_7d" && one.action == "updated"));
}
