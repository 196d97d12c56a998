//! Dead letters collected again: what their request said is not forgotten.

use super::{NOON, call, source, stored};
use crate::{Call, Route, collect, collect_again, read};
use gyre_model::event::{Event, EventKind};
use gyre_model::record::body::{Body, Came, DeadLetter};
use gyre_model::{Family, Span, Stored};

/// The one letter that comes of a call.
fn letter(call: &Call<'_>) -> DeadLetter {
    let collected = collect(call, &source).unwrap();
    assert_eq!((collected.accepted, collected.rejected.len()), (0, 1));
    DeadLetter::decode(&collected.entries[0].payload).unwrap()
}

/// What it is when its source is on again, a week later.
fn again(letter: &DeadLetter, came: &Came) -> Event {
    let facts = source("wk").unwrap();
    let now = NOON + Span::days(7);
    let collected = collect_again(&letter.raw, came, &facts, now, None).unwrap();
    assert_eq!(collected.accepted, 1, "{:?}", collected.rejected);
    read(&Stored { at: now, ..stored(collected.entries[0].clone()) }).unwrap()
}

/// A batch of a source that is off; the clock of the client is an hour slow.
fn refused() -> DeadLetter {
    let body = r#"{"batch":[{"type":"track","event":"Paid","anonymousId":"a1","messageId":"m1",
        "timestamp":"2026-03-01T10:00:00Z"}],"sentAt":"2026-03-01T11:00:00Z",
        "context":{"consent":{"categoryPreferences":{"Advertising":false}}},
        "integrations":{"Google Analytics":{"clientId":"ga-1"}}}"#;
    letter(&Call {
        basic_key: Some("off".to_owned()),
        gpc: true,
        ip: Some("192.0.2.7".parse().unwrap()),
        ..call(Route::Batch, body.as_bytes())
    })
}

#[test]
fn an_objection_is_not_forgotten() {
    let letter = refused();
    let event = again(&letter, &letter.came.clone().unwrap());
    assert!(event.gpc);
    let refused = event.context["consent"]["categoryPreferences"]["Advertising"].as_bool();
    assert_eq!(refused, Some(false));
    assert_eq!(event.context["integrations"]["Google Analytics"]["clientId"], "ga-1");
    // A letter from before this was kept says nothing, and is taken all the same.
    assert!(!again(&letter, &Came::default()).gpc);
}

#[test]
fn clocks_are_corrected_by_when_it_came() {
    let letter = refused();
    let event = again(&letter, &letter.came.clone().unwrap());
    assert_eq!(event.occurred_at, NOON - Span::HOUR);
    assert_eq!(event.skew, Span::HOUR.0);
    assert_eq!(event.received_at, NOON + Span::days(7));
}

#[test]
fn a_letter_of_a_route_keeps_the_call() {
    let body = br#"{"event":"Paid","userId":"u1","messageId":"m1"}"#;
    let letter = letter(&Call {
        basic_key: Some("off".to_owned()),
        ..call(Route::One(EventKind::Track), body)
    });
    let event = again(&letter, &letter.came.clone().unwrap());
    assert_eq!((event.kind, event.name.as_str()), (EventKind::Track, "Paid"));
}

#[test]
fn an_address_is_kept_only_where_the_source_keeps_it() {
    let body = br#"{"type":"track","userId":"u1","messageId":"m1"}"#;
    let ip = Some("192.0.2.7".parse().unwrap());
    let of = |key: &str| {
        let call = Call { basic_key: Some(key.to_owned()), ip, ..call(Route::Batch, b"") };
        let body = [br#"{"batch":["#, &body[..], b"]}"].concat();
        letter(&Call { body: &body, ..call }).came.unwrap().ip
    };
    assert_eq!(of("wk").as_deref(), Some("192.0.2.7"));
    assert_eq!(of("server"), None);
}

/// Thousands of small events with one large context do not become as many copies of it.
#[test]
fn what_is_too_large_to_be_kept_with_each_is_said_to_be_missing() {
    let context = "x".repeat(3_000);
    let body = format!(
        r#"{{"batch":[{{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}}],
            "context":{{"page":"{context}"}}}}"#
    );
    let collected = collect(&call(Route::Batch, body.as_bytes()), &source).unwrap();
    let letter = &collected.entries[0];
    assert!(letter.family == Family::DeadLetter && letter.payload.len() < 1_000);
    let letter = DeadLetter::decode(&letter.payload).unwrap();
    let facts = source("wk").unwrap();
    let came = letter.came.unwrap();
    let refused = collect_again(&letter.raw, &came, &facts, NOON, None).unwrap_err();
    assert_eq!(refused.code, "context_not_kept");
}

#[test]
fn the_integrations_of_a_batch_are_those_of_each_event() {
    let body = br#"{"batch":[
        {"type":"track","event":"A","userId":"u1","messageId":"m1"},
        {"type":"track","event":"B","userId":"u1","messageId":"m2",
         "integrations":{"All":false},"context":{"integrations":{"Own":1}}}],
        "integrations":{"All":true,"Mixpanel":{"x":1}}}"#;
    let collected = collect(&call(Route::Batch, body), &source).unwrap();
    let told = collected.entries.into_iter().map(|entry| {
        let event = read(&stored(entry)).unwrap();
        event.context["integrations"].to_string()
    });
    let wanted = [
        r#"{"All":true,"Mixpanel":{"x":1}}"#,
        // What the event says itself counts before what its batch says.
        r#"{"Own":1,"All":false,"Mixpanel":{"x":1}}"#,
    ];
    let same = |(told, wanted): (String, &str)| {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&told), value(wanted));
    };
    told.zip(wanted).for_each(same);
}

#[test]
fn one_without_an_id_gets_the_one_it_is_given() {
    let facts = source("wk").unwrap();
    let came = Came::default();
    let id = |event: &str, named: Option<&str>, hours: i64| {
        let now = NOON + Span::hours(hours);
        let collected = collect_again(event, &came, &facts, now, named).unwrap();
        read(&stored(collected.entries[0].clone())).unwrap().message_id
    };
    let nameless = r#"{"type":"track","event":"Paid","userId":"u1"}"#;
    assert_eq!(id(nameless, Some("letter-1"), 0), "letter-1");
    assert_ne!(id(nameless, None, 0), id(nameless, None, 1));
    let own = r#"{"type":"track","event":"Paid","userId":"u1","messageId":"m1"}"#;
    assert_eq!(id(own, Some("letter-1"), 0), "m1");
}
