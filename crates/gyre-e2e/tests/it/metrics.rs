//! Metrics through the real binary. The fixtures are small, the expected numbers worked out by hand, and
//! chosen so that a fan-out join, a mean of ratios or a sum of rows gives another number.

use crate::server::{Options, Server};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

const KEY: &str = "metrics-key-0001";
const CARDS: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [metrics-key-0001]}
---
apiVersion: gyre/v1
kind: Feature
metadata: {name: orders}
spec: {event: Order Completed, aggregate: count}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: everybody}
spec: {rule: person.orders >= 0}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: buyers}
spec: {rule: person.orders > 0}
---
apiVersion: gyre/v1
kind: Content
metadata: {name: card}
spec: {channel: in_app, fields: {title: Hello}}
---
apiVersion: gyre/v1
kind: ContactPolicy
metadata: {name: open}
spec: {consent: {in_app: opt_out}, caps: []}
---
apiVersion: gyre/v1
kind: DecisionPolicy
metadata: {name: one}
spec: {method: uniform}
---
apiVersion: gyre/v1
kind: Campaign
metadata: {name: cards}
spec:
  audience: everybody
  policy: one
  contact_policy: open
  trigger: never
  placements: [home]
  variants: [{name: card, content: {in_app: card}}]
"#;

fn order(user: &str, order: &str, at: &str, more: Value) -> Value {
    let mut properties = json!({"order_id": order});
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"type": "track", "event": "Order Completed", "userId": user, "timestamp": at,
           "messageId": format!("{order}-{at}-{more}"), "properties": properties})
}

fn sold(revenue: f64, margin: f64) -> Value {
    json!({"revenue": revenue, "margin": margin})
}

fn after(event: &str, order: &str, at: &str, amount: Option<f64>) -> Value {
    let mut properties = json!({"order_id": order});
    if let Some(amount) = amount {
        properties["revenue"] = json!(amount);
    }
    json!({"type": "track", "event": event, "userId": "desk", "timestamp": at,
           "messageId": format!("{event}-{order}"), "properties": properties})
}

/// A shop with few orders, whose numbers can be worked out by hand.
///
/// October: ann three orders (one of them told twice, the later counts), cy one partly refunded, dan one
/// split in two on a day. Bob's was refunded whole, eve is a test, and an order of cy was cancelled.
pub(crate) async fn shop(environment: Vec<(String, String)>) -> Server {
    let mut options = Options::manual();
    options.environment = environment;
    shop_of(options).await
}

