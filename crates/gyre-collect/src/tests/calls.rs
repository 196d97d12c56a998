//! Calls of other systems: signatures, mappings, and the same call again.

use crate::repair::repaired;
use crate::webhook::{Refused, Webhook, headers, parse, verify, webhook};
use expect_test::{Expect, expect};
use gyre_config::kinds::{Mapping, Repair, Signature};
use gyre_model::{Timestamp, Workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn signature(value: Value) -> Signature {
    serde_json::from_value(value).unwrap()
}

fn verified(
    spec: Value,
    secret: &str,
    given: &[(&str, &str)],
    body: &[u8],
    now: i64,
) -> Result<Option<String>, Refused> {
    let given: BTreeMap<String, String> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let header = |name: &str| given.get(name).map(String::as_str);
    let now = Timestamp(now * 1_000_000);
    verify(&signature(spec), &[secret.to_owned()], &header, body, now)
}

/// The example of the Standard Webhooks specification.
#[test]
fn the_published_vector_of_standard_webhooks_is_right() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = br#"{"test": 2432232314}"#;
    let given = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let of = |given: &[(&str, &str)], body: &[u8], now| {
        verified(json!({"scheme": "standard"}), secret, given, body, now)
    };
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned();
    assert_eq!(of(&given, body, 1_614_265_330), Ok(Some(id)));
    assert!(of(&given, body, 1_614_265_330 + 299).is_ok());
    assert_eq!(of(&given, body, 1_614_265_330 + 301), Err(Refused::Stale));
    assert_eq!(of(&given, body, 1_614_265_330 - 301), Err(Refused::Stale));
    assert_eq!(of(&given, b"{}", 1_614_265_330), Err(Refused::Mismatch));
    assert_eq!(of(&given[..2], body, 1_614_265_330), Err(Refused::Unsigned));
}

#[test]
fn nothing_passes_without_a_secret() {
    let basic = json!({"scheme": "basic", "user": "gyre"});
    let header = [("authorization", "Basic Z3lyZTpzZXNhbWU=")];
    assert_eq!(verified(basic.clone(), "sesame", &header, b"", 0), Ok(None));
    assert_eq!(verified(basic.clone(), "another", &header, b"", 0), Err(Refused::Mismatch));
    assert_eq!(verified(basic, "", &header, b"", 0), Err(Refused::Unready));
    let bearer = [("authorization", "Bearer sesame")];
    assert_eq!(verified(json!({"scheme": "bearer"}), "sesame", &bearer, b"", 0), Ok(None));
    assert_eq!(
        verified(json!({"scheme": "bearer"}), "sesam", &bearer, b"", 0),
        Err(Refused::Mismatch)
    );
    let hmac = json!({"scheme": "hmac", "header": "X-Sign", "prefix": "sha256="});
    // printf body | openssl dgst -sha256 -hmac sesame
    for (given, wanted) in
        [("sha256=zz", Err(Refused::Unsigned)), ("sha256=00ff", Err(Refused::Mismatch))]
    {
        assert_eq!(verified(hmac.clone(), "sesame", &[("x-sign", given)], b"body", 0), wanted);
    }
}

fn orders() -> Mapping {
    serde_json::from_value(json!({
        "source": "shop",
        "format": "json",
        "when": [{"column": "headers.x-topic", "equals": "paid"}],
        "row_id": {"column": "id"},
        "person": {"user_id": {"column": "customer.id"}},
        "at": {"column": "at"},
        "records": [
            {"event": {"name": {"value": "Order Completed"}, "properties": {
                "first": {"column": "lines.0.sku"}, "total": {"column": "total", "repair": ["number"], "type": "number"}}}},
            {"event": {"each": "lines", "when": [{"column": "each.count", "greater_than": 0}],
                "name": {"value": "Bought"}, "properties": {"sku": {"column": "each.sku"}, "order": {"column": "id"}}}},
            {"offline": {"kind": {"value": "order"}}}
        ]
    }))
    .unwrap()
}

fn taken(body: &Value, topic: &str) -> crate::webhook::Taken {
    let mapping = orders();
    let workspace = Workspace::default();
    let headers = headers([("X-Topic", topic), ("Authorization", "Bearer x")].into_iter());
    webhook(&Webhook {
        workspace: &workspace,
        source: "shop",
        mappings: vec![("orders", &mapping)],
        headers: &headers,
        body,
        id: None,
        enabled: true,
    })
}

