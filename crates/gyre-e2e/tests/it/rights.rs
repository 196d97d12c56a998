//! The rights of people over their own data. What is erased is looked for in every store, decoded; before
//! that it is shown that the search finds it, and with one store left out that it would be noticed.

use crate::faults::copy;
use crate::scan::{Finds, Needle, scan};
use crate::server::{Options, Server, binary, root, text};
use crate::smtp::Sink;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) const KEY: &str = "shop-server-key-0001";
pub(crate) const USER: &str = "Victim-u7Qx";
pub(crate) const EMAIL: &str = "zelda.kx93@example.org";
const ANONYMOUS: &str = "anon-5fWq81";
/// A number as it was typed, as it is kept, and as somebody else wrote it.
const PHONES: [&str; 3] = ["+49 (0)151 777-12-345", "+4915177712345", "0049-151-777 12 345"];
const CARD: &str = "card-Zx81-77";
const DEVICE: &str = "device-9Kq2w";
const IDENTITY: &str = "apiVersion: gyre/v1
kind: IdentityRules
metadata: {name: ours}
spec: {types: [{name: card, from: {trait: loyalty_card}}]}
";
const LATER: &str = "2026-01-23T00:00:00Z";

/// A shop with customers of whom one will want to be forgotten, stopped three weeks later.
pub(crate) struct Template {
    pub(crate) folder: tempfile::TempDir,
    sink: Sink,
    nodes: Vec<String>,
}

pub(crate) fn customers() -> Vec<Value> {
    let mut events = vec![
        json!({"type": "page", "name": "Home", "anonymousId": ANONYMOUS, "messageId": "v1"}),
        json!({"type": "identify", "userId": USER, "anonymousId": ANONYMOUS, "messageId": "v2",
               "traits": {"email": EMAIL, "first_name": "Zelda", "email_consent": true,
                          "phone": PHONES[0], "loyalty_card": CARD},
               "context": {"device": {"id": DEVICE}}}),
        json!({"type": "track", "event": "Order Completed", "userId": USER, "messageId": "v3",
               "properties": {"margin": 9.5, "revenue": 30}}),
        // The same again: the journal keeps it, the tables do not.
        json!({"type": "track", "event": "Order Completed", "userId": USER, "messageId": "v3",
               "properties": {"margin": 9.5, "revenue": 30}}),
        // Rejected, with and without somebody to file it under.
        json!({"type": "track", "userId": USER, "messageId": "v4"}),
        json!({"type": "track", "event": "Signed Up", "messageId": "v5",
               "context": {"traits": {"email": EMAIL}}}),
        json!({"type": "track", "event": "Called Back", "messageId": "v8",
               "properties": {"note": format!("ring {}", PHONES[2])}}),
        json!({"type": "track", "event": "Card Lost", "messageId": "v9",
               "properties": {"note": format!("it was {CARD}")}}),
    ];
    for n in 0..6 {
        let user = format!("c{n}");
        events.push(json!({"type": "identify", "userId": user, "messageId": format!("i{n}"),
            "traits": {"email": format!("{user}@example.com"), "email_consent": true}}));
        events.push(json!({"type": "track", "event": "Order Completed", "userId": user,
            "messageId": format!("o{n}"), "properties": {"margin": 9.5, "revenue": 30}}));
    }
    events
}

/// Somebody else's event that names the address.
fn of_somebody_else() -> Value {
    json!({"type": "identify", "userId": "c0", "messageId": "v6", "traits": {"email": EMAIL}})
}

impl Template {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sink = Sink::start().await;
        let mut options = Options::manual().argument("--smtp", &sink.url());
        options.data = Some(folder.path().join("template"));
        let mut server = Server::start(options).await;
        server.said(&["apply", "examples/shop"]);
        let rules = folder.path().join("identity.yaml");
        std::fs::write(&rules, IDENTITY).unwrap();
        server.said(&["apply", rules.to_str().unwrap()]);
        // One rejected event does not cost the others.
        let (status, _) = server.batch(KEY, &customers()).await.unwrap();
        assert!(status.is_success());
        // Later, so that the address stays whose it is.
        server.post("/v1/clock/advance", &json!({"to": "2026-01-01T00:00:01Z"})).await;
        let (status, _) = server.batch(KEY, &[of_somebody_else()]).await.unwrap();
        assert!(status.is_success());
        // An address with its sign escaped is the same address.
        let escaped = format!(
            r#"{{"batch":[{{"type":"identify","userId":"{USER}","messageId":"v7","traits":{{"email":"{}"}}}}]}}"#,
            EMAIL.replace('@', "\\u0040")
        );
        let url = format!("{}/v1/batch", server.url);
        let answer = Client::new().post(url).basic_auth(KEY, Some("")).body(escaped).send().await;
        assert!(answer.unwrap().status().is_success());
        server.post("/v1/clock/advance", &json!({"to": LATER})).await;
        server.post("/v1/decide", &json!({"user_id": USER, "placement": "home"})).await;
        let person = server.get(&format!("/v1/people/{EMAIL}")).await;
        let nodes: Vec<String> = person["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["node"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(nodes.len(), 6, "{person}");
        let archive = folder.path().join("export.tar");
        server.said(&["subject", "export", USER, "--out", archive.to_str().unwrap()]);
        stop(&mut server);
        Self { folder, sink, nodes }
    }