/// The same on a server of one's own.
pub(crate) async fn shop_of(options: Options) -> Server {
    let server = Server::start(options).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cards.yaml");
    std::fs::write(&file, CARDS).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
    let events = [
        json!({"type": "identify", "userId": "eve", "messageId": "i", "timestamp": "2025-09-01T10:00:00Z",
               "traits": {"is_test": true}}),
        order("ann", "o1", "2025-10-01T10:00:00Z", json!({"revenue": 100, "margin": 40})),
        order(
            "ann",
            "o1",
            "2025-10-01T10:00:00Z",
            json!({"revenue": 120, "margin": 50, "discount": 10}),
        ),
        order("ann", "o2", "2025-10-20T10:00:00Z", sold(50.0, 20.0)),
        order("ann", "o3", "2025-10-25T10:00:00Z", sold(20.0, 5.0)),
        order("ann", "o4", "2025-11-05T10:00:00Z", sold(40.0, 10.0)),
        order("bob", "o5", "2025-10-05T10:00:00Z", sold(30.0, 10.0)),
        after("Order Refunded", "o5", "2025-10-09T10:00:00Z", None),
        order("cy", "o6", "2025-10-06T10:00:00Z", sold(200.0, 80.0)),
        after("Order Refunded", "o6", "2025-11-20T10:00:00Z", Some(50.0)),
        order("cy", "o7", "2025-11-01T10:00:00Z", sold(70.0, 30.0)),
        after("Order Cancelled", "o7", "2025-11-02T10:00:00Z", None),
        order("dan", "o8", "2025-10-10T11:00:00Z", sold(10.0, 4.0)),
        order("dan", "o9", "2025-10-10T15:00:00Z", sold(10.0, 4.0)),
        order("eve", "o10", "2025-10-07T10:00:00Z", sold(1000.0, 500.0)),
        order("fay", "o11", "2025-08-01T10:00:00Z", json!({"revenue": 7, "currency": "EUR"})),
        order("fay", "o12", "2025-08-02T10:00:00Z", json!({"revenue": 8, "currency": "usd"})),
    ];
    // One call each: the order in which they come decides which version of an order is the later.
    for event in events {
        let (status, answer) = server.batch(KEY, &[event]).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    server.post("/v1/clock/advance", &json!({"to": "2026-01-20T00:00:00Z"})).await;
    server
}

const OCTOBER: &str = r#"{"range": {"type": "period", "period": "2025-10"}}"#;

pub(crate) async fn ask(server: &Server, question: Value) -> Value {
    server.post("/v1/metrics/query", &question).await
}

/// The values of metrics in October, with the question's further keys.
async fn october(server: &Server, metrics: &[&str], more: Value) -> Value {
    let time: Value = serde_json::from_str(OCTOBER).unwrap();
    let mut question = json!({"metrics": metrics, "time": time});
    for (key, value) in more.as_object().unwrap() {
        question[key] = value.clone();
    }
    ask(server, question).await
}

/// The one helper: a metric in October, as `value = numerator / denominator (n)`.
pub(crate) async fn check(server: &Server, metric: &str, expected: &str) {
    let answer = october(server, &[metric], json!({})).await;
    assert_eq!(told(&answer["total"][metric]["now"]), expected, "{metric}: {answer}");
}

fn told(value: &Value) -> String {
    let number = |key: &str| {
        value[key].as_f64().map_or("—".to_owned(), |number| {
            format!("{number:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
        })
    };
    format!(
        "{} = {} / {} ({})",
        number("value"),
        number("numerator"),
        number("denominator"),
        value["n"]
    )
}

#[tokio::test]
async fn orders_are_what_was_worked_out_by_hand() {
    let server = shop(Vec::new()).await;
    check(&server, "orders", "6 = 6 / — (6)").await;
    check(&server, "customers", "3 = 3 / — (6)").await;
    check(&server, "new_customers", "3 = 3 / — (3)").await;
    // 120 + 50 + 20 + (200 - 50) + 10 + 10.
    check(&server, "revenue", "360 = 360 / — (6)").await;
    check(&server, "gross_revenue", "410 = 410 / — (6)").await;
    // The mean of the customers' means would be 74.44, and a join of both sides by person 86.67.
    check(&server, "average_order_value", "60 = 360 / 6 (6)").await;
    // 50 + 20 + 5 + 80 × 150 / 200 + 4 + 4, and less the discount of 10.
    check(&server, "margin", "143 = 143 / — (6)").await;
    check(&server, "net_margin", "133 = 133 / — (6)").await;
    // Ann came back (twice, which counts once), cy's second was cancelled, dan's was of the same day.
    check(&server, "repeat_purchase_rate", "0.3333 = 1 / 3 (3)").await;
    // All orders so far: 133 and the 10 of November.
    check(&server, "cltv", "47.6667 = 143 / 3 (3)").await;
    // Only one of three came back, after 19 days: there is no median.
    check(&server, "time_to_second_purchase_p50", "— = 1 / 3 (3)").await;
    let answer = october(&server, &["time_to_second_purchase_p50"], json!({})).await;
    let note = &answer["total"]["time_to_second_purchase_p50"]["now"]["note"];
    assert_eq!(note, "not reached; 33.3 % after 30 days");

    // Ages: 30 days each. Everybody could have reached the ages 0 to 2, nobody the age 3.
    let cohort = json!({"cohort": {"age_unit": "month", "max_age": 5}});
    let ages = |answer: &Value, metric: &str| -> Vec<String> {
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.map(|row| format!("{}: {}", row["age"], told(&row["metrics"][metric]["now"])))
            .collect()
    };
    let answer = october(&server, &["retention_rate"], cohort.clone()).await;
    assert_eq!(
        ages(&answer, "retention_rate"),
        ["0: 1 = 3 / 3 (3)", "1: 0.3333 = 1 / 3 (3)", "2: 0 = 0 / 3 (3)"]
    );
    let answer = october(&server, &["cohort_ltv"], cohort).await;
    assert_eq!(
        ages(&answer, "cohort_ltv"),
        ["0: 44.3333 = 133 / 3 (3)", "1: 47.6667 = 143 / 3 (3)", "2: 47.6667 = 143 / 3 (3)"]
    );

    // Tests count where somebody asks for all.
    let all = october(&server, &["orders"], json!({"population": "all"})).await;
    assert_eq!(all["total"]["orders"]["now"]["value"], 7.0);

    // Amounts of two currencies are no amount, until they are apart.
    let august = json!({"range": {"type": "period", "period": "2025-08"}});
    let mixed = json!({"metrics": ["revenue"], "time": august, "dimensions": ["currency"]});
    let answer = ask(&server, mixed).await;
    assert_eq!(answer["total"]["revenue"]["now"]["state"], "mixed_currencies");
    assert_eq!(answer["total"]["revenue"]["now"]["value"], Value::Null);
    let apart: Vec<_> = answer["rows"].as_array().unwrap().iter().collect();
    assert_eq!(apart[0]["dimensions"], json!(["EUR"]));
    assert_eq!(apart[0]["metrics"]["revenue"]["now"]["value"], 7.0);
    assert_eq!(apart[1]["metrics"]["revenue"]["now"]["value"], 8.0);
}

#[tokio::test]
async fn time_periods_and_comparisons() {
    let server = shop(Vec::new()).await;
    let time = json!({"range": {"type": "period", "period": "2025-Q4"}, "grain": "month",
                      "compare": ["previous_period", "previous_year"]});
    let answer = ask(&server, json!({"metrics": ["orders", "customers"], "time": time})).await;
    let rows: Vec<_> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["time"].clone(),
                row["metrics"]["orders"]["now"]["value"].clone(),
                row["metrics"]["customers"]["now"]["value"].clone(),
                row["metrics"]["orders"]["compared"]["previous_period"]["value"].clone(),
            )
        })
        .collect();
    // December has no orders and is a row all the same; the third quarter had two, in August.
    assert_eq!(
        json!(rows),
        json!([
            ["2025-10-01", 6.0, 3.0, 0.0],
            ["2025-11-01", 1.0, 1.0, 2.0],
            ["2025-12-01", 0.0, null, 0.0]
        ])
    );
    // Ann is in two rows and counts once in the whole: it is asked on its own.
    assert_eq!(answer["total"]["customers"]["now"]["value"], 3.0);
    let compared = &answer["total"]["orders"]["compared"];
    assert_eq!(compared["previous_period"]["value"], 2.0);
    assert_eq!(compared["previous_period"]["change"], 5.0);
    assert_eq!(compared["previous_period"]["relative_change"], 2.5);
    assert_eq!(compared["previous_year"]["value"], 0.0);
    assert_eq!(compared["previous_year"]["relative_change"], Value::Null);
    assert_eq!(answer["period"]["from"], "2025-10-01");
    assert_eq!(answer["period"]["to"], "2026-01-01");
    assert_eq!(answer["watermark"], "2026-01-20T00:00:00Z");
    assert_eq!(answer["metrics"][0]["version"], 1);

    // Half past midnight in Berlin is the day before in UTC.
    let late = order("gus", "o20", "2025-12-09T23:30:00Z", sold(1.0, 1.0));
    server.batch(KEY, &[late]).await.unwrap();
    for (zone, day) in [("UTC", "2025-12-09"), ("Europe/Berlin", "2025-12-10")] {
        let range = json!({"type": "between", "from": "2025-12-08", "to": "2025-12-12"});
        let time = json!({"range": range, "grain": "day", "zone": zone});
        let answer = ask(&server, json!({"metrics": ["orders"], "time": time})).await;
        let found: Vec<_> = answer["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["metrics"]["orders"]["now"]["value"] == 1.0)
            .map(|row| row["time"].as_str().unwrap())
            .collect();
        assert_eq!(found, [day], "{zone}");
    }
    // Whose 90 days are not over is left out, and said.
    let time = json!({"range": {"type": "period", "period": "2025-12"}});
    let answer = ask(&server, json!({"metrics": ["repeat_purchase_rate"], "time": time})).await;
    let value = &answer["total"]["repeat_purchase_rate"]["now"];
    assert_eq!((&value["state"], &value["immature"]), (&json!("immature"), &json!(1)));
    assert_eq!(value["mature_at"], "2026-03-09T23:30:00Z");
    assert_eq!(value["value"], Value::Null);
}

