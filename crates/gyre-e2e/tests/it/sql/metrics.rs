//! Metrics over the wire: the numbers of every other door, and what a client cannot ask of them.

use super::{Shop, has_psql, seen};
use crate::metrics::{JANUARY, ask, contacted, shop_of};
use crate::sdk::{has_chromium, node};
use crate::server::{Options, free_port, text};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A shop whose numbers were worked out by hand, and where SQL clients reach it.
async fn shop() -> Shop {
    let port = free_port();
    let options = Options::manual().argument("--postgres", &format!("127.0.0.1:{port}"));
    Shop { server: shop_of(options).await, port }
}

impl Shop {
    /// What psql prints, with whole numbers and days written short.
    fn short(&self, sql: &str) -> String {
        let cell = |cell: &str| {
            let cell = cell.trim_end_matches(" 00:00:00.000000+00");
            cell.strip_suffix(".0").unwrap_or(cell).to_owned()
        };
        let row = |row: &str| row.split('|').map(cell).collect::<Vec<_>>().join("|");
        self.psql(sql).lines().map(row).collect::<Vec<_>>().join("\n")
    }
}

const OCTOBER: &str = "time >= '2025-10-01' and time < '2025-11-01'";

#[tokio::test]
async fn a_client_sees_the_number_of_every_other_door() {
    if !has_psql() {
        return;
    }
    let shop = shop().await;
    // 360 over 6 orders: the mean of the customers' means would be 74.44.
    let aov = "select measure(average_order_value), measure(orders), measure(customers)";
    let sql = format!("{aov} from metrics.orders where {OCTOBER}");
    assert_eq!(shop.short(&sql), "60|6|3");
    let sql = "select date_trunc('month', time) as month, measure(orders) as orders, measure(customers) \
        from metrics.orders where time >= '2025-10-01' and time < '2026-01-01' group by 1 order by month";
    let months = shop.short(sql);
    assert_eq!(months, "2025-10-01|6|3\n2025-11-01|1|1\n2025-12-01|0|");
    // As tools write it: around a SELECT of their own, with names of their own, compared and cut there.
    let sql = "select month, orders from (select date_trunc('month', time)::date as month, \
        measure(orders) as orders from (select * from metrics.orders) as inner_table \
        where time between '2025-10-01' and '2025-12-31T23:59:59Z' group by month \
        having measure(orders) > 0) as outer_table order by orders limit 1";
    assert_eq!(shop.short(sql), "2025-11-01|1");
    // Two topics: each is answered, then joined.
    let sql = format!(
        "select o.n, s.n from (select measure(orders) as n from metrics.orders where {OCTOBER}) o, \
         (select measure(new_customers) as n from metrics.customers where {OCTOBER}) s"
    );
    assert_eq!(shop.short(&sql), "6|3");
    // Days, for tools that cannot write MEASURE.
    let days = "from metrics.orders_daily where day >= '2025-10-01' and day < '2025-11-01'";
    assert_eq!(
        shop.short(&format!("select count(*), sum(orders), max(revenue) {days}")),
        "31|6|150"
    );
    assert_eq!(
        shop.short(&format!("select day, revenue, average_order_value {days} and orders = 2")),
        "2025-10-10|20|10"
    );
    assert_eq!(shop.short("select count(*) from metrics.orders_daily"), "90");

    contacted(&shop.server).await;
    let question = json!({"metrics": ["ctr", "deliveries"], "dimensions": ["variant"],
        "time": serde_json::from_str::<Value>(JANUARY).unwrap()});
    let row = ask(&shop.server, question).await["rows"][0]["metrics"].clone();
    let over_http =
        json!([["card", row["ctr"]["now"]["value"], row["deliveries"]["now"]["value"]]]);
    assert_eq!(over_http, json!([["card", 0.2, 5.0]]));
    let sql = "select variant, measure(ctr), measure(deliveries) from metrics.deliveries \
        where time >= '2026-01-01' and time < '2026-02-01' and channel in ('in_app', 'email') \
        and campaign like 'car%' group by variant";
    assert_eq!(shop.short(sql), "card|0.2|5");
    let bound = "select variant, measure(ctr), measure(deliveries) from metrics.deliveries \
        where time >= %s and time < %s and channel = %s group by variant";
    if let Some(rows) = shop.python(&["rows", bound, "2026-01-01", "2026-02-01", "in_app"]) {
        assert_eq!(rows, over_http);
    }
    let last = "select measure(deliveries) from metrics.deliveries \
        where time >= now() - interval '30 days' and channel <> 'email'";
    assert_eq!(shop.short(last), "5");
    let none = "select measure(deliveries) from metrics.deliveries where channel = 'email'";
    assert!(matches!(shop.short(none).as_str(), "0" | ""), "{}", shop.short(none));
}

