//! People as columns: told from columns that are brought up to date, an audience is what it is told from
//! each person.

use super::consent::about;
use super::rights::asks;
use super::world::{World, apply, identify, order, post, start};
use crate::AudienceQuestion;
use crate::columns::reachable;
use crate::engine::Engine;
use gyre_derive::{batch, schema};
use gyre_model::record::body::SubjectRequestKind;
use gyre_model::{Span, Workspace};
use gyre_ports::Clock as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Windows, purposes and a yes that ends: all that time alone changes.
const MORE: &str = r#"
apiVersion: gyre/v1
kind: ConsentPolicy
metadata: {name: consent}
spec:
  jurisdiction: {from: [traits.country], otherwise: us}
  jurisdictions:
    us: {default: allow, expires: 1d}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: seen_lately}
spec: {event: Seen, aggregate: count, window: 4h}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders_personal}
spec: {event: Order Completed, aggregate: count, purpose: personalise}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: lookers}
spec: {rule: person.seen_lately > 0}
"#;

const RULES: [&str; 4] = [
    "person.orders >= 2",
    "person.seen_lately > 0",
    "person.orders > 0 and person.last_order_at < at - interval '5 hours'",
    "person.orders_personal > 0",
];

/// How many there are, for how many it holds, who can be reached of them, and who is in `customers` and
/// `lookers` besides.
type Told = (u64, u64, BTreeMap<String, u64>, BTreeMap<(bool, Vec<String>), u64>);

async fn told(engine: &Engine, rule: &str) -> Told {
    let question = AudienceQuestion {
        rule: rule.to_owned(),
        overlap: vec!["customers".to_owned(), "lookers".to_owned()],
        contact_policy: Some("gentle".to_owned()),
        sample: 20,
    };
    let told = engine.preview_audience(&Workspace::default(), &question).await.unwrap();
    assert_eq!(told.sample.len() as u64, told.size.min(20));
    let overlap = told.overlap.into_iter();
    let overlap = overlap.map(|one| ((one.preview, one.audiences), one.people)).collect();
    (told.people, told.size, told.reachable, overlap)
}

/// The same, found person by person.
fn found(engine: &Engine, rule: &str) -> Told {
    let (shared, now) = (&engine.shared, engine.shared.clock.now());
    let catalog = shared.catalog(&Workspace::default());
    let rule = shared.rules.compile(rule, &schema(&catalog.definitions)).unwrap();
    let rights = shared.rights.read();
    let mut found = Told::default();
    found.2 = BTreeMap::from([("email".to_owned(), 0), ("in_app".to_owned(), 0)]);
    for person in shared.people[0].read_page(None, 1_000).unwrap() {
        if rights.is_restricted(&person) {
            continue;
        }
        let row = batch(&catalog.definitions, &[catalog.row(&person, now)]).unwrap();
        let holds = rule.evaluate(&row).unwrap().value(0);
        found.0 += 1;
        let is_in = |name: &&str| {
            let place = catalog.audiences.index(name, gyre_derive::Purpose::Declared).unwrap();
            person.members.contains_key(&catalog.keys[place])
        };
        let audiences: Vec<String> = ["customers", "lookers"]
            .iter()
            .filter(|name| is_in(name))
            .map(|name| (*name).to_owned())
            .collect();
        if holds || !audiences.is_empty() {
            *found.3.entry((holds, audiences)).or_default() += 1;
        }
        if holds {
            found.1 += 1;
            let reached = reachable(&catalog, &person, &catalog.contact_policies["gentle"], now);
            for (count, reached) in found.2.values_mut().zip(reached) {
                *count += u64::from(reached);
            }
        }
    }
    found
}

/// Each line that counts is the row of its person at this instant, also before anybody was looked at.
async fn lines_are_rows(engine: &Engine) {
    let (shared, now) = (&engine.shared, engine.shared.clock.now());
    let catalog = shared.catalog(&Workspace::default());
    let (at, parts) = shared.columns.of(shared, &Workspace::default(), &catalog).await.unwrap();
    assert_eq!(at, now);
    let mut counted = 0;
    for part in parts {
        for place in part.counts.values().set_indices() {
            let person = shared.people[0].get(part.chunk.ids[place]).unwrap().unwrap();
            let row = batch(&catalog.definitions, &[catalog.row(&person, now)]).unwrap();
            let features = row.num_columns() - 1;
            let line = part.chunk.rows.slice(place, 1);
            assert_eq!(line.columns()[..features], row.columns()[..features], "at {now}");
            counted += 1;
        }
    }
    assert_eq!(counted, shared.people[0].page(None, 1_000).unwrap().len());
}

