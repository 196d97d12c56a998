//! Audiences over behaviour, lifecycles and people as rows, through the binary: what is lifted flips at
//! the exact instant, people who are joined count once, and whoever is erased is in none of the tables.

use crate::server::{Options, Server, text};
use serde_json::{Value, json};

const KEY: &str = "audiences-key-0001";
const SHOP: &str = "\
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [audiences-key-0001]}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: keen}
spec:
  rule: >-
    did('Product Viewed', times >= 2, within => interval '10 days')
    and not_since('Order Completed', interval '5 days')
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: buyers}
spec: {rule: did('Order Completed'), macro: true}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: at_checkout}
spec: {rule: \"did('Checkout Started', within => interval '2 hours')\", for: 30m}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: looked_then_bought}
spec: {rule: \"sequence('Product Viewed', 'Order Completed', within => interval '1 day')\"}
---
apiVersion: gyre/v1
kind: Lifecycle
metadata: {name: customer}
spec:
  stages:
    - {name: prospect, rule: \"not did('Order Completed')\"}
    - {name: active, rule: \"did('Order Completed', within => interval '20 days')\"}
    - {name: lapsed, rule: \"did('Order Completed') and not_since('Order Completed', interval '20 days')\", stay: 2d}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: lapsed}
spec: {rule: person.lifecycle_customer = 'lapsed'}
";

fn apply(server: &Server, yaml: &str) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    std::fs::write(&file, yaml).unwrap();
    server.gyre(&["apply", file.to_str().unwrap()])
}

fn track(n: u32, who: &Value, event: &str) -> Value {
    let mut call = json!({"type": "track", "event": event, "messageId": format!("m{n}")});
    for (key, value) in who.as_object().unwrap() {
        call[key] = value.clone();
    }
    call
}

async fn advance(server: &Server, to: &str) {
    server.post("/v1/clock/advance", &json!({"to": to})).await;
}

/// Ada looks twice without a name, says who she is, begins to pay and buys; Bob only looks.
async fn told(options: Options) -> Server {
    let server = Server::start(options).await;
    let applied = apply(&server, SHOP);
    assert!(applied.status.success(), "{}", text(&applied.stderr));
    let nobody = json!({"anonymousId": "a1"});
    let ada = json!({"userId": "ada"});
    let events = [
        track(1, &nobody, "Product Viewed"),
        track(2, &nobody, "Product Viewed"),
        track(3, &json!({"userId": "bob"}), "Product Viewed"),
    ];
    server.batch(KEY, &events).await.unwrap();
    advance(&server, "2026-01-01T01:00:00Z").await;
    let who = json!({"type": "identify", "userId": "ada", "anonymousId": "a1", "messageId": "m4"});
    server.batch(KEY, &[who, track(5, &ada, "Checkout Started")]).await.unwrap();
    advance(&server, "2026-01-01T02:00:00Z").await;
    server.batch(KEY, &[track(6, &ada, "Order Completed")]).await.unwrap();
    advance(&server, "2026-02-01T00:00:00Z").await;
    server
}

async fn strings(server: &Server, sql: &str) -> Vec<String> {
    let row = |row: Vec<Value>| {
        let cells = row.iter().map(|cell| match cell {
            Value::String(text) => text.clone(),
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        });
        cells.collect::<Vec<_>>().join(" ")
    };
    server.query(sql).await.into_iter().map(row).collect()
}

#[tokio::test]
async fn behaviour_flips_at_the_exact_instant_and_people_who_are_joined_count_once() {
    let mut server = told(Options::manual()).await;
    let memberships = "select audience, cast(entered_at as text) as since, cast(left_at as text) as until \
                       from memberships order by audience, entered_at";
    let wanted = [
        // Half an hour after it was entered, though the rule held for two hours.
        "at_checkout 2026-01-01T01:00:00Z 2026-01-01T01:30:00Z",
        "buyers 2026-01-01T02:00:00Z -",
        // Ada from the second look until she bought; ten days later the looks are too old.
        "keen 2026-01-01T00:00:00Z 2026-01-01T02:00:00Z",
        "keen 2026-01-06T02:00:00Z 2026-01-11T00:00:00Z",
        "lapsed 2026-01-21T02:00:00Z -",
        "looked_then_bought 2026-01-01T02:00:00Z -",
    ];
    assert_eq!(strings(&server, memberships).await, wanted);
    let flips = "select count(*) from enrollments e join events v on v.name = 'Order Completed' \
                 where e.scope = 'lifecycle' and e.arm = 'lapsed' and e.entered \
                 and e.effective_at = v.occurred_at + interval '20 days'";
    assert_eq!(server.count(flips).await, 1);
    let stages = "select l.stage, cast(l.entered_at as text) as since, cast(l.left_at as text) as until \
                  from lifecycle_stages l join persons p on p.person = l.person \
                  where json_text(p.stages, 'customer') = 'lapsed' order by l.entered_at";
    let wanted = [
        "prospect 2026-01-01T00:00:00Z 2026-01-01T02:00:00Z",
        "active 2026-01-01T02:00:00Z 2026-01-21T02:00:00Z",
        "lapsed 2026-01-21T02:00:00Z -",
    ];
    assert_eq!(strings(&server, stages).await, wanted);

    let persons = "select nodes, audiences, json_text(stages, 'customer'), restricted \
                   from persons order by nodes desc";
    let wanted =
        [r#"2 ["buyers","lapsed","looked_then_bought"] lapsed false"#, "1 [] prospect false"];
    assert_eq!(strings(&server, persons).await, wanted);
    // As of an instant: before she said who she was there were three, then two.
    let as_of = |at: &str| {
        format!(
            "select nodes, audiences, stages from persons_as_of \
             where valid_from <= timestamp '{at}' and (valid_to is null or valid_to > timestamp '{at}') \
             order by nodes desc, audiences"
        )
    };
    let before = ["1 keen customer=prospect", "1 - customer=prospect"];
    assert_eq!(strings(&server, &as_of("2026-01-01T00:30:00Z")).await, before);
    let after = ["2 buyers,looked_then_bought customer=active", "1 - customer=prospect"];
    assert_eq!(strings(&server, &as_of("2026-01-02T00:00:00Z")).await, after);
    let nodes = "select count(*), count(distinct node), count(distinct person) from person_nodes \
                 where valid_to is null";
    assert_eq!(server.query(nodes).await, [[json!(3), json!(3), json!(2)]]);

    server.kill();
    server.restart(Vec::new()).await;
    advance(&server, "2026-02-01T00:00:01Z").await;
    assert_eq!(strings(&server, persons).await, wanted);

    // A rule that is removed keeps nobody.
    let without = SHOP.split("---\n").filter(|one| !one.contains("{name: buyers}"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    std::fs::write(&file, without.collect::<Vec<_>>().join("---\n")).unwrap();
    server.said(&["apply", "--prune", file.to_str().unwrap()]);
    let left = "select count(*) from enrollments where name = 'buyers' and not entered \
                and reason = 'removed'";
    assert_eq!(server.count(left).await, 1);
    let inside = "select count(*) from memberships where audience = 'buyers' and left_at is null";
    assert_eq!(server.count(inside).await, 0);
}

#[tokio::test]
async fn an_audience_is_told_before_it_is_saved_and_day_by_day() {
    let server = told(Options::manual()).await;
    // Nobody kept what this needs: it is read from the lake.
    let told: Value = serde_json::from_str(&server.said(&[
        "audience",
        "preview",
        "did('Checkout Started') or did('Product Viewed', times = 1)",
        "--overlap",
        "buyers",
        "--overlap",
        "keen",
        "--sample",
        "5",
        "--json",
    ]))
    .unwrap();
    assert_eq!(
        (&told["people"], &told["size"], &told["share"]),
        (&json!(2), &json!(2), &json!(1.0))
    );
    assert_eq!(told["sample"].as_array().unwrap().len(), 2);
    assert_eq!(told["reachable"], json!({"email": 0, "in_app": 0}));
    assert_eq!(
        told["overlap"],
        json!([
            {"preview": true, "audiences": [], "people": 1},
            {"preview": true, "audiences": ["buyers"], "people": 1},
        ])
    );
    // What it was told to be is what it is.
    let saved = "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: new}\nspec: {rule: \"person.lifecycle_customer = 'prospect'\"}\n";
    let preview = server.said(&["audience", "preview", "person.lifecycle_customer = 'prospect'"]);
    assert!(preview.starts_with("1 of 2 people, 50"), "{preview}");
    assert!(apply(&server, saved).status.success());
    let inside = "select count(*) from memberships where audience = 'new' and left_at is null";
    assert_eq!(server.count(inside).await, 1);

    let history = server.get("/v1/audiences/keen/history").await;
    assert_eq!(
        history["days"],
        json!([
            {"day": "2026-01-01T00:00:00Z", "entered": 1, "left": 1, "size": 0},
            {"day": "2026-01-06T00:00:00Z", "entered": 1, "left": 0, "size": 1},
            {"day": "2026-01-11T00:00:00Z", "entered": 0, "left": 1, "size": 0},
        ])
    );
    let list = server.said(&["lifecycle", "list"]);
    assert!(list.contains("lapsed") && list.contains("prospect"), "{list}");
    let flows = server.get("/v1/lifecycles/customer/flows?by=month").await;
    let wanted = json!([
        {"period": "2026-01-01T00:00:00Z", "from": "active", "to": "lapsed", "times": 1},
        {"period": "2026-01-01T00:00:00Z", "from": "prospect", "to": "active", "times": 1},
    ]);
    let of_stages: Vec<&Value> = flows["flows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|flow| flow["from"].is_string() && flow["to"].is_string())
        .collect();
    assert_eq!(json!(of_stages), wanted);

    let refused = |rule: &str| {
        let output = server.gyre(&["audience", "preview", rule]);
        assert!(!output.status.success());
        text(&output.stderr)
    };
    assert!(refused("did('x', tims >= 3)").contains("`times` is compared with a number"));
    // A macro segment keeps its meaning.
    let other = SHOP.replace(
        "{rule: did('Order Completed'), macro: true}",
        "{rule: did('Signed Up'), macro: true}",
    );
    let output = apply(&server, &other);
    assert!(text(&output.stderr).contains("buyers_v2"), "{}", text(&output.stderr));
    // What a rule needs is shown before it is applied.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.yaml");
    std::fs::write(
        &file,
        saved.replace("person.lifecycle_customer = 'prospect'", "did('Signed Up')"),
    )
    .unwrap();
    let plan = server.said(&["plan", file.to_str().unwrap()]);
    assert!(plan.contains("lifted") && plan.contains(r#""event":"Signed Up""#), "{plan}");
}

/// Rows about Ada after she was erased, in every table of people.
async fn left_of_ada(options: Options) -> i64 {
    let server = told(options).await;
    let person = strings(&server, "select person from persons where nodes = 2").await;
    server.gyre(&["subject", "erase", "ada", "--no-wait"]);
    advance(&server, "2026-02-02T00:00:00Z").await;
    let mut left = 0;
    for table in ["persons", "memberships", "lifecycle_stages", "person_nodes", "persons_as_of"] {
        let rows = format!("select count(*) from {table} where person = '{}'", person[0]);
        left += server.count(&rows).await;
    }
    left
}

#[tokio::test]
async fn whoever_is_erased_is_in_no_table_of_people() {
    assert_eq!(left_of_ada(Options::manual()).await, 0);
    let mutant = Options::manual().environment("GYRE_MUTANT", "fold.no_erase");
    assert!(left_of_ada(mutant).await > 0);
}
