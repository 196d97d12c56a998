//! The doors to metrics: HTTP, the command line, every form of answer; and what cannot be asked.

use crate::metrics::{JANUARY, ask, check, contacted, shop};
use crate::server::text;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// The same with numbers of twelve digits: what was read and written again may end in another.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(format!("{:.12}", number.as_f64().unwrap())),
        Value::Array(all) => all.iter().map(rounded).collect(),
        Value::Object(all) => {
            Value::Object(all.iter().map(|(key, one)| (key.clone(), rounded(one))).collect())
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_door_gives_the_same_number() {
    let server = shop(Vec::new()).await;
    contacted(&server).await;
    let time: Value = serde_json::from_str(JANUARY).unwrap();
    let question =
        json!({"metrics": ["ctr", "deliveries"], "time": time, "dimensions": ["variant"]});
    let over_http = ask(&server, question.clone()).await;
    let row = &over_http["rows"][0]["metrics"];
    assert_eq!(
        (&row["ctr"]["now"]["value"], &row["deliveries"]["now"]["value"]),
        (&json!(0.2), &json!(5.0))
    );

    let line = ["metrics", "query", "ctr", "deliveries", "--period", "2026-01", "--by", "variant"];
    let mut whole = line.to_vec();
    whole.extend(["--format", "json"]);
    let on_the_line: Value = serde_json::from_str(&server.said(&whole)).unwrap();
    assert_eq!(rounded(&on_the_line), rounded(&over_http));
    let table = server.said(&line);
    assert!(table.contains("20.00 %") && table.contains("card"), "{table}");
    let mut csv = line.to_vec();
    csv.extend(["--format", "csv"]);
    let csv = server.said(&csv);
    assert!(csv.starts_with("variant,ctr,ctr_numerator,"), "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("card,0.2,1.0,5.0,"), "{csv}");

    let send = |accept: &'static str| {
        let request = Client::new().post(format!("{}/v1/metrics/query", server.url));
        request.bearer_auth(server.token()).header("accept", accept).json(&question).send()
    };
    assert_eq!(send("text/csv").await.unwrap().text().await.unwrap(), csv);
    let arrow = send("application/vnd.apache.arrow.stream").await.unwrap().bytes().await.unwrap();
    // The stream begins with its marker and ends with an empty message.
    assert_eq!(arrow[..4], [0xff; 4]);
    assert_eq!(arrow[arrow.len() - 8..], [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

    // What is shown as SQL gives the same through the query route.
    let sql = over_http["metrics"][0]["sql"][0].as_str().unwrap();
    let rows = server.query(sql).await;
    assert!(rows[0].contains(&json!(1.0)) && rows[0].contains(&json!(5.0)), "{rows:?}");
}

#[tokio::test]
async fn every_metric_answers_by_everything_it_can_be_split_by() {
    let server = shop(Vec::new()).await;
    contacted(&server).await;
    let all = server.get("/v1/metrics").await;
    let mut ready = 0;
    for (place, metric) in all["metrics"].as_array().unwrap().iter().enumerate() {
        let name = metric["name"].as_str().unwrap();
        let mut question = json!({"metrics": [name], "time": {"range": {"n": 60, "unit": "day"}}});
        if metric["status"] == "ready" {
            ready += 1;
            // Another part of what it can be split by for each, so that all are met.
            let dimensions = metric["dimensions"].as_array().unwrap();
            let parts: Vec<_> = dimensions.chunks(3).collect();
            question["dimensions"] = json!(parts[place % parts.len()]);
            if metric["definition"]["anchor"] != "period_start" {
                question["time"]["grain"] = json!("week");
                question["time"]["zone"] = json!("Europe/Berlin");
            }
        }
        let (status, answer) =
            server.call(reqwest::Method::POST, "/v1/metrics/query", Some(&question)).await.unwrap();
        if metric["status"] == "ready" {
            assert_eq!(status, StatusCode::OK, "{question}: {answer}");
        } else {
            assert_eq!(status, StatusCode::BAD_REQUEST, "{name}");
            let needs = metric["needs"].as_str().unwrap();
            assert!(answer["detail"].as_str().unwrap().contains(needs), "{answer}");
        }
    }
    let shown = server.get("/v1/metrics/conversion_rate").await;
    assert!(!shown["sql"].as_array().unwrap().is_empty(), "{shown}");
    assert!(ready >= 55, "{ready} metrics can be computed");
}

#[tokio::test]
async fn a_metric_of_ones_own_and_what_cannot_be_asked() {
    let server = shop(Vec::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.yaml");
    let own = "apiVersion: gyre/v1\nkind: Metric\nmetadata: {name: big_orders, description: Margin of big ones.}\nspec:\n  label: Big orders\n  type: sum\n  of:\n    fact: event\n    where: {event: [Order Completed]}\n    value: properties.margin\n  format: money\n";
    std::fs::write(&file, own).unwrap();
    server.said(&["apply", file.to_str().unwrap()]);
    // Raw events: both versions of the first order count, and what was refunded; eve is a test.
    check(&server, "big_orders", "213 = 213 / — (8)").await;
    let shown = server.said(&["metrics", "show", "big_orders"]);
    for said in ["version 1", "json_number", "Margin of big ones."] {
        assert!(shown.contains(said), "{shown}");
    }
    assert!(server.said(&["metrics", "list"]).contains("big_orders"));
    std::fs::write(&file, own.replace("fact: event", "fact: evnt").replace("sum", "summ")).unwrap();
    let refused = server.gyre(&["apply", file.to_str().unwrap()]);
    let told = text(&refused.stderr);
    assert!(
        !refused.status.success() && told.contains("own.yaml:") && told.contains("event"),
        "{told}"
    );
    std::fs::write(&file, own.replace("properties.margin", "margin")).unwrap();
    let told = text(&server.gyre(&["apply", file.to_str().unwrap()]).stderr);
    assert!(told.contains("there is no value of event `margin`"), "{told}");

    for (question, place, hint) in [
        (
            json!({"metrics": ["ordrs"]}),
            "metrics[0]: there is no metric `ordrs`",
            "did you mean `orders`?",
        ),
        (
            json!({"metrics": ["purchases"]}),
            "metrics[0]: there is no metric `purchases`",
            "did you mean `orders`?",
        ),
        (json!({"metrics": ["drift_psi"]}), "`drift_psi` cannot be computed: it needs models", ""),
        (
            json!({"metrics": ["orders"], "dimensions": ["campain"]}),
            "dimensions[0]: there is no dimension `campain`",
            "did you mean `campaign`?",
        ),
        (
            json!({"metrics": ["orders"], "dimensions": ["campaign"]}),
            "`orders` cannot be split or filtered by campaign",
            "it has:",
        ),
        (
            json!({"metrics": ["orders"], "filters": [{"field": "source"}]}),
            "filters[0].values: the filter has no values",
            "one to",
        ),
        (
            json!({"metrics": ["orders"], "time": {"zone": "Mars"}}),
            "time.zone: there is no time zone `Mars`",
            "Europe/Berlin",
        ),
        (
            json!({"metrics": ["orders"], "evidence": "experiment"}),
            "evidence: `orders` is observed",
            "uplift",
        ),
        (json!({"metrics": ["orders"], "limit": 0}), "limit: the limit is out of range", "1 to"),
        (
            json!({"metrics": ["orders"], "order_by": [{"by": "revenue"}]}),
            "order_by[0].by: `revenue`",
            "of the question",
        ),
    ] {
        let (status, answer) =
            server.call(reqwest::Method::POST, "/v1/metrics/query", Some(&question)).await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{question}");
        assert!(answer["detail"].as_str().unwrap().contains(place), "{answer}");
        assert!(answer["hint"].as_str().unwrap_or_default().contains(hint), "{answer}");
    }
    // A value is a value, whatever it holds.
    let odd = json!({"metrics": ["orders"], "filters": [{"field": "source", "values": ["x') or 1=1 --"]}]});
    assert_eq!(ask(&server, odd).await["total"]["orders"]["now"]["value"], 0.0);
}
