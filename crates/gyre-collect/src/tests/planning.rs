//! Tracking plans: what is mended, what is wrong, and what is inferred.

use super::stored;
use crate::plan::{Observed, Plans, Verdict, infer, label};
use crate::read;
use gyre_config::kinds::TrackingPlan;
use gyre_model::event::{Event, EventKind};
use gyre_model::{Entry, Family, Workspace};
use serde_json::{Map, Value, json};

fn plans(spec: Value) -> Plans {
    let plan: TrackingPlan = serde_json::from_value(spec).unwrap();
    Plans::new(vec![("shop".to_owned(), plan)])
}

fn event(name: &str, properties: Value) -> Event {
    call(json!({"type": "track", "event": name, "userId": "ada", "properties": properties}))
}

fn call(event: Value) -> Event {
    let collected = json!({"v": 1, "source": "web", "message_id": "m", "event": event});
    let entry = Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key: 1,
        cause: None,
        payload: collected.to_string().into_bytes(),
    };
    read(&stored(entry)).unwrap()
}

fn judged(plans: &Plans, event: &mut Event) -> (Vec<String>, Verdict) {
    let judgement = plans.judge(&Workspace::default(), event);
    let found = judgement
        .found
        .iter()
        .map(|one| {
            let property = one.property.as_deref().unwrap_or("-");
            format!("{} {property} {}", one.code, one.sample.as_deref().unwrap_or("-"))
        })
        .collect();
    (found, judgement.verdict())
}

#[test]
fn every_kind_of_violation_is_found_and_no_personal_value_is_kept() {
    let plans = plans(
        json!({"mode": "quarantine", "unplanned": "warn", "events": {"Order": {"closed": true, "properties": {
        "id": {"type": "text", "required": true},
        "total": {"type": "number", "minimum": 0},
        "tier": {"values": ["gold", "silver"]},
        "mail": {"type": "number", "pii": "direct"}}}}}),
    );
    let mut wrong = event(
        "Order",
        json!({"id": " ", "total": -5, "tier": "bronze", "mail": "ada@example.com", "extra": "x"}),
    );
    let (found, verdict) = judged(&plans, &mut wrong);
    assert_eq!(
        found,
        [
            "missing_property id -",
            "wrong_type mail -",
            "value_not_allowed tier bronze",
            "out_of_range total -5",
            "unplanned_property extra -",
        ]
    );
    assert_eq!(verdict, Verdict::Quarantine);
    let mut right = event("Order", json!({"id": "1", "total": 5, "tier": "gold"}));
    assert_eq!(judged(&plans, &mut right), (vec![], Verdict::Take));
    let (found, verdict) = judged(&plans, &mut event("Other", json!({})));
    assert_eq!((found, verdict), (vec!["unplanned_event - -".to_owned()], Verdict::Take));
}

#[test]
fn what_is_mended_is_no_violation() {
    let plans = plans(
        json!({"mode": "block", "events": {"Ad": {"properties": {"format": {"type": "text"},
        "tier": {"type": "number"}, "day": {"type": "time"}, "code": {"required": true}}}},
        "cleaning": [
            {"name": "sizes", "property": "format", "repair": ["size"]},
            {"name": "tiers", "property": "tier", "repair": ["name"], "map": {"gold": 3}},
            {"name": "days", "property": "day", "repair": ["day_first"]},
            {"name": "nothing", "property": "code", "repair": ["null"]},
            {"name": "again", "events": ["Ad"], "duplicates": {"keys": ["format"], "within": "1h"}}]}),
    );
    let mut one =
        event("Ad", json!({"format": 600_300, "tier": " Gold ", "day": "31.12.2026", "code": "c"}));
    let judgement = plans.judge(&Workspace::default(), &mut one);
    assert!(judgement.found.is_empty(), "{judgement:?}");
    assert_eq!(
        Value::Object(one.properties),
        json!({"format": "600×300", "tier": 3, "day": "2026-12-31", "code": "c"})
    );
    let mended: Vec<&str> = judgement.mended.iter().map(|(_, rule)| rule.as_str()).collect();
    assert_eq!(mended, ["sizes", "tiers", "days"]);
    let twin = |properties| {
        let judgement = plans.judge(&Workspace::default(), &mut event("Ad", properties));
        judgement.twins.first().map(|(_, _, twin)| *twin)
    };
    assert_eq!(twin(json!({"format": "600x300"})), twin(json!({"format": 600_300})));
    assert_ne!(twin(json!({"format": "600x300"})), twin(json!({"format": "300x600"})));
    assert_eq!(twin(json!({"format": ""})), None);
    let (found, verdict) = judged(&plans, &mut event("Ad", json!({"code": "N/A"})));
    assert_eq!((found, verdict), (vec!["missing_property code -".to_owned()], Verdict::Block));
}

