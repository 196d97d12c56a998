//! Rows of a file become entries.

use super::stored;
use crate::import::{Importer, Row, RowReject, Scope};
use crate::read;
use expect_test::{Expect, expect};
use gyre_config::kinds::Mapping;
use gyre_model::record::body::{Body, DeadLetter};
use gyre_model::{Entry, Family, NodeId, NodeKind, RecordId, Workspace};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A mail experiment as it is often published: one row per person, no ids, values as text.
fn mail_test() -> Value {
    json!({
        "source": "history",
        "format": "csv",
        "required": ["segment", "spend"],
        "reject": [{"code": "negative_recency", "when": [{"column": "recency", "less_than": 0}]}],
        "row_id": {"template": "{line}"},
        "person": {"user_id": {"template": "mail-test-{line}"}},
        "at": {"value": "2008-03-20"},
        "traits": {
            "zip": {"column": "zip_code"},
            "newbie": {"column": "newbie", "type": "boolean"},
            "history": {"column": "history", "type": "number"}
        },
        "records": [
            {"enrollment": {
                "campaign": {"value": "mail-test"},
                "arm": {"column": "segment", "map": {"Mens E-Mail": "mens", "No E-Mail": "none"}},
                "segments": {"channel": {"column": "channel"}}
            }},
            {"response": {
                "when": [{"column": "visit", "equals": true}],
                "at": {"value": "2008-03-21 08:00:00", "time_format": "date_time"},
                "kind": {"value": "visit"},
                "campaign": {"value": "mail-test"}
            }},
            {"response": {
                "when": [{"column": "spend", "greater_than": 0}],
                "kind": {"value": "spend"},
                "value": {"column": "spend"}
            }},
            {"event": {
                "when": [{"column": "spend", "greater_than": 0}],
                "name": {"value": "Order Completed"},
                "properties": {"total": {"column": "spend", "type": "number"}, "note": {"column": "none"}}
            }},
            {"offline": {
                "when": [{"column": "channel", "in": ["Phone", "Multichannel"]}],
                "kind": {"value": "call"},
                "properties": {"channel": {"column": "channel"}}
            }},
            {"content": {
                "when": [{"column": "segment", "not_equals": "No E-Mail"}],
                "name": {"template": "mail {segment}"},
                "metadata": {"format": {"value": "600x300"}}
            }}
        ]
    })
}

fn row(changes: &Value) -> Map<String, Value> {
    let mut row = json!({
        "recency": "10", "history": "142.44", "zip_code": "Surburban", "newbie": "0",
        "channel": "Phone", "segment": "Mens E-Mail", "visit": "1", "conversion": "0", "spend": "29.99"
    });
    let columns = row.as_object_mut().unwrap();
    columns.extend(changes.as_object().unwrap().clone());
    columns.retain(|_, value| *value != json!("gone"));
    row.as_object().unwrap().clone()
}

fn import(
    mapping: &Value,
    line: u64,
    values: &Map<String, Value>,
) -> (Result<Vec<Entry>, RowReject>, Option<DeadLetter>) {
    let mapping: Mapping = serde_json::from_value(mapping.clone()).unwrap();
    let workspace = Workspace::default();
    let importer = Importer { workspace: &workspace, name: "mail-test", mapping: &mapping };
    let row = Row { line, values, raw: "a,b", scope: Scope::default() };
    let entries = importer.entries(&row);
    let letter = entries.as_ref().err().map(|reject| {
        let entry = importer.letter(&row, reject);
        assert_eq!(entry, importer.letter(&row, reject));
        DeadLetter::decode(&entry.payload).unwrap()
    });
    (entries, letter)
}

fn check(mapping: &Value, changes: &Value, expect: &Expect) {
    let shown = match import(mapping, 3, &row(changes)) {
        (Ok(entries), _) => entries.iter().fold(String::new(), |shown, entry| {
            let body = String::from_utf8_lossy(&entry.payload);
            format!("{shown}{:?} {body}\n", entry.family)
        }),
        (Err(reject), letter) => {
            let letter = letter.unwrap();
            assert_eq!(
                (letter.code.as_str(), letter.message.as_str()),
                (&*reject.code, &*reject.message)
            );
            let hint = letter.hint.map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            format!("{} {} line {}{hint}\n", letter.origin, reject, letter.place.unwrap())
        }
    };
    expect.assert_eq(&shown);
}

