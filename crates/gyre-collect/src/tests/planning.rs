//! Tracking plans: what is mended, what is wrong, and what is inferred.

use super::stored;
use crate::plan::{Observed, Plans, Verdict, infer};
use crate::read;
use gyre_config::kinds::TrackingPlan;
use gyre_model::event::Event;
use gyre_model::{Entry, Family, Workspace};
use serde_json::{Map, Value, json};

fn plans(spec: Value) -> Plans {
    let plan: TrackingPlan = serde_json::from_value(spec).unwrap();
    Plans::new(vec![("shop".to_owned(), plan)])
}

fn event(name: &str, properties: Value) -> Event {
    let collected = json!({"v": 1, "source": "web", "message_id": "m", "event": {
        "type": "track", "event": name, "userId": "ada", "properties": properties}});
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
    let observed = || seen.iter().map(|(name, properties)| Observed { name, properties });
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
