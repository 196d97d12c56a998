//! Checks of tests.

use super::At;
use crate::case::{Case, Given};
use crate::places::Part;
use crate::resource::Spec;
use gyre_model::event::EventKind;
use gyre_model::resource::Kind;

pub(super) fn check(at: &mut At<'_, '_>, case: &Case) {
    for (index, call) in case.given.iter().enumerate() {
        given(at, &format!("spec.given[{index}]"), call, index == 0);
    }
    if case.when.at.is_some() == case.when.after.is_some()
        || (case.given.is_empty() && case.when.after.is_some())
    {
        let hint = "write `at: 2026-03-01T09:00:00Z`, or `after: 30d` to count from the last call";
        at.key("spec.when", "`when` needs one of `at` and `after`", hint);
    }
    let somebody = case.given.iter().any(|call| call.user_id.is_some());
    if case.person.is_none() && !somebody {
        let hint = "add `person: <user id>`";
        at.key("spec.person", "no call names a user id", hint);
    }
    for name in case.expect.audiences.keys() {
        if !at.world.names(Kind::Audience).any(|known| known == name) {
            let path = format!("spec.expect.audiences.{name}");
            at.unknown(&path, Part::Key, "Audience", name, at.world.names(Kind::Audience));
        }
    }
    for name in case.expect.features.keys() {
        if !at.world.names(Kind::Feature).any(|known| known == name) {
            let path = format!("spec.expect.features.{name}");
            at.unknown(&path, Part::Key, "Feature", name, at.world.names(Kind::Feature));
        }
    }
    for (index, name) in case.expect.queued.iter().flatten().enumerate() {
        at.refer(&format!("spec.expect.queued[{index}]"), Kind::Campaign, name);
    }
    decision(at, case);
}

fn given(at: &mut At<'_, '_>, path: &str, call: &Given, first: bool) {
    if call.at.is_some() == call.after.is_some() {
        let hint =
            "write `at: 2026-03-01T09:00:00Z`, or `after: 30d` to count from the call before";
        at.value(path, "a call needs one of `at` and `after`", hint);
    } else if first && call.after.is_some() {
        let hint = "write `at: 2026-03-01T09:00:00Z`";
        at.key(&format!("{path}.after"), "there is no call before the first", hint);
    }
    if let Some(source) = &call.source {
        at.refer(&format!("{path}.source"), Kind::Source, source);
    }
    if call.user_id.is_none() && call.anonymous_id.is_none() {
        at.value(path, "the call is about nobody", "add `userId` or `anonymousId`");
    }
    if call.r#type == EventKind::Track && call.event.is_none() {
        at.value(path, "a track call needs an event", "for example event: Order Completed");
    }
}

fn decision(at: &mut At<'_, '_>, case: &Case) {
    if let Some(decide) = &case.when.decide {
        let campaigns = at.world.all(Kind::Campaign).filter_map(|(_, spec)| match spec {
            Spec::Campaign(campaign) => Some(campaign),
            _ => None,
        });
        let placements: Vec<&str> =
            campaigns.flat_map(|campaign| campaign.placements.iter().map(String::as_str)).collect();
        if !placements.contains(&decide.placement.as_str()) {
            let path = "spec.when.decide.placement";
            let known = placements.iter().copied();
            at.unknown(path, Part::Value, "placement", &decide.placement, known);
        }
    }
    let Some(expected) = &case.expect.decision else { return };
    if case.when.decide.is_none() {
        let hint = "add `decide: {placement: …}` under `when`";
        at.key("spec.expect.decision", "nothing is decided", hint);
    }
    let variants: Vec<&str> = at
        .world
        .all(Kind::Campaign)
        .flat_map(|(_, spec)| match spec {
            Spec::Campaign(campaign) => campaign.variants.as_slice(),
            _ => &[],
        })
        .map(|variant| variant.name.as_str())
        .collect();
    let base = "spec.expect.decision";
    let eligible = expected.eligible.iter().flatten().enumerate();
    let chosen = expected.chosen_one_of.iter().enumerate();
    let written = eligible
        .map(|(index, name)| (format!("{base}.eligible[{index}]"), Part::Value, name))
        .chain(
            chosen
                .map(|(index, name)| (format!("{base}.chosen_one_of[{index}]"), Part::Value, name)),
        )
        .chain(
            expected.refused.keys().map(|name| (format!("{base}.refused.{name}"), Part::Key, name)),
        );
    for (path, part, name) in written {
        if !variants.contains(&name.as_str()) {
            at.unknown(&path, part, "variant", name, variants.iter().copied());
        }
    }
}
