//! Checks of features: each by itself, and against what runs under its name.

use super::At;
use crate::diagnostic::Diagnostic;
use crate::kinds::{Aggregate, Feature, Test};
use crate::parse::Parsed;
use crate::places::Part;
use crate::resource::{Resource, Spec};
use gyre_model::Span;
use gyre_model::event::EventKind;
use serde_json::Value;

/// Up to here windows are counted in hours, beyond in days.
const HOURLY: Span = Span::days(2);

pub(super) fn feature(at: &mut At<'_, '_>, name: &str, spec: &Feature) {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
        let hint = "rules read it as `person.<name>`: lower-case letters, digits and `_`";
        at.value("metadata.name", format!("`{name}` cannot name a feature"), hint);
    }
    if spec.event.is_some()
        && matches!(spec.call, EventKind::Identify | EventKind::Group | EventKind::Alias)
    {
        let message = format!("an {} call has no name", spec.call.as_str());
        at.key("spec.event", message, "leave `event` out");
    }
    super::instants::feature(at, spec);
    let of = spec.of.as_deref();
    match of {
        None if !matches!(
            spec.aggregate,
            Aggregate::Count | Aggregate::NthLatest | Aggregate::Sequence
        ) =>
        {
            let hint = "add `of: properties.<key>`, `traits.<key>`, `context.<key>` or `at`";
            at.key("spec.of", "this aggregate needs `of`", hint);
        }
        Some(text) if text != "at" && !is_path(text) => {
            let hint = "for example properties.revenue, traits.plan, context.country or at";
            at.value("spec.of", format!("`{text}` is nothing of an event"), hint);
        }
        Some("at") if spec.aggregate == Aggregate::Distinct || spec.aggregate.is_of_numbers() => {
            at.value("spec.of", "times are not summed or told apart", "use `first` or `last`");
        }
        _ => {}
    }
    if spec.r#type.is_some() && !matches!(spec.aggregate, Aggregate::First | Aggregate::Last) {
        let hint = "leave `type` out: only `first` and `last` have one";
        at.key("spec.type", "this aggregate is always a number", hint);
    }
    if let Some(window) = spec.window {
        at.positive("spec.window", window);
        let unit = if window <= HOURLY { Span::HOUR } else { Span::DAY };
        if window.0 > 0 && window.0 % unit.0 != 0 {
            let hint = "whole hours up to 48h, whole days beyond";
            at.value("spec.window", format!("a window of {window} cannot be counted"), hint);
        }
    }
    if let Some(ttl) = spec.ttl {
        at.positive("spec.ttl", ttl);
    }
    for (index, filter) in spec.filter.iter().enumerate() {
        let path = format!("spec.filter[{index}]");
        if !is_path(&filter.of) {
            let hint = "for example properties.category, traits.plan or context.country";
            let message = format!("`{}` is nothing of an event", filter.of);
            at.value(&format!("{path}.of"), message, hint);
        }
        match filter.test() {
            Err(_) => {
                let hint = "one of `equals`, `not_equals`, `greater_than`, `less_than`, `in`, \
                            `not_in` and `is_null`";
                at.key(&path, "a condition has exactly one test", hint);
            }
            Ok(Test::Equals(value) | Test::NotEquals(value)) if !is_scalar(value) => {
                at.key(&path, "this cannot be compared", "text, a number, true or false");
            }
            Ok(Test::In(values) | Test::NotIn(values))
                if values.is_empty() || !values.iter().all(is_scalar) =>
            {
                let hint = "a list of texts, numbers, true or false that is not empty";
                at.key(&path, "these cannot be compared", hint);
            }
            Ok(_) => {}
        }
    }
}

/// Features whose meaning would change: what was counted so far would be something else than what is
/// counted from now on, and nobody could tell who reads them.
pub(super) fn frozen(set: &[Parsed], running: &[Resource], found: &mut Vec<Diagnostic>) {
    for parsed in set {
        let Some(resource) = parsed.resource() else { continue };
        let Spec::Feature(written) = &resource.spec else { continue };
        let name = resource.metadata.name.as_str();
        let known = running.iter().find_map(|one| match &one.spec {
            Spec::Feature(known) if one.metadata.name == name => Some(known),
            _ => None,
        });
        if known.is_some_and(|known| known.meaning() != written.meaning()) {
            let message = format!("the feature `{name}` is in use: what it means cannot change");
            let hint = Some(frozen_hint(name));
            let places = &parsed.places;
            found.push(places.error("metadata.name", Part::Value, None, message, hint));
        }
    }
}

/// What to do instead of changing the meaning of a feature.
pub fn frozen_hint(name: &str) -> String {
    let base = name.rsplit_once("_v").filter(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let next = match base {
        Some((base, number)) => {
            format!("{base}_v{}", number.parse::<u64>().unwrap_or(1).saturating_add(1))
        }
        None => format!("{name}_v2"),
    };
    format!("name the new one `{next}`; its values come from history, so nothing is lost")
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

fn is_path(text: &str) -> bool {
    ["properties.", "traits.", "context."].iter().any(|prefix| {
        text.strip_prefix(prefix).is_some_and(|keys| !keys.split('.').any(str::is_empty))
    })
}
