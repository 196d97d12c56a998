//! Checks of identity rules.

use super::At;
use crate::kinds::{IdType, IdentityRules};
use crate::places::Part;
use gyre_model::resource::Kind;
use gyre_model::{NodeId, Span};
use regex_lite::Regex;

const LONGEST_COUNTRY: usize = 3;

pub(super) fn rules(at: &mut At<'_, '_>, name: &str, spec: &IdentityRules) {
    if let Some(other) = at.world.names(Kind::IdentityRules).find(|other| *other != name) {
        let hint = "a workspace has at most one: write both into one, and remove the other";
        at.value("metadata.name", format!("there is an IdentityRules `{other}` already"), hint);
    }
    blocklist(at, "spec.blocklist", &spec.blocklist);
    if let Some(country) = &spec.phone_country {
        let digits = country.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || country.starts_with('0') || !(1..=LONGEST_COUNTRY).contains(&country.len()) {
            let hint = "its digits only, for example \"49\"";
            at.value("spec.phone_country", "that is no country code", hint);
        }
    }
    let caps = [
        ("spec.max_ids", spec.max_ids, 2, 1_000),
        ("spec.max_merges", spec.max_merges, 1, 1_000),
        ("spec.max_people_per_id", spec.max_people_per_id, 1, 1_000),
    ];
    for (path, value, least, most) in caps {
        if !(least..=most).contains(&value) {
            at.value(path, "the cap is out of range", format!("from {least} to {most}"));
        }
    }
    let names = spec.types.iter().map(|one| one.name.as_str());
    at.unique(names, |index| format!("spec.types[{index}].name"));
    let mut tags: Vec<(u16, &str)> = Vec::new();
    for (index, one) in spec.types.iter().enumerate() {
        let path = |key: &str| format!("spec.types[{index}].{key}");
        id_type(at, one, &path);
        let tag = NodeId::type_tag(&one.name);
        if let Some((_, other)) =
            tags.iter().find(|(known, name)| *known == tag && *name != one.name)
        {
            let message = format!("`{}` and `{other}` cannot be told apart", one.name);
            at.value(&path("name"), message, "their short forms are the same: rename one");
        }
        tags.push((tag, &one.name));
    }
}

fn id_type(at: &mut At<'_, '_>, one: &IdType, path: &dyn Fn(&str) -> String) {
    at.name(&path("name"), &one.name);
    let shipped = IdentityRules::SHIPPED.contains(&one.name.as_str());
    match (&one.from, shipped) {
        (Some(_), true) => {
            let hint = "leave `from` out, or give a type of your own another name";
            at.key(&path("from"), format!("`{}` is found where it always is", one.name), hint);
        }
        (None, false) => {
            let shipped = IdentityRules::SHIPPED.into_iter();
            let message = format!("`{}` is no shipped type and has no `from`", one.name);
            let hint = crate::nearest::hint(&one.name, shipped).or_else(|| {
                Some("say where it is found, for example `from: {trait: loyalty_card}`".to_owned())
            });
            let place = at.parsed.places.error(&path("name"), Part::Value, None, message, hint);
            at.found.push(place);
        }
        _ => {}
    }
    if one.limit == Some(0) {
        at.value(
            &path("limit"),
            "the limit is nought",
            "to leave a type out, say `enabled: false`",
        );
    }
    if let Some(window) = one.window {
        at.positive(&path("window"), window);
        // What happened when is known to the day, so that the order of a day does not matter.
        if window.0 > 0 && window.0 % Span::DAY.0 != 0 {
            let hint = "whole days, for example 1d or 30d";
            at.value(&path("window"), "the window of a limit is counted in days", hint);
        }
    }
    if one.name == "user_id" && (one.unique == Some(false) || one.enabled == Some(false)) {
        let key = if one.enabled == Some(false) { "enabled" } else { "unique" };
        let hint = "leave it out: two user ids are two people";
        at.value(&path(key), "a person has one user id", hint);
    }
    blocklist(at, &path("blocklist"), &one.blocklist);
}

fn blocklist(at: &mut At<'_, '_>, path: &str, patterns: &[String]) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(why) = Regex::new(pattern) {
            let hint = "a regular expression over the whole value, for example test-.*";
            at.value(
                &format!("{path}[{index}]"),
                format!("the pattern cannot be read: {why}"),
                hint,
            );
        }
    }
}
