//! The wire as public SDKs use it.

use super::{NOON, batch, batch_of, call, show, source};
use crate::letter::cut_at;
use crate::{Call, MAX_EVENTS, MAX_RAW_BYTES, Route, basic_key, collect};
use expect_test::{Expect, expect};
use gyre_model::event::EventKind;
use gyre_model::record::body::{Body, DeadLetter};
use gyre_model::{NodeId, NodeKind};

fn check(body: &str, expect: &Expect) {
    expect.assert_eq(&show(batch(body)));
}

fn check_one(kind: EventKind, body: &str, expect: &Expect) {
    expect.assert_eq(&show(collect(&call(Route::One(kind), body.as_bytes()), &source)));
}

const TRACK: &str = r#"{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}"#;

#[test]
fn a_header_names_the_key_with_or_without_colon_and_padding() {
    let check = |header: &str, expected: Option<&str>| {
        assert_eq!(basic_key(header).as_deref(), expected, "{header}");
    };
    check("Basic d2s6", Some("wk"));
    check("basic   d2s6 ", Some("wk"));
    check("Basic d2s=", Some("wk"));
    check("Basic d2s", Some("wk"));
    check("Basic d2s6c2VjcmV0", Some("wk"));
    check("Basic Og==", None);
    check("Basic !!!", None);
    check("Basic", None);
    check("Bearer d2s6", None);
    check("", None);
}