    pub(crate) fn needles(&self) -> Vec<Needle> {
        let mut needles = vec![
            Needle::text("user id", USER),
            Needle::text("address", EMAIL),
            Needle::text("anonymous id", ANONYMOUS),
            Needle::text("trait", "Zelda"),
            Needle::text("own id", CARD),
            Needle::text("device", DEVICE),
        ];
        needles.extend(PHONES.map(|phone| Needle::text("phone", phone)));
        needles.extend(self.nodes.iter().map(|node| Needle::id("node", node)));
        needles
    }

    pub(crate) async fn open(&self, name: &str, environment: &[(&str, &str)]) -> Server {
        let data = self.folder.path().join(name);
        if !data.exists() {
            copy(&self.folder.path().join("template"), &data);
        }
        let mut options = Options::manual().argument("--smtp", &self.sink.url());
        options.data = Some(data);
        for (name, value) in environment {
            options = options.environment(name, value);
        }
        Server::start(options).await
    }

    pub(crate) fn finds(&self, data: &Path) -> Finds {
        scan(data, &self.needles())
    }
}

/// Ends a server as an operator does, so that everything is written where it belongs.
pub(crate) fn stop(server: &mut Server) {
    Command::new("kill").args(["-TERM", &server.pid().to_string()]).status().unwrap();
    server.wait();
}

/// Asks for an erasure, if the server lives that long.
pub(crate) async fn ask(server: &Server, kind: &str, identifier: &str) -> Option<String> {
    let body = json!({"kind": kind, "identifier": identifier, "reference": "T-1"});
    let answer = server.call(Method::POST, "/v1/subject-requests", Some(&body)).await.ok()?;
    Some(answer.1["id"].as_str()?.to_owned())
}

