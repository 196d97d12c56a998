//! Stored events read in full.

use super::{NOON, batch, batch_of, stored};
use crate::{ids, read};
use expect_test::{Expect, expect};
use gyre_model::event::Event;
use gyre_model::{Entry, Family, NodeId, NodeKind, Workspace};

fn event_of(events: &str) -> Event {
    read(&stored(batch_of(events).entries.remove(0))).unwrap()
}

fn entry(payload: &str) -> Entry {
    Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key: 0,
        cause: None,
        payload: payload.as_bytes().to_vec(),
    }
}

/// `times` are the time fields of the event, `sent` the batch's.
fn check_time(times: &str, sent: Option<&str>, expect: &Expect) {
    let sent = sent.map(|sent| format!(r#","sentAt":"{sent}""#)).unwrap_or_default();
    let body = format!(r#"{{"batch":[{{"type":"page","userId":"u"{times}}}]{sent}}}"#);
    let event = read(&stored(batch(&body).unwrap().entries.remove(0))).unwrap();
    expect.assert_eq(&format!("{} skew {}s", event.occurred_at, event.skew / 1_000_000));
}

#[test]
fn time_is_corrected_for_the_clients_clock() {
    // Received at 12:00:00.
    let timestamp = r#","timestamp":"2026-03-01T10:00:00Z""#;
    check_time(
        timestamp,
        Some("2026-03-01T10:05:00Z"),
        &expect!["2026-03-01T11:55:00Z skew 6900s"],
    );
    check_time(timestamp, Some("2026-03-01T12:00:00Z"), &expect!["2026-03-01T10:00:00Z skew 0s"]);
    check_time(timestamp, None, &expect!["2026-03-01T10:00:00Z skew 0s"]);
    check_time("", Some("2026-03-01T10:05:00Z"), &expect!["2026-03-01T12:00:00Z skew 0s"]);
    check_time("", None, &expect!["2026-03-01T12:00:00Z skew 0s"]);
    // Rudder's name for it; `timestamp` goes before it.
    check_time(
        r#","originalTimestamp":"2026-03-01T09:00:00Z""#,
        None,
        &expect!["2026-03-01T09:00:00Z skew 0s"],
    );
    check_time(
        &format!(r#"{timestamp},"originalTimestamp":"2026-03-01T09:00:00Z""#),
        None,
        &expect!["2026-03-01T10:00:00Z skew 0s"],
    );
    // The event's own `sentAt` counts when the batch has none.
    check_time(
        &format!(r#"{timestamp},"sentAt":"2026-03-01T10:05:00Z""#),
        None,
        &expect!["2026-03-01T11:55:00Z skew 6900s"],
    );
    check_time(
        &format!(r#"{timestamp},"sentAt":"2026-03-01T10:01:00Z""#),
        Some("2026-03-01T10:05:00Z"),
        &expect!["2026-03-01T11:55:00Z skew 6900s"],
    );
}

#[test]
fn nothing_happens_after_it_was_received_or_before_1990() {
    check_time(
        r#","timestamp":"2030-01-01T00:00:00Z""#,
        None,
        &expect!["2026-03-01T12:00:00Z skew -121089600s"],
    );
    check_time(
        r#","timestamp":"2026-03-01T10:05:00Z""#,
        Some("2026-03-01T10:00:00Z"),
        &expect!["2026-03-01T12:00:00Z skew 6900s"],
    );
    check_time(
        r#","timestamp":"1970-01-01T00:00:10Z""#,
        None,
        &expect!["2026-03-01T12:00:00Z skew 1772366390s"],
    );
    // A clock that was never set, but set wrong evenly, is corrected like any other.
    check_time(
        r#","timestamp":"1970-01-01T00:00:10Z""#,
        Some("1970-01-01T00:01:10Z"),
        &expect!["2026-03-01T11:59:00Z skew 1772366330s"],
    );
}

#[test]
fn times_are_read_as_clients_write_them() {
    for time in [
        r#""2026-03-01T11:00:00.000Z""#,
        r#""2026-03-01T13:00:00+02:00""#,
        r#""2026-03-01T13:00:00.5+0200""#,
        r#""2026-03-01T11:00:00.123456""#,
        r#"" 2026-03-01 11:00:00""#,
        "1772362800000",
        "1772362800",
    ] {
        let event = event_of(&format!(r#"{{"type":"page","userId":"u","timestamp":{time}}}"#));
        assert_eq!(
            (NOON - event.occurred_at).0 / 1_000_000 / 60,
            60 - i64::from(time.contains(".5") || time.contains(".1")),
            "{time}"
        );
    }
    for time in [
        "\"yesterday\"",
        "\"\"",
        "true",
        "1e300",
        "-1e300",
        "null",
        "{}",
        "\"+99999-01-01T00:00:00Z\"",
    ] {
        let event = event_of(&format!(r#"{{"type":"page","userId":"u","timestamp":{time}}}"#));
        assert_eq!((event.occurred_at, event.skew), (NOON, 0), "{time}");
    }
}

#[test]
fn placeholders_identify_nobody() {
    for nobody in [
        "",
        " ",
        "0",
        "-1",
        "000",
        "-",
        "null",
        "NULL",
        "None",
        "undefined",
        "anonymous",
        "Guest",
        "\"null\"",
        "'0'",
        "NaN",
        "true",
        "false",
        "id",
        "email",
        "distinct_id",
        "distinctId",
        "not_authenticated",
        "[object Object]",
        "00000000-0000-0000-0000-000000000000",
        &"x".repeat(401),
    ] {
        assert_eq!(ids::usable(nobody), None, "{nobody}");
    }
    for somebody in ["u1", " 7 ", "01", "nullable", "id-1", "Ada Lovelace", &"é".repeat(400)] {
        assert_eq!(ids::usable(somebody), Some(somebody.trim()));
    }
}

#[test]
fn an_address_counts_where_it_is_the_persons_own() {
    let email = |event: &str| event_of(event).email.unwrap_or_default();
    let ada = "ada@example.org";
    assert_eq!(
        email(r#"{"type":"identify","userId":"u","traits":{"email":" Ada@Example.org "}}"#),
        ada
    );
    assert_eq!(
        email(r#"{"type":"page","userId":"u","context":{"traits":{"email":"ada@example.org"}}}"#),
        ada
    );
    assert_eq!(
        email(
            r#"{"type":"identify","userId":"u","traits":{"email":"no"},"context":{"traits":{"email":"ada@example.org"}}}"#
        ),
        ada
    );
    assert_eq!(
        email(
            r#"{"type":"track","event":"Invited","userId":"u","properties":{"email":"bob@example.org"}}"#
        ),
        ""
    );
    assert_eq!(
        email(r#"{"type":"group","userId":"u","traits":{"email":"office@example.org"}}"#),
        ""
    );
    for bad in ["", "@", "a@", "@b", "a@b@c", "a b@c", "null"] {
        assert_eq!(ids::email(bad), None, "{bad}");
    }
}

#[test]
fn a_self_alias_names_nobody_else() {
    let previous = |event: &str| event_of(event).previous_id;
    assert_eq!(previous(r#"{"type":"alias","userId":"u1","previousId":"u1"}"#), None);
    assert_eq!(
        previous(r#"{"type":"alias","userId":"u1","anonymousId":"a","previousId":" a"}"#),
        None
    );
    assert_eq!(previous(r#"{"type":"alias","userId":"u1","previousId":"null"}"#), None);
    assert_eq!(
        previous(r#"{"type":"alias","userId":"u2","previousId":"u1"}"#).as_deref(),
        Some("u1")
    );
    assert_eq!(previous(r#"{"type":"page","userId":"u2","previousId":"u1"}"#), None);
}

#[test]
fn context_is_merged_under_the_events_own() {
    let body = r#"{"context":{"app":{"name":"shop","v":1},"ip":"::1","os":"x"},"batch":[
        {"type":"page","userId":"u","context":{"app":{"v":2},"os":{"name":"y"}}}]}"#;
    let event = read(&stored(batch(body).unwrap().entries.remove(0))).unwrap();
    expect![[r#"{"app":{"name":"shop","v":2},"ip":"::1","os":{"name":"y"}}"#]]
        .assert_eq(&serde_json::to_string(&event.context).unwrap());
}

#[test]
fn an_event_is_read_whole() {
    let event = event_of(
        r#"{"type":"identify","userId":" u1","anonymousId":"a1","messageId":"m1","traits":{"plan":"pro","email":"A@B.c"},"properties":{"x":1}}"#,
    );
    assert_eq!(event.node, NodeId::node("main", NodeKind::User, "u1"));
    assert_eq!(event.nodes("main").len(), 3);
    expect![[r#"
        Event {
            message: MessageHash(e191bb4af0f1f270c2b4a87fa097ac9d),
            message_id: "m1",
            source: "web",
            gpc: false,
            kind: Identify,
            name: "",
            node: NodeId(01d5281e477e68e64f2a8410cf406204),
            user_id: Some(
                "u1",
            ),
            anonymous_id: Some(
                "a1",
            ),
            email: Some(
                "a@b.c",
            ),
            previous_id: None,
            occurred_at: 2026-03-01T12:00:00Z,
            received_at: 2026-03-01T12:00:00Z,
            skew: 0,
            properties: {},
            traits: {
                "email": String("A@B.c"),
                "plan": String("pro"),
            },
            context: {},
        }
    "#]]
    .assert_debug_eq(&event);
    let page = event_of(r#"{"type":"page","anonymousId":"a1","properties":{"name":"Home"}}"#);
    assert_eq!((page.name.as_str(), page.node.kind()), ("Home", NodeKind::Anonymous));
}

#[test]
fn what_is_no_event_says_why() {
    let check = |payload: &str, expect: Expect| {
        expect.assert_eq(&read(&stored(entry(payload))).unwrap_err().to_string());
    };
    let event =
        |event: &str| format!(r#"{{"v":1,"source":"web","message_id":"m","event":{event}}}"#);
    check("", expect!["erased: the record was erased"]);
    check("{", expect!["malformed_json: the record cannot be parsed"]);
    check(&event("[]"), expect!["malformed_json: the event cannot be parsed"]);
    check(
        &event(r#"{"type":"page","n":1e999}"#),
        expect!["malformed_json: the event cannot be parsed"],
    );
    check(
        &event(r#"{"userId":"u"}"#),
        expect!["type_not_known: the event is none of the six calls"],
    );
    check(
        &event(r#"{"type":"track","userId":"u"}"#),
        expect!["event_not_defined: the track event has no name"],
    );
    check(
        &event(r#"{"type":"page","userId":1}"#),
        expect!["no_user_anon_id: the event names nobody"],
    );
    let other = Entry { family: Family::Tick, ..entry("{}") };
    expect!["not_an_event: the record is of another family"]
        .assert_eq(&read(&stored(other)).unwrap_err().to_string());
}