#[tokio::test]
async fn metrics_with_ages_are_asked_for_by_age() {
    if !has_psql() {
        return;
    }
    let shop = shop().await;
    let both = "round(measure(retention_rate), 4), round(measure(cohort_ltv), 4)";
    let from = format!("from metrics.customers_by_age where {OCTOBER}");
    // 133 of three people in the first 30 days, 10 more in the next; the cohort is not old enough for more.
    let months = "0|1|44.3333\n1|0.3333|47.6667\n2|0|47.6667";
    for condition in ["", "and age_month < 9"] {
        let sql =
            format!("select age_month, {both} {from} {condition} group by age_month order by 1");
        assert_eq!(shop.short(&sql), months, "{condition}");
    }
    for condition in
        ["age_month = 1", "age_month between 1 and 1", "0 < age_month and age_month <= 1"]
    {
        let sql = format!(
            "select date_trunc('month', time) as cohort, age_month, {both} {from} and {condition} group by 1, 2"
        );
        assert_eq!(shop.short(&sql), "2025-10-01|1|0.3333|47.6667", "{condition}");
    }
    // Ann came back after 19 days: in the third week.
    let sql = format!(
        "select age_week, round(measure(retention_rate), 4) as rate {from} and age_week in (2) \
         group by 1 having measure(retention_rate) > 0"
    );
    assert_eq!(shop.short(&sql), "2|0.3333");
    let bound = "select age_month::int, measure(retention_rate) from metrics.customers_by_age \
        where time >= %s and time < %s and age_month = %s group by 1";
    if let Some(rows) = shop.python(&["rows", bound, "2025-10-01", "2025-11-01", "2"]) {
        assert_eq!(rows, json!([[2, 0.0]]));
    }
}

