//! Laws that hold for whatever comes in.

use super::{call, source, stored};
use crate::{Route, collect, consents, json, read, response};
use gyre_model::event::EventKind;
use gyre_model::{Family, NodeId};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Events that are nearly right: each field is as it should be, or anything.
fn any_event() -> impl Strategy<Value = Value> {
    let mostly = |usual: BoxedStrategy<Value>| prop_oneof![6 => usual.prop_map(Some), 1 => any_json().prop_map(Some), 1 => Just(None)];
    let text = |pattern: &'static str| mostly(pattern.prop_map(Value::from).boxed());
    let object = || mostly(Just(Value::Object(Map::new())).boxed());
    (
        (
            text("track|identify|page|screen|group|alias"),
            text("u[0-9]| a |null|0|.{0,4}"),
            text("a[0-9]|undefined"),
        ),
        (
            text("m[0-9]{0,3}|"),
            text("Paid|Seen|"),
            text("u[0-9]"),
            text("20[0-3][0-9]-01-01T00:00:00Z|19[0-9]{2}-01-01"),
        ),
        (object(), object(), object(), any_json()),
    )
        .prop_map(
            |((kind, user, anonymous), (message, event, previous, time), (p, t, c, rest))| {
                let fields = [
                    ("type", kind),
                    ("userId", user),
                    ("anonymousId", anonymous),
                    ("messageId", message),
                    ("event", event),
                    ("previousId", previous),
                    ("timestamp", time),
                    ("properties", p),
                    ("traits", t),
                    ("context", c),
                    ("rest", Some(rest)),
                ];
                let fields =
                    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
                Value::Object(fields.collect())
            },
        )
}

/// Half surrogates, deep nesting, odd numbers, two keys alike: what a JSON tree cannot hold.
fn any_oddity() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(r#""\ud800""#.to_owned()),
        Just(r#""\udc00\ud83d\ude00\\ud800""#.to_owned()),
        Just("1e999".to_owned()),
        Just("-1E-999".to_owned()),
        (1usize..400).prop_map(|n| "9".repeat(n)),
        (1usize..200).prop_map(|n| "[".repeat(n) + &"]".repeat(n)),
        Just(r#"1,"userId":"u2""#.to_owned()),
        Just(r#"1,"userId":7"#.to_owned()),
        Just(r#"1,"user\u0049d":"null""#.to_owned()),
        Just(r#"1,"type":"page""#.to_owned()),
    ]
}

/// Accepted and rejected are all that came, and what was accepted is read with the same key.
fn holds(body: &[u8], events: Option<usize>) -> Result<(), TestCaseError> {
    for route in [Route::Batch, Route::Import, Route::One(EventKind::Page)] {
        let Ok(collected) = collect(&call(route, body), &source) else { continue };
        let again = collect(&call(route, body), &source);
        prop_assert_eq!(Ok(&collected), again.as_ref());
        prop_assert_eq!(collected.entries.len(), collected.accepted + collected.rejected.len());
        if let (Some(events), Route::Batch) = (events, route) {
            prop_assert_eq!(collected.accepted + collected.rejected.len(), events);
        }
        let taken = collected.entries.iter().filter(|entry| entry.family == Family::Event);
        prop_assert_eq!(taken.clone().count(), collected.accepted);
        for entry in taken {
            let stored = stored(entry.clone());
            let event = match read(&stored) {
                Ok(event) => event,
                Err(error) => return Err(TestCaseError::fail(format!("{error}: {entry:?}"))),
            };
            prop_assert_eq!(event.node.key(), entry.key);
            prop_assert!(event.occurred_at <= event.received_at);
            prop_assert_eq!(event.nodes("main")[0], event.node);
            prop_assert_eq!(read(&stored), Ok(event.clone()));
            consents(&event);
            response(&event);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_batch_is_told_apart(events in prop::collection::vec(any_event(), 0..8), sent in any_json()) {
        let body = serde_json::json!({"batch": events, "sentAt": sent.clone(), "context": sent});
        holds(body.to_string().as_bytes(), Some(events.len()))?;
    }

    #[test]
    fn any_event_alone_is_told_apart(event in any_event()) {
        holds(event.to_string().as_bytes(), None)?;
    }

    #[test]
    fn oddities_are_told_apart(odd in any_oddity(), place in 0..5) {
        let (mut user, mut event, mut rest) = (r#""u1""#, r#""Paid""#, "1");
        match place {
            0 => user = &odd,
            1 => event = &odd,
            _ => rest = &odd,
        }
        let event = format!(r#"{{"type":"track","userId":{user},"event":{event},"properties":{{"p":{rest}}},"x":{rest}}}"#);
        holds(event.as_bytes(), None)?;
        holds(format!(r#"{{"batch":[{event},{event}],"context":{{"x":{rest}}}}}"#).as_bytes(), None)?;
    }

    #[test]
    fn any_json_or_bytes_are_answered(json in any_json(), bytes in any::<Vec<u8>>(), cut in 0usize..200) {
        holds(json.to_string().as_bytes(), None)?;
        holds(&bytes, None)?;
        let whole = br#"{"batch":[{"type":"track","event":"P","userId":"u\ud83d\u0041","messageId":"m"}],"sentAt":1}"#;
        holds(&whole[..cut.min(whole.len())], None)?;
    }

    #[test]
    fn any_stored_bytes_are_read_or_not(bytes in any::<Vec<u8>>(), event in any_json(), context in any_json()) {
        let entry = |payload| gyre_model::Entry {
            workspace: gyre_model::Workspace::default(),
            family: Family::Event,
            key: 0,
            cause: None,
            payload,
        };
        prop_assert!(read(&stored(entry(bytes))).is_err());
        let payload = serde_json::json!({"v":1,"source":"s","message_id":"m","kind":"page","batch_context":context,"event":event});
        let _event = read(&stored(entry(payload.to_string().into_bytes())));
    }

    #[test]
    fn mending_changes_only_what_cannot_be_parsed(text in ".{0,40}") {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(json::mend(&json), json.as_str());
        let halves = json[..json.len() - 1].to_owned() + r#"\ud800""#;
        let mended: String = serde_json::from_str(&json::mend(&halves)).unwrap();
        prop_assert!(mended.ends_with(char::REPLACEMENT_CHARACTER));
    }

    #[test]
    fn the_scan_agrees_with_the_tree(value in any_json()) {
        fn depth(value: &Value) -> usize {
            match value {
                Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
                Value::Object(items) => 1 + items.values().map(depth).max().unwrap_or(0),
                _ => 0,
            }
        }
        prop_assert_eq!(json::shape(&value.to_string()).depth, depth(&value));
    }
}

#[test]
fn the_node_of_an_event_is_a_function_of_its_ids() {
    let read_again =
        |json: &str| read(&stored(super::batch_of(json).entries.remove(0))).unwrap().node;
    let user = NodeId::node("main", gyre_model::NodeKind::User, "u");
    assert_eq!(read_again(r#"{"type":"page","userId":"u","anonymousId":"a"}"#), user);
    assert_eq!(read_again(r#"{"type":"alias","userId":"u","previousId":"v"}"#), user);
}
