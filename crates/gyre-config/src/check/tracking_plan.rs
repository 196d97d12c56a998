//! Checks of tracking plans.

use super::At;
use crate::kinds::{Cleaning, PropertyType, TrackingPlan};
use gyre_model::resource::Kind;

pub(super) fn tracking_plan(at: &mut At<'_, '_>, spec: &TrackingPlan) {
    for (index, source) in spec.sources.iter().enumerate() {
        at.refer(&format!("spec.sources[{index}]"), Kind::Source, source);
    }
    for (event, planned) in &spec.events {
        for (name, property) in &planned.properties {
            let path = format!("spec.events.{event}.properties.{name}");
            let numeric =
                matches!(property.r#type, Some(PropertyType::Number | PropertyType::Integer));
            let bounded = property.minimum.is_some() || property.maximum.is_some();
            if bounded && !numeric {
                let hint = "add `type: number`, or leave the bounds out";
                at.key(&path, "only a number has bounds", hint);
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
            if rule.events.is_empty() {
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
