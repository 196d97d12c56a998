//! Prime Day: eight files with dirt on purpose are imported, every dirt is found by its rule, and the
//! numbers are those of the campaign without it.

use crate::metrics::ask;
use crate::server::{Options, Server, binary, root, text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// The files in the order of the guide, with their mapping.
const FILES: [(&str, &str); 8] = [
    ("contacts.csv", "prime_contacts"),
    ("assets.csv", "prime_assets"),
    ("enrollments.csv", "prime_enrollments"),
    ("sends.csv", "prime_sends"),
    ("responses.jsonl", "prime_responses"),
    ("orders.jsonl", "prime_orders"),
    ("receipts.csv", "prime_receipts"),
    ("spend.csv", "prime_spend"),
];

/// Writes the files of a world; what is true of them.
fn generate(people: u32, folder: &Path) -> Value {
    let done = Command::new(binary("GYRE_SIM_BIN", "gyre-sim"))
        .args(["prime-day", "--people", &people.to_string(), "--seed", "2", "--out"])
        .arg(folder)
        .output()
        .expect("gyre-sim runs");
    assert!(done.status.success(), "{}", text(&done.stderr));
    serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap()
}

/// A server that has imported the files under the resources of a folder.
async fn imported(resources: &str, folder: &Path, truth: &Value) -> Server {
    let server = Server::start(Options::default()).await;
    server.said(&["apply", resources]);
    for (file, mapping) in FILES {
        let path = folder.join(file);
        server.said(&["import", path.to_str().unwrap(), "--mapping", mapping]);
    }
    // The last file is in the lake: so is everything before it.
    let spend =
        number(&truth["rows"]["spend"]) - number(&truth["letters"]["spend"]["missing_value"]);
    server.until("select count(*) from offline where kind = 'ad_spend'", spend as i64).await;
    server
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// What is not as it should be: the name, what was planted or is true, and what was found.
struct Differences(Vec<(String, f64, f64)>);

impl Differences {
    fn hold(&mut self, name: impl Into<String>, wanted: f64, found: f64) {
        if (wanted - found).abs() > 1e-6 {
            self.0.push((name.into(), wanted, found));
        }
    }
    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, ..)| name.as_str()).collect()
    }
}

async fn compare(server: &Server, truth: &Value) -> Differences {
    let mut differences = Differences(Vec::new());
    cleaning(server, truth, &mut differences).await;
    letters(server, truth, &mut differences).await;
    numbers(server, truth, &mut differences).await;
    differences
}

/// What each cleaning rule mended or dropped, and what the plan kept out.
async fn cleaning(server: &Server, truth: &Value, differences: &mut Differences) {
    let counts = server.get("/v1/tracking-plans").await;
    let counts = counts["counts"].as_array().unwrap();
    let sum = |what: &[&str], rule: &str| -> f64 {
        let about = |one: &&Value| {
            what.iter().any(|what| one["what"] == *what) && one["rule"].as_str() == Some(rule)
        };
        counts.iter().filter(about).map(|one| number(&one["count"])).sum()
    };
    for (rule, planted) in truth["planted"].as_object().unwrap() {
        differences.hold(rule, number(planted), sum(&["mended", "dropped"], rule));
    }
    for one in counts.iter().filter(|one| one["what"] == "mended" || one["what"] == "dropped") {
        let rule = one["rule"].as_str().unwrap();
        assert!(!truth["planted"][rule].is_null(), "nothing was planted for {rule}: {one}");
    }
    let rules = std::fs::read_to_string(root().join("examples/prime-day/plan.yaml")).unwrap();
    for line in rules.lines().filter(|line| line.contains("- {name: ")) {
        let rule = line.split_once("name: ").unwrap().1.split(',').next().unwrap();
        assert!(!truth["planted"][rule].is_null(), "nothing is planted for the rule {rule}");
    }
    let violations = counts.iter().filter(|one| one["what"] == "violation");
    let found: f64 = violations.map(|one| number(&one["count"])).sum();
    let kept_out = truth["kept_out"].as_object().unwrap();
    differences.hold("violations", kept_out.values().map(number).sum(), found);
    for (code, planted) in kept_out {
        differences.hold(code, number(planted), sum(&["violation"], code));
    }
}

/// Rows that could not be used, by file and reason.
async fn letters(server: &Server, truth: &Value, differences: &mut Differences) {
    let mut planted = 0.0;
    for (file, codes) in truth["letters"].as_object().unwrap() {
        for (code, wanted) in codes.as_object().unwrap() {
            planted += number(wanted);
            let sql = format!(
                "select count(*) from dead_letters where origin = 'import:prime_{file}' and code = '{code}'"
            );
            let found = server.count(&sql).await as f64;
            differences.hold(format!("{file} {code}"), number(wanted), found);
        }
    }
    let kept_out = truth["kept_out"].as_object().unwrap().values().map(number).sum::<f64>();
    let all = server.count("select count(*) from dead_letters").await as f64;
    differences.hold("dead letters", planted + kept_out, all);
}

/// The rows of an answer by their first dimension.
async fn by(server: &Server, metrics: &[&str], dimension: &str) -> Vec<(String, Value)> {
    let answer = ask(
        server,
        json!({"metrics": metrics, "dimensions": [dimension], "time": {"range": {"type": "all"}}}),
    )
    .await;
    let rows = answer["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        (row["dimensions"][0].as_str().unwrap_or("-").to_owned(), row["metrics"].clone())
    })
    .collect()
}

