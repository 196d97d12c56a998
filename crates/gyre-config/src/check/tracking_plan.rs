//! Checks of tracking plans.

use super::At;
use crate::kinds::{
    Cleaning, PlannedCall, PlannedEvent, PlannedProperty, PropertyType, TrackingPlan,
};
use crate::resource::Spec;
use gyre_model::resource::Kind;

pub(super) fn tracking_plan(at: &mut At<'_, '_>, spec: &TrackingPlan) {
    for (index, source) in spec.sources.iter().enumerate() {
        at.refer(&format!("spec.sources[{index}]"), Kind::Source, source);
    }
    let named = [("events", &spec.events), ("pages", &spec.pages), ("screens", &spec.screens)];
    let named = named.into_iter().flat_map(|(key, all)| {
        all.iter().map(move |(name, planned)| (format!("spec.{key}.{name}"), planned))
    });
    let calls = [("identify", &spec.identify), ("group", &spec.group)];
    let calls =
        calls.into_iter().filter_map(|(key, call)| Some((format!("spec.{key}"), call.as_ref()?)));
    for (place, planned) in named.chain(calls) {
        for (name, property) in &planned.properties {
            let path = format!("{place}.properties.{name}");
            let numeric =
                matches!(property.r#type, Some(PropertyType::Number | PropertyType::Integer));
            let bounded = property.minimum.is_some() || property.maximum.is_some();
            if bounded && !numeric {
                let hint = "add `type: number`, or leave the bounds out";
                at.key(&path, "only a number has bounds", hint);
            }
            if property.promote {
                promoted(at, &path, &place, name, property);
            }
            if let (Some(low), Some(high)) = (property.minimum, property.maximum)
                && low > high
            {
                at.value(&path, "no number is between these bounds", "swap them");
            }
        }
    }
    let names = spec.cleaning.iter().map(|rule| rule.name.as_str());
    at.unique(names, |index| format!("spec.cleaning[{index}].name"));
    for (index, rule) in spec.cleaning.iter().enumerate() {
        cleaning(at, &format!("spec.cleaning[{index}]"), rule);
    }
}

/// A promoted column has one name and one type, whoever promotes it.
fn promoted(at: &mut At<'_, '_>, path: &str, place: &str, name: &str, property: &PlannedProperty) {
    let Some(kind) = property.r#type else {
        return at.key(path, "a promoted column needs a type", "for example `type: number`");
    };
    if matches!(kind, PropertyType::List | PropertyType::Object) {
        let hint = "promote what is in it: `address.city`";
        at.key(path, "a list or an object is no column", hint);
    }
    if place.ends_with(".*") {
        let hint = "promote it for a page or screen that has a name";
        at.key(path, "a column needs an event of its own", hint);
    }
    let column = name.replace('.', "_");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !column.starts_with(|c: char| c.is_ascii_alphabetic()) || !column.chars().all(plain) {
        let hint = "letters, digits and `_`; a dot walks into an object";
        at.key(path, "this cannot be the name of a column", hint);
    }
    if COLUMNS.contains(&column.as_str()) {
        at.key(path, "the view has a column of this name", "leave `promote` out");
    }
    let other = at.world.all(Kind::TrackingPlan).find_map(|(plan, spec)| {
        let Spec::TrackingPlan(spec) = spec else { return None };
        let other = planned(spec, place)?.properties.get(name)?;
        (other.promote && other.r#type.is_some_and(|other| other != kind)).then(|| plan.to_owned())
    });
    if let Some(plan) = other {
        let hint = format!("give it the type that it has in the plan {plan}, or promote it once");
        at.key(path, "another plan promotes it with another type", hint);
    }
}

/// Columns that every view has.
const COLUMNS: [&str; 8] = [
    "workspace",
    "message_id",
    "name",
    "source",
    "user_id",
    "anonymous_id",
    "person",
    "occurred_at",
];

/// What a plan says at a place of another.
fn planned<'a>(spec: &'a TrackingPlan, place: &str) -> Option<&'a PlannedEvent> {
    let place = place.strip_prefix("spec.")?;
    match place.split_once('.') {
        None if place == "identify" => spec.identify.as_ref(),
        None => spec.group.as_ref(),
        Some(("events", name)) => spec.events.get(name),
        Some(("pages", name)) => spec.pages.get(name),
        Some((_, name)) => spec.screens.get(name),
    }
}

fn cleaning(at: &mut At<'_, '_>, path: &str, rule: &Cleaning) {
    at.name(&format!("{path}.name"), &rule.name);
    let mends = !rule.repair.is_empty() || !rule.map.is_empty();
    match (&rule.property, &rule.duplicates) {
        (Some(_), None) if mends => {}
        (None, Some(duplicates)) if !mends => {
            if duplicates.keys.is_empty() {
                let hint = "for example [order_id]";
                at.value(&format!("{path}.duplicates.keys"), "nothing tells events apart", hint);
            }
            at.positive(&format!("{path}.duplicates.within"), duplicates.within);
            // Who somebody is has no name by which it could be told apart.
            let nameless =
                |call: &PlannedCall| matches!(call, PlannedCall::Identify | PlannedCall::Group);
            let named = rule.calls.is_empty() || !rule.calls.iter().all(nameless);
            if rule.events.is_empty() && named {
                let hint = "for example `events: [Order Completed]`";
                at.key(&format!("{path}.events"), "say which events are told apart", hint);
            }
        }
        _ => {
            let hint = "write `property` with `repair` or `map`, or `duplicates` alone";
            at.value(path, "a cleaning rule does one thing", hint);
        }
    }
}
