//! A real experiment imported: the published numbers come out exactly.

use crate::server::{Options, Server, binary, shared_data};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

async fn imported() -> Option<Server> {
    let file = shared_data("hillstrom.csv")?;
    let server = Server::start(Options::default()).await;
    server.said(&["apply", "examples/hillstrom"]);
    let file = file.to_str().unwrap().to_owned();
    server.said(&["import", &file, "--mapping", "hillstrom"]);
    Some(server)
}

#[tokio::test]
async fn the_email_experiment_gives_the_published_numbers() {
    let Some(server) = imported().await else { return };
    server.until("select count(*) from enrollments", 64_000).await;
    let arms = server
        .query("select arm, count(*) from enrollments where scope = 'campaign' group by arm order by arm")
        .await;
    assert_eq!(
        arms,
        [
            vec![json!("mens"), json!(21_307)],
            vec![json!("none"), json!(21_306)],
            vec![json!("womens"), json!(21_387)],
        ]
    );
    let sql = "select e.arm, r.kind, count(*) from responses r join enrollments e on e.node = r.node \
               where r.kind in ('visit', 'conversion') group by e.arm, r.kind order by r.kind, e.arm";
    let found: Vec<i64> =
        server.query(sql).await.iter().map(|row| row[2].as_i64().unwrap()).collect();
    assert_eq!(found, [267, 122, 189, 3_894, 2_262, 3_238]);

    let report = server.get("/v1/campaigns/email_test").await;
    let visit = measure(&report, "visit");
    let mens = row(&visit["overall"], "mens");
    assert_eq!((mens["people"].as_i64(), mens["responders"].as_i64()), (Some(21_307), Some(3_894)));
    let lift = &mens["rate_lift"];
    close(&lift["value"], 0.076_589_563_651_53, 1e-12);
    close(&lift["fixed"]["low"], 0.069_953_30, 5e-9);
    close(&lift["fixed"]["high"], 0.083_225_82, 5e-9);
    // Cuts are wider: they are corrected for looking at many.
    let cuts = visit["cuts"].as_array().unwrap();
    assert!(cuts.len() >= 10, "{} cuts", cuts.len());
    for cut in cuts {
        let lift = &row(&cut["rows"], "mens")["rate_lift"];
        if lift.is_object() {
            let half = lift["fixed"]["high"].as_f64().unwrap() - lift["value"].as_f64().unwrap();
            let alone = 1.96 * lift["standard_error"].as_f64().unwrap();
            assert!(half > alone * 1.3, "{cut}");
        }
    }
    let shown = server.said(&["campaign", "show", "email_test"]);
    for wanted in ["21307", "21387", "21306", "3894", "3238", "2262", "267", "189", "122"] {
        assert!(
            shown.replace([',', ' ', '_'], "").contains(wanted),
            "{wanted} is missing in\n{shown}"
        );
    }
}

