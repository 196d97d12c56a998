//! Dead letters from wherever they come: seen, mended by a rule or by hand, replayed, and counted once.

use crate::collect::{KEY, SOURCE, apply, with_source};
use crate::server::{Options, Server, binary};
use serde_json::{Value, json};
use std::process::Command;

const PLAN: &str = "\
apiVersion: gyre/v1
kind: TrackingPlan
metadata: {name: shop}
spec:
  events:
    Paid: {mode: block, properties: {total: {type: number, required: true}}}
";

/// An event that a plan blocks, mended twice; what the second time said, and how many events there are.
async fn blocked(options: Options) -> (Value, i64) {
    let server = with_source(options).await;
    apply(&server, PLAN).await;
    let paid = json!({"type": "track", "event": "Paid", "userId": "ada", "messageId": "m1",
        "properties": {"total": "much"}});
    server.batch(KEY, &[paid]).await.unwrap();
    server.until("select count(*) from dead_letters where code = 'plan_blocked'", 1).await;
    assert_eq!(server.count("select count(*) from events").await, 0);
    assert_eq!(server.count("select count(*) from violations where mode = 'block'").await, 1);
    let told = server.said(&["dead-letters", "list", "--code", "plan_blocked"]);
    assert!(told.contains("wrong_type of total") && told.contains("source:web"), "{told}");
    let mend = ["dead-letters", "mend", "--code", "plan_blocked", "--set", "properties.total=12"];
    assert!(server.said(&mend).contains("1 accepted"));
    let paid = "select count(*) from events where name = 'Paid' and properties like '%12%'";
    server.until(paid, 1).await;
    let letter = server.query("select letter from dead_letters where replayed_as is null").await;
    let again = json!({"ids": letter[0], "set": {"properties.total": 12}});
    let answer = server.post("/v1/dead-letters/replay", &again).await;
    server.until("select count(*) from dead_letters where raw = ''", 1).await;
    (answer, server.count(paid).await)
}

#[tokio::test]
async fn what_a_plan_blocks_can_be_mended_and_is_replayed_once() {
    let (answer, events) = blocked(Options::default()).await;
    assert_eq!((&answer["accepted"], events), (&json!(0), 1), "{answer}");
    assert!(answer["left"][0][1].as_str().unwrap().contains("replayed before"), "{answer}");
    // Without looking whether it was, it would be taken once more; its message id is known still.
    let options = Options::default().environment("GYRE_MUTANT", "letters.again");
    let (answer, events) = blocked(options).await;
    assert_eq!((&answer["accepted"], events), (&json!(1), 1), "{answer}");
}

#[tokio::test]
async fn consent_that_could_not_be_read_is_mended_by_a_rule() {
    let server = Server::start(Options::manual()).await;
    apply(&server, SOURCE).await;
    let page = |user: &str, no: Value| {
        json!({"type": "page", "userId": user, "messageId": user, "timestamp": "2025-12-20T00:00:00Z",
            "context": {"consent": {"categoryPreferences": {"Advertising": no}}}})
    };
    let events = [page("ada", json!("no")), page("bob", json!("no")), page("cy", json!(false))];
    server.batch(KEY, &events).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    assert_eq!(server.count("select count(*) from consents").await, 1);
    let set = "event.context.consent.categoryPreferences.Advertising=false";
    let mend = ["dead-letters", "mend", "--origin", "step:consent", "--set", set];
    let told = server.said(&mend);
    assert!(told.contains("2 accepted, 0 rejected"), "{told}");
    server.post("/v1/clock/advance", &json!({"to": "2026-01-03T00:00:00Z"})).await;
    // As of when it was said, of whom it was said.
    let said = "select count(distinct node) from consents where purpose = 'ads_share' \
                and not granted and occurred_at = timestamp '2025-12-20'";
    assert_eq!(server.count(said).await, 3);
    assert_eq!(server.count("select count(*) from events where kind = 'page'").await, 3);
    assert!(server.said(&mend).contains("0 accepted, 0 rejected"), "none waits");
    assert_eq!(server.count("select count(*) from consents").await, 3);
}

#[tokio::test]
async fn a_line_that_is_no_row_keeps_its_text_and_is_mended_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    let header = "user_id,email,order_id,ordered_at,total\n";
    let good = "ada,ada@example.com,o-1,2026-03-01T10:00:00Z,19.5\n";
    let short = "bob,o-2,2026-03-02T10:00:00Z,7.25\n";
    std::fs::write(&file, format!("{header}{good}{short}")).unwrap();
    let path = file.to_str().unwrap().to_owned();
    let server = Server::start(Options::default()).await;
    let suggest =
        Command::new(binary("GYRE_BIN", "gyre")).args(["import", "suggest", &path]).output();
    let mapping = folder.path().join("mapping.yaml");
    std::fs::write(&mapping, suggest.unwrap().stdout).unwrap();
    server.said(&["apply", mapping.to_str().unwrap()]);
    server.said(&["import", &path, "--mapping", "orders"]);
    // Another file has another such line at the same place.
    std::fs::write(&file, format!("{header}{good}\"cy,o-3\n")).unwrap();
    server.said(&["import", &path, "--mapping", "orders"]);
    let letters = "select count(*) from dead_letters where code = 'malformed_row'";
    server.until(letters, 2).await;
    let rows = "select letter, raw, message, hint from dead_letters order by _offset";
    let rows = server.query(rows).await;
    assert_eq!((&rows[0][1], rows[1][1].as_str()), (&json!(short.trim()), Some("\"cy,o-3")));
    assert_eq!(
        (&rows[0][2], &rows[1][2]),
        (&json!("it has 4 fields, the header 5"), &json!("a quote is not closed"))
    );
    assert!(rows[0][3].as_str().unwrap().contains("order_id"), "{rows:?}");
    for (row, user) in rows.iter().zip(["bob", "cy"]) {
        let id = row[0].as_str().unwrap();
        assert!(server.said(&["dead-letters", "replay", id]).contains("mend it whole"));
        let whole = json!({"user_id": user, "email": format!("{user}@example.com"),
            "order_id": user, "ordered_at": "2026-03-02T10:00:00Z", "total": "7.25"});
        let mend = ["dead-letters", "mend", id, "--event", &whole.to_string()];
        assert!(server.said(&mend).contains("1 accepted"));
        assert!(server.said(&mend).contains("replayed before"));
    }
    let orders = "select count(*) from events where name = 'Order Completed'";
    server.until(orders, 3).await;
}