/// Contacts of the twentieth: ann twice, bob, cy and dan once each.
pub(crate) async fn contacted(server: &Server) {
    let mut tokens = Vec::new();
    for (step, user) in ["ann", "bob", "cy", "dan", "ann"].into_iter().enumerate() {
        let now = format!("2026-01-20T0{}:00:00Z", step + 1);
        server.post("/v1/clock/advance", &json!({"to": now})).await;
        let answer =
            server.post("/v1/decide", &json!({"user_id": user, "placement": "home"})).await;
        tokens.push(answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned());
    }
    let click = |message: &str, place: usize, user: &str, at: &str, context: Value| {
        json!({"type": "track", "event": "Message Clicked", "userId": user, "messageId": message,
               "timestamp": at, "context": context, "properties": {"gyre_token": tokens[place]}})
    };
    server.post("/v1/clock/advance", &json!({"to": "2026-02-10T00:00:00Z"})).await;
    let browser = json!({"userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"});
    let events = [
        // Twice the same message: one clicked message.
        click("c1", 0, "ann", "2026-01-20T12:00:00Z", browser.clone()),
        click("c2", 0, "ann", "2026-01-20T13:00:00Z", browser.clone()),
        // After the week.
        click("c3", 1, "bob", "2026-01-30T12:00:00Z", browser.clone()),
        // A machine, by what it calls itself.
        click("c4", 2, "cy", "2026-01-20T14:00:00Z", json!({"userAgent": "Mozilla/5.0"})),
        // Two orders of one person within the week.
        order("ann", "p1", "2026-01-21T10:00:00Z", sold(30.0, 10.0)),
        order("ann", "p2", "2026-01-22T10:00:00Z", sold(20.0, 5.0)),
    ];
    server.batch(KEY, &events).await.unwrap();
}

