//! The same run over real HTTP and SMTP gives the same course as in process.

use super::fake::{Fake, Fault, Treat};
use super::smtp::deliver;
use crate::client::Client;
use crate::run::{self, Plan};
use crate::sink::Sink;
use crate::table::Report;
use crate::time::Time;
use crate::truth::{self, SelfCheck};
use axum::Router;
use axum::extract::{Json, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
struct Shared {
    fake: Arc<Mutex<Fake>>,
    smtp: SocketAddr,
}

type Answer = Result<Json<Value>, StatusCode>;

fn check(headers: &HeaderMap, expected: &str) -> Result<(), StatusCode> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    if given == Some(expected) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
}

const BEARER: &str = "Bearer secret";
/// `key:` in base64.
const BASIC: &str = "Basic a2V5Og==";

async fn batch(State(shared): State<Shared>, headers: HeaderMap, body: Json<Value>) -> Answer {
    check(&headers, BASIC)?;
    let mut fake = shared.fake.lock().unwrap();
    body["batch"].as_array().unwrap().iter().for_each(|event| fake.take_event(event));
    Ok(Json(json!({"success": true})))
}

async fn clock(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    check(&headers, BEARER)?;
    Ok(Json(json!({"now": shared.fake.lock().unwrap().now.text(), "manual": true})))
}

async fn advance(State(shared): State<Shared>, headers: HeaderMap, body: Json<Value>) -> Answer {
    check(&headers, BEARER)?;
    let mails = {
        let mut fake = shared.fake.lock().unwrap();
        fake.advance_to(Time::parse(body["to"].as_str().unwrap()).unwrap());
        std::mem::take(&mut fake.outbox)
    };
    let smtp = shared.smtp;
    let hand_over = move || {
        for mail in mails {
            let headers = format!(
                "X-Gyre-Send-Id: {}\r\nX-Gyre-Campaign: {}\r\nX-Gyre-Variant: {}\r\nX-Gyre-Token: \
                 {}\r\n",
                mail.send, mail.campaign, mail.variant, mail.token
            );
            deliver(smtp, &mail.to, &headers);
        }
    };
    tokio::task::spawn_blocking(hand_over).await.unwrap();
    Ok(Json(json!({"now": body["to"]})))
}

async fn decide(State(shared): State<Shared>, headers: HeaderMap, body: Json<Value>) -> Answer {
    check(&headers, BEARER)?;
    assert_eq!(body["placement"], "home");
    let answer = shared.fake.lock().unwrap().answer(body["user_id"].as_str().unwrap());
    Ok(Json(json!({
        "decision_id": "d",
        "campaign": "winback",
        "variant": answer.variant,
        "content": answer.content,
        "token": answer.token,
    })))
}

async fn query(State(shared): State<Shared>, headers: HeaderMap, body: Json<Value>) -> Answer {
    check(&headers, BEARER)?;
    let rows = shared.fake.lock().unwrap().rows(body["sql"].as_str().unwrap());
    Ok(Json(json!({"columns": ["a", "b"], "rows": rows.rows, "truncated": rows.truncated})))
}

async fn turns(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    check(&headers, BEARER)?;
    Ok(Json(json!({"turns": shared.fake.lock().unwrap().turns_taken()})))
}

#[test]
fn a_run_over_the_wire_is_the_run_in_process() {
    let plan = Plan { seed: 4, people: 150, turns: 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (over_wire, report) = runtime.block_on(async {
        let sink = Sink::listen("127.0.0.1:0").unwrap();
        let fake = Arc::new(Mutex::new(Fake::new(Treat::BySegment, Fault::None)));
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/v1/batch", post(batch))
            .route("/v1/clock", get(clock))
            .route("/v1/clock/advance", post(advance))
            .route("/v1/decide", post(decide))
            .route("/v1/query", post(query))
            .route("/v1/loops/repurchase", get(turns))
            .with_state(Shared { fake, smtp: sink.address() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let mut client = Client::new(&base, "secret\n", "key", sink.clone()).unwrap();
        client.wait().await.unwrap();
        let course = run::drive(&mut client, plan, &mut |_| {}).await.unwrap();
        let check = SelfCheck::of(&course);
        let judged = truth::judge(&course);
        assert!(client.profile()["advance"].0 > 50);
        (course.real, Report::new(plan.seed, judged, check, course.tally, sink.counts()))
    });

    let mut fake = Fake::new(Treat::BySegment, Fault::None);
    let in_process = runtime.block_on(run::drive(&mut fake, plan, &mut |_| {})).unwrap();
    assert_eq!(over_wire, in_process.real);
    assert_eq!((report.self_check.order_mismatches, report.self_check.contact_mismatches), (0, 0));
    assert!(report.mails > 20);
    assert_eq!(report.duplicate_mails, 0);
    expect_test::expect![[r"
        people        contacts      repeat rate      lift in points       true        net per head    offer cost per head
        turn  treat  hold   treat  hold   treat   hold     [always valid]       lift  holds  treat    hold   treat   hold
           1    116    34     216    81   41.4 %  20.6 %  +20.8 [ -4.1, +45.7]   +5.2  yes    11.93    5.77    1.14   1.40

        turn 1: repeat rate +101 % against the holdout (true +14 %), net margin +107 %, offer cost -18 %
        interval holds the true lift in 1 of 1 turns
        server's sums are the simulator's in 1 of 1 turns
        dropped variants: none
        e-mails: 144 received, 0 duplicates, 0 not understood; shown in the app: 153 of 160 asked
        events: 1317 sent, 1 of them repeated
        self-check: 116 treated, 34 holdout, 0 without an arm; shadow differs from the holdout's life in 0 orders, 0 contacts (must be 0)
    "]].assert_eq(&report.to_string());
}
