//! Reports and alerts through the real binary and a real mail server: each arrives once, with the numbers
//! that every other door gives, whatever dies in between.

use crate::faults::copy;
use crate::server::{Options, Server};
use crate::smtp::Sink;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::Path;

const KEY: &str = "notices-key-0001";
const PUBLIC: &str = "https://gyre.example";

const BOARD: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: till}
spec: {type: server, write_keys: [notices-key-0001]}
---
apiVersion: gyre/v1
kind: Board
metadata: {name: orders}
spec:
  title: Orders
  sections:
    - title: Now
      tiles:
        - {title: Orders, display: number, query: {metrics: [orders]}}
    - title: Charts
      tiles:
        - {title: Day by day, display: line, query: {metrics: [orders]}}
        - {title: By currency, display: bar, query: {metrics: [orders], dimensions: [currency]}}
        - title: Steps
          display: funnel
          funnel: {steps: [{event: Order Completed}, {event: Thanked}]}
"#;

const REPORT: &str = r#"
apiVersion: gyre/v1
kind: Report
metadata: {name: weekly}
spec: {title: Weekly orders, board: orders, every: weekly, to: [ann@example.com, bob@example.com]}
"#;

const ALERT: &str = r#"
apiVersion: gyre/v1
kind: Alert
metadata: {name: rush}
spec:
  title: A rush
  metric: orders
  range: {type: rolling, n: 1, unit: day}
  when: {above: 11}
  every: 1h
  to: [ann@example.com]
"#;

fn options(sink: &Sink) -> Options {
    Options::manual().argument("--smtp", &sink.url()).argument("--public-url", PUBLIC)
}

fn applied(server: &Server, documents: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notices.yaml");
    std::fs::write(&file, documents.join("---")).unwrap();
    server.said(&["apply", file.to_str().unwrap()])
}

async fn advance(server: &Server, to: &str) {
    server.post("/v1/clock/advance", &json!({"to": to})).await;
}

