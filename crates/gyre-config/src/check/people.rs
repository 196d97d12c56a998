//! Checks of contact policies and decision policies.

use super::{At, Scope};
use crate::kinds::{ContactPolicy, DecisionPolicy};
use crate::places::Part;
use crate::resource::Resource;

pub(super) fn contact_policy(at: &mut At<'_, '_>, spec: &ContactPolicy) {
    for channel in spec.consent.keys() {
        at.channel(&format!("spec.consent.{channel}"), Part::Key, channel);
    }
    for (index, cap) in spec.caps.iter().enumerate() {
        let path = format!("spec.caps[{index}]");
        if let Some(channel) = &cap.channel {
            at.channel(&format!("{path}.channel"), Part::Value, channel);
        }
        if cap.max == 0 {
            let hint = "at least 1; to send nothing, switch the campaign off";
            at.value(&format!("{path}.max"), "a cap of 0 refuses everything", hint);
        }
        at.positive(&format!("{path}.per"), cap.per);
    }
    let Some(quiet) = &spec.quiet_hours else { return };
    for (key, text) in [("from", &quiet.from), ("to", &quiet.to)] {
        if !is_time_of_day(text) {
            let path = format!("spec.quiet_hours.{key}");
            at.value(&path, format!("`{text}` is not a time of day"), "for example \"21:00\"");
        }
    }
    if quiet.from == quiet.to {
        let hint = "leave `quiet_hours` out for none";
        at.value("spec.quiet_hours.to", "quiet hours end when they begin", hint);
    }
    if quiet.utc_offset_minutes.abs() > 14 * 60 {
        let hint = "between -840 and 840, for example 60 for Berlin in winter";
        at.value("spec.quiet_hours.utc_offset_minutes", "no place is so far from UTC", hint);
    }
}

fn is_time_of_day(text: &str) -> bool {
    let digits = |text: &str, below: u8| {
        text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|number| number < below)
    };
    text.split_once(':').is_some_and(|(hour, minute)| digits(hour, 24) && digits(minute, 60))
}

pub(super) fn decision_policy(at: &mut At<'_, '_>, resource: &Resource, spec: &DecisionPolicy) {
    if !(0.0..1.0).contains(&spec.floor) {
        let hint = "0 or more and below 1, for example 0.05";
        at.value("spec.floor", "the floor is not a probability", hint);
    }
    let names = spec.segments.iter().map(|segment| segment.name.as_str());
    at.unique(names, |index| format!("spec.segments[{index}].name"));
    for (index, segment) in spec.segments.iter().enumerate() {
        let path = format!("spec.segments[{index}]");
        at.name(&format!("{path}.name"), &segment.name);
        if segment.name == "rest" {
            let hint = "people for whom no rule holds are in `rest` by themselves";
            at.value(&format!("{path}.name"), "`rest` cannot be written", hint);
        }
        at.rule(resource, &format!("{path}.rule"), &segment.rule, Scope::Person);
    }
}
