//! Tracking plans at work: what counts, what is kept out, and what is counted.

use super::{World, one_file};
use axum::http::StatusCode;
use serde_json::{Value, json};

const PLAN: &str = "\
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: shop}
spec:
  unplanned: warn
  events:
    Order:
      mode: quarantine
      properties:
        order_id: {type: text, required: true}
        mail: {type: number, pii: direct}
    Blocked: {mode: block, properties: {n: {required: true}}}
    Warned: {properties: {n: {type: number}}}
  cleaning:
    - {name: sizes, property: format, repair: [size]}
    - {name: again, events: [Order], duplicates: {keys: [order_id], within: 1d}}
";

fn track(name: &str, message: &str, properties: Value) -> Value {
    json!({"type": "track", "event": name, "userId": "ada", "messageId": message, "properties": properties})
}

fn messages(world: &World) -> Vec<String> {
    let mut ids: Vec<String> = world
        .lake
        .table("events")
        .iter()
        .map(|row| row["message_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn events_are_mended_kept_out_and_counted() {
    let world = World::with_source().await;
    let reply = world.post("/v1/apply", one_file(PLAN)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let events = json!([
        track("Order", "good", json!({"order_id": "A", "format": 600_300})),
        track("Order", "again", json!({"order_id": "A"})),
        track("Order", "bad", json!({"mail": "ada@example.com"})),
        track("Order", "kept_out", json!({"order_id": "Z", "mail": "ada@example.com"})),
        track("Order", "mended", json!({"order_id": "Z"})),
        track("Blocked", "blocked", json!({})),
        track("Warned", "warned", json!({"n": "seven"})),
        track("Other", "other", json!({})),
    ]);
    let reply = world.batch(events).await;
    assert_eq!(reply.json()["accepted"], 8, "{}", reply.text);
    world.engine.visible().await.unwrap();

    assert_eq!(messages(&world), ["good", "mended", "other", "warned"]);
    let row = world.lake.table("events").into_iter().find(|row| row["message_id"] == "good");
    assert!(row.unwrap()["properties"].to_string().contains("600×300"));

    let violations = world.lake.table("violations");
    let mut told: Vec<String> = violations
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {} {}",
                text("event"),
                text("property"),
                text("code"),
                text("mode"),
                text("sample")
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "Blocked n missing_property block -",
            "Order mail wrong_type quarantine -",
            "Order mail wrong_type quarantine -",
            "Order order_id missing_property quarantine -",
            "Other - unplanned_event warn -",
            "Warned n wrong_type warn seven",
        ]
    );

    let letters = world.lake.table("dead_letters");
    let told: Vec<_> = letters.iter().map(|one| (&one["code"], &one["origin"])).collect();
    let of = |code: &str| (json!(code), json!("source:shop"));
    let wanted = [of("plan_violation"), of("plan_violation"), of("plan_blocked")];
    assert_eq!(told, wanted.iter().map(|(code, origin)| (code, origin)).collect::<Vec<_>>());

    let counts = world.get("/v1/tracking-plans").await.json();
    let count = |event: &str, what: &str, rule: Option<&str>| {
        counts["counts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["event"] == event && one["what"] == what && one["rule"] == json!(rule))
            .map(|one| one["count"].as_u64().unwrap())
    };
    assert_eq!(count("Order", "checked", None), Some(5), "{counts}");
    assert_eq!(count("Order", "mended", Some("sizes")), Some(1), "{counts}");
    assert_eq!(count("Order", "dropped", Some("again")), Some(1), "{counts}");
    assert_eq!(count("Blocked", "violation", Some("missing_property")), Some(1), "{counts}");
}

#[tokio::test]
async fn samples_of_a_kind_grow_rare_and_nothing_happens_without_a_plan() {
    let world = World::with_source().await;
    let wrong = |from: u32, to: u32| -> Value {
        (from..to).map(|n| track("Warned", &format!("m{n}"), json!({"n": "x"}))).collect()
    };
    world.batch(wrong(0, 10)).await;
    world.engine.visible().await.unwrap();
    assert_eq!(world.lake.table("violations").len(), 0);
    world.post("/v1/apply", one_file(PLAN)).await;
    world.batch(wrong(10, 310)).await;
    world.engine.visible().await.unwrap();
    assert_eq!(world.lake.table("events").len(), 310);
    // The first hundred, then 128 and 256.
    assert_eq!(world.lake.table("violations").len(), 102);
}

const CALLS: &str = "\
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: calls}
spec:
  mode: quarantine
  identify: {properties: {email: {type: text, required: true, pii: direct}}}
  group: {mode: block, properties: {seats: {type: integer, required: true}}}
  pages: {Home: {properties: {url: {type: text, required: true}}}, '*': {}}
  cleaning:
    - {name: tiers, calls: [identify], property: tier, repair: [name]}
";

#[tokio::test]
async fn traits_and_pages_are_mended_kept_out_and_taken_again() {
    let world = World::with_source().await;
    let reply = world.post("/v1/apply", one_file(CALLS)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let call = |kind: &str, message: &str, rest: Value| {
        let mut one = json!({"type": kind, "userId": message, "messageId": message});
        one.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        one
    };
    let reply = world
        .batch(json!([
            call(
                "identify",
                "good",
                json!({"traits": {"email": "a@example.com", "tier": "Gold!"}})
            ),
            call("identify", "bad", json!({"traits": {"email": 7}})),
            call("group", "blocked", json!({"groupId": "g", "traits": {}})),
            call("page", "home", json!({"name": "Home", "properties": {"url": "/"}})),
            call("page", "nowhere", json!({"name": "Home"})),
            call("page", "other", json!({"name": "Imprint"})),
        ]))
        .await;
    assert_eq!(reply.json()["accepted"], 6, "{}", reply.text);
    world.engine.visible().await.unwrap();
    assert_eq!(messages(&world), ["good", "home", "other"]);
    let row = world.lake.table("events").into_iter().find(|row| row["message_id"] == "good");
    assert!(row.unwrap()["traits"].to_string().contains("gold\\\""));
    // What a call that is kept out says of consent is heard, of somebody who is known.
    let withdrawn = json!({"traits": {"email": 7}, "userId": "good",
        "context": {"consent": {"categoryPreferences": {"Advertising": false, "Analytics": false}}}});
    world.batch(json!([call("identify", "withdrawn", withdrawn)])).await;
    world.engine.visible().await.unwrap();
    assert_eq!(messages(&world).len(), 3);
    assert!(!world.lake.table("consents").is_empty(), "nobody heard it");
    // Who was kept out is nobody's identity.
    let joined = world.lake.table("identities");
    assert_eq!(joined.len(), 1, "{joined:?}");
    let counts = world.get("/v1/tracking-plans").await.json();
    let events: Vec<&str> = counts["counts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["event"].as_str())
        .collect();
    for wanted in ["identify", "group", "page Home", "page Imprint"] {
        assert!(events.contains(&wanted), "{wanted}: {counts}");
    }
    // Without the plan's demand the dead letters are taken again, as the calls that they were.
    world
        .post(
            "/v1/apply",
            one_file(
                &CALLS.replace("required: true", "required: false").replace("type: text, ", ""),
            ),
        )
        .await;
    let letters = world.lake.table("dead_letters");
    let codes: Vec<&Value> = letters.iter().map(|row| &row["code"]).collect();
    let (wrong, blocked) = ("plan_violation", "plan_blocked");
    assert_eq!(codes, [wrong, blocked, wrong, wrong]);
    let raw: Vec<Value> = letters
        .iter()
        .map(|row| serde_json::from_str(row["raw"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!((&raw[0]["type"], &raw[0]["traits"]["email"]), (&json!("identify"), &json!(7)));
    assert_eq!((&raw[1]["type"], &raw[1]["groupId"]), (&json!("group"), &json!("g")));
    assert_eq!((&raw[2]["type"], &raw[2]["name"]), (&json!("page"), &json!("Home")));
}

#[tokio::test]
async fn contacts_can_be_told_apart_and_nameless_track_events_cannot() {
    let world = World::with_source().await;
    let plan = |rule: &str| {
        format!(
            "apiVersion: gyre/v1\nkind: TrackingPlan\nmetadata: {{name: twice}}\nspec:\n  cleaning:\n    \
             - {{name: twice, {rule}, duplicates: {{keys: [crm_id], within: 1d}}}}\n"
        )
    };
    for refused in ["calls: [track]", "calls: [identify, track]", "events: []"] {
        let reply = world.post("/v1/apply", one_file(&plan(refused))).await;
        assert_ne!(reply.status, StatusCode::OK, "{refused}");
        assert!(reply.text.contains("say which events are told apart"), "{}", reply.text);
    }
    let reply = world.post("/v1/apply", one_file(&plan("calls: [identify]"))).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let contact = |message: &str, crm: &str| {
        json!({"type": "identify", "userId": "ada", "messageId": message,
            "traits": {"crm_id": crm}})
    };
    let contacts = json!([contact("a", "c1"), contact("b", "c1"), contact("c", "c2")]);
    world.batch(contacts).await;
    world.engine.visible().await.unwrap();
    assert_eq!(messages(&world), ["a", "c"]);
    let counts = world.get("/v1/tracking-plans").await.json();
    let dropped = counts["counts"].as_array().unwrap().iter().find(|one| one["what"] == "dropped");
    assert_eq!(dropped.map(|one| &one["count"]), Some(&json!(1)), "{counts}");
}
