//! History again: what follows from the same records by the same rules is the same, bit by bit, also after
//! deaths; where a rule changed, the difference is shown and explained; and a replay that does not do what
//! the server did is noticed.

use crate::collect::apply;
use crate::faults::{Course, Shop, go_on, orders};
use crate::server::{Server, binary, root, text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What a replay said, and its exit code.
struct Said {
    report: Value,
    code: Option<i32>,
    error: String,
}

fn replay(data: &Path, into: &Path, arguments: &[&str], mutant: &str) -> Said {
    let output = Command::new(binary("GYRE_BIN", "gyre"))
        .args(["replay", "--format", "json", "--data"])
        .arg(data)
        .arg("--into")
        .arg(into)
        .args(arguments)
        .env("GYRE_MUTANT", mutant)
        .current_dir(root())
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Said { report, code: output.status.code(), error: text(&output.stderr) }
}

fn stop(server: &mut Server) {
    Command::new("kill").args(["-TERM", &server.pid().to_string()]).status().unwrap();
    server.wait();
}

fn sum(report: &Value, column: &str) -> u64 {
    let families = report["families"].as_array().unwrap();
    families.iter().filter_map(|one| one[column].as_u64()).sum()
}

/// A shop that lived three weeks, died three times on the way, and was stopped; some messages came twice.
async fn lived(shop: &Shop, name: &str) -> std::path::PathBuf {
    let mut course = Course::default();
    let mut server = shop.open(name, Vec::new()).await;
    server.batch("shop-server-key-0001", &orders(0, 6)).await.unwrap();
    server.kill();
    for place in ["processor.after_append:2", "processor.after_state:3", "journal.after_write:4"] {
        let environment = vec![("GYRE_FAILPOINT".to_owned(), place.to_owned())];
        // It may die before it is ready.
        if let Some(server) = shop.try_open(name, environment).await {
            course = go_on(&server, course).await;
        }
    }
    let mut server = shop.open(name, Vec::new()).await;
    assert!(go_on(&server, course).await.done);
    stop(&mut server);
    shop.folder.path().join(name)
}

#[tokio::test]
async fn the_same_records_by_the_same_rules_come_to_the_same() {
    let shop = Shop::prepared().await;
    let data = lived(&shop, "lived").await;
    for rules in ["today", "recorded"] {
        let into = shop.folder.path().join(rules);
        let said = replay(&data, &into, &["--rules", rules], "");
        let report = &said.report;
        assert_eq!(said.code, Some(0), "{rules}: {} {report}", said.error);
        assert_eq!(report["same"], true, "{report}");
        assert!(sum(report, "same") > 40, "{report}");
        for column in ["different", "only_live", "only_replayed", "moved", "blank"] {
            assert_eq!(sum(report, column), 0, "{column}: {report}");
        }
        let families = report["families"].as_array().unwrap();
        for family in ["identity", "enrollment", "consent"] {
            let one = families.iter().find(|one| one["family"] == family).unwrap();
            assert!(one["same"].as_u64().unwrap() > 0, "{one}");
        }
        let tables = report["tables"].as_array().unwrap();
        let rows = |name: &str| {
            tables.iter().find(|one| one["table"] == name).unwrap()["replayed"].as_u64().unwrap()
        };
        assert_eq!((rows("events"), rows("decisions")), (18, 9), "{report}");
    }
    // A part of it, and the fold of the server left out: the same.
    std::fs::remove_dir_all(data.join("fold")).unwrap();
    let into = shop.folder.path().join("part");
    let span = ["--from", "2026-01-02", "--to", "2026-01-22T12:00:00Z"];
    let said = replay(&data, &into, &span, "");
    assert_eq!((said.code, said.report["same"].as_bool()), (Some(0), Some(true)), "{}", said.error);
    assert!(sum(&said.report, "same") > 0, "{}", said.report);
    assert!(said.report["tables_left_out"].is_string(), "{}", said.report);

    // One that counts messages twice is noticed, and has no excuse.
    let into = shop.folder.path().join("mutant");
    let said = replay(&data, &into, &["--rules", "recorded"], "processor.no_dedup");
    assert_eq!(said.code, Some(3), "{}", said.report);
    assert_eq!(said.report["same"], false);
    assert!(said.report["unexplained"].as_u64().unwrap() > 0, "{}", said.report);

    // What cannot be right is refused, and nothing is written.
    let said = replay(&data, &into, &[], "");
    assert_eq!(said.code, Some(1));
    assert!(said.error.contains("is not empty"), "{}", said.error);
    let said = replay(&data, &data.join("inside"), &[], "");
    assert_eq!(said.code, Some(2));
    assert!(said.error.contains("--into is inside of --data"), "{}", said.error);
    let server = shop.open("lived", Vec::new()).await;
    let said = replay(&data, &shop.folder.path().join("running"), &[], "");
    assert_eq!(said.code, Some(1));
    assert!(said.error.contains("another process has the data folder"), "{}", said.error);
    drop(server);
}

const BUYERS: &str = "apiVersion: gyre/v1\nkind: Audience\nmetadata: {name: buyers}\nspec: {rule: person.orders > 0}\n";

#[tokio::test]
async fn a_rule_that_changed_shows_a_difference_and_why() {
    let shop = Shop::prepared().await;
    let mut server = shop.open("changed", Vec::new()).await;
    apply(&server, BUYERS).await;
    assert!(go_on(&server, Course::default()).await.done);
    apply(&server, &BUYERS.replace("> 0", "> 1")).await;
    server.post("/v1/clock/advance", &json!({"to": "2026-01-24T00:00:00Z"})).await;
    stop(&mut server);
    let data = shop.folder.path().join("changed");

    let said = replay(&data, &shop.folder.path().join("recorded"), &["--rules", "recorded"], "");
    assert_eq!(said.code, Some(0), "{} {}", said.error, said.report);

    let said = replay(&data, &shop.folder.path().join("today"), &[], "");
    let report = &said.report;
    assert_eq!(said.code, Some(3), "{} {report}", said.error);
    assert_eq!(report["unexplained"], 0, "{report}");
    // Nine entered by the first version and left by the second; by the second alone nobody entered.
    assert_eq!((sum(report, "only_live"), sum(report, "only_replayed")), (18, 0), "{report}");
    let changes = report["rule_changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{report}");
    assert_eq!(
        (&changes[0]["name"], &changes[0]["other_versions"]),
        (&json!("buyers"), &json!([1]))
    );
    let samples = report["samples"].as_array().unwrap();
    assert!(
        samples.iter().all(|one| one["reason"].as_str().unwrap().contains("Audience buyers")),
        "{report}"
    );

    // What would have been: everybody's address is taken for nobody's, so that nobody is joined.
    let rules = shop.folder.path().join("rules.yaml");
    std::fs::write(&rules, "apiVersion: gyre/v1\nkind: IdentityRules\nmetadata: {name: default}\nspec:\n  types:\n    - {name: email, enabled: false}\n").unwrap();
    let with = ["--with", rules.to_str().unwrap()];
    let said = replay(&data, &shop.folder.path().join("with"), &with, "");
    assert_eq!(said.code, Some(3), "{} {}", said.error, said.report);
    assert_eq!(said.report["unexplained"], 0, "{}", said.report);
    assert_eq!(said.report["people"]["parted"], 9, "{}", said.report["people"]);
    assert_eq!(said.report["people"]["joined"], 0, "{}", said.report["people"]);
}

#[tokio::test]
async fn those_who_were_erased_are_the_reason_for_what_is_missing() {
    let shop = Shop::prepared().await;
    let mut server = shop.open("erased", Vec::new()).await;
    assert!(go_on(&server, Course::default()).await.done);
    stop(&mut server);
    let mut server = shop.open("erased", Vec::new()).await;
    server.said(&["subject", "erase", "u1"]);
    server.said(&["subject", "rectify", "u2", "--replace", "u2@example.com=new@example.com"]);
    stop(&mut server);
    let data = shop.folder.path().join("erased");
    let said = replay(&data, &shop.folder.path().join("again"), &[], "");
    let report = &said.report;
    assert_eq!(report["unexplained"], 0, "{} {report}", said.error);
    assert!(sum(report, "blank") > 0, "{report}");
    // The ledger of consent is a chain: what stands behind an erased entry has another hash before it.
    assert_eq!((said.code, report["same"].as_bool()), (Some(3), Some(false)), "{report}");
    let chained = |one: &Value| {
        let reason = one["reason"].as_str().unwrap();
        one["family"] == "consent" && one["fields"] == json!(["chain"]) && reason.contains("blank")
    };
    assert!(report["samples"].as_array().unwrap().iter().all(chained), "{report}");
    assert_eq!((sum(report, "only_live"), sum(report, "only_replayed")), (0, 0), "{report}");
    assert_eq!(report["people"]["differ"], 0, "{report}");
    let tables = report["tables"].as_array().unwrap();
    assert!(tables.iter().all(|one| one["live"] == one["replayed"]), "{report}");
}
