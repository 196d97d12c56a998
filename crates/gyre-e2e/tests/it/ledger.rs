//! The consent ledger through the real binary, when people are erased, entries grow old, and the fold is derived
//! again.

use crate::collect::{KEY, SOURCE, apply};
use crate::server::{Options, Server, text};
use serde_json::{Value, json};
use std::fs;

fn said(user: &str, purpose: &str, granted: bool, message: &str) -> Value {
    json!({"type": "track", "event": "Consent Updated", "userId": user, "messageId": message,
           "properties": {"purpose": purpose, "granted": granted}})
}

/// Everything the lake has of the ledger.
async fn ledger(server: &Server) -> Vec<Vec<Value>> {
    let all = "select number, consent, previous_hash, hash, node, person, purpose, decision, \
               occurred_at, message_id from consents order by number";
    server.query(all).await
}

/// The server anew, with a fold that is derived again from the journal.
async fn derived_again(server: &mut Server, environment: Vec<(String, String)>) {
    server.kill();
    fs::remove_dir_all(server.data.join("fold")).unwrap();
    server.restart(environment).await;
}

async fn shop(options: Options) -> Server {
    let server = Server::start(options).await;
    apply(&server, SOURCE).await;
    let mut events = Vec::new();
    for (round, granted) in [("a", true), ("b", false)] {
        for user in ["ada", "bob", "cy"] {
            events.push(json!({"type": "identify", "userId": user,
                "messageId": format!("i-{user}-{round}"),
                "traits": {"email": format!("{user}@example.com"), "email_consent": granted}}));
            events.push(said(user, "analytics", granted, &format!("c-{user}-{round}")));
        }
    }
    server.batch(KEY, &events).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    server
}

#[tokio::test]
async fn an_erasure_leaves_a_ledger_that_is_whole_however_often_it_is_derived() {
    let mut server = shop(Options::manual()).await;
    let before = ledger(&server).await;
    assert_eq!(before.len(), 12);
    let answer = server.said(&["subject", "erase", "cy@example.com"]);
    assert!(answer.contains("consent"), "{answer}");
    // Of the last words one was erased, too.
    let verified = server.said(&["consent", "verify"]);
    assert!(
        verified.contains("8 entries held")
            && verified.contains("4 entries were erased with their people")
            && verified.contains("the ledger is whole"),
        "{verified}"
    );
    let left = ledger(&server).await;
    assert!(left.len() == 8 && left.iter().all(|row| before.contains(row)));
    derived_again(&mut server, vec![]).await;
    assert_eq!(ledger(&server).await, left);
    assert_eq!(server.said(&["consent", "verify"]), verified);
    // What comes next has the next place, and what is derived again is what is there.
    server.batch(KEY, &[said("ada", "profiling", true, "n")]).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-03T00:00:00Z"})).await;
    let grown = ledger(&server).await;
    assert_eq!((grown.len(), &grown[..8], &grown[8][0]), (9, &left[..], &json!(13)));
    derived_again(&mut server, vec![]).await;
    assert_eq!(ledger(&server).await, grown);
    let verified = server.said(&["consent", "verify"]);
    assert!(verified.contains("the ledger is whole"), "{verified}");
    let stands = server.said(&["person", "consent", "ada@example.com"]);
    assert!(stands.contains("withdrawn") && stands.contains("profiling"), "{stands}");
}

#[tokio::test]
async fn a_ledger_that_is_derived_anew_or_a_gap_that_nobody_signed_would_be_noticed() {
    for (mutant, fault) in [("ledger.derived_anew", "entry"), ("ledger.no_places", "missing")] {
        let options = Options::manual().environment("GYRE_MUTANT", mutant);
        let mut server = shop(options).await;
        server.said(&["subject", "erase", "ada@example.com"]);
        derived_again(&mut server, vec![("GYRE_MUTANT".into(), mutant.into())]).await;
        server.batch(KEY, &[said("bob", "profiling", true, "n")]).await.unwrap();
        server.post("/v1/clock/advance", &json!({"to": "2026-01-03T00:00:00Z"})).await;
        let found = server.gyre(&["consent", "verify"]);
        let told = text(&found.stdout);
        assert!(!found.status.success() && told.contains(fault), "{mutant}: {told}");
    }
}

#[tokio::test]
async fn old_entries_go_those_in_force_stay_and_the_rest_is_whole() {
    let options = Options::manual().argument("--retain", "consent=30d");
    let mut server = shop(options).await;
    server.post("/v1/clock/advance", &json!({"to": "2026-03-01T00:00:00Z"})).await;
    server.until("select count(*) from consents", 6).await;
    let verified = server.said(&["consent", "verify"]);
    assert!(
        verified.contains("6 entries held")
            && verified.contains("6 entries were removed because of their age")
            && verified.contains("the ledger is whole"),
        "{verified}"
    );
    let status = server.said(&["status"]);
    assert!(status.contains("consent"), "{status}");
    let left = ledger(&server).await;
    derived_again(&mut server, vec![]).await;
    assert_eq!(ledger(&server).await, left);
    assert_eq!(server.said(&["consent", "verify"]), verified);
    let stands = server.said(&["person", "consent", "ada@example.com"]);
    assert!(stands.contains("withdrawn"), "{stands}");
}

#[tokio::test]
async fn a_removal_by_age_goes_on_wherever_the_process_dies() {
    for place in ["retention.after_gaps:1", "retention.after_step:1"] {
        let options = Options::manual()
            .argument("--retain", "consent=30d")
            .environment("GYRE_FAILPOINT", place);
        let mut server = shop(options).await;
        // It dies while the clock advances.
        let to = json!({"to": "2026-03-01T00:00:00Z"});
        drop(server.call(reqwest::Method::POST, "/v1/clock/advance", Some(&to)).await);
        server.wait();
        server.restart(vec![]).await;
        server.post("/v1/clock/advance", &json!({"to": "2026-03-02T00:00:00Z"})).await;
        server.until("select count(*) from consents", 6).await;
        let verified = server.said(&["consent", "verify"]);
        assert!(
            verified.contains("6 entries were removed") && verified.contains("is whole"),
            "{place}: {verified}"
        );
        let standing = server.count("select count(*) from consents where not granted").await;
        assert_eq!(standing, 6, "{place}: what is in force stays");
    }
}
