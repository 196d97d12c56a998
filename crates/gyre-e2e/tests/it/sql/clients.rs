//! The clients themselves.

use super::{EVENTS, ORDERS, Shop, fixture, has_psql};
use crate::server::{Options, left_out, root, text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn psql_sees_what_http_sees() {
    if !has_psql() {
        return;
    }
    let shop = Shop::start(Options::default()).await;
    for sql in [
        "select count(*) from events",
        "select count(*) from marts.events where kind = 'track'",
        "select count(*) from events_order_completed",
        "select sum(total) from events_order_completed",
        "select count(distinct person) from events",
        "select name, count(*) from events group by name order by name",
    ] {
        let rows = shop.server.query(&sql.replace("marts.", "")).await;
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let rows: Vec<String> =
            rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join("|")).collect();
        assert_eq!(shop.psql(sql), rows.join("\n"), "{sql}");
    }
    // A row is seen as soon as over HTTP: that of the tail too.
    let late = json!({"type": "track", "event": "Late", "userId": "u9", "messageId": "late"});
    shop.server.batch("sql-clients-key-0001", &[late]).await.unwrap();
    shop.server.until("select count(*) from events where name = 'Late'", 1).await;
    assert_eq!(shop.psql("select count(*) from events"), (EVENTS + 1).to_string());
}

#[tokio::test]
async fn psql_shows_what_there_is() {
    if !has_psql() {
        return;
    }
    let shop = Shop::start(Options::default()).await;
    let tables = shop.psql("\\dt");
    assert!(tables.lines().any(|line| line.starts_with("marts|events|table")), "{tables}");
    let more = shop.psql("\\dt+");
    assert!(more.contains("What was collected"), "{more}");
    let views = shop.psql("\\dv");
    assert!(views.contains("marts|events_order_completed|view"), "{views}");
    let schemas = shop.psql("\\dn");
    for schema in ["marts|", "metrics|"] {
        assert!(schemas.lines().any(|line| line.starts_with(schema)), "{schemas}");
    }
    assert!(!schemas.contains("raw|"), "{schemas}");
    assert!(shop.psql("\\l").lines().any(|line| line.starts_with("main|")));
    let events = shop.psql("\\d events");
    for column in
        ["occurred_at|timestamp with time zone", "name|text", "_offset|bigint", "event_date|date"]
    {
        assert!(events.contains(column), "{column}\n{events}");
    }
    assert!(shop.psql("\\d+ events").contains("what happened was called"));
    shop.psql("\\dp");
    shop.psql("\\d marts.events_order_completed");
    shop.psql("\\df");
    shop.psql("\\du");
    // Variables, and pieces by cursor.
    let sql = "\\set wanted 'Order Completed'\n\\set FETCH_COUNT 2\n\
        select count(*) from events where name = :'wanted';\nselect 1 from events;\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked.sql");
    std::fs::write(&file, sql).unwrap();
    let output = shop.client("psql").args(["-XAtq", "-f"]).arg(&file).output().unwrap();
    let out = text(&output.stdout);
    assert_eq!(out.trim_end(), format!("{ORDERS}{}", "\n1".repeat(5)), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_schema_with_the_tables_alone_is_there_if_wanted() {
    if !has_psql() {
        return;
    }
    let shop =
        Shop::start(Options { arguments: vec!["--postgres-raw".to_owned()], ..Options::default() })
            .await;
    assert_eq!(shop.psql("select count(*) from raw.events"), EVENTS.to_string());
    let views = shop.psql("select table_schema from information_schema.tables where table_name = 'events_order_completed'");
    assert_eq!(views, "marts");
}

#[tokio::test]
async fn with_a_manual_clock_a_client_sees_all_that_was_taken() {
    if !has_psql() {
        return;
    }
    let shop = Shop::start(Options::manual()).await;
    let late = json!({"type": "track", "event": "Late", "userId": "u9", "messageId": "late"});
    shop.server.batch("sql-clients-key-0001", &[late]).await.unwrap();
    assert_eq!(shop.psql("select count(*) from events"), (EVENTS + 1).to_string());
    assert!(shop.psql("select now()").starts_with("2026-01-01 00:00:00"));
}

#[tokio::test]
async fn sqlalchemy_reflects_what_there_is() {
    let shop = Shop::start(Options::default()).await;
    for driver in ["psycopg", "psycopg2"] {
        let Some(seen) = shop.python(&["sqlalchemy", driver]) else { return };
        assert_eq!(seen["schemas"], json!(["marts", "metrics"]), "{driver}: {seen}");
        for is_there in ["tables", "views"] {
            assert_eq!(seen[is_there], true, "{driver}: {seen}");
        }
        assert_eq!((&seen["default"], &seen["count"]), (&json!("marts"), &json!(ORDERS)));
        assert_eq!(seen["keys"], json!([[], [], [], [], []]), "{driver}: {seen}");
        assert!(seen["comment"].as_str().unwrap().contains("What was collected"), "{seen}");
        let columns = &seen["columns"];
        for (column, kind) in [
            ("occurred_at", "TIMESTAMP"),
            ("name", "TEXT"),
            ("_offset", "BIGINT"),
            ("event_date", "DATE"),
        ] {
            assert_eq!(columns[column], kind, "{driver}: {columns}");
        }
    }
}

#[tokio::test]
async fn psycopg_prepares_and_reads_binary() {
    let shop = Shop::start(Options::default()).await;
    let Some(seen) = shop.python(&["psycopg"]) else { return };
    assert_eq!(
        seen,
        json!({"count": ORDERS, "types": [true, "Order Completed", true], "casts": [42, "text", null],
            "prepared": EVENTS, "any": ORDERS, "cursor": EVENTS, "wrong column": true,
            "failed transaction": true, "after": 1})
    );
}

#[tokio::test]
async fn asyncpg_asks_from_a_pool() {
    let shop = Shop::start(Options::default()).await;
    let Some(seen) = shop.python(&["asyncpg"]) else { return };
    assert_eq!(seen, json!({"count": ORDERS, "time": true, "cursor": EVENTS, "again": 2}));
}

#[tokio::test]
async fn pgcli_asks_and_lists() {
    let Some(python) = super::python() else { return };
    let shop = Shop::start(Options::default()).await;
    let home = tempfile::tempdir().unwrap();
    let pgcli = Path::new(&python).with_file_name("pgcli");
    let mut client = shop.client(pgcli);
    client.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    let output = client
        .args(["--tuples-only", "-c", "select count(*) + 1000 from events", "-c", "\\dt"])
        .output()
        .unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains(&(1_000 + EVENTS).to_string()), "{out}\n{err}");
    assert!(out.contains("identity_violations"), "{out}\n{err}");
}