#[test]
fn the_first_key_that_names_a_source_counts() {
    let check = |basic: Option<&str>, body: Option<&str>, query: Option<&str>, expect: Expect| {
        let key = body.map(|key| format!(r#","writeKey":"{key}""#)).unwrap_or_default();
        for (route, body) in [
            (Route::Batch, format!(r#"{{"batch":[]{key}}}"#)),
            (Route::One(EventKind::Track), format!(r#"{{"event":"Paid","userId":"u1"{key}}}"#)),
        ] {
            let call = Call {
                route,
                body: body.as_bytes(),
                basic_key: basic.map(str::to_owned),
                query_key: query.map(str::to_owned),
                gpc: false,
                received_at: NOON,
            };
            let shown = match collect(&call, &source) {
                Ok(collected) => collected.source,
                Err(reject) => format!("{} {reject}", reject.status),
            };
            expect.assert_eq(&shown);
        }
    };
    check(Some("wk"), Some("server"), Some("server"), expect!["web"]);
    check(None, Some("server"), Some("wk"), expect!["shop"]);
    check(None, None, Some("wk"), expect!["web"]);
    check(Some("proxy"), Some("server"), None, expect!["shop"]);
    check(
        Some("proxy"),
        None,
        None,
        expect!["401 project_not_found: no source has the write key of the request"],
    );
    check(
        None,
        None,
        None,
        expect!["401 project_not_found: no source has the write key of the request"],
    );
}

#[test]
fn an_event_is_kept_as_it_came() {
    check(
        r#"{"batch":[{ "type":"track",  "event":"Paid", "userId":"u1","messageId":"m\"1",
            "_metadata":{"x":1}, "channel":"server", "rudderId":"r" }],"integrations":{}}"#,
        &expect![[r#"
            200 web accepted 1
            event {"v":1,"source":"web","public":true,"message_id":"m\"1","event":{ "type":"track",  "event":"Paid", "userId":"u1","messageId":"m\"1",
                        "_metadata":{"x":1}, "channel":"server", "rudderId":"r" }}
        "#]],
    );
}

#[test]
fn the_batch_gives_its_time_and_context() {
    check(
        &format!(
            r#"{{"batch":[{TRACK}],"sentAt":"2026-03-01T11:59:00.5+01:00","context":{{"ip":"::1"}}}}"#
        ),
        &expect![[r#"
            200 web accepted 1
            event {"v":1,"source":"web","public":true,"sent_at":"2026-03-01T10:59:00.500Z","batch_context":{"ip":"::1"},"message_id":"m1","event":{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}}
        "#]],
    );
    // Older clients write when they flush as `timestamp`; a context that is none is left out.
    check(
        &format!(r#"{{"timestamp":"2026-03-01 11:59:00","context":7,"batch":[{TRACK}]}}"#),
        &expect![[r#"
            200 web accepted 1
            event {"v":1,"source":"web","public":true,"sent_at":"2026-03-01T11:59:00Z","message_id":"m1","event":{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}}
        "#]],
    );
}

#[test]
fn the_path_gives_the_type_that_the_event_lacks() {
    check_one(
        EventKind::Track,
        r#"{"event":"Paid","userId":"u1","messageId":"m1"}"#,
        &expect![[r#"
        200 web accepted 1
        event {"v":1,"source":"web","public":true,"message_id":"m1","kind":"track","event":{"event":"Paid","userId":"u1","messageId":"m1"}}
    "#]],
    );
    check_one(
        EventKind::Track,
        r#"{"type":"page","userId":"u1","messageId":"m1"}"#,
        &expect![[r#"
        200 web accepted 1
        event {"v":1,"source":"web","public":true,"message_id":"m1","event":{"type":"page","userId":"u1","messageId":"m1"}}
    "#]],
    );
    check_one(
        EventKind::Screen,
        r#" {"type":"?","userId":"u1","messageId":"m1"} "#,
        &expect![[r#"
        200 web accepted 1
        event {"v":1,"source":"web","public":true,"message_id":"m1","kind":"screen","event":{"type":"?","userId":"u1","messageId":"m1"}}
    "#]],
    );
}

#[test]
fn null_ids_are_no_ids() {
    check(
        r#"{"batch":[
            {"type":"page","userId":null,"anonymousId":"a1","messageId":"m1"},
            {"type":"page","userId":"u1","anonymousId":null,"messageId":null},
            {"type":"page","userId":null,"anonymousId":null,"messageId":"m3"}
        ]}"#,
        &expect![[r#"
            200 web accepted 2
            rejected 2 m3 no_user_anon_id: the event has neither a user id nor an anonymous id that identifies anybody
            event {"v":1,"source":"web","public":true,"message_id":"m1","event":{"type":"page","userId":null,"anonymousId":"a1","messageId":"m1"}}
            event {"v":1,"source":"web","public":true,"message_id":"gyre-34002f736c66abb306236aa53daf1bb8","event":{"type":"page","userId":"u1","anonymousId":null,"messageId":null}}
            letter source:web place 2 no_user_anon_id raw {"type":"page","userId":null,"anonymousId":null,"messageId":"m3"}
        "#]],
    );
}

#[test]
fn one_bad_event_costs_no_other() {
    let events = [
        r#"{"type":"track","event":"Paid","messageId":"m1"}"#,
        r#"{"type":"track","event":"Paid","userId":"undefined","anonymousId":"00000000-0000-0000-0000-000000000000"}"#,
        r#"{"type":"track","userId":"u1"}"#,
        r#"{"type":"track","event":" ","userId":"u1"}"#,
        r#"{"type":"track","event":{"a":1},"userId":"u1"}"#,
        r#"{"type":"track","event":"Paid","userId":17}"#,
        r#"{"type":"alias","userId":"u1","previousId":[1]}"#,
        r#"{"type":"track","event":"Paid","userId":"u1","properties":[]}"#,
        r#"{"type":"identify","userId":"u1","traits":"ada"}"#,
        r#"{"type":"page","userId":"u1","name":1}"#,
        r#"{"type":"paid","userId":"u1"}"#,
        r#"{"userId":"u1"}"#,
        r#"{"type":"page","userId":"u1","properties":{"n":1e999}}"#,
        r#"["track"]"#,
        "null",
        TRACK,
    ];
    check(
        &format!(r#"{{"batch":[{}]}}"#, events.join(",")),
        &expect![[r#"
        200 web accepted 1
        rejected 0 m1 no_user_anon_id: the event has neither a user id nor an anonymous id that identifies anybody
        rejected 1 - no_user_anon_id: the event has neither a user id nor an anonymous id that identifies anybody
        rejected 2 - event_not_defined: the track event has no name
        rejected 3 - event_not_defined: the track event has no name
        rejected 4 - event_not_string: the track event's name is not a string
        rejected 5 - id_not_string: an id is not a string
        rejected 6 - id_not_string: an id is not a string
        rejected 7 - properties_not_object: the properties are not an object
        rejected 8 - traits_not_object: the traits are not an object
        rejected 9 - name_not_string: the page's or screen's name is not a string
        rejected 10 - type_not_known: the event's type is none of track, identify, page, screen, group, alias
        rejected 11 - type_not_known: the event's type is none of track, identify, page, screen, group, alias
        rejected 12 - malformed_json: the event has a number that is out of range
        rejected 13 - event_not_object: the event is not a json object
        rejected 14 - event_not_object: the event is not a json object
        letter source:web place 0 no_user_anon_id raw {"type":"track","event":"Paid","messageId":"m1"}
        letter source:web place 1 no_user_anon_id raw {"type":"track","event":"Paid","userId":"undefined","anonymousId":"00000000-0000-0000-0000-000000000000"}
        letter source:web place 2 event_not_defined raw {"type":"track","userId":"u1"}
        letter source:web place 3 event_not_defined raw {"type":"track","event":" ","userId":"u1"}
        letter source:web place 4 event_not_string raw {"type":"track","event":{"a":1},"userId":"u1"}
        letter source:web place 5 id_not_string raw {"type":"track","event":"Paid","userId":17}
        letter source:web place 6 id_not_string raw {"type":"alias","userId":"u1","previousId":[1]}
        letter source:web place 7 properties_not_object raw {"type":"track","event":"Paid","userId":"u1","properties":[]}
        letter source:web place 8 traits_not_object raw {"type":"identify","userId":"u1","traits":"ada"}
        letter source:web place 9 name_not_string raw {"type":"page","userId":"u1","name":1}
        letter source:web place 10 type_not_known raw {"type":"paid","userId":"u1"}
        letter source:web place 11 type_not_known raw {"userId":"u1"}
        letter source:web place 12 malformed_json raw {"type":"page","userId":"u1","properties":{"n":1e999}}
        letter source:web place 13 event_not_object raw ["track"]
        letter source:web place 14 event_not_object raw null
        event {"v":1,"source":"web","public":true,"message_id":"m1","event":{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}}
    "#]],
    );
}

#[test]
fn too_much_is_rejected_by_event_and_by_request() {
    let padded = |bytes: usize| {
        let pad = "x".repeat(bytes);
        format!(r#"{{"type":"page","userId":"u1","messageId":"m","properties":{{"p":"{pad}"}}}}"#)
    };
    let codes = |events: &str| {
        let collected = batch_of(events);
        let codes: Vec<_> = collected.rejected.iter().map(|one| (one.index, one.code)).collect();
        format!("{} {codes:?}", collected.accepted)
    };
    expect![[r#"1 [(0, "event_too_large")]"#]]
        .assert_eq(&codes(&format!("{},{TRACK}", padded(2_000))));
    let id = "é".repeat(101);
    expect![[r#"1 [(0, "message_id_too_long")]"#]].assert_eq(&codes(&format!(
        r#"{{"type":"page","userId":"u1","messageId":"{id}"}},{TRACK}"#
    )));
    let fits = "é".repeat(100);
    expect!["1 []"]
        .assert_eq(&codes(&format!(r#"{{"type":"page","userId":"u1","messageId":"{fits}"}}"#)));
    let deep = |n: usize| {
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        format!(r#"{{"type":"page","userId":"u1","properties":{{"p":{open}{close}}}}}"#)
    };
    expect![[r#"1 [(1, "event_too_deep"), (2, "event_too_deep")]"#]].assert_eq(&codes(&format!(
        "{},{},{}",
        deep(62),
        deep(63),
        deep(500)
    )));
    // The batch's context is copied into every event, so it counts with each of them.
    let context = "x".repeat(1_970);
    expect![[r#"
        200 web accepted 0
        rejected 0 - event_too_large: the event with its batch context is larger than the source allows
        letter source:web place 0 event_too_large raw {"type":"page","userId":"u1"}
    "#]].assert_eq(&show(batch(&format!(
        r#"{{"context":{{"c":"{context}"}},"batch":[{{"type":"page","userId":"u1"}}]}}"#
    ))));
    expect![[r#"
        413 request_too_large: the request has 100079 bytes, the source allows 100000
    "#]]
    .assert_eq(&show(batch(&format!(r#"{{"batch":[{}]}}"#, padded(100_000)))));
    let many = vec!["1"; MAX_EVENTS + 2].join(",");
    let collected = batch_of(&many);
    assert_eq!(
        (collected.rejected.len(), collected.rejected[MAX_EVENTS].code),
        (MAX_EVENTS + 2, "too_many_events")
    );
    let endless = vec!["1"; 25_001].join(",");
    expect![[r#"
        400 too_many_events: the batch has more than 25000 events
    "#]]
    .assert_eq(&show(batch(&format!(r#"{{"batch":[{endless}]}}"#))));
}

#[test]
fn what_is_no_batch_is_refused() {
    for (body, expect) in [
        (
            "",
            expect![[r#"
            400 malformed_json: the body is not json: line 1, column 0
        "#]],
        ),
        (
            "[]",
            expect![[r#"
            400 body_not_object: the body is not a json object
        "#]],
        ),
        (
            "a=1",
            expect![[r#"
            400 malformed_json: the body is not json: line 1, column 1
        "#]],
        ),
        (
            r#"{"batch":[{"#,
            expect![[r#"
            400 malformed_json: the body is not json: line 1, column 11
        "#]],
        ),
        (
            r#"{"batch":[]} {}"#,
            expect![[r#"
            400 malformed_json: the body is not json: line 1, column 14
        "#]],
        ),
        (
            "{}",
            expect![[r#"
            400 empty_batch: the body has no batch that is an array
        "#]],
        ),
        (
            r#"{"batch":null}"#,
            expect![[r#"
            400 empty_batch: the body has no batch that is an array
        "#]],
        ),
        (
            r#"{"batch":{}}"#,
            expect![[r#"
            400 empty_batch: the body has no batch that is an array
        "#]],
        ),
        (
            r#"{"batch":[]}"#,
            expect![[r#"
            200 web accepted 0
        "#]],
        ),
    ] {
        check(body, &expect);
    }
    check_one(
        EventKind::Track,
        "[1]",
        &expect![[r#"
        400 body_not_object: the body is not a json object
    "#]],
    );
    check_one(
        EventKind::Track,
        r#"{"event":"#,
        &expect![[r#"
        400 malformed_json: the body is not json: line 1, column 9
    "#]],
    );
}

#[test]
fn a_byte_that_is_not_utf8_costs_a_character() {
    let mut body = b"\xEF\xBB\xBF{\"batch\":[{\"type\":\"page\",\"userId\":\"u".to_vec();
    body.extend_from_slice(b"\xFF\",\"messageId\":\"m\"}]}");
    expect![[r#"
        200 web accepted 1
        event {"v":1,"source":"web","public":true,"message_id":"m","event":{"type":"page","userId":"u�","messageId":"m"}}
    "#]].assert_eq(&show(collect(&call(Route::Import, &body), &source)));
}

#[test]
fn half_an_emoji_costs_a_character() {
    let collected =
        batch_of(r#"{"type":"track","event":"\ud83d","userId":"\uD83D\uDE00","messageId":"m"}"#);
    let event = crate::read(&super::stored(collected.entries[0].clone())).unwrap();
    assert_eq!((event.name.as_str(), event.user_id.as_deref()), ("\u{fffd}", Some("😀")));
}

#[test]
fn a_disabled_source_keeps_everything_as_dead_letters() {
    let mut call = call(Route::One(EventKind::Track), TRACK.as_bytes());
    call.basic_key = Some("off".to_owned());
    expect![[r#"
        200 old accepted 0
        rejected 0 m1 source_disabled: the source is disabled
        letter source:old place 0 source_disabled raw {"type":"track","event":"Paid","userId":"u1","messageId":"m1"}
    "#]].assert_eq(&show(collect(&call, &source)));
}

#[test]
fn a_missing_message_id_is_the_same_for_the_same_request_only() {
    let id = |body: &str, at| {
        let mut call = call(Route::Batch, body.as_bytes());
        call.received_at = at;
        let entries = collect(&call, &source).unwrap().entries;
        entries
            .into_iter()
            .map(|entry| crate::read(&super::stored(entry)).unwrap().message_id)
            .collect::<Vec<_>>()
    };
    let body = r#"{"batch":[{"type":"page","userId":"u"},{"type":"page","userId":"u"}]}"#;
    let ids = id(body, NOON);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids, id(body, NOON));
    assert_ne!(ids, id(body, gyre_model::Timestamp(0)));
    assert!(ids[0].starts_with("gyre-") && ids[0].len() == 37);
}

#[test]
fn the_key_is_that_of_the_identity_node() {
    let key = |event: &str| batch_of(event).entries[0].key;
    let user = NodeId::node("main", NodeKind::User, "u1").key();
    let anonymous = NodeId::node("main", NodeKind::Anonymous, "a1").key();
    assert_eq!(key(r#"{"type":"page","userId":" u1 ","anonymousId":"a1"}"#), user);
    assert_eq!(key(r#"{"type":"page","userId":"null","anonymousId":"a1"}"#), anonymous);
    // A dead letter about somebody is found with them.
    assert_eq!(key(r#"{"type":"track","userId":"u1"}"#), user);
}

#[test]
fn a_dead_letter_keeps_all_that_a_body_can_bring() {
    let event = |long: usize| {
        let long = "é".repeat(long);
        format!(r#"{{ "type":"page","userId":"u1","properties":{{"p":"{long}"}}}}"#)
    };
    // Longer than an event may be, so that it is refused, and whole, so that it can be replayed.
    let refused = event(20_000);
    let kept = DeadLetter::decode(&batch_of(&refused).entries[0].payload).unwrap().raw;
    assert_eq!(kept, refused);
    // What no body brings, a file may: it is cut between two characters.
    let endless = event(MAX_RAW_BYTES / 2);
    let cut = cut_at(&endless, MAX_RAW_BYTES);
    assert!(endless.starts_with(cut));
    assert!((MAX_RAW_BYTES - 1..=MAX_RAW_BYTES).contains(&cut.len()), "{}", cut.len());
}