#[test]
fn an_inferred_plan_is_kept_by_what_it_was_inferred_from() {
    let seen: Vec<(String, Map<String, Value>)> = (0..200)
        .map(|n| {
            let mut properties = json!({"id": format!("o{n}"), "total": f64::from(n) / 4.0, "tier": if n % 2 == 0 { "gold" } else { "silver" },
                "contact": format!("u{n}@example.com"), "at": "2026-03-01"});
            if n % 3 == 0 {
                properties["coupon"] = "SPRING".into();
            }
            ("Order".to_owned(), properties.as_object().unwrap().clone())
        })
        .collect();
    let observed = || {
        let kind = EventKind::Track;
        seen.iter().map(move |(name, properties)| Observed { kind, name, properties })
    };
    let (plan, counts) = infer(observed());
    assert_eq!(counts["Order"], 200);
    let order = serde_json::to_value(&plan.events["Order"].properties).unwrap();
    assert_eq!(
        order["tier"],
        json!({"type": "text", "required": true, "values": ["gold", "silver"]})
    );
    assert_eq!(order["contact"], json!({"type": "text", "required": true, "pii": "direct"}));
    assert_eq!(order["total"], json!({"type": "number", "required": true}));
    assert_eq!(order["at"], json!({"type": "time", "required": true}));
    assert_eq!(order["id"], json!({"type": "text", "required": true}));
    assert!(order["coupon"]["required"].is_null());
    let plans = Plans::new(vec![("inferred".to_owned(), plan)]);
    for (name, properties) in &seen {
        let (found, _) = judged(&plans, &mut event(name, Value::Object(properties.clone())));
        assert!(found.is_empty(), "{found:?}");
    }
}

fn identify(traits: Value) -> Event {
    call(json!({"type": "identify", "userId": "ada", "traits": traits}))
}

fn page(name: &str, properties: Value) -> Event {
    call(json!({"type": "page", "name": name, "userId": "ada", "properties": properties}))
}

