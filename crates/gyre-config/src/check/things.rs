//! Checks of sources, contents and offers.

use super::{At, World};
use crate::diagnostic::Diagnostic;
use crate::kinds::{Content, Offer, Source, SourceType};
use crate::parse::Parsed;
use crate::places::Part;
use crate::resource::Spec;
use gyre_model::Decimal;
use gyre_model::resource::Kind;
use std::collections::BTreeMap;

const SHORTEST_KEY: usize = 8;

pub(super) fn source(at: &mut At<'_, '_>, spec: &Source) {
    super::signature::signature(at, spec);
    let keyless = matches!(spec.r#type, SourceType::Import | SourceType::Webhook);
    if spec.write_keys.is_empty() && !keyless {
        let hint = "give it one, for example shop-server-key-0001";
        at.value("spec.write_keys", "a source that is not an import needs a write key", hint);
    }
    for (index, key) in spec.write_keys.iter().enumerate() {
        if key.chars().count() < SHORTEST_KEY || key.chars().any(char::is_whitespace) {
            let hint = format!("at least {SHORTEST_KEY} characters without spaces");
            at.value(
                &format!("spec.write_keys[{index}]"),
                "the write key is too easily guessed",
                hint,
            );
        }
    }
    if spec.max_event_bytes == 0 || spec.max_event_bytes > spec.max_request_bytes {
        let hint = "above zero and at most `max_request_bytes`";
        at.value("spec.max_event_bytes", "no event of this size can arrive", hint);
    }
}

/// A write key names one source only.
pub(super) fn write_keys(set: &[Parsed], world: &World<'_>, found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for (name, spec) in world.all(Kind::Source) {
        let Spec::Source(spec) = spec else { continue };
        for (index, key) in spec.write_keys.iter().enumerate() {
            let Some((owner, first)) = owners.insert(key, (name, index)) else { continue };
            let find = |name: &str| {
                set.iter().rev().find(|parsed| {
                    parsed.resource().is_some_and(|resource| {
                        resource.kind() == Kind::Source && resource.metadata.name == name
                    })
                })
            };
            // One of the two may run already and stand in no file.
            let place =
                find(name).map(|parsed| (parsed, index)).or(find(owner).map(|p| (p, first)));
            if let Some((parsed, index)) = place {
                let path = format!("spec.write_keys[{index}]");
                let message = format!("this write key is that of source `{owner}` too");
                let hint = Some("each key belongs to one source and stands in it once".to_owned());
                found.push(parsed.places.error(&path, Part::Value, None, message, hint));
            }
        }
    }
}

pub(super) fn content(at: &mut At<'_, '_>, spec: &Content) {
    if !at.channel("spec.channel", Part::Value, &spec.channel) {
        return;
    }
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if spec.channel == "email" {
        if empty(&spec.subject) {
            at.key("spec.subject", "an e-mail needs a subject", "add `subject: …`");
        }
        if empty(&spec.text) {
            let hint = "add `text: …`; `html` is optional and stands beside it";
            at.key("spec.text", "an e-mail needs plain text", hint);
        }
        if !spec.fields.is_empty() {
            let hint = "an e-mail has `subject`, `text` and `html`";
            at.key("spec.fields", "an e-mail has no fields", hint);
        }
        return;
    }
    if spec.fields.is_empty() {
        let hint = "add `fields:` with what the client shows, for example `title: …`";
        at.key("spec.fields", "in-app content needs fields", hint);
    }
    for (key, value) in [("subject", &spec.subject), ("text", &spec.text), ("html", &spec.html)] {
        if value.is_some() {
            let hint = "put it under `fields`";
            at.key(&format!("spec.{key}"), format!("in-app content has no `{key}`"), hint);
        }
    }
}

pub(super) fn offer(at: &mut At<'_, '_>, spec: &Offer) {
    if spec.cost < Decimal::ZERO {
        at.value(
            "spec.cost",
            "the cost is below zero",
            "what one contact is expected to cost, 0 or more",
        );
    }
    if spec.budget.is_some_and(|budget| budget < Decimal::ZERO) {
        at.value("spec.budget", "the budget is below zero", "leave it out for no limit");
    }
}
