//! Cleaning rules.

use super::{Judgement, Twin, is_there, label, property, property_mut, told, told_mut};
use crate::repair::repaired;
use gyre_config::kinds::{Cleaning, TrackingPlan};
use gyre_model::event::{Event, EventKind};
use gyre_model::{MessageHash, Workspace};
use serde_json::Value;

pub(super) fn clean(
    workspace: &Workspace,
    plan: &str,
    spec: &TrackingPlan,
    event: &mut Event,
    judgement: &mut Judgement,
) {
    for rule in &spec.cleaning {
        let about = match &rule.calls[..] {
            [] => event.kind == EventKind::Track,
            calls => calls.iter().any(|call| call.is(event.kind)),
        };
        if !about {
            continue;
        }
        if !rule.events.is_empty() && !rule.events.contains(&event.name) {
            continue;
        }
        if let Some(path) = &rule.property
            && mend(rule, path, event)
        {
            judgement.mended.push((plan.to_owned(), rule.name.clone()));
        }
        if let Some(twin) = twin(workspace, plan, rule, event) {
            judgement.twins.push((plan.to_owned(), rule.name.clone(), twin));
        }
    }
}

fn mend(rule: &Cleaning, path: &str, event: &mut Event) -> bool {
    let Some(place) = property_mut(told_mut(event), path) else { return false };
    let mut now = repaired(place, &rule.repair);
    let word = match now.as_ref().unwrap_or(place) {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Some(mapped) = word.and_then(|word| rule.map.get(&word))
        && mapped != place
    {
        now = Some(mapped.clone());
    }
    match now {
        Some(value) if value != *place => {
            *place = value;
            true
        }
        _ => false,
    }
}

/// What the event shares with those that are the same; nothing where a key is missing.
fn twin(workspace: &Workspace, plan: &str, rule: &Cleaning, event: &Event) -> Option<Twin> {
    let duplicates = rule.duplicates.as_ref()?;
    let mut parts: Vec<Vec<u8>> = vec![
        workspace.as_str().as_bytes().to_vec(),
        b"twin".to_vec(),
        plan.as_bytes().to_vec(),
        rule.name.as_bytes().to_vec(),
        label(event).as_bytes().to_vec(),
        event.node.0.to_vec(),
    ];
    for key in &duplicates.keys {
        let value = property(told(event), key).filter(|value| is_there(value))?;
        parts.push(value.to_string().into_bytes());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Some(Twin { hash: MessageHash::of(&parts), within: duplicates.within })
}
