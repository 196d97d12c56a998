//! What the libraries of PostHog send, as a Segment batch.
//!
//! | theirs | becomes |
//! |---|---|
//! | `$identify` | `identify`: `$set` and `$set_once` are the traits, `$anon_distinct_id` the anonymous id |
//! | `$set`, `$set_once` | `identify` |
//! | `$create_alias` | `alias`: `alias` is the user, `distinct_id` the id of before |
//! | `$groupidentify` | `group`: `$group_key` is the id, `$group_set` the traits |
//! | `$pageview`, `$screen` | `page`, `screen` |
//! | any other | `track` of that name |
//!
//! `distinct_id` is the user id, or the anonymous id where the event asks for no person
//! (`$process_person_profile: false`); `uuid` is the message id, so what is sent again counts once.

use crate::request::Reject;
use serde_json::{Map, Value, json};

/// A body of `/batch`, `/capture`, `/e` or `/i/v0/e` as the body of a Segment batch.
///
/// # Errors
/// Refuses what is not JSON, or neither an object nor an array.
pub fn posthog(body: &[u8]) -> Result<String, Reject> {
    let text = String::from_utf8_lossy(body);
    let parsed: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = format!("the body is not json: line {line}, column {column}");
            Reject::new(400, "malformed_json", message)
        })?;
    let mut envelope = Map::new();
    let events = match parsed {
        Value::Array(events) => events,
        Value::Object(mut body) => {
            for (theirs, ours) in [
                ("api_key", "writeKey"),
                ("token", "writeKey"),
                ("sent_at", "sentAt"),
                ("sentAt", "sentAt"),
            ] {
                if let Some(value) = body.get(theirs).filter(|value| !value.is_null()) {
                    envelope.insert(ours.to_owned(), value.clone());
                }
            }
            match body.remove("batch") {
                Some(Value::Array(events)) => events,
                Some(_) => {
                    let message = "the batch is no array";
                    return Err(Reject::new(400, "empty_batch", message));
                }
                None => vec![Value::Object(body)],
            }
        }
        _ => {
            let message = "the body is neither an object nor an array";
            return Err(Reject::new(400, "body_not_object", message));
        }
    };
    if !envelope.contains_key("writeKey") {
        // Browsers' libraries say it in each event.
        let key = events.first().and_then(|event| {
            event.get("api_key").or_else(|| event.get("properties")?.get("token"))
        });
        envelope.extend(key.map(|key| ("writeKey".to_owned(), key.clone())));
    }
    envelope.insert("batch".to_owned(), events.into_iter().map(event).collect());
    Ok(Value::Object(envelope).to_string())
}

/// One event; what is no object stays as it is and is rejected with the others' reasons.
fn event(theirs: Value) -> Value {
    let Value::Object(mut theirs) = theirs else { return theirs };
    let mut properties = match theirs.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let of = |name: &str| {
        theirs.get(name).cloned().or_else(|| properties.get(name).cloned()).filter(|v| !v.is_null())
    };
    let name = of("event");
    let distinct = of("distinct_id").map(text);
    let mut ours = Map::new();
    for (from, to) in [("uuid", "messageId"), ("timestamp", "timestamp")] {
        ours.extend(of(from).map(|value| (to.to_owned(), value)));
    }
    let mut traits = Map::new();
    for key in ["$set_once", "$set"] {
        if let Some(Value::Object(set)) = of(key) {
            traits.extend(set);
        }
    }
    let personless = of("$process_person_profile") == Some(Value::Bool(false));
    let id = if personless { "anonymousId" } else { "userId" };
    let (alias, before) = (of("alias"), of("$anon_distinct_id"));
    let group = (of("$group_key"), of("$group_set"));
    let (page, screen) = (of("title"), of("$screen_name"));
    properties.remove("token");
    let mut set = |key: &str, value: Option<Value>| {
        ours.extend(value.map(|value| (key.to_owned(), value)));
    };
    set(id, distinct.clone());
    match name.as_ref().and_then(Value::as_str) {
        Some("$identify" | "$set" | "$set_once") => {
            set("type", Some("identify".into()));
            set("anonymousId", before.map(text));
            set("traits", Some(Value::Object(traits)));
        }
        Some("$create_alias") => {
            set("type", Some("alias".into()));
            set("userId", alias.map(text));
            set("previousId", distinct);
        }
        Some("$groupidentify") => {
            set("type", Some("group".into()));
            set("groupId", group.0.map(text));
            set("traits", Some(group.1.unwrap_or_else(|| json!({}))));
        }
        Some("$pageview") => {
            set("type", Some("page".into()));
            set("name", page.filter(Value::is_string));
            set("properties", Some(Value::Object(properties)));
        }
        Some("$screen") => {
            set("type", Some("screen".into()));
            set("name", screen.filter(Value::is_string));
            set("properties", Some(Value::Object(properties)));
        }
        _ => {
            set("type", Some("track".into()));
            set("event", name);
            set("properties", Some(Value::Object(properties)));
        }
    }
    Value::Object(ours)
}

/// Their ids may be numbers.
fn text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        other => other,
    }
}