pub(crate) const JANUARY: &str = r#"{"range": {"type": "period", "period": "2026-01"}}"#;

async fn january(server: &Server, metric: &str, more: Value) -> Value {
    let time: Value = serde_json::from_str(JANUARY).unwrap();
    let mut question = json!({"metrics": [metric], "time": time});
    for (key, value) in more.as_object().unwrap() {
        question[key] = value.clone();
    }
    ask(server, question).await
}

#[tokio::test]
async fn messages_are_what_was_worked_out_by_hand() {
    let server = shop(Vec::new()).await;
    contacted(&server).await;
    for (metric, expected) in [
        ("deliveries", "5 = 5 / — (5)"),
        ("reach", "4 = 4 / — (5)"),
        ("messages_per_person", "1.25 = 5 / 4 (5)"),
        ("clicked_messages", "2 = 2 / — (2)"),
        // One of five messages; bob's click came too late, and cy's was a machine's.
        ("ctr", "0.2 = 1 / 5 (5)"),
        ("engagement_rate", "0.25 = 1 / 4 (4)"),
        // Two orders of one person are one conversion; a plain join has 2 of 5.
        ("conversion_rate", "0.25 = 1 / 4 (4)"),
        ("orders", "2 = 2 / — (2)"),
    ] {
        let answer = january(&server, metric, json!({})).await;
        assert_eq!(told(&answer["total"][metric]["now"]), expected, "{metric}: {answer}");
    }
    // The unsubscribe's thirty days are not over.
    let answer = january(&server, "unsubscribe_rate", json!({})).await;
    assert_eq!(answer["total"]["unsubscribe_rate"]["now"]["state"], "immature");
    assert_eq!(answer["total"]["unsubscribe_rate"]["now"]["immature"], 5);
    let all = january(&server, "ctr", json!({"population": "all"})).await;
    assert_eq!(told(&all["total"]["ctr"]["now"]), "0.4 = 2 / 5 (5)");
    // Wilson's interval of 1 in 5, from the formula.
    let low =
        january(&server, "ctr", json!({})).await["total"]["ctr"]["now"]["low"].as_f64().unwrap();
    assert!((low - 0.036_224_1).abs() < 1e-6, "{low}");

    // What no click precedes is a row of its own, and the rows are the whole.
    let answer = january(&server, "attributed_revenue", json!({"dimensions": ["campaign"]})).await;
    assert_eq!(answer["rows"][0]["dimensions"], json!(["cards"]));
    assert_eq!(answer["rows"][0]["metrics"]["attributed_revenue"]["now"]["value"], 50.0);
    assert_eq!(answer["metrics"][0]["evidence"], "attributed");
    // Somebody in two audiences counts in both rows, and once in the whole.
    let answer = january(&server, "reach", json!({"dimensions": ["audience"]})).await;
    let rows: Vec<_> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["dimensions"][0].clone(), row["metrics"]["reach"]["now"]["value"].clone()))
        .collect();
    assert_eq!(json!(rows), json!([["buyers", 4.0], ["everybody", 4.0]]));
    assert_eq!(answer["total"]["reach"]["now"]["value"], 4.0);
    let both = json!({"filters": [{"field": "audience", "values": ["buyers", "everybody"]}]});
    let answer = january(&server, "deliveries", both).await;
    assert_eq!(answer["total"]["deliveries"]["now"]["value"], 5.0);
    // Few people are not shown to whoever may not look at people.
    let made = server.post("/v1/tokens", &json!({"name": "board", "role": "viewer"})).await;
    let token = made["token"].as_str().unwrap_or_else(|| panic!("{made}"));
    let time: Value = serde_json::from_str(JANUARY).unwrap();
    let answer: Value = Client::new()
        .post(format!("{}/v1/metrics/query", server.url))
        .bearer_auth(token)
        .json(&json!({"metrics": ["reach"], "time": time}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["total"]["reach"]["now"]["state"], "hidden", "{answer}");
    assert_eq!(answer["total"]["reach"]["now"]["value"], Value::Null);
    assert_eq!(answer["total"]["reach"]["now"]["n"], 0);
}

/// What must be noticed: rows multiplied by a join, the mean of ratios, machines among people.
#[tokio::test]
async fn without_its_rules_the_numbers_are_others() {
    for (mutant, metric, period, right) in [
        ("metrics.fan_out", "conversion_rate", "2026-01", 0.25),
        ("metrics.fan_out", "average_order_value", "2025-10", 60.0),
        ("metrics.ratio", "average_order_value", "2025-10", 60.0),
        ("metrics.human", "ctr", "2026-01", 0.2),
    ] {
        let server = shop(vec![("GYRE_MUTANT".to_owned(), mutant.to_owned())]).await;
        contacted(&server).await;
        let time = json!({"range": {"type": "period", "period": period}});
        let answer = ask(&server, json!({"metrics": [metric], "time": time})).await;
        let value = &answer["total"][metric]["now"]["value"];
        assert!(value.is_number() && *value != right, "{mutant} was not noticed: {answer}");
    }
}
