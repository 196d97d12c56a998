//! Who is left out of what is measured, and who is left out of what was restored.

use crate::rights::{EMAIL, KEY, Template, USER, customers, stop};
use crate::server::{Options, Server, binary, text};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Restricted people, and those who do not agree to be measured, count in no turn from then on.
#[tokio::test]
async fn a_turn_measures_nobody_who_is_withheld() {
    for (mutant, left_out) in [("", 2), ("gate.restricted", 1), ("gate.withheld", 1)] {
        let server = Server::start(Options::manual().environment("GYRE_MUTANT", mutant)).await;
        server.said(&["apply", "examples/shop"]);
        let policy = "apiVersion: gyre/v1\nkind: ConsentPolicy\nmetadata: {name: consent}\n\
            spec: {jurisdiction: {otherwise: us}, jurisdictions: {us: {default: allow}}}\n";
        crate::collect::apply(&server, policy).await;
        let (status, _) = server.batch(KEY, &customers()).await.unwrap();
        assert!(status.is_success());
        server.post("/v1/clock/advance", &json!({"to": "2026-02-10T00:00:00Z"})).await;
        let turn = async |number: usize| {
            let view = server.get("/v1/loops/repurchase").await;
            view["turns"][number].clone()
        };
        let people = |turn: &Value| {
            turn["treated"]["people"].as_u64().unwrap()
                + turn["holdout"]["people"].as_u64().unwrap()
        };
        server.said(&["subject", "restrict", "c0@example.com"]);
        server.said(&["consent", "state", "--user", "c1", "--topic", "analytics=denied"]);
        server.post("/v1/clock/advance", &json!({"to": "2026-03-10T00:00:00Z"})).await;
        let second = turn(1).await;
        assert_eq!(people(&second), 7 - left_out, "{mutant}: {second}");
        let told = second["warnings"].to_string();
        assert!(told.contains("may not be measured any more"), "{mutant}: {told}");
    }
}

const SEEN: &str = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: seen}\n\
    spec: {type: server, write_keys: [coverage-key-0001]}\n---\n\
    apiVersion: gyre/v1\nkind: ConsentPolicy\nmetadata: {name: consent}\n\
    spec: {jurisdiction: {otherwise: us}, jurisdictions: {us: {default: allow}}}\n";

/// Every answer says what share of people its numbers cover, and how much comes late.
#[tokio::test]
async fn an_answer_says_whom_it_covers_and_how_much_comes_late() {
    let server = Server::start(Options::manual()).await;
    crate::collect::apply(&server, SEEN).await;
    server.post("/v1/clock/advance", &json!({"to": "2026-03-01T00:00:00Z"})).await;
    let events = [
        ("ann", "2026-03-01T00:00:00Z"),
        ("ann", "2026-02-28T23:59:00Z"),
        ("ann", "2026-02-28T23:58:00Z"),
        ("ann", "2026-02-28T23:57:00Z"),
        ("bob", "2026-02-28T23:56:00Z"),
        // Ten minutes late, and a day.
        ("cy", "2026-02-28T23:50:00Z"),
        ("cy", "2026-02-28T00:00:00Z"),
        // History: neither late nor not.
        ("ann", "2026-02-18T00:00:00Z"),
        ("dan", "2026-02-18T00:00:00Z"),
        // Before the 28 days.
        ("eve", "2026-01-20T00:00:00Z"),
    ];
    let events = events.map(|(user, at)| {
        json!({"type": "track", "event": "Seen", "userId": user, "timestamp": at,
               "messageId": format!("{user} {at}")})
    });
    server.batch("coverage-key-0001", &events).await.unwrap();
    // This, too, is an event of his.
    server.said(&["consent", "state", "--user", "dan", "--topic", "analytics=denied"]);
    let coverage = async |metric: &str| {
        let question = json!({"metrics": [metric]});
        server.post("/v1/metrics/query", &question).await["coverage"].clone()
    };
    let known = json!({"days": 28, "people": 0.75, "events": 0.8, "late": 0.25});
    assert_eq!(coverage("orders").await, known);
    // What the server itself did leaves nobody out.
    let everybody = json!({"days": 28, "people": null, "events": null, "late": 0.25});
    assert_eq!(coverage("sends").await, everybody);
    let funnel = json!({"steps": [{"event": "Seen"}, {"event": "Bought"}]});
    assert_eq!(server.post("/v1/funnels/query", &funnel).await["coverage"], known);
    let said = server.said(&["metrics", "query", "orders"]);
    let line =
        "last 28 days: covers 75.00 % of people and 80.00 % of events; 25.00 % of events came late";
    assert!(said.contains(line), "{said}");

    // It is not asked at every question, but again after five minutes.
    server.said(&["consent", "state", "--user", "cy", "--topic", "analytics=denied"]);
    assert_eq!(coverage("orders").await, known);
    server.post("/v1/clock/advance", &json!({"to": "2026-03-01T00:06:00Z"})).await;
    assert_eq!(coverage("orders").await["people"], 0.5);
}