#[tokio::test]
async fn an_audience_is_told_from_columns_as_from_each_person() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, MORE).await;
    let (mut message, mut sizes, mut draw) = (0, BTreeSet::new(), 11_u32);
    let (mut reached, mut lost) = (BTreeSet::new(), 0);
    let mut next = move |of: u32| {
        draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (draw >> 16) % of
    };
    for round in 0..60_i64 {
        let mut events: Vec<Value> = Vec::new();
        for _ in 0..4 {
            message += 1;
            let (user, id) = (format!("u{}", next(12)), message.to_string());
            events.push(match next(9) {
                0 => identify(&user, &id),
                // Both turn out to be one.
                1 => json!({"type": "alias", "userId": user, "messageId": id,
                            "previousId": format!("a-u{}", next(12))}),
                2 => json!({"type": "track", "event": "Seen", "anonymousId": format!("a-{user}"),
                            "messageId": id}),
                3 => json!({"type": "track", "event": "Seen", "userId": user, "messageId": id}),
                // A yes that ends between two questions, or a no.
                4 | 5 => {
                    let until = world.clock.now() + Span::hours(i64::from(next(9)));
                    json!({"type": "track", "event": "Consent Updated", "userId": user,
                           "messageId": id, "properties": {"channel": "email",
                           "granted": next(4) > 0, "expires_at": until.to_string()}})
                }
                6 => about(&user, &id, "personalise", next(2) == 0),
                _ => order(&user, &id),
            });
        }
        post(&engine, &events).await.unwrap();
        match round {
            20 => drop(asks(&engine, SubjectRequestKind::Restrict, "u3").await.unwrap()),
            25 => drop(asks(&engine, SubjectRequestKind::Erase, "u4").await.unwrap()),
            30 => drop(asks(&engine, SubjectRequestKind::Unrestrict, "u3").await.unwrap()),
            _ => {}
        }
        engine.drain().await.unwrap();
        for rule in RULES {
            let told = told(&engine, rule).await;
            assert_eq!(told, found(&engine, rule), "{rule} after round {round}");
            sizes.insert((rule, told.1));
            reached.insert(told.2["email"]);
        }
        // Columns are kept for an hour. Time alone changes it too, before the processor looks at anybody and after.
        let before = told(&engine, RULES[0]).await.2["email"];
        world.clock.set(start() + Span(50 * (round + 1) * Span::MINUTE.0));
        lost += u32::from(told(&engine, RULES[0]).await.2["email"] < before);
        lines_are_rows(&engine).await;
        for rule in RULES {
            assert_eq!(
                told(&engine, rule).await,
                found(&engine, rule),
                "{rule} 50 minutes after {round}"
            );
        }
    }
    assert!(sizes.len() > 12, "they changed: {sizes:?}");
    assert!(reached.len() > 4 && lost > 4, "a yes ended, {lost} times: {reached:?}");
}

#[test]
fn columns_of_what_was_so_before_are_noticed() {
    for mutant in ["columns.stays", "columns.timeless"] {
        let name = "an_audience_is_told_from_columns_as_from_each_person";
        super::mutants::is_noticed("columns", name, mutant);
    }
}

#[tokio::test]
async fn columns_are_made_anew_where_changes_are_forgotten_and_given_up_when_nobody_asks() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    apply(&engine, MORE).await;
    post(&engine, &[order("ada", "1"), order("bob", "2")]).await.unwrap();
    engine.drain().await.unwrap();
    let rule = "person.orders >= 1";
    assert_eq!(told(&engine, rule).await.1, 2);
    post(&engine, &[order("cid", "3")]).await.unwrap();
    engine.drain().await.unwrap();
    engine.shared.people[0].forget();
    assert_eq!(told(&engine, rule).await.1, 3);
    assert_eq!(engine.shared.columns.len(), 1);
    engine.shared.columns.release(world.clock.now() + Span::days(1));
    assert_eq!(engine.shared.columns.len(), 0);
    assert_eq!(told(&engine, rule).await.1, 3);
}