#[test]
fn lists_become_records_of_their_own_and_the_same_call_the_same_records() {
    let body = json!({"id": 7, "at": "2026-03-01T10:00:00Z", "total": "1.234,50 €", "customer": {"id": "ada"},
        "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 0}, {"sku": "c", "count": 1}]});
    let first = taken(&body, "paid");
    assert_eq!((first.accepted, first.records, first.rejected.len()), (1, 4, 0));
    let text = |index: usize| String::from_utf8(first.entries[index].payload.clone()).unwrap();
    assert!(text(0).contains(r#""first":"a""#) && text(0).contains("1234.5"), "{}", text(0));
    assert!(text(2).contains(r#""sku":"c""#), "{}", text(2));
    // A fact carries the id by which it is known.
    assert!(text(3).contains("message_id"), "{}", text(3));
    let ids: std::collections::BTreeSet<String> = (0..4)
        .map(|index| {
            let body: Value = serde_json::from_slice(&first.entries[index].payload).unwrap();
            body["message_id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert_eq!(taken(&body, "paid"), first);
    assert_eq!(taken(&body, "edited").ignored, 1);
}

#[test]
fn a_row_that_cannot_be_used_is_kept_with_its_headers_and_without_secrets() {
    let body = json!({"id": 7, "at": "2026-03-01T10:00:00Z", "customer": null, "lines": []});
    let refused = taken(&body, "paid");
    assert_eq!(refused.rejected[0].code, "no_person");
    let letter = String::from_utf8(refused.entries[0].payload.clone()).unwrap();
    assert!(letter.contains("x-topic") && letter.contains("webhook:shop"), "{letter}");
    assert!(!letter.contains("Bearer"), "{letter}");
    assert_eq!(taken(&body, "paid"), refused, "the same letter");
}

#[test]
fn forms_and_json_are_told_apart() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let of = |kind: &str, body: &str| parse(kind, body.as_bytes()).map_err(|why| why.to_string());
    assert_eq!(of(form, "a=1&b=x+y&a=2"), Ok(json!({"a": ["1", "2"], "b": "x y"})));
    assert_eq!(of(form, "payload=%7B%22a%22%3A1%7D"), Ok(json!({"a": 1})));
    assert_eq!(of(form, r#"{"a": 1}"#), Ok(json!({"a": 1})));
    assert_eq!(of("", "[1]"), Ok(json!([1])));
    assert_eq!(
        of("text/plain", "{\"a\": secret"),
        Err("the body is not json: line 1, column 7".to_owned())
    );
}

fn mends(repair: Repair, values: &[Value], expected: &Expect) {
    let told: Vec<String> = values
        .iter()
        .map(|value| {
            format!("{value} -> {}", repaired(value, &[repair]).unwrap_or(json!("(as it is)")))
        })
        .collect();
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn values_are_mended_or_left() {
    mends(
        Repair::Size,
        &[
            json!(600_300),
            json!("600300"),
            json!("600 x 300px"),
            json!("72890"),
            json!("1200628"),
            json!("wide"),
            json!(12_345),
        ],
        &expect![[r#"
            600300 -> "600×300"
            "600300" -> "600×300"
            "600 x 300px" -> "600×300"
            "72890" -> "728×90"
            "1200628" -> "1200×628"
            "wide" -> "(as it is)"
            12345 -> "(as it is)""#]],
    );
    mends(
        Repair::DayFirst,
        &[
            json!("31.12.2026"),
            json!("2026-12-31"),
            json!("31 Dec 2026"),
            json!("31.12.2026 08:30"),
            json!("12/31/2026"),
            json!("31.12.26"),
        ],
        &expect![[r#"
            "31.12.2026" -> "2026-12-31"
            "2026-12-31" -> "(as it is)"
            "31 Dec 2026" -> "2026-12-31"
            "31.12.2026 08:30" -> "2026-12-31T08:30:00Z"
            "12/31/2026" -> "(as it is)"
            "31.12.26" -> "(as it is)""#]],
    );
    mends(
        Repair::Name,
        &[json!("  Gold Tier! "), json!("gold_tier"), json!("Käufer (VIP)"), json!("!!")],
        &expect![[r#"
            "  Gold Tier! " -> "gold_tier"
            "gold_tier" -> "(as it is)"
            "Käufer (VIP)" -> "kaeufer_vip"
            "!!" -> "(as it is)""#]],
    );
    mends(
        Repair::Number,
        &[
            json!("1,250.50"),
            json!("1.250,50 €"),
            json!("12 %"),
            json!("1,250"),
            json!("12,5"),
            json!("abc"),
            json!("1-2"),
        ],
        &expect![[r#"
            "1,250.50" -> 1250.5
            "1.250,50 €" -> 1250.5
            "12 %" -> 12
            "1,250" -> 1250
            "12,5" -> 12.5
            "abc" -> "(as it is)"
            "1-2" -> "(as it is)""#]],
    );
}
