//! An event held against its plan.

use super::{Found, Judgement, is_there, property, told, unplanned, verdict};
use crate::letter::cut_at;
use crate::when;
use gyre_config::kinds::{PlannedEvent, PlannedProperty, PropertyType, TrackingPlan};
use gyre_model::event::{Event, EventKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// The name that stands for every page or screen that has no place of its own.
const ANY: &str = "*";

/// How much of a value a sample shows, in bytes.
const SAMPLE_BYTES: usize = 80;

pub(super) fn check(name: &str, spec: &TrackingPlan, event: &Event, judgement: &mut Judgement) {
    let planned = match planned(spec, event) {
        Planned::NotLookedAt => return,
        Planned::Nowhere => None,
        Planned::As(planned) => Some(planned),
    };
    judgement.checked.push(name.to_owned());
    let Some(planned) = planned else {
        if let Some(verdict) = unplanned(spec.unplanned) {
            judgement.found.push(Found {
                plan: name.to_owned(),
                property: None,
                code: "unplanned_event",
                message: "the event is not in the plan".to_owned(),
                sample: None,
                verdict,
            });
        }
        return;
    };
    let verdict = verdict(planned.mode.unwrap_or(spec.mode));
    let mut wrong = |property: &str, code, message: String, sample: Option<String>| {
        judgement.found.push(Found {
            plan: name.to_owned(),
            property: Some(property.to_owned()),
            code,
            message,
            sample,
            verdict,
        });
    };
    for (path, wanted) in &planned.properties {
        let value = property(told(event), path).filter(|value| is_there(value));
        let Some(value) = value else {
            if wanted.required {
                wrong(path, "missing_property", "the property is missing".to_owned(), None);
            }
            continue;
        };
        if let Some((code, message)) = misfit(value, wanted) {
            let sample = wanted.pii.is_none().then(|| sample(value));
            wrong(path, code, message, sample);
        }
    }
    if planned.closed {
        for key in told(event).keys().filter(|key| !is_planned(&planned.properties, key)) {
            // Nobody has said whether it is personal, so no value is kept.
            wrong(key, "unplanned_property", "the property is not in the plan".to_owned(), None);
        }
    }
}

/// Where a call stands in a plan.
enum Planned<'a> {
    /// The plan is not about such calls.
    NotLookedAt,
    /// The plan is about such calls, and this one is none that it names.
    Nowhere,
    /// This is how it should look.
    As(&'a PlannedEvent),
}

fn planned<'a>(spec: &'a TrackingPlan, event: &Event) -> Planned<'a> {
    let one =
        |call: &'a Option<PlannedEvent>| call.as_ref().map_or(Planned::NotLookedAt, Planned::As);
    let seen = |all: &'a BTreeMap<String, PlannedEvent>| {
        if all.is_empty() {
            return Planned::NotLookedAt;
        }
        all.get(&event.name).or_else(|| all.get(ANY)).map_or(Planned::Nowhere, Planned::As)
    };
    match event.kind {
        EventKind::Track => spec.events.get(&event.name).map_or(Planned::Nowhere, Planned::As),
        EventKind::Identify => one(&spec.identify),
        EventKind::Group => one(&spec.group),
        EventKind::Page => seen(&spec.pages),
        EventKind::Screen => seen(&spec.screens),
        EventKind::Alias => Planned::NotLookedAt,
    }
}

/// Whether a property is planned, or holds one that is.
fn is_planned(properties: &BTreeMap<String, PlannedProperty>, key: &str) -> bool {
    properties
        .keys()
        .any(|path| path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

fn misfit(value: &Value, wanted: &PlannedProperty) -> Option<(&'static str, String)> {
    if let Some(kind) = wanted.r#type
        && !fits(value, kind)
    {
        let message = format!("the property should be {}, not {}", kind.as_str(), what(value));
        return Some(("wrong_type", message));
    }
    if !wanted.values.is_empty() && !wanted.values.iter().any(|one| same(one, value)) {
        let message = "the value is none of those that the plan allows".to_owned();
        return Some(("value_not_allowed", message));
    }
    let number = value.as_f64()?;
    let low = wanted.minimum.is_some_and(|low| number < low);
    let high = wanted.maximum.is_some_and(|high| number > high);
    (low || high).then(|| ("out_of_range", "the number is outside its bounds".to_owned()))
}

fn fits(value: &Value, kind: PropertyType) -> bool {
    match kind {
        PropertyType::Text => value.is_string(),
        PropertyType::Number => value.is_number(),
        PropertyType::Integer => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        PropertyType::Boolean => value.is_boolean(),
        PropertyType::Time => {
            value.as_str().is_some_and(|text| when::parse_strict(text.trim()).is_some())
        }
        PropertyType::List => value.is_array(),
        PropertyType::Object => value.is_object(),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| one - other == 0.0)
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn sample(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    cut_at(&text, SAMPLE_BYTES).to_owned()
}
