//! Calls that do not look like Segment's: pixels, and what PostHog's libraries send.

use super::{NOON, call, source, stored};
use crate::{Route, collect, pixel, posthog, read};
use expect_test::{Expect, expect};
use gyre_model::event::EventKind;
use proptest::prelude::*;
use serde_json::Value;
use std::fmt::Write as _;

fn image(pairs: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&pixel(pairs.iter().copied()));
}

#[test]
fn the_parameters_of_a_pixel_are_an_event() {
    image(
        &[
            ("writeKey", "wk"),
            ("anonymousId", "a"),
            ("event", "Mail Opened"),
            ("properties.mail.id", "7"),
            ("properties.path", "/home"),
        ],
        &expect![[
            r#"{"anonymousId":"a","event":"Mail Opened","properties":{"mail":{"id":"7"},"path":"/home"}}"#
        ]],
    );
    image(
        &[("userId", "u"), ("properties", r#"{"n":1}"#), ("properties.m", "2"), ("traits", "no")],
        &expect![[r#"{"properties":{"m":"2","n":1},"traits":"no","userId":"u"}"#]],
    );
}

#[test]
fn a_pixel_may_carry_the_event_in_base64() {
    let wanted = expect![[r#"{"event":"Mail Opened","userId":"ü?>"}"#]];
    // Padded, not padded, and with `+` that became a space.
    for data in [
        "eyJldmVudCI6Ik1haWwgT3BlbmVkIiwidXNlcklkIjoiw7w/PiJ9",
        "eyJldmVudCI6Ik1haWwgT3BlbmVkIiwidXNlcklkIjoiw7w_PiJ9",
    ] {
        image(&[("data", data)], &wanted);
    }
    image(&[("data", "no json")], &expect![[r#"{"data":"no json"}"#]]);
}

/// What the events of a body of theirs are to the steps.
fn theirs(body: &str, expected: &Expect) {
    let body = posthog(body.as_bytes()).unwrap();
    let collected = collect(&call(Route::Batch, body.as_bytes()), &source).unwrap();
    let mut told = String::new();
    for entry in collected.entries {
        let event = match read(&stored(entry)) {
            Ok(event) => event,
            Err(why) => {
                writeln!(told, "{why}").unwrap();
                continue;
            }
        };
        let of = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
        let more = if event.traits.is_empty() { &event.properties } else { &event.traits };
        writeln!(
            told,
            "{} {:?} {} user {} anonymous {} before {} {}",
            event.message_id,
            event.name,
            event.kind.as_str(),
            of(event.user_id),
            of(event.anonymous_id),
            of(event.previous_id),
            Value::Object(more.clone())
        )
        .unwrap();
    }
    expected.assert_eq(&told);
}

#[test]
fn what_posthog_sends_becomes_events() {
    theirs(
        r#"{"api_key": "wk", "sent_at": "2026-03-01T12:00:00Z", "batch": [
            {"uuid": "1", "event": "order", "distinct_id": 7, "properties": {"total": 5}},
            {"uuid": "2", "event": "$identify", "distinct_id": "u", "properties":
                {"$anon_distinct_id": "a", "$set": {"plan": "pro"}, "$set_once": {"plan": "free", "from": "ad"}}},
            {"uuid": "3", "event": "$set", "distinct_id": "u", "$set": {"name": "Ada"}},
            {"uuid": "4", "event": "$create_alias", "distinct_id": "a2", "properties": {"alias": "u", "distinct_id": "a2"}},
            {"uuid": "5", "event": "$groupidentify", "distinct_id": "u", "properties":
                {"$group_type": "company", "$group_key": "acme", "$group_set": {"size": 3}}},
            {"uuid": "6", "event": "$pageview", "properties": {"distinct_id": "u", "title": "Home", "token": "wk"}},
            {"uuid": "7", "event": "seen", "distinct_id": "x", "properties": {"$process_person_profile": false}}]}"#,
        &expect![[r#"
            1 "order" track user 7 anonymous - before - {"total":5}
            2 "" identify user u anonymous a before - {"from":"ad","plan":"pro"}
            3 "" identify user u anonymous - before - {"name":"Ada"}
            4 "" alias user u anonymous - before a2 {}
            5 "" group user u anonymous - before - {"size":3}
            6 "Home" page user u anonymous - before - {"distinct_id":"u","title":"Home"}
            7 "seen" track user - anonymous x before - {"$process_person_profile":false}
        "#]],
    );
}

#[test]
fn one_event_and_a_bare_list_are_taken_too() {
    let one = r#"{"api_key":"wk","uuid":"1","event":"e","distinct_id":"u"}"#;
    let list = r#"[{"uuid":"1","event":"e","properties":{"distinct_id":"u","token":"wk"}}]"#;
    for body in [one, list] {
        let body: Value = serde_json::from_str(&posthog(body.as_bytes()).unwrap()).unwrap();
        assert_eq!(body["writeKey"], "wk");
        assert_eq!(body["batch"][0]["userId"], "u");
    }
    assert_eq!(posthog(b"{").unwrap_err().code, "malformed_json");
    assert_eq!(posthog(b"7").unwrap_err().code, "body_not_object");
    assert_eq!(posthog(br#"{"batch":7}"#).unwrap_err().code, "empty_batch");
}

#[test]
fn the_address_of_a_device_is_kept_and_of_a_server_is_not() {
    for (key, expected) in [("wk", Some("2001:db8::7")), ("server", None)] {
        let mut call = call(Route::One(EventKind::Track), br#"{"event":"e","userId":"u"}"#);
        call.basic_key = Some(key.to_owned());
        call.ip = Some("2001:db8::7".parse().unwrap());
        let entry = collect(&call, &source).unwrap().entries.remove(0);
        let event = read(&stored(entry)).unwrap();
        assert_eq!(event.context.get("ip").and_then(Value::as_str), expected);
    }
    let body = br#"{"event":"e","userId":"u","context":{"ip":"0.0.0.0"}}"#;
    let mut call = call(Route::One(EventKind::Track), body);
    call.ip = Some("2001:db8::7".parse().unwrap());
    let mut forgetful = source("wk").unwrap();
    forgetful.keep_ip = false;
    let said = collect(&call, &source).unwrap().entries.remove(0);
    assert_eq!(read(&stored(said)).unwrap().context["ip"], "0.0.0.0");
    let forgotten = collect(&call, &|_| Some(forgetful.clone())).unwrap().entries.remove(0);
    assert!(!String::from_utf8_lossy(&forgotten.payload).contains("2001"));
    assert_eq!(NOON, call.received_at);
}

proptest! {
    /// Whatever is sent, there is an event or a reason, and nothing panics.
    #[test]
    fn anything_is_taken_or_refused(body in ".{0,200}", pairs in prop::collection::vec((".{0,12}", ".{0,30}"), 0..6)) {
        if let Ok(text) = posthog(body.as_bytes()) {
            prop_assert!(collect(&call(Route::Batch, text.as_bytes()), &source).is_ok());
        }
        let text = pixel(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let collected = collect(&call(Route::One(EventKind::Page), text.as_bytes()), &source).unwrap();
        prop_assert_eq!(collected.accepted + collected.rejected.len(), 1);
    }

    /// JSON that looks like theirs too.
    #[test]
    fn shapes_like_theirs_are_taken_or_refused(
        event in prop::sample::select(vec!["$identify", "$set", "$create_alias", "$groupidentify", "$pageview", "x"]),
        value in prop::sample::select(vec!["null", "7", "{}", "[]", "\"\"", "\"u\"", "true"]),
        key in prop::sample::select(vec!["distinct_id", "uuid", "properties", "$set", "timestamp", "alias"]),
    ) {
        let body = format!(r#"{{"api_key":"wk","batch":[{{"event":"{event}","distinct_id":"u","{key}":{value}}}]}}"#);
        let text = posthog(body.as_bytes()).unwrap();
        let collected = collect(&call(Route::Batch, text.as_bytes()), &source).unwrap();
        prop_assert_eq!(collected.accepted + collected.rejected.len(), 1);
    }
}