#[tokio::test]
async fn an_import_goes_on_where_it_stopped_and_rejects_are_kept() {
    let server = Server::start(Options::default()).await;
    server.said(&["apply", "examples/hillstrom"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.csv");
    let header = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n";
    let good = "10,2) $100 - $200,142.44,1,0,Surburban,0,Phone,Womens E-Mail,1,0,0\n";
    let bad = "10,2) $100 - $200,142.44,1,0,Surburban,0,Phone,Childrens E-Mail,1,0,0\n";
    std::fs::write(&path, format!("{header}{good}{bad}{good}")).unwrap();
    let file = path.to_str().unwrap().to_owned();
    server.said(&["import", &file, "--mapping", "hillstrom", "--chunk", "1"]);
    server.until("select count(*) from enrollments", 2).await;
    server.until("select count(*) from dead_letters", 1).await;
    let letters = server.query("select place, code, message from dead_letters").await;
    assert_eq!(letters[0][0], 2, "{letters:?}");
    assert!(letters[0][2].as_str().unwrap().contains("segment"), "{letters:?}");
    // The same file again: nothing is doubled.
    server.said(&["import", &file, "--mapping", "hillstrom"]);
    server.until("select count(*) from enrollments", 2).await;
    server.until("select count(*) from responses", 2).await;
}

/// Orders as a warehouse unloads them.
fn write_parquet(path: &Path) {
    let schema = "message orders {
        required binary user_id (UTF8); required binary email (UTF8); required binary order_id (UTF8);
        required binary ordered_at (UTF8); required double total;
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = std::fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = [
        ["ada", "bob"],
        ["ada@example.com", "bob@example.com"],
        ["o-1", "o-2"],
        ["2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z"],
    ];
    for column in texts {
        let values = column.map(ByteArray::from);
        let mut writer = group.next_column().unwrap().unwrap();
        writer.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        writer.close().unwrap();
    }
    let mut total = group.next_column().unwrap().unwrap();
    total.typed::<DoubleType>().write_batch(&[19.5, 7.25], None, None).unwrap();
    total.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

/// A file of which nobody has said what it is: what is suggested is read, applied, tried and imported.
#[tokio::test]
async fn a_suggested_mapping_is_tried_dry_and_then_imports_csv_and_parquet_alike() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("orders.csv");
    let text = "user_id,email,order_id,ordered_at,total\n\
                ada,ada@example.com,o-1,2026-03-01T10:00:00Z,19.5\n\
                bob,bob@example.com,o-2,2026-03-02T10:00:00Z,7.25\n";
    std::fs::write(&csv, text).unwrap();
    let parquet = folder.path().join("orders.parquet");
    write_parquet(&parquet);
    let mut told = Vec::new();
    for file in [csv, parquet] {
        let server = Server::start(Options::default()).await;
        let file = file.to_str().unwrap();
        // It reads the file alone and asks no server.
        let suggest = Command::new(binary("GYRE_BIN", "gyre"))
            .args(["import", "suggest", file])
            .output()
            .unwrap();
        assert!(suggest.status.success(), "{}", String::from_utf8_lossy(&suggest.stderr));
        let mapping = folder.path().join("mapping.yaml");
        std::fs::write(&mapping, suggest.stdout).unwrap();
        server.said(&["apply", mapping.to_str().unwrap()]);

        let shown = server.said(&["import", file, "--mapping", "orders", "--dry-run", "1"]);
        for wanted in ["line 1", "Order Completed", "19.5", "ada@example.com"] {
            assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
        }
        assert!(!shown.contains("bob"), "one row was asked for:\n{shown}");
        assert_eq!(server.count("select count(*) from events").await, 0, "nothing is sent");

        server.said(&["import", file, "--mapping", "orders"]);
        let orders = "select count(*) from events where name = 'Order Completed'";
        server.until(orders, 2).await;
        // The same file again is the same orders.
        server.said(&["import", file, "--mapping", "orders"]);
        assert_eq!(server.count(orders).await, 2);
        let rows = server
            .query(
                "select user_id, properties, occurred_at from events \
                 where name = 'Order Completed' order by user_id",
            )
            .await;
        let person = server.get("/v1/people/bob@example.com").await;
        assert_eq!(person, server.get("/v1/people/bob").await);
        told.push(rows);
    }
    assert_eq!(told[0], told[1], "the same orders, however they are written");
    let first: Value = serde_json::from_str(told[0][0][1].as_str().unwrap()).unwrap();
    assert_eq!((&told[0][0][0], first), (&json!("ada"), json!({"order_id": "o-1", "total": 19.5})));
}

fn measure<'a>(report: &'a Value, kind: &str) -> &'a Value {
    report["report"]["measures"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == kind)
        .expect("measure")
}

fn row<'a>(rows: &'a Value, variant: &str) -> &'a Value {
    rows.as_array().unwrap().iter().find(|one| one["variant"] == variant).expect("variant")
}

fn close(found: &Value, wanted: f64, tolerance: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found - wanted).abs() <= tolerance, "{found}, wanted {wanted}");
}