#[test]
fn traits_and_pages_are_held_against_their_plans() {
    let plans = plans(json!({"mode": "quarantine", "unplanned": "block",
        "identify": {"closed": true, "properties": {
            "email": {"type": "text", "required": true, "pii": "direct"},
            "tier": {"values": ["gold", "silver"]}}},
        "group": {"mode": "warn", "properties": {"seats": {"type": "integer", "minimum": 1}}},
        "pages": {"Home": {"properties": {"url": {"required": true}}}, "*": {}},
        "cleaning": [
            {"name": "tiers", "calls": ["identify"], "property": "tier", "repair": ["name"]},
            {"name": "urls", "calls": ["page"], "events": ["Home"], "property": "url", "repair": ["trim"]}]}));
    let mut right = identify(json!({"email": "ada@example.com", "tier": "Gold!"}));
    assert_eq!(judged(&plans, &mut right), (vec![], Verdict::Take));
    assert_eq!(right.traits["tier"], "gold");
    let (found, verdict) =
        judged(&plans, &mut identify(json!({"email": 7, "tier": "x", "shoe_size": 38})));
    let wanted =
        ["wrong_type email -", "value_not_allowed tier x", "unplanned_property shoe_size -"];
    assert_eq!((found, verdict), (wanted.map(str::to_owned).to_vec(), Verdict::Quarantine));
    let mut group =
        call(json!({"type": "group", "userId": "ada", "groupId": "g", "traits": {"seats": 0}}));
    assert_eq!(
        judged(&plans, &mut group),
        (vec!["out_of_range seats 0".to_owned()], Verdict::Take)
    );
    let mut home = page("Home", json!({"url": " /x "}));
    assert_eq!(
        (judged(&plans, &mut home), label(&home).into_owned()),
        ((vec![], Verdict::Take), "page Home".to_owned())
    );
    assert_eq!(home.properties["url"], "/x");
    let (found, verdict) = judged(&plans, &mut page("Home", json!({})));
    assert_eq!((found, verdict), (vec!["missing_property url -".to_owned()], Verdict::Quarantine));
    // Every other page may look as it likes, and screens are not looked at: no screen is planned.
    assert_eq!(judged(&plans, &mut page("Imprint", json!({}))), (vec![], Verdict::Take));
    let mut screen = call(json!({"type": "screen", "name": "Cart", "userId": "ada"}));
    let judgement = plans.judge(&Workspace::default(), &mut screen);
    assert!(judgement.is_nothing(), "{judgement:?}");
    assert_eq!(judged(&plans, &mut event("Other", json!({}))).1, Verdict::Block);
}

#[test]
fn a_plan_of_old_says_nothing_of_other_calls() {
    let plans = plans(json!({"mode": "block", "unplanned": "block", "events": {}}));
    for mut one in [identify(json!({"x": 1})), page("Home", json!({}))] {
        assert!(plans.judge(&Workspace::default(), &mut one).is_nothing());
    }
}

#[test]
fn traits_and_pages_are_inferred_too() {
    let seen = [
        identify(json!({"email": "a@example.com", "plan": "free"})),
        identify(json!({"email": "b@example.com"})),
        page("Home", json!({"path": "/"})),
        call(json!({"type": "group", "userId": "ada", "groupId": "g", "traits": {"seats": 3}})),
    ];
    let observed = seen.iter().map(|one| Observed {
        kind: one.kind,
        name: &one.name,
        properties: crate::plan::told(one),
    });
    let (plan, counts) = infer(observed);
    let counted: Vec<(&str, u64)> = counts.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    assert_eq!(counted, [("group", 1), ("identify", 2), ("page Home", 1)]);
    let traits = serde_json::to_value(&plan.identify.as_ref().unwrap().properties).unwrap();
    assert_eq!(traits["email"], json!({"type": "text", "required": true, "pii": "direct"}));
    assert!(traits["plan"]["required"].is_null(), "{traits}");
    let plans = Plans::new(vec![("inferred".to_owned(), plan)]);
    for mut one in seen {
        assert!(judged(&plans, &mut one).0.is_empty());
    }
}

#[test]
fn a_contact_told_twice_is_one_whatever_else_it_says() {
    let plans = plans(json!({"cleaning": [
        {"name": "twice", "calls": ["identify"], "duplicates": {"keys": ["crm_id"], "within": "1d"}}]}));
    let twin = |user: &str, traits: Value| {
        let mut one = call(json!({"type": "identify", "userId": user, "traits": traits}));
        let judgement = plans.judge(&Workspace::default(), &mut one);
        judgement.twins.first().map(|(_, _, twin)| *twin)
    };
    let first = twin("ada", json!({"crm_id": "c1", "tier": "gold"}));
    assert!(first.is_some());
    assert_eq!(first, twin("ada", json!({"crm_id": "c1", "tier": "silver"})));
    assert_ne!(first, twin("ada", json!({"crm_id": "c2"})));
    assert_ne!(first, twin("bob", json!({"crm_id": "c1"})));
    assert_eq!(twin("ada", json!({"tier": "gold"})), None);
}
