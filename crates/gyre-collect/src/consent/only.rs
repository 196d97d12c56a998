//! What an event said about consent and could not be read, as an event of its own: mended, it is said after
//! all, and nothing else of the event happens twice.

use super::{CHOSEN, UPDATED, Unclear};
use gyre_model::event::{Event, EventKind};
use serde_json::{Map, Value, json};

/// An event with nothing but what could not be read, of the same identifier at the same time.
pub fn only(event: &Event, unclear: &Unclear) -> Value {
    let chosen = event.kind == EventKind::Track
        && event.name == CHOSEN
        && unclear.code.starts_with("consent_categorypreferences");
    let mut only = json!({
        "type": "track",
        "event": if chosen { CHOSEN } else { UPDATED },
        "timestamp": event.occurred_at.to_string(),
    });
    if let Some(value) = value_at(event, &unclear.place) {
        let mut place = &mut only;
        for key in &unclear.place {
            place = &mut place[*key];
        }
        *place = value;
    }
    // One identifier: it joins nobody with anybody.
    match (&event.user_id, &event.anonymous_id, &event.email) {
        (Some(user), ..) => only["userId"] = json!(user),
        (None, Some(anonymous), _) => only["anonymousId"] = json!(anonymous),
        (None, None, Some(email)) => only["context"]["traits"]["email"] = json!(email),
        (None, None, None) => {}
    }
    only
}

fn value_at(event: &Event, place: &[&str]) -> Option<Value> {
    let (root, keys) = place.split_first()?;
    let root: &Map<String, Value> = match *root {
        "properties" => &event.properties,
        _ => &event.context,
    };
    let Some((first, rest)) = keys.split_first() else { return Some(Value::Object(root.clone())) };
    rest.iter().try_fold(root.get(*first)?, |value, key| value.get(*key)).cloned()
}