/// Orders of as many customers at an instant; the first three pay in another currency.
async fn orders(server: &Server, customers: usize, at: &str) {
    let order = |number: usize| {
        let currency = if number < 3 { "USD" } else { "EUR" };
        json!({"type": "track", "event": "Order Completed", "userId": format!("customer-{number}"),
               "timestamp": at, "messageId": format!("{number}-{at}"),
               "properties": {"order_id": format!("{number}-{at}"), "currency": currency}})
    };
    let events: Vec<Value> = (0..customers).map(order).collect();
    let (status, answer) = server.batch(KEY, &events).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// A letter as it is read: its soft line ends and `=3D` undone.
fn plain(letter: &str) -> String {
    let letter = letter.replace("=\n", "");
    let mut bytes = Vec::with_capacity(letter.len());
    let mut rest = letter.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = more.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|_| *first == b'=').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn subject(letter: &str) -> &str {
    letter.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or("none")
}

/// How the last mailing of the report stands, and each of its letters.
async fn report(server: &Server) -> (String, Vec<String>) {
    let view = server.get("/v1/reports").await["reports"][0].clone();
    let letters = view["mailings"][0]["letters"].as_array().cloned().unwrap_or_default();
    let state = |one: &Value| one["state"].as_str().unwrap().to_owned();
    (state(&view), letters.iter().map(state).collect())
}

/// A shop with a week behind it, on its seventh day, which is a Wednesday.
async fn shop(sink: &Sink, documents: &[&str]) -> Server {
    let server = Server::start(options(sink)).await;
    applied(&server, documents);
    advance(&server, "2026-01-07T08:30:00Z").await;
    orders(&server, 10, "2026-01-02T12:00:00Z").await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_report_comes_once_with_the_numbers_of_every_other_door() {
    let sink = Sink::start().await;
    let mut server = shop(&sink, &[BOARD]).await;
    let said = applied(&server, &[REPORT]);
    assert!(said.contains("weekly"), "{said}");
    let new = server.get("/v1/reports").await["reports"][0].clone();
    assert_eq!((&new["state"], &new["next_at"]), (&json!("new"), &json!("2026-01-12T07:00:00Z")));
    advance(&server, "2026-01-09T10:00:00Z").await;
    orders(&server, 12, "2026-01-08T12:00:00Z").await;
    advance(&server, "2026-01-12T06:59:59Z").await;
    assert_eq!(sink.letters(), Vec::<String>::new());

    advance(&server, "2026-01-12T07:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 2, "one for each address");
    let letter = plain(&letters[0]);
    assert_eq!(subject(&letter), "Weekly orders: 2026-01-05 to 2026-01-12");
    // The number is the one that is answered to everybody else.
    let week = json!({"type": "between", "from": "2026-01-05", "to": "2026-01-12"});
    let question = json!({"metrics": ["orders"],
        "time": {"range": week, "compare": ["previous_period"]}});
    let answer = server.post("/v1/metrics/query", &question).await;
    let number = &answer["total"]["orders"];
    assert_eq!(number["now"]["value"], json!(12.0), "{answer}");
    assert_eq!(number["compared"]["previous_period"]["value"], json!(10.0), "{answer}");
    assert!(letter.contains("Orders: 12 (before 10, +20.0 %)"), "{letter}");
    // Charts are tables: of days, of rows that are too few, of steps.
    assert!(letter.contains("2026-01-08 | 12 | 12 |"), "{letter}");
    assert!(letter.contains("USD | too few people to be shown |"), "{letter}");
    assert!(letter.contains("total | 12 | 12 | 10 | +20.0 %"), "{letter}");
    assert!(letter.contains("Order Completed | 12 | 100.0 % |"), "{letter}");
    assert!(letter.contains("<td class=\"n\"><strong>12</strong></td>"), "{letter}");
    assert!(letter.contains(&format!("{PUBLIC}/boards/orders")), "{letter}");
    assert!(!letter.contains("customer-"), "nobody is in it: {letter}");
    assert_eq!(report(&server).await, ("sent".to_owned(), vec!["sent".to_owned(); 2]));

    // It is not sent again: not as time passes, nor by another process.
    advance(&server, "2026-01-14T00:00:00Z").await;
    server.restart(Vec::new()).await;
    advance(&server, "2026-01-15T00:00:00Z").await;
    assert_eq!(sink.letters().len(), 0);
    let view = server.get("/v1/reports").await["reports"][0].clone();
    assert_eq!(view["next_at"], json!("2026-01-19T07:00:00Z"));
    assert_eq!(view["mailings"][0]["key"], json!("2026-01-12T00:00:00Z"));

    // Looking sends nothing; asking for it does, beside those that are due.
    let (status, html) =
        server.call(Method::POST, "/v1/reports/weekly/preview", None).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(html.as_str().unwrap().starts_with("<!doctype html>"), "{html}");
    assert!(server.said(&["reports", "list"]).contains("2026-01-19T07:00:00Z"));
    let shown = server.said(&["reports", "show", "weekly"]);
    assert!(shown.contains("Orders: 12 (before 10, +20.0 %)"), "{shown}");
    assert!(shown.contains("ann@example.com  sent"), "{shown}");
    assert_eq!(sink.letters().len(), 0);
    let sent = server.said(&["reports", "send-now", "weekly"]);
    assert!(sent.contains("bob@example.com  sent"), "{sent}");
    assert_eq!(sink.letters().len(), 2);
    let unknown = server.call(Method::POST, "/v1/reports/none/send", None).await.unwrap();
    assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{}", unknown.1);
    advance(&server, "2026-01-19T07:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(subject(&letters[0]), "Weekly orders: 2026-01-12 to 2026-01-19");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_once_is_silent_while_it_holds_and_says_when_it_is_over() {
    let sink = Sink::start().await;
    let mut server = shop(&sink, &[BOARD]).await;
    applied(&server, &[ALERT]);
    advance(&server, "2026-01-07T10:50:00Z").await;
    let alert = async |server: &Server| server.get("/v1/alerts").await["alerts"][0].clone();
    let fine = alert(&server).await;
    assert_eq!((&fine["state"], &fine["value"]), (&json!("ok"), &json!("0")), "{fine}");
    orders(&server, 12, "2026-01-07T10:30:00Z").await;
    advance(&server, "2026-01-07T11:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 1);
    let letter = plain(&letters[0]);
    assert_eq!(subject(&letter), "Alert: A rush");
    assert!(letter.contains("Orders is above 11.") && letter.contains("Orders: 12"), "{letter}");
    assert!(letter.contains(&format!("{PUBLIC}/metrics?tab=explore&m=orders")), "{letter}");
    let firing = alert(&server).await;
    assert_eq!(firing["state"], json!("firing"), "{firing}");
    assert_eq!(firing["since"], json!("2026-01-07T11:00:00Z"), "{firing}");

    advance(&server, "2026-01-07T20:00:00Z").await;
    server.restart(Vec::new()).await;
    advance(&server, "2026-01-08T10:59:59Z").await;
    assert_eq!(sink.letters().len(), 0, "it is silent while it holds");
    assert!(server.said(&["alerts", "list"]).contains("firing"));

    advance(&server, "2026-01-08T11:00:00Z").await;
    let letters = sink.letters();
    assert_eq!(letters.len(), 1);
    let letter = plain(&letters[0]);
    assert_eq!(subject(&letter), "Over: A rush");
    assert!(letter.contains("Orders is no longer above 11."), "{letter}");
    assert!(letter.contains("It began: 2026-01-07T11:00:00"), "{letter}");
    advance(&server, "2026-01-08T15:00:00Z").await;
    assert_eq!(sink.letters().len(), 0);
    let fine = alert(&server).await;
    assert_eq!((&fine["state"], &fine["since"]), (&json!("ok"), &Value::Null), "{fine}");
    assert_eq!(fine["mailings"].as_array().unwrap().len(), 2);
}

/// Dies at a place on the first of the two letters' ways; how many letters came then, how many after
/// another start, and how the report says it went.
async fn dies(
    sink: &Sink,
    template: &Path,
    place: &str,
    then: Vec<(String, String)>,
) -> (usize, usize, String) {
    let name = format!("{place}-{}", then.len());
    let mut options = options(sink).environment("GYRE_FAILPOINT", &format!("{place}:1"));
    let data = template.with_file_name(name);
    copy(template, &data);
    options.data = Some(data);
    let mut server = Server::start(options).await;
    let to = json!({"to": "2026-01-12T08:00:00Z"});
    let answer = server.call(Method::POST, "/v1/clock/advance", Some(&to)).await;
    assert!(answer.is_err(), "{place} was not reached");
    server.wait();
    let before = sink.letters().len();
    server.restart(then).await;
    advance(&server, "2026-01-13T08:00:00Z").await;
    (before, sink.letters().len(), report(&server).await.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_no_report_is_sent_twice_and_none_is_lost_in_silence() {
    let sink = Sink::start().await;
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template");
    let mut prepared = options(&sink);
    prepared.data = Some(template.clone());
    let mut server = Server::start(prepared).await;
    let report = REPORT.replace(", bob@example.com", "");
    applied(&server, &[BOARD, &report]);
    advance(&server, "2026-01-12T06:00:00Z").await;
    sink.letters();
    server.kill();
    let sent = "sent".to_owned();
    let uncertain = "uncertain".to_owned();
    // Before it is marked as on its way, it is sent by the next process. From then on nobody can know
    // whether it left: it is not sent again, and says so.
    for (place, expected) in [
        ("notice.before_due", (0, 1, &sent)),
        ("notice.after_due", (0, 1, &sent)),
        ("notice.before_commit", (0, 1, &sent)),
        ("notice.after_commit", (0, 0, &uncertain)),
        ("smtp.before_send", (0, 0, &uncertain)),
        ("smtp.after_send", (1, 0, &uncertain)),
        ("notice.after_send", (1, 0, &uncertain)),
        ("notice.after_outcome", (1, 0, &sent)),
    ] {
        let (before, after, state) = dies(&sink, &template, place, Vec::new()).await;
        assert_eq!((before, after, &state), expected, "{place}");
    }
    // Without the rule it would be sent twice, and this test would see it.
    let mutant = ("GYRE_MUTANT".to_owned(), "notice.resend_uncertain".to_owned());
    let (before, after, _) = dies(&sink, &template, "smtp.after_send", vec![mutant]).await;
    assert_eq!((before, after), (1, 1));
}