/// A connection of psql that stays open.
struct Open {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Open {
    fn new(shop: &Shop) -> Self {
        let mut psql = shop.client("psql");
        psql.args(["-XAtq"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = psql.spawn().expect("psql runs");
        let says = BufReader::new(child.stdout.take().expect("psql speaks"));
        Self { child, says }
    }

    /// The one row of an answer.
    fn ask(&mut self, sql: &str) -> String {
        let input = self.child.stdin.as_mut().expect("psql listens");
        writeln!(input, "{sql};").unwrap();
        input.flush().unwrap();
        let mut row = String::new();
        self.says.read_line(&mut row).unwrap();
        row.trim_end().to_owned()
    }
}

/// What is built of the catalogue is kept from one statement to the next, and no longer than it is true.
#[tokio::test]
async fn an_open_session_sees_a_changed_definition() {
    if !has_psql() {
        return;
    }
    let shop = shop().await;
    let mut open = Open::new(&shop);
    let comment = "select d.description from pg_attribute a join pg_class c on c.oid = a.attrelid \
        join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum \
        join pg_namespace n on n.oid = c.relnamespace \
        where n.nspname = 'metrics' and c.relname = 'orders' and a.attname = 'mine'";
    let known = "select count(*) from information_schema.columns \
        where table_schema = 'metrics' and table_name = 'orders' and column_name = 'mine'";
    assert_eq!(open.ask(known), "0");
    let spec = |text: &str| {
        format!("apiVersion: gyre/v1\nkind: Metric\nmetadata: {{name: mine}}\nspec: {text}\n")
    };
    let asked = format!("select measure(mine) from metrics.orders where {OCTOBER}");
    for (text, value, version) in [
        ("{label: Mine, type: count, of: {fact: order}}", "6.0", "version 1"),
        (
            "{label: Mine, type: count_distinct, of: {fact: order, unit: person}}",
            "3.0",
            "version 2",
        ),
    ] {
        crate::collect::apply(&shop.server, &spec(text)).await;
        assert_eq!(open.ask(known), "1");
        // As often as one likes.
        assert_eq!([open.ask(&asked), open.ask(&asked)], [value, value], "{version}");
        let told = open.ask(comment);
        assert!(told.contains(version), "{told}");
    }
    drop(open.child.stdin.take());
    assert!(open.child.wait().unwrap().success());
}

/// The first number of a text, as people write it.
fn number(text: &str) -> f64 {
    let plain = text.trim().replace(',', "");
    plain.split_whitespace().next().and_then(|one| one.parse().ok()).unwrap_or(f64::NAN)
}

/// Each door through its own client: curl, the command line, psycopg and Chromium. Joined with their lines
/// orders would be more than 6 and revenue more than 360; the mean of the customers' means is 74.44.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_doors_through_their_own_clients_give_one_number() {
    let Some(folder) = node().filter(|_| has_chromium()) else { return };
    let shop = shop().await;
    let names = ["revenue", "orders", "customers", "average_order_value"];
    let wanted = vec![360.0, 6.0, 3.0, 60.0];

    let body =
        json!({"metrics": names, "time": {"range": {"type": "period", "period": "2025-10"}}});
    let output = Command::new("curl")
        .args(["-sS", "--fail-with-body", "-H", "content-type: application/json"])
        .args(["-H", &format!("authorization: Bearer {}", shop.server.token())])
        .args(["-d", &body.to_string(), &format!("{}/v1/metrics/query", shop.server.url)])
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{}", text(&output.stdout));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let total = |answer: &Value| {
        let value = |name| answer["total"][name]["now"]["value"].as_f64().unwrap_or(f64::NAN);
        names.map(value).to_vec()
    };
    assert_eq!(total(&answer), wanted, "curl: {answer}");

    let mut line = vec!["metrics", "query"];
    line.extend(names);
    line.extend(["--period", "2025-10", "--format", "json"]);
    let answer: Value = serde_json::from_str(&shop.server.said(&line)).unwrap();
    assert_eq!(total(&answer), wanted, "the command line: {answer}");

    let measured = names.map(|name| format!("measure({name})")).join(", ");
    let sql = format!("select {measured} from metrics.orders where time >= %s and time < %s");
    if let Some(rows) = shop.python(&["rows", &sql, "2025-10-01", "2025-11-01"]) {
        let row = names.iter().enumerate().map(|(at, _)| rows[0][at].as_f64().unwrap_or(f64::NAN));
        assert_eq!(row.collect::<Vec<_>>(), wanted, "psycopg: {rows}");
    }