#[test]
fn a_row_gives_its_records_in_order() {
    check(
        &mail_test(),
        &json!({}),
        &expect![[r#"
        Event {"v":1,"source":"history","message_id":"import-8918ec87b5f475bf3149b578ae5e2d76","event":{"timestamp":"2008-03-20T00:00:00Z","traits":{"history":142.44,"newbie":false,"zip":"Surburban"},"type":"identify","userId":"mail-test-3"}}
        Enrollment {"v":1,"scope":"campaign","name":"mail-test","node":"0181a7ec3bfcb0376f2fab8a42cf111f","person":"0181a7ec3bfcb0376f2fab8a42cf111f","entered":true,"arm":"mens","reason":"imported","at":"2008-03-20T00:00:00Z","segments":{"channel":"Phone"}}
        Response {"v":1,"kind":"visit","node":"0181a7ec3bfcb0376f2fab8a42cf111f","person":"0181a7ec3bfcb0376f2fab8a42cf111f","campaign":"mail-test","occurred_at":"2008-03-21T08:00:00Z","message_id":"import-6af9159019907ee48110bf378f196cba"}
        Response {"v":1,"kind":"spend","node":"0181a7ec3bfcb0376f2fab8a42cf111f","person":"0181a7ec3bfcb0376f2fab8a42cf111f","value":29.99,"occurred_at":"2008-03-20T00:00:00Z","message_id":"import-54e07267da339922b3c763118c581cab"}
        Event {"v":1,"source":"history","message_id":"import-911a400d0c6b759026843f77496d52a8","event":{"event":"Order Completed","properties":{"total":29.99},"timestamp":"2008-03-20T00:00:00Z","type":"track","userId":"mail-test-3"}}
        Offline {"v":1,"kind":"call","node":"0181a7ec3bfcb0376f2fab8a42cf111f","person":"0181a7ec3bfcb0376f2fab8a42cf111f","occurred_at":"2008-03-20T00:00:00Z","properties":{"channel":"Phone"}}
        Content {"v":1,"name":"mail Mens E-Mail","metadata":{"format":"600x300"},"at":"2008-03-20T00:00:00Z"}
    "#]],
    );
}

#[test]
fn what_does_not_hold_or_is_not_there_is_left_out() {
    check(
        &mail_test(),
        &json!({"visit": "0", "spend": "0", "channel": "Web", "zip_code": "", "segment": "No E-Mail"}),
        &expect![[r#"
            Event {"v":1,"source":"history","message_id":"import-8918ec87b5f475bf3149b578ae5e2d76","event":{"timestamp":"2008-03-20T00:00:00Z","traits":{"history":142.44,"newbie":false},"type":"identify","userId":"mail-test-3"}}
            Enrollment {"v":1,"scope":"campaign","name":"mail-test","node":"0181a7ec3bfcb0376f2fab8a42cf111f","person":"0181a7ec3bfcb0376f2fab8a42cf111f","entered":true,"arm":"none","reason":"imported","at":"2008-03-20T00:00:00Z","segments":{"channel":"Web"}}
        "#]],
    );
}

#[test]
fn the_first_thing_wrong_rejects_the_row() {
    let mapping = mail_test();
    check(
        &mapping,
        &json!({"segment": "gone"}),
        &expect![[r#"
        import:mail-test missing_column: there is no column `segment` line 3 (hint: check the header, or take the column out of `required`)
    "#]],
    );
    check(
        &mapping,
        &json!({"spend": ""}),
        &expect![[r#"
        import:mail-test missing_value: the column `spend` has no value line 3 (hint: fill it in, or take the column out of `required`)
    "#]],
    );
    check(
        &mapping,
        &json!({"recency": "-3"}),
        &expect![[r#"
        import:mail-test negative_recency: the mapping rejects rows with "-3" in `recency` line 3
    "#]],
    );
    check(
        &mapping,
        &json!({"segment": "Kids E-Mail"}),
        &expect![[r#"
        import:mail-test unmapped_value: the column `segment` has "Kids E-Mail", which is not in the map line 3 (hint: add it to `map`, or say what others become with `otherwise`)
    "#]],
    );
    check(
        &mapping,
        &json!({"newbie": "maybe"}),
        &expect![[r#"
        import:mail-test not_a_boolean: the column `newbie` has "maybe", which is not true, false, 1 or 0 line 3
    "#]],
    );
    check(
        &mapping,
        &json!({"history": "1,2"}),
        &expect![[r#"
        import:mail-test not_a_number: the column `history` has "1,2", which is not a number line 3
    "#]],
    );
    check(
        &mapping,
        &json!({"spend": "much", "history": "NaN"}),
        &expect![[r#"
        import:mail-test not_a_number: the column `history` has "NaN", which is not a number line 3
    "#]],
    );
    let with = |key: &str, value: Value| {
        let mut mapping = mail_test();
        mapping[key] = value;
        mapping
    };
    check(
        &with("at", json!({"column": "zip_code"})),
        &json!({}),
        &expect![[r#"
        import:mail-test not_a_time: the column `zip_code` has "Surburban", which is not a time such as 2026-03-01T09:00:00Z line 3 (hint: set `time_format`)
    "#]],
    );
    check(
        &with("at", json!({"column": "none"})),
        &json!({}),
        &expect![[r#"
        import:mail-test missing_value: the column `none` has no value line 3
    "#]],
    );
    check(
        &with("at", json!({"column": "zip_code", "value": 1})),
        &json!({}),
        &expect![[r#"
        import:mail-test malformed_mapping: needs exactly one of `column`, `value` and `template` line 3
    "#]],
    );
    check(
        &with("person", json!({"user_id": {"column": "zip_code"}})),
        &json!({"zip_code": "NULL"}),
        &expect![[r#"
            import:mail-test no_person: the row names nobody line 3 (hint: placeholders such as null or 0 do not count, nor does an address without @)
        "#]],
    );
    check(
        &with(
            "reject",
            json!([{"code": "test_address", "when": [{"column": "mail", "equals": "x@y.z"}]}]),
        ),
        &json!({"mail": "x@y.z"}),
        &expect![[r#"
            import:mail-test test_address: the mapping rejects rows with "x@y.z" in `mail` line 3
        "#]],
    );
    let mut personal = with("person", json!({"email": {"column": "mail"}}));
    personal["reject"] =
        json!([{"code": "test_address", "when": [{"column": "mail", "equals": "x@y.z"}]}]);
    check(
        &personal,
        &json!({"mail": "x@y.z"}),
        &expect![[r#"
        import:mail-test test_address: the mapping rejects rows with this value in `mail` line 3
    "#]],
    );
}

#[test]
fn times_are_read_as_the_mapping_says() {
    let at = |value: Value, format: Option<&str>| {
        let mut mapping = mail_test();
        mapping["at"] = json!({"column": "when"});
        if let Some(format) = format {
            mapping["at"]["time_format"] = json!(format);
        }
        let (entries, _) = import(&mapping, 1, &row(&json!({"when": value})));
        entries.map_or_else(
            |reject| reject.code,
            |entries| read(&stored(entries[0].clone())).unwrap().occurred_at.to_string(),
        )
    };
    let march = "2024-03-01T09:00:00Z";
    assert_eq!(at(json!("2024-03-01T10:00:00+01:00"), None), march);
    assert_eq!(at(json!("2024-03-01"), Some("rfc3339")), "2024-03-01T00:00:00Z");
    assert_eq!(at(json!("2024-03-01 09:00:00"), Some("date_time")), march);
    assert_eq!(at(json!(1_709_283_600), Some("unix_seconds")), march);
    assert_eq!(at(json!("1709283600000"), Some("unix_millis")), march);
    assert_eq!(at(json!("2024-03-01 09:00:00"), None), "not_a_time");
    assert_eq!(at(json!("1e300"), Some("unix_millis")), "not_a_time");
    assert_eq!(at(json!(""), None), "missing_value");
}

#[test]
fn conditions_hold_as_documented() {
    let holds = |value: Value, test: Value| {
        let mut condition = test;
        condition["column"] = json!("c");
        let mut mapping = mail_test();
        mapping["reject"] = json!([{"code": "held", "when": [condition]}]);
        import(&mapping, 1, &row(&json!({"c": value}))).0.is_err_and(|reject| reject.code == "held")
    };
    assert!(holds(json!("1.0"), json!({"equals": 1})));
    assert!(!holds(json!("one"), json!({"equals": 1})));
    assert!(!holds(json!("1.0"), json!({"equals": "1"})));
    assert!(holds(json!(1.0), json!({"equals": "1"})));
    assert!(holds(json!("TRUE"), json!({"equals": true})));
    assert!(holds(json!(0), json!({"equals": false})));
    assert!(holds(json!("a"), json!({"not_equals": "b"})));
    assert!(holds(json!("a"), json!({"in": ["a", "b"]})));
    assert!(holds(json!("c"), json!({"not_in": ["a", "b"]})));
    assert!(holds(json!("2"), json!({"greater_than": 1.5})));
    assert!(
        !holds(json!("x"), json!({"greater_than": 1.5}))
            && !holds(json!("x"), json!({"less_than": 1.5}))
    );
    for nothing in [json!(null), json!(""), json!("gone")] {
        assert!(holds(nothing.clone(), json!({"is_null": true})));
        assert!(holds(nothing.clone(), json!({"not_equals": "a"})));
        assert!(holds(nothing.clone(), json!({"not_in": ["a"]})));
        assert!(!holds(nothing.clone(), json!({"is_null": false})));
        assert!(!holds(nothing, json!({"equals": ""})));
    }
}

#[test]
fn nested_values_have_dotted_names() {
    let mut mapping = mail_test();
    mapping["format"] = json!("jsonl");
    mapping["person"] = json!({"user_id": {"column": "user.id"}});
    let values = row(&json!({"user": {"id": 7}}));
    let entries = import(&mapping, 1, &values).0.unwrap();
    let event = read(&stored(entries[0].clone())).unwrap();
    assert_eq!(event.user_id.as_deref(), Some("7"));
}

#[test]
fn somebody_known_by_address_only_is_joined_with_it() {
    let mut mapping = mail_test();
    mapping["person"] = json!({"email": {"column": "mail"}});
    let entries = import(&mapping, 1, &row(&json!({"mail": "Ada@Example.org "}))).0.unwrap();
    let event = read(&stored(entries[0].clone())).unwrap();
    let email = NodeId::node("main", NodeKind::Email, "ada@example.org");
    assert_eq!(event.nodes("main"), [event.node, email]);
    assert!(entries[..4].iter().all(|entry| entry.key == event.node.key()));
}

#[test]
fn a_row_imported_again_gives_the_same() {
    let values = row(&json!({}));
    let (again, once) = (import(&mail_test(), 3, &values).0, import(&mail_test(), 3, &values).0);
    assert_eq!(again, once);
    let message = |line, mapping: &Value| {
        let entry = import(mapping, line, &values).0.unwrap().remove(0);
        read(&stored(entry)).unwrap().message
    };
    assert_ne!(message(3, &mail_test()), message(4, &mail_test()));
    // With an id of its own a row is the same row on another line.
    let mut by_id = mail_test();
    by_id["row_id"] = json!({"column": "history"});
    by_id["person"] = json!({"user_id": {"value": "u1"}});
    assert_eq!(message(3, &by_id), message(4, &by_id));
}

fn third_line<'a>(values: &'a Map<String, Value>, raw: &'a str) -> Row<'a> {
    Row { line: 3, values, raw, scope: Scope::default() }
}

#[test]
fn a_line_of_another_file_is_another_row() {
    let workspace = Workspace::default();
    let mut mapping: Mapping = serde_json::from_value(mail_test()).unwrap();
    mapping.row_id = None;
    let importer = Importer { workspace: &workspace, name: "mail_test", mapping: &mapping };
    let values = row(&json!({}));
    let message = |entries: Vec<Entry>| read(&stored(entries[0].clone())).unwrap().message;
    let imported = |raw: &str| message(importer.entries(&third_line(&values, raw)).unwrap());
    assert_eq!(imported("a,b"), imported("a,b"));
    assert_ne!(imported("a,b"), imported("a,c"));
    // Mended one way or another it is the row that the letter was of, and no other.
    let letter = |id: u8| RecordId([id; 16]);
    let again = |raw: &str, id| {
        message(importer.entries_again(&third_line(&values, raw), letter(id)).unwrap())
    };
    assert_eq!(again("a,b", 1), again("a,c", 1));
    assert_ne!(again("a,b", 1), again("a,b", 2));
}

fn any_cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "[0-9]{1,4}|Mens E-Mail|No E-Mail|2024-01-01|a@b.c".prop_map(Value::from),
        Just(json!({"id": [1]})),
    ]
}

proptest! {
    #[test]
    fn any_row_is_imported_or_refused_and_every_event_is_readable(
        cells in prop::collection::vec(any_cell(), 9),
        line in any::<u64>(),
        format in "csv|jsonl",
    ) {
        let columns = row(&json!({}));
        let values: Map<_, _> = columns.keys().cloned().zip(cells).collect();
        let mut mapping = mail_test();
        mapping["format"] = json!(format);
        mapping["required"] = json!([]);
        mapping["person"] = json!({
            "user_id": {"column": "history"}, "anonymous_id": {"column": "recency"}, "email": {"column": "zip_code"}
        });
        let (result, letter) = import(&mapping, line, &values);
        prop_assert_eq!(result.is_err(), letter.is_some());
        for entry in result.unwrap_or_default() {
            if entry.family == Family::Event {
                let event = read(&stored(entry.clone()));
                prop_assert_eq!(event.map(|event| event.node.key()), Ok(entry.key));
            }
        }
    }
}
