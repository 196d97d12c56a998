//! Questions to the lake and their answers in three forms.

use super::World;
use super::lake::rows;
use arrow_array::{
    BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use axum::http::StatusCode;
use expect_test::expect;
use gyre_ports::lake::{Parameter, Sql};
use gyre_ports::{Error, ErrorKind};
use serde_json::json;
use std::sync::Arc;

fn batch(from: i64) -> RecordBatch {
    let at = TimestampMicrosecondArray::from(vec![Some(1_767_258_000_000_000), None]);
    RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from(vec![Some(from), None])) as _),
        ("name", Arc::new(StringArray::from(vec![Some("a \"b\", c"), None])) as _),
        ("rate", Arc::new(Float64Array::from(vec![Some(0.25), Some(f64::NAN)])) as _),
        ("yes", Arc::new(BooleanArray::from(vec![true, false])) as _),
        ("at", Arc::new(at.clone().with_timezone("UTC")) as _),
        ("plain", Arc::new(at) as _),
        ("day", Arc::new(Date32Array::from(vec![Some(20_454), None])) as _),
    ])
    .unwrap()
}

async fn asked(accept: &str) -> super::Reply {
    let world = World::new().await;
    world.lake.answer(Ok(rows(vec![batch(1), batch(1 << 60)], true)));
    let headers = [("authorization", "Bearer a-token"), ("accept", accept)];
    world.send("POST", "/v1/query", &headers, r#"{"sql":"select"}"#).await
}

#[tokio::test]
async fn rows_are_lists_under_named_columns() {
    let reply = asked("*/*").await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.json()["truncated"], true);
    expect![[r#"{"columns":[{"name":"n","type":"integer"},{"name":"name","type":"text"},{"name":"rate","type":"number"},{"name":"yes","type":"boolean"},{"name":"at","type":"time"},{"name":"plain","type":"time"},{"name":"day","type":"date"}],"rows":[[1,"a \"b\", c",0.25,true,"2026-01-01T09:00:00Z","2026-01-01T09:00:00Z","2026-01-01"],[null,null,null,false,null,null,null],[1152921504606846976,"a \"b\", c",0.25,true,"2026-01-01T09:00:00Z","2026-01-01T09:00:00Z","2026-01-01"],[null,null,null,false,null,null,null]],"truncated":true}"#]].assert_eq(&reply.text);
}

#[tokio::test]
async fn rows_are_lines_and_csv_for_those_who_ask() {
    let reply = asked("application/x-ndjson").await;
    assert_eq!(reply.header("x-gyre-truncated"), "true");
    expect![[r#"
        {"n":1,"name":"a \"b\", c","rate":0.25,"yes":true,"at":"2026-01-01T09:00:00Z","plain":"2026-01-01T09:00:00Z","day":"2026-01-01"}
        {"n":null,"name":null,"rate":null,"yes":false,"at":null,"plain":null,"day":null}
        {"n":1152921504606846976,"name":"a \"b\", c","rate":0.25,"yes":true,"at":"2026-01-01T09:00:00Z","plain":"2026-01-01T09:00:00Z","day":"2026-01-01"}
        {"n":null,"name":null,"rate":null,"yes":false,"at":null,"plain":null,"day":null}
    "#]].assert_eq(&reply.text);
    let reply = asked("text/csv, */*;q=0.1").await;
    expect![[r#"
        n,name,rate,yes,at,plain,day
        1,"a ""b"", c",0.25,true,2026-01-01T09:00:00Z,2026-01-01T09:00:00Z,2026-01-01
        ,,NaN,false,,,
        1152921504606846976,"a ""b"", c",0.25,true,2026-01-01T09:00:00Z,2026-01-01T09:00:00Z,2026-01-01
        ,,NaN,false,,,
    "#]].assert_eq(&reply.text);
}

#[tokio::test]
async fn many_rows_are_sent_in_pieces_and_none_is_lost() {
    let world = World::new().await;
    let numbers = |from: i64, count: i64| {
        let column = Int64Array::from_iter_values(from..from + count);
        RecordBatch::try_from_iter([("n", Arc::new(column) as _)]).unwrap()
    };
    world
        .lake
        .answer(Ok(rows(vec![numbers(0, 10_000), numbers(10_000, 0), numbers(10_000, 1)], false)));
    let reply = world.post("/v1/query", json!({"sql": "select"})).await.json();
    let rows = reply["rows"].as_array().unwrap();
    assert!(rows.iter().enumerate().all(|(index, row)| row[0] == index));
    assert_eq!(rows.len(), 10_001);
}

#[tokio::test]
async fn parameters_and_bounds_reach_the_lake() {
    let world = World::new().await;
    let parameters = json!(["a", 1, 1.5, true, {"time": "2026-01-01T00:00:00Z"}]);
    let body =
        json!({"sql": "select $1", "parameters": parameters, "max_rows": 7, "timeout_ms": 9});
    world.post("/v1/query", body).await;
    let query = world.lake.asked().unwrap();
    assert!(matches!(query.sql, Sql::Text(text) if text == "select $1"));
    assert_eq!((query.max_rows, query.timeout.as_millis()), (7, 9));
    let time = gyre_model::Timestamp::parse("2026-01-01").unwrap();
    let expected = [
        Parameter::Text("a".to_owned()),
        Parameter::Integer(1),
        Parameter::Number(1.5),
        Parameter::Boolean(true),
        Parameter::Time(time),
    ];
    assert_eq!(query.parameters, expected);
    for wrong in [json!(null), json!([1]), json!({"date": "2026-01-01"})] {
        let reply = world.post("/v1/query", json!({"sql": "s", "parameters": [wrong]})).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    let reply = world.post("/v1/query", json!({"sql": "s", "max_rows": 2_000_000})).await;
    assert_eq!(reply.json()["hint"], "at most 1000000");
}

#[tokio::test]
async fn with_a_manual_clock_what_was_sent_can_be_asked_for() {
    let world = World::with_source().await;
    let before = world.lake.rows();
    world.batch(json!([super::track("u", "E")])).await;
    assert_eq!(world.lake.rows(), before, "nobody archives behind the test's back");
    world.post("/v1/query", json!({"sql": "select"})).await;
    assert!(world.lake.rows() > before);
}

#[tokio::test]
async fn an_error_of_the_query_is_told_and_one_of_ours_is_not() {
    let check = async |kind, status: StatusCode, told: bool| {
        let world = World::new().await;
        let error = Error::new(kind, "no column named x").with("/data/lake/part-1 is broken");
        world.lake.answer(Err(error));
        let reply = world.post("/v1/query", json!({"sql": "select x"})).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.text.contains("no column named x"), told, "{}", reply.text);
        assert!(!reply.text.contains("/data"), "{}", reply.text);
    };
    check(ErrorKind::Invalid, StatusCode::BAD_REQUEST, true).await;
    check(ErrorKind::Denied, StatusCode::FORBIDDEN, true).await;
    check(ErrorKind::Busy, StatusCode::SERVICE_UNAVAILABLE, true).await;
    check(ErrorKind::TimedOut, StatusCode::SERVICE_UNAVAILABLE, true).await;
    check(ErrorKind::Corrupt, StatusCode::INTERNAL_SERVER_ERROR, false).await;
}

#[tokio::test]
async fn dead_letters_are_asked_for_with_bound_values() {
    let world = World::new().await;
    let reply = world.get("/v1/dead-letters?limit=5&code=no_user_anon_id").await;
    assert_eq!(reply.json(), json!({"letters": [], "truncated": false}));
    let query = world.lake.asked().unwrap();
    assert_eq!(query.max_rows, 5);
    assert_eq!(query.parameters[1], Parameter::Text("no_user_anon_id".to_owned()));
    let ids = json!([format!("{:032}", 0), format!("{:032}", 1)]);
    let reply = world.post("/v1/dead-letters/replay", json!({"ids": ids, "event": {}})).await;
    assert_eq!(reply.json()["hint"], "give one id with the event");
    let reply = world.post("/v1/dead-letters/replay", json!({"ids": ids})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