/// An audience is given to others without those who do not agree to that, and without the restricted.
#[tokio::test]
async fn an_export_has_only_those_who_agree_to_it() {
    for (mutant, exported) in [("", 3), ("gate.permitted", 6)] {
        let server = Server::start(Options::manual().environment("GYRE_MUTANT", mutant)).await;
        server.said(&["apply", "examples/shop"]);
        let policy = "apiVersion: gyre/v1\nkind: ConsentPolicy\nmetadata: {name: consent}\n\
            spec: {jurisdiction: {otherwise: us}, jurisdictions: {us: {default: allow, topics: {ads_share: deny}}}}\n\
            ---\napiVersion: gyre/v1\nkind: Audience\nmetadata: {name: everybody}\nspec: {rule: person.orders >= 0}\n";
        crate::collect::apply(&server, policy).await;
        let (status, _) = server.batch(KEY, &customers()).await.unwrap();
        assert!(status.is_success());
        server.post("/v1/clock/advance", &json!({"to": "2026-02-10T00:00:00Z"})).await;
        for user in ["c0", "c1", "c2", "c3"] {
            server.said(&["consent", "state", "--user", user, "--topic", "ads_share=granted"]);
        }
        server.said(&["subject", "restrict", "c0@example.com"]);
        let page = server.get("/v1/audiences/everybody/export").await;
        // Who is restricted is in no audience any more.
        assert_eq!(page["looked_at"], 6, "{mutant}: {page}");
        let members = page["members"].as_array().unwrap();
        assert_eq!(members.len(), exported, "{mutant}: {page}");
        let c1 = members.iter().find(|one| one["user_ids"] == json!(["c1"])).expect("c1");
        assert_eq!(c1["emails"], json!(["c1@example.com"]));
        if mutant.is_empty() {
            assert_eq!((&page["restricted"], &page["without_consent"]), (&json!(0), &json!(3)));
            assert!(page.get("next").is_none(), "{page}");
            let gates = server.said(&["consent", "gates"]);
            assert!(gates.contains("export"), "{gates}");
            let (status, _) = server
                .call(reqwest::Method::GET, "/v1/audiences/nobody/export", None)
                .await
                .unwrap();
            assert_eq!(status, reqwest::StatusCode::NOT_FOUND);
        }
    }
}

/// A backup of before an erasure has the person; the certificate carries the erasure into what is restored.
#[tokio::test]
async fn an_erasure_is_carried_into_a_restored_backup_by_its_certificate() {
    let template = Template::new().await;
    let folder = template.folder.path();
    let (backup, restored) = (folder.join("backup"), folder.join("restored"));
    let gyre = |arguments: &[&str]| {
        let output = Command::new(binary("GYRE_BIN", "gyre")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    gyre(&["backup", "--plain", "--data", &path(&folder.join("template")), "--to", &path(&backup)]);
    let mut server = template.open("erased", &[]).await;
    let certificate = path(&folder.join("certificate.json"));
    server.said(&["subject", "erase", EMAIL, "--certificate", &certificate]);
    stop(&mut server);
    for (mutant, is_left) in [("subject.no_hashes", true), ("", false)] {
        drop(std::fs::remove_dir_all(&restored));
        gyre(&["restore", "--from", &path(&backup), "--data", &path(&restored)]);
        let mut server = template.open("restored", &[("GYRE_MUTANT", mutant)]).await;
        server.post("/v1/clock/advance", &json!({"to": "2026-01-23T00:00:01Z"})).await;
        assert_eq!(
            server.get(&format!("/v1/people/{EMAIL}")).await["nodes"].as_array().unwrap().len(),
            6
        );
        let person = server.get(&format!("/v1/people/{EMAIL}")).await;
        assert_eq!(person["nodes"].as_array().unwrap().len(), 6, "the backup has the person");
        server.said(&["subject", "erase-again", &certificate]);
        if !is_left {
            let verified = server.said(&["consent", "verify"]);
            assert!(verified.contains("the ledger is whole"), "{verified}");
            let late = json!({"type": "page", "userId": USER, "messageId": "late"});
            server.batch(KEY, &[late]).await.unwrap();
            server.post("/v1/clock/advance", &json!({"to": "2026-01-24T00:00:00Z"})).await;
            assert_eq!(
                server.count("select count(*) from events where message_id = 'late'").await,
                0
            );
        }
        stop(&mut server);
        assert_eq!(
            !template.finds(&restored).is_empty(),
            is_left,
            "{:?}",
            template.finds(&restored)
        );
    }
}