/// Waits until every erasure is done or failed, and gives the newest; `None` when the server ends before.
pub(crate) async fn ended(server: &mut Server) -> Option<Value> {
    let began = Instant::now();
    loop {
        if server.has_ended() {
            return None;
        }
        if let Ok((_, list)) = server.call(Method::GET, "/v1/subject-requests", None).await
            && let Some(requests) = list["requests"].as_array()
        {
            let mut erasures = requests.iter().filter(|one| one["kind"] == "erase");
            if erasures.clone().all(|one| one["state"] != "received")
                && let Some(newest) = erasures.next()
            {
                return Some(newest.clone());
            }
        }
        assert!(began.elapsed() < Duration::from_secs(90), "the erasure does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What is known of everybody else.
pub(crate) async fn others(server: &Server) -> Vec<Vec<Vec<Value>>> {
    let mut facts = Vec::new();
    for sql in [
        "select message_id, node, person from events where user_id like 'c%' and message_id <> 'v6' order by 1",
        "select scope, name, node, entered, arm from enrollments where node in (select node from events where user_id like 'c%') order by 1, 2, 3, 4, 5",
        "select node, channel, granted from consents where node in (select node from events where user_id like 'c%') order by 1, 2, 3",
        "select decision, node, chosen from decisions where node in (select node from events where user_id like 'c%') order by 1",
    ] {
        facts.push(server.query(sql).await);
    }
    facts
}

const STORES: [&str; 5] = ["exports", "fold", "journal", "lake", "state"];

#[tokio::test]
async fn nothing_is_left_of_somebody_who_was_erased() {
    let template = Template::new().await;
    let before = template.finds(&template.folder.path().join("template"));
    assert_eq!(before.keys().map(String::as_str).collect::<Vec<_>>(), STORES, "{before:?}");
    for store in ["exports", "fold", "journal", "lake"] {
        for name in ["user id", "address", "anonymous id", "phone", "own id", "device", "node"] {
            let is_blind = store == "fold" || before[store].contains(name);
            assert!(is_blind, "{name} is not found in the {store}: the search is blind");
        }
    }
    assert!(before["fold"].contains("address") && before["state"].contains("node"));

    let mut server = template.open("erased", &[]).await;
    let known = others(&server).await;
    assert!(known.iter().all(|rows| !rows.is_empty()));
    let certificate = template.folder.path().join("certificate.json");
    let said =
        server.said(&["subject", "erase", EMAIL, "--certificate", certificate.to_str().unwrap()]);
    for line in ["erase is done", "journal", "lake", "state", "fold", "exports"] {
        assert!(said.contains(line), "{said}");
    }
    assert_eq!(others(&server).await, known);
    let (status, _) = server.call(Method::GET, &format!("/v1/people/{USER}"), None).await.unwrap();
    assert_eq!(status.as_u16(), 404);
    check_certificate(&server, &certificate);
    // The same request again is the same.
    let again = ask(&server, "erase", USER).await.unwrap();
    assert_eq!(again.len(), 32);
    assert!(ended(&mut server).await.is_some());
    stop(&mut server);
    let data = template.folder.path().join("erased");
    assert_eq!(template.finds(&data), Finds::new());
    let mut fsck = Command::new(binary("GYRE_BIN", "gyre"));
    let fsck = fsck.arg("fsck").arg("--data").arg(&data).output().unwrap();
    assert!(fsck.status.success(), "{}", text(&fsck.stderr));

    late_events_are_barred(&template, &data).await;
}

fn check_certificate(server: &Server, path: &Path) {
    let said = server.said(&["subject", "verify", path.to_str().unwrap()]);
    assert!(said.contains("the certificate is good"), "{said}");
    let signed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let removed = signed["certificate"]["removed"].as_array().unwrap();
    let count = |store: &str, table: &str| {
        let of = |one: &&Value| one["store"] == store && one["table"] == table;
        removed.iter().find(of).map_or(0, |one| one["count"].as_u64().unwrap())
    };
    // v1, v2, v3 twice, v6, v7; of the two v3 the lake has one.
    assert_eq!((count("journal", "event"), count("lake", "events")), (6, 5), "{signed}");
    assert_eq!((count("journal", "dead_letter"), count("lake", "dead_letters")), (4, 4));
    let models = &signed["certificate"]["models"];
    assert_eq!(models["stale"], json!([]), "{signed}");
    assert!(models["because"].as_str().unwrap().contains("no trained model"), "{signed}");
    assert_eq!((count("state", "consent"), count("exports", "archives")), (1, 1));
    let text = std::fs::read_to_string(path).unwrap().replace("\"count\": 6", "\"count\": 7");
    let changed = path.with_extension("changed");
    std::fs::write(&changed, text).unwrap();
    let output = server.gyre(&["subject", "verify", changed.to_str().unwrap()]);
    assert!(!output.status.success(), "a changed certificate is good");
}

async fn late_events_are_barred(template: &Template, data: &Path) {
    let mut server = template.open("erased", &[]).await;
    let count = server.count("select count(*) from events").await;
    let late = [
        json!({"type": "track", "event": "Opened", "userId": USER, "messageId": "l1"}),
        json!({"type": "page", "name": "Home", "anonymousId": ANONYMOUS, "messageId": "l2"}),
        // Filed under a node that nobody knows; the address tells.
        json!({"type": "identify", "anonymousId": "another", "messageId": "l3",
               "traits": {"email": EMAIL}}),
        // Somebody else on the same device.
        json!({"type": "track", "event": "Opened", "userId": "c1", "anonymousId": "shared",
               "messageId": "l4"}),
    ];
    let (status, _) = server.batch(KEY, &late).await.unwrap();
    assert!(status.is_success());
    assert_eq!(server.count("select count(*) from events").await, count + 1);
    let began = Instant::now();
    while server.get("/v1/status").await["subjects"]["blocked"] != 3 {
        assert!(began.elapsed() < Duration::from_secs(60), "they are not counted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop(&mut server);
    assert_eq!(template.finds(data), Finds::new());
    // Coming back is said, not guessed.
    let mut server = template.open("erased", &[]).await;
    server.said(&["subject", "lift", USER, "--reference", "sign-up 7"]);
    let back = json!({"type": "track", "event": "Opened", "userId": USER, "messageId": "l5"});
    server.batch(KEY, &[back]).await.unwrap();
    assert_eq!(server.count("select count(*) from events").await, count + 2);
    server.kill();
}

/// Each store left out in turn: the search must notice.
#[tokio::test]
async fn an_erasure_that_skips_a_store_is_noticed() {
    let template = Template::new().await;
    for (mutant, store) in [
        ("state.no_erase", "state"),
        ("state.no_purge", "state"),
        ("lake.no_erase", "lake"),
        ("lake.no_purge", "lake"),
        ("journal.no_erase", "journal"),
        ("fold.no_erase", "fold"),
        ("fold.no_purge", "fold"),
        ("exports.no_erase", "exports"),
        ("find.as_kept", "journal"),
    ] {
        let mut server = template.open(mutant, &[("GYRE_MUTANT", mutant)]).await;
        ask(&server, "erase", USER).await.unwrap();
        let ended = ended(&mut server).await.unwrap();
        server.kill();
        let data = template.folder.path().join(mutant);
        let finds = template.finds(&data);
        assert!(finds.contains_key(store), "{mutant} is not noticed: {finds:?} {ended}");
        std::fs::remove_dir_all(data).unwrap();
    }
    // Without the bar, what comes late is there again.
    let environment = [("GYRE_MUTANT", "subject.no_suppression")];
    let mut server = template.open("bar", &environment).await;
    ask(&server, "erase", USER).await.unwrap();
    assert_eq!(ended(&mut server).await.unwrap()["state"], "done");
    let late = json!({"type": "track", "event": "Opened", "userId": USER, "messageId": "l1"});
    server.batch(KEY, &[late]).await.unwrap();
    assert_eq!(server.count("select count(*) from events where message_id = 'l1'").await, 1);
    server.kill();
    let finds = template.finds(&template.folder.path().join("bar"));
    assert!(finds.contains_key("journal"));
}

/// Dies between any two steps; goes on, and nothing is left.
#[tokio::test]
async fn an_erasure_goes_on_wherever_the_process_dies() {
    let template = Template::new().await;
    let calm = template.open("calm", &[]).await;
    let known = others(&calm).await;
    drop(calm);
    let mut deaths = 0;
    for place in [
        "subject.after_received:1",
        "publisher.after_append:1",
        "publisher.after_state:1",
        "processor.after_append:1",
        "processor.after_state:1",
        "processor.after_fold:1",
        "subject.after_holdings:1",
        "subject.after_state:1",
        "subject.after_plan:1",
        "subject.after_lake:1",
        "subject.after_journal:1",
        "subject.after_exports:1",
        "subject.after_vacuum:1",
        "subject.after_fold:1",
        "subject.after_purge:1",
        "subject.after_done:1",
    ] {
        let mut server = template.open(place, &[("GYRE_FAILPOINT", place)]).await;
        let asked = ask(&server, "erase", USER).await;
        let died = ended(&mut server).await.is_none();
        deaths += u32::from(died);
        server.kill();
        let mut server = template.open(place, &[]).await;
        if asked.is_none() {
            // Nobody was told that it was written down.
            ask(&server, "erase", USER).await.unwrap();
        }
        let request = ended(&mut server).await.unwrap();
        assert_eq!(request["state"], "done", "{place}: {request}");
        let removed = request["removed"].as_array().unwrap();
        let events = removed.iter().find(|one| one["table"] == "events").unwrap();
        assert_eq!(events["count"], 5, "{place}: {request}");
        assert_eq!(others(&server).await, known, "{place}");
        stop(&mut server);
        let data = template.folder.path().join(place);
        assert_eq!(template.finds(&data), Finds::new(), "{place}");
        std::fs::remove_dir_all(data).unwrap();
    }
    println!("{deaths} deaths of 16");
    assert!(deaths >= 14, "only {deaths} places were reached");
}

#[tokio::test]
async fn an_export_holds_what_is_known_and_of_nobody_else() {
    let template = Template::new().await;
    let archive = template.folder.path().join("export.tar");
    let folder = template.folder.path().join("unpacked");
    std::fs::create_dir(&folder).unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder).status();
    assert!(unpacked.unwrap().success());
    let part = |name: &str| {
        std::fs::read_to_string(folder.join("gyre-export").join(name)).unwrap_or_default()
    };
    let manifest: Value = serde_json::from_str(&part("manifest.json")).unwrap();
    for one in manifest["parts"].as_array().unwrap() {
        let lines = part(one["file"].as_str().unwrap()).lines().count();
        assert_eq!(one["rows"], lines, "{one}");
    }
    for (file, lines) in [
        ("profile.jsonl", 1),
        ("events.jsonl", 4),
        ("consents.jsonl", 1),
        ("consent_in_effect.jsonl", 1),
        ("rejected.jsonl", 4),
        ("requests.jsonl", 1),
    ] {
        assert_eq!(part(file).lines().count(), lines, "{file}: {}", part(file));
    }
    for file in ["decisions.jsonl", "enrollments.jsonl", "identities.jsonl"] {
        assert!(part(file).lines().count() > 0, "{file} is empty");
    }
    let whole: String = manifest["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| part(one["file"].as_str().unwrap()))
        .collect();
    for present in [USER, EMAIL, ANONYMOUS, "Zelda"] {
        assert!(whole.contains(present), "{present} is missing");
    }
    for foreign in ["c1@example.com", "c5@example.com"] {
        assert!(!whole.contains(foreign), "{foreign} is somebody else");
    }
}

#[tokio::test]
async fn whoever_is_restricted_is_kept_and_left_alone() {
    let template = Template::new().await;
    let server = template.open("restricted", &[]).await;
    let decide = json!({"user_id": USER, "placement": "home"});
    assert!(server.post("/v1/decide", &decide).await["decision"].is_string());
    server.said(&["subject", "restrict", EMAIL]);
    let person = server.get(&format!("/v1/people/{USER}")).await;
    assert_eq!(person["audiences"], json!({}));
    assert!(server.post("/v1/decide", &decide).await["decision"].is_null());
    let order = |message: &str| {
        json!({"type": "track", "event": "Order Completed", "userId": USER,
               "messageId": message, "properties": {"margin": 9.5, "revenue": 30}})
    };
    server.batch(KEY, &[order("r1")]).await.unwrap();
    let decided = "select count(*) from decisions";
    let before = server.count(decided).await;
    server.post("/v1/clock/advance", &json!({"to": "2026-03-01T00:00:00Z"})).await;
    let of_them = format!(
        "select count(*) from events where user_id = '{USER}' and name = 'Order Completed'"
    );
    assert_eq!(server.count(&of_them).await, 2, "what is known of them is kept");
    let mine = format!(
        "select count(*) from decisions where node in (select node from events where user_id = '{USER}')"
    );
    let restricted = server.count(&mine).await;
    server.said(&["subject", "unrestrict", USER]);
    let person = server.get(&format!("/v1/people/{USER}")).await;
    assert!(person["audiences"].as_object().is_some_and(|all| !all.is_empty()), "{person}");
    server.post("/v1/clock/advance", &json!({"to": "2026-04-15T00:00:00Z"})).await;
    assert!(server.count(decided).await >= before);
    assert!(server.post("/v1/decide", &decide).await["decision"].is_string());
    assert!(server.count(&mine).await > restricted);
}

#[tokio::test]
async fn what_is_too_old_goes_and_is_reported() {
    let template = Template::new().await;
    let data: PathBuf = template.folder.path().join("retained");
    for (mutant, kept) in [("retention.keeps", true), ("", false)] {
        copy(&template.folder.path().join("template"), &data);
        let mut options = Options::manual()
            .argument("--smtp", &template.sink.url())
            .argument("--retain", "event=10d,dead_letter=1d")
            .environment("GYRE_MUTANT", mutant);
        options.data = Some(data.clone());
        let mut server = Server::start(options).await;
        let fresh = json!({"type": "track", "event": "Opened", "userId": "c1", "messageId": "f1"});
        server.batch(KEY, &[fresh]).await.unwrap();
        server.post("/v1/clock/advance", &json!({"to": "2026-01-24T00:00:00Z"})).await;
        let events = server.query("select message_id from events").await;
        let letters = server.count("select count(*) from dead_letters").await;
        assert_eq!((events == [[json!("f1")]], letters == 0), (!kept, !kept), "{events:?}");
        let said = server.said(&["status"]);
        let removed = if kept { 0 } else { 18 };
        assert!(said.contains(&format!("retention: event kept 10d, {removed} removed")), "{said}");
        stop(&mut server);
        // Decisions, which are kept, name features; only events name the device.
        let finds = scan(&data, &[Needle::text("anonymous id", ANONYMOUS)]);
        assert_eq!(finds.contains_key("journal"), kept, "{finds:?}");
        std::fs::remove_dir_all(&data).unwrap();
    }
    let bad = Command::new(binary("GYRE_BIN", "gyre"))
        .args(["serve", "--data", "nowhere", "--retain", "identity=3d"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(text(&bad.stderr).contains("identity is none of event"), "{}", text(&bad.stderr));
}