/// The numbers of the campaign, as metrics say them.
async fn numbers(server: &Server, truth: &Value, differences: &mut Differences) {
    let clean = &truth["clean"];
    let sources = by(server, &["orders", "revenue", "margin"], "source").await;
    assert_eq!(sources.len(), 2, "{sources:?}");
    for (source, found) in &sources {
        let wanted = &clean[if source == "offline" { "store_orders" } else { "orders" }];
        let now = |metric: &str| number(&found[metric]["now"]["value"]);
        differences.hold(format!("orders {source}"), number(&wanted["count"]), now("orders"));
        for sum in ["revenue", "margin"] {
            differences.hold(format!("{sum} {source}"), number(&wanted[sum]), now(sum));
        }
    }
    let customers =
        ask(server, json!({"metrics": ["customers"], "time": {"range": {"type": "all"}}})).await;
    let found = number(&customers["total"]["customers"]["now"]["value"]);
    differences.hold("customers", number(&clean["customers"]), found);

    for (arm, found) in by(server, &["prime_enrolled"], "arm").await {
        let wanted = &clean["variants"][&arm]["enrolled"];
        let found = number(&found["prime_enrolled"]["now"]["value"]);
        differences.hold(format!("enrolled {arm}"), number(wanted), found);
    }
    let metrics = ["prime_deliveries", "prime_reach", "prime_ctr", "prime_conversion"];
    let variants = by(server, &metrics, "variant").await;
    assert_eq!(variants.len(), 2, "{variants:?}");
    for (variant, found) in &variants {
        let wanted = &clean["variants"][variant];
        for (name, metric, part) in [
            ("deliveries", "prime_deliveries", "value"),
            ("reached", "prime_reach", "value"),
            ("reached", "prime_ctr", "denominator"),
            ("clicked", "prime_ctr", "numerator"),
            ("converted", "prime_conversion", "numerator"),
        ] {
            let found = number(&found[metric]["now"][part]);
            differences.hold(format!("{name} {variant}"), number(&wanted[name]), found);
        }
    }
    for (kind, prefix) in [("segments", "prime_conversion_"), ("asset_types", "prime_ctr_")] {
        for (name, wanted) in clean[kind].as_object().unwrap() {
            let metric = format!("{prefix}{name}");
            let question = json!({"metrics": [metric], "time": {"range": {"type": "all"}}});
            let answer = ask(server, question).await;
            let now = &answer["total"][&metric]["now"];
            differences.hold(&metric, number(&wanted["people"]), number(&now["denominator"]));
            differences.hold(&metric, number(&wanted["did"]), number(&now["numerator"]));
        }
    }
    let spend = by(server, &["ad_spend"], "channel").await;
    assert_eq!(spend.len(), 3, "{spend:?}");
    for (channel, found) in &spend {
        let wanted = number(&clean["spend"][channel]);
        differences.hold(
            format!("spend {channel}"),
            wanted,
            number(&found["ad_spend"]["now"]["value"]),
        );
    }
}

#[tokio::test]
async fn prime_day_is_cleaned_as_planted_and_counted_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let truth = generate(300, folder.path());
    let server = imported("examples/prime-day", folder.path(), &truth).await;
    let differences = compare(&server, &truth).await;
    assert!(differences.0.is_empty(), "{:#?}", differences.0);

    // The command line says the same, and offline and online are one person.
    let clean = &truth["clean"];
    let said =
        server.said(&["metrics", "query", "orders", "--by", "source", "--period", "2025-07"]);
    for kind in ["orders", "store_orders"] {
        assert!(said.contains(&clean[kind]["count"].to_string()), "{said}");
    }
    let shown = server.said(&["tracking-plan", "show"]);
    let sizes = &truth["planted"]["send_formats"];
    let line = shown.lines().find(|line| line.contains("send_formats")).unwrap_or(&shown);
    assert!(line.contains(&sizes.to_string()), "{sizes}: {shown}");
    let sql = "select count(*) from content where json_text(metadata, 'format') like '%×%'";
    let published =
        clean["assets"].as_i64().unwrap() + truth["planted"]["published_twice"].as_i64().unwrap();
    assert_eq!(server.count(sql).await, published);
    let shown = server.said(&["campaign", "show", "prime_day"]);
    for wanted in ["percent_off", "early_access", "loyal_members", "delivered", "click"] {
        assert!(shown.contains(wanted), "{wanted} is missing in\n{shown}");
    }
    let board = server.get("/v1/boards/prime_day").await;
    assert!(board.to_string().contains("Per type of asset"), "{board}");
}

#[tokio::test]
async fn prime_day_without_a_rule_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let truth = generate(300, folder.path());
    let broken = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("examples/prime-day")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> = text
            .lines()
            // No format is repaired, nobody is told from themselves, and lines that come again count.
            .filter(|line| !line.contains("name: send_formats"))
            .filter(|line| !line.contains("name: enrolled_twice"))
            .filter(|line| !line.contains("row_id: {column: send_id}"))
            .collect();
        std::fs::write(broken.path().join(path.file_name().unwrap()), kept.join("\n")).unwrap();
    }
    let server = imported(broken.path().to_str().unwrap(), folder.path(), &truth).await;
    let differences = compare(&server, &truth).await;
    let names = differences.names();
    for wanted in ["send_formats", "enrolled_twice"] {
        assert!(names.contains(&wanted), "{names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("deliveries ")), "{names:?}");
    let sql = "select count(*) from events_send_logged where format not like '%×%'";
    assert!(server.count(sql).await > 0);
    // What is not broken is as it was.
    assert!(!names.contains(&"orders offline") && !names.contains(&"ordered_twice"), "{names:?}");
}
