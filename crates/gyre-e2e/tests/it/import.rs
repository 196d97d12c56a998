//! A real experiment imported: the published numbers come out exactly.

use crate::server::{Options, Server, shared_data};
use serde_json::{Value, json};

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
