//! Which identifiers an event names, in which form.

use crate::{Rules, phone};
use gyre_config::kinds::{IdOrigin, IdType, IdentityRules};
use gyre_model::event::{Event, EventKind};
use gyre_model::{MessageHash, NodeId, NodeKind, Timestamp};
use serde_json::{Value, json};

fn event(user: Option<&str>, anonymous: Option<&str>, traits: Value, context: Value) -> Event {
    let map = |value: Value| value.as_object().cloned().unwrap_or_default();
    let node = match (user, anonymous) {
        (Some(user), _) => NodeId::node("main", NodeKind::User, user),
        (None, anonymous) => NodeId::node("main", NodeKind::Anonymous, anonymous.unwrap_or("a")),
    };
    Event {
        message: MessageHash::of(&[b"m"]),
        message_id: "m".to_owned(),
        source: "web".to_owned(),
        kind: EventKind::Identify,
        name: String::new(),
        node,
        user_id: user.map(str::to_owned),
        anonymous_id: anonymous.map(str::to_owned),
        email: traits.get("email").and_then(Value::as_str).map(str::to_owned),
        previous_id: None,
        occurred_at: Timestamp(0),
        received_at: Timestamp(0),
        skew: 0,
        properties: map(json!({})),
        traits: map(traits),
        context: map(context),
        gpc: false,
    }
}

fn told(rules: &Rules, event: &Event) -> Vec<String> {
    let all = rules.identifiers("main", event);
    assert_eq!(all.iter().map(|one| one.node).collect::<Vec<_>>(), rules.nodes("main", event));
    all.iter().map(|one| format!("{} {}", rules.type_name(one.node), one.value)).collect()
}

#[test]
fn the_shipped_types_are_found_where_segment_has_them() {
    let traits = json!({"email": "ada@x.org", "phone": "+49 (0)151 234-567-89"});
    let context = json!({
        "device": {"id": "dev-1", "advertisingId": "adv-1", "adTrackingEnabled": true, "token": "t1"},
        "externalIds": [{"id": "ga-1", "type": "ga_client_id"}, {"id": "x", "type": "unknown"}],
    });
    let told = told(&Rules::default(), &event(Some("u1"), Some("a1"), traits, context));
    let expected = [
        "user_id u1",
        "email ada@x.org",
        "phone +4915123456789",
        "anonymous_id a1",
        "device_id dev-1",
        "advertising_id adv-1",
        "push_token t1",
        "ga_client_id ga-1",
    ];
    assert_eq!(told, expected);
}

#[test]
fn who_did_not_allow_it_has_no_id_for_advertising() {
    for allowed in [json!(false), json!(null)] {
        let device = json!({"advertisingId": "adv-1", "adTrackingEnabled": allowed});
        let event = event(Some("u1"), None, json!({}), json!({ "device": device }));
        assert_eq!(told(&Rules::default(), &event), ["user_id u1"]);
    }
}

#[test]
fn a_blocked_value_links_nothing() {
    let rules = IdentityRules {
        blocklist: vec!["test-.*".to_owned()],
        types: vec![IdType {
            name: "email".to_owned(),
            blocklist: vec![".*@example\\.com".to_owned()],
            ..IdType::default()
        }],
        ..IdentityRules::default()
    };
    let rules = Rules::compile(Some(&rules)).unwrap();
    let traits = json!({"email": "ada@example.com", "phone": "00000000"});
    let of = |user| event(Some(user), Some("a1"), traits.clone(), json!({}));
    assert_eq!(told(&rules, &of("u1")), ["user_id u1", "anonymous_id a1"]);
    // The event stays with its own node, and brings nobody anything.
    assert_eq!(told(&rules, &of("test-7")), ["user_id test-7"]);
    assert_eq!(told(&rules, &of("contest-7")).len(), 2);
}

#[test]
fn a_type_of_ones_own_is_found_where_it_says() {
    let own =
        |name: &str, from| IdType { name: name.to_owned(), from: Some(from), ..IdType::default() };
    let rules = Rules::compile(Some(&IdentityRules {
        types: vec![
            own("card", IdOrigin::Trait("loyalty_card".to_owned())),
            own("crm_id", IdOrigin::ExternalId("crm".to_owned())),
        ],
        ..IdentityRules::default()
    }))
    .unwrap();
    let context = json!({"externalIds": [{"id": "77", "type": "crm"}]});
    let event = event(Some("u1"), None, json!({"loyalty_card": "77"}), context);
    assert_eq!(told(&rules, &event), ["user_id u1", "card 77", "crm_id 77"]);
    let nodes = rules.nodes("main", &event);
    assert_ne!(nodes[1], nodes[2]);
    assert_ne!(nodes[1], NodeId::external("other", "card", "77"));
}

#[test]
fn phone_numbers_have_one_form() {
    let one = "+4915123456789";
    for written in
        ["+49 151 23456789", "0049-151-23456789", "+49 (0)151/23456789", "tel:+4915123456789"]
    {
        assert_eq!(phone(written, None).as_deref(), Some(one), "{written}");
    }
    assert_eq!(phone("0151 23456789", Some("49")).as_deref(), Some(one));
    assert_eq!(phone("(415) 555-2671", Some("1")).as_deref(), Some("+14155552671"));
    for none in
        ["0151 23456789", "+49 151 x", "12345", "+0151234567890", "+1234567890123456", "+490000000"]
    {
        assert_eq!(phone(none, None), None, "{none}");
    }
}