    let labels = ["Revenue", "Orders", "Customers", "Average order value"];
    let page = format!("/metrics?m={}&range=2025-10", names.join(","));
    let mut browser = Command::new("node");
    browser.arg("page.mjs").current_dir(folder);
    browser.args([&shop.server.url, &shop.server.token(), &page, &json!(labels).to_string()]);
    let output = tokio::task::spawn_blocking(move || browser.output().expect("node runs")).await;
    let seen = seen(&output.unwrap());
    let read = labels.map(|label| number(seen[label].as_str().unwrap_or_default()));
    assert_eq!(read.to_vec(), wanted, "Chromium: {seen}");
}

#[tokio::test]
async fn what_would_be_another_number_is_refused() {
    if !has_psql() {
        return;
    }
    let shop = shop().await;
    let mut otherwise = Vec::new();
    for (sql, told) in [
        ("select sum(revenue) from metrics.orders", "write MEASURE(name)"),
        ("select count(*) from metrics.orders", "write MEASURE(name)"),
        ("select * from metrics.orders", "has no rows of its own"),
        (
            "select measure(average_order_value), avg(revenue) from metrics.orders",
            "write MEASURE(name)",
        ),
        ("select measure(source) from metrics.orders", "measure"),
        ("select measure(revenue) from metrics.orders where revenue > 5", "conditions can be"),
        (
            "select measure(revenue) from metrics.orders where upper(source) = 'A'",
            "conditions can be",
        ),
        (
            "select measure(revenue) from metrics.orders where source = 'a' or time > '2025-01-01'",
            "conditions can be",
        ),
        (
            "select upper(source), measure(revenue) from metrics.orders group by 1",
            "cannot be grouped",
        ),
        ("select time, measure(revenue) from metrics.orders group by 1", "cannot be grouped"),
        (
            "select date_trunc('day', time), measure(revenue) from metrics.orders group by 1",
            "begin somewhere",
        ),
        (
            "select measure(revenue) from metrics.orders o join metrics.sessions s on true",
            "one table of schema metrics",
        ),
        ("select measure(skew_ms) from events", "schema metrics"),
        ("select campaign, measure(revenue) from metrics.orders group by 1", "campaign"),
        ("select sum(average_order_value) from metrics.orders_daily", "cannot be put together"),
        ("select avg(revenue) from metrics.orders_daily", "cannot be put together"),
        ("select measure(nothing) from metrics.orders", "nothing"),
        ("select measure(cohort_ltv) from metrics.customers", "cohort_ltv"),
        ("select measure(cohort_ltv) from metrics.customers_by_age", "group by age_day"),
        ("select * from metrics.customers_by_age", "are computed for ages"),
        (
            "select age_day, age_week, measure(cohort_ltv) from metrics.customers_by_age group by 1, 2",
            "one kind of age",
        ),
        (
            "select age_week, measure(cohort_ltv) from metrics.customers_by_age where age_day < 3 group by 1",
            "another age",
        ),
        (
            "select age_week, measure(cohort_ltv) from metrics.customers_by_age where age_week <> 3 group by 1",
            "names no ages",
        ),
        (
            "select age_week, measure(cohort_ltv) from metrics.customers_by_age where age_week < 2.5 group by 1",
            "names no ages",
        ),
    ] {
        let output = shop.client("psql").args(["-XAtq", "-c", sql]).output().expect("psql runs");
        let error = text(&output.stderr);
        if output.status.success() || !error.contains(told) {
            otherwise.push(format!("{sql}\n{}{error}", text(&output.stdout)));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
}

#[tokio::test]
async fn a_client_finds_metrics_and_what_they_mean() {
    if !has_psql() {
        return;
    }
    let shop = shop().await;
    let tables = shop.psql(
        "select table_name from information_schema.tables where table_schema = 'metrics' order by 1",
    );
    let of = "deliveries deliveries_daily orders orders_daily sessions customers_by_age";
    for table in of.split(' ') {
        assert!(tables.lines().any(|line| line == table), "{tables}");
    }
    assert!(!tables.contains("by_age_daily"), "{tables}");
    let columns = shop.psql(
        "select column_name, data_type from information_schema.columns \
         where table_schema = 'metrics' and table_name = 'orders' and column_name in ('time', 'source', 'revenue')",
    );
    assert_eq!(columns.lines().count(), 3, "{columns}");
    let meaning = "select d.description from pg_attribute a join pg_class c on c.oid = a.attrelid \
        join pg_description d on d.objoid = c.oid and d.objsubid = a.attnum \
        join pg_namespace n on n.oid = c.relnamespace \
        where n.nspname = 'metrics' and c.relname = 'orders' and a.attname = 'revenue'";
    assert!(shop.psql(meaning).contains("observed, version 1"), "{}", shop.psql(meaning));
    assert!(
        shop.psql("\\dt+ metrics.*").contains("MEASURE(name)")
            || shop.psql("\\dv+ metrics.*").contains("MEASURE(name)")
    );
}