#[tokio::test]
async fn what_reporting_tools_send_is_answered() {
    let shop = Shop::start(Options::default()).await;
    for name in ["metabase.sql", "grafana.sql", "dbeaver.sql", "panels.sql"] {
        let Some(seen) = shop.python(&["replay", &fixture(name)]) else { return };
        assert_eq!(seen["failed"], json!([]), "{name}");
        let rows = seen["rows"].as_array().unwrap();
        assert_eq!(rows.len() as u64, seen["statements"].as_u64().unwrap());
        // Metabase and Grafana find the tables by these.
        match name {
            "metabase.sql" => assert!(rows[6].as_i64().unwrap() >= 20, "{rows:?}"),
            "grafana.sql" => {
                assert!(rows[0].as_i64().unwrap() >= 20, "{rows:?}");
                assert!(rows[1].as_i64().unwrap() >= 18, "{rows:?}");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn comments_are_there() {
    let shop = Shop::start(Options::default()).await;
    let Some(seen) = shop.python(&["metadata"]) else { return };
    assert_eq!(seen["table"], "What was collected: one row per event, duplicates left out.");
    let columns = seen["columns"].as_array().unwrap();
    let without: Vec<_> = columns.iter().filter(|column| column[1].is_null()).collect();
    assert!(columns.len() >= 18 && without.is_empty(), "{without:?}");
    assert_eq!(seen["views"], json!([["total", "What was paid"]]));
}

#[tokio::test]
async fn pgjdbc_asks_as_reporting_tools_do() {
    let jar = std::env::var("GYRE_TEST_PGJDBC")
        .unwrap_or_else(|_| "/usr/share/java/postgresql.jar".to_owned());
    if !Path::new(&jar).is_file() || Command::new("javac").arg("-version").output().is_err() {
        left_out("pgjdbc or a JDK is not installed");
        return;
    }
    let shop = Shop::start(Options::default()).await;
    let output = Command::new("java")
        .args(["-cp", &jar])
        .arg(root().join("crates/gyre-e2e/java/SqlClient.java"))
        .args([format!("127.0.0.1:{}", shop.port), shop.server.token()])
        .output()
        .unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    for line in [
        "server 15",
        "remarks What was collected: one row per event, duplicates left out.",
        "column occurred_at timestamptz",
        "schema marts",
        &format!("count {ORDERS}"),
        &format!("fetched {EVENTS}"),
    ] {
        assert!(out.lines().any(|one| one == line), "{line}\n{out}");
    }
}
