//! Checks of lifecycles, and of what must stay as it is in audiences.

use super::{At, Scope};
use crate::diagnostic::Diagnostic;
use crate::kinds::{Audience, Lifecycle};
use crate::parse::Parsed;
use crate::places::Part;
use crate::resource::{Resource, Spec};
use gyre_model::resource::Kind;

pub(super) fn audience(at: &mut At<'_, '_>, resource: &Resource, spec: &Audience) {
    at.rule(resource, "spec.rule", &spec.rule, Scope::Person);
    if let Some(span) = spec.r#for {
        at.positive("spec.for", span);
        if spec.r#macro {
            let hint = "leave out `for` or `macro`";
            at.value("spec.for", "a moment is no segment that everybody reports by", hint);
        }
    }
}

pub(super) fn lifecycle(at: &mut At<'_, '_>, resource: &Resource, spec: &Lifecycle) {
    let name = resource.metadata.name.as_str();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.chars().all(fits) {
        let hint = "rules read it as `person.lifecycle_<name>`: lower-case letters, digits and `_`";
        at.value("metadata.name", format!("`{name}` cannot name a lifecycle"), hint);
    }
    let column = format!("lifecycle_{name}");
    if at.world.spec(Kind::Feature, &column).is_some() {
        let hint = "rename the feature or the lifecycle";
        at.value("metadata.name", format!("there is a feature `{column}` already"), hint);
    }
    if spec.stages.is_empty() {
        let hint = "for example - {name: active, rule: person.orders > 0}";
        at.value("spec.stages", "a lifecycle has at least one stage", hint);
    }
    let names = spec.stages.iter().map(|stage| stage.name.as_str());
    at.unique(names, |index| format!("spec.stages[{index}].name"));
    for (index, stage) in spec.stages.iter().enumerate() {
        let path = format!("spec.stages[{index}]");
        at.name(&format!("{path}.name"), &stage.name);
        at.rule(resource, &format!("{path}.rule"), &stage.rule, Scope::Person);
        if let Some(leave) = &stage.leave {
            at.rule(resource, &format!("{path}.leave"), leave, Scope::Person);
        }
        if let Some(stay) = stage.stay {
            at.positive(&format!("{path}.stay"), stay);
        }
    }
}

/// Macro segments whose rule changes: reports of before and after would be about other people.
pub(super) fn frozen(set: &[Parsed], running: &[Resource], found: &mut Vec<Diagnostic>) {
    for parsed in set {
        let Some(Resource { metadata, spec: Spec::Audience(new), .. }) = parsed.resource() else {
            continue;
        };
        let old = running.iter().find_map(|one| match &one.spec {
            Spec::Audience(old) if one.metadata.name == metadata.name => Some(old),
            _ => None,
        });
        if !old.is_some_and(|old| old.r#macro && new.r#macro && old.rule != new.rule) {
            continue;
        }
        let message = format!("`{}` is a macro segment, and its rule would change", metadata.name);
        let hint = format!(
            "name the new one {}_v2; or write `macro: false` first, if nobody reports by it",
            metadata.name
        );
        found.push(parsed.places.error("spec.rule", Part::Value, None, message, Some(hint)));
    }
}
