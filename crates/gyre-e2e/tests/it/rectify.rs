//! What is wrong about somebody is put right: what was wrong is used no more, neither in audiences nor in
//! letters nor as an address, also after everything was derived again; and the proof says so.

use crate::faults::copy;
use crate::server::{Options, Server, text};
use crate::smtp::Sink;
use serde_json::{Value, json};
use std::process::Command;

const KEY: &str = "shop-server-key-0001";
const LATER: &str = "2026-01-23T00:00:00Z";
const PEOPLE: usize = 8;

/// Customers with a name and an address that are both wrong.
fn customers() -> Vec<Value> {
    (0..PEOPLE)
        .flat_map(|n| {
            let user = format!("c{n}");
            [
                json!({"type": "identify", "userId": user, "messageId": format!("i{n}"),
                    "traits": {"email": wrong(n), "first_name": "Wrongname", "email_consent": true}}),
                json!({"type": "track", "event": "Order Completed", "userId": user,
                    "messageId": format!("o{n}"), "properties": {"margin": 9.5, "revenue": 30}}),
            ]
        })
        .collect()
}

fn wrong(n: usize) -> String {
    format!("wrong{n}@example.org")
}

fn right(n: usize) -> String {
    format!("right{n}@example.org")
}

async fn start(sink: &Sink, data: &std::path::Path, environment: &[(&str, &str)]) -> Server {
    let mut options = Options::manual().argument("--smtp", &sink.url());
    options.data = Some(data.to_owned());
    for (name, value) in environment {
        options = options.environment(name, value);
    }
    Server::start(options).await
}

fn stop(server: &mut Server) {
    Command::new("kill").args(["-TERM", &server.pid().to_string()]).status().unwrap();
    server.wait();
}

/// Everybody is put right by the command line; what it says of the last.
fn put_right(server: &Server, certificate: &str) -> String {
    let mut said = String::new();
    for n in 0..PEOPLE {
        let (user, address) = (format!("c{n}"), format!("{}={}", wrong(n), right(n)));
        let mut line = vec![
            "subject",
            "rectify",
            &user,
            "--set",
            "first_name=Goodname",
            "--replace",
            &address,
        ];
        if n + 1 == PEOPLE {
            line.extend(["--certificate", certificate]);
        }
        said = server.said(&line);
    }
    said
}

/// What the next letters say of a name and an address: how many are right, and how many wrong.
async fn letters(server: &Server, sink: &Sink) -> (usize, usize) {
    sink.letters();
    server.post("/v1/clock/advance", &json!({"to": LATER})).await;
    let letters = sink.letters();
    let with = |address: &str, name: &str| {
        letters.iter().filter(|one| one.contains(address) || one.contains(name)).count()
    };
    (with("right", "Goodname"), with("wrong", "Wrongname"))
}

#[tokio::test]
async fn what_was_wrong_is_used_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start().await;
    let data = folder.path().join("data");
    let mut server = start(&sink, &data, &[]).await;
    server.said(&["apply", "examples/shop"]);
    server.batch(KEY, &customers()).await.unwrap();
    server.post("/v1/clock/advance", &json!({"to": "2026-01-02T00:00:00Z"})).await;
    let before = server.get("/v1/people/c0").await;
    assert!(before.to_string().contains("Wrongname"), "{before}");
    stop(&mut server);
    let template = folder.path().join("template");
    copy(&data, &template);

    let certificate = folder.path().join("certificate.json");
    let mut server = start(&sink, &data, &[]).await;
    let said = put_right(&server, certificate.to_str().unwrap());
    assert!(said.contains("rectify is done") && said.contains("replaced"), "{said}");
    assert!(said.contains("first_name"), "{said}");
    let person = server.get("/v1/people/c0").await;
    let now = person.to_string();
    assert!(now.contains("Goodname") && now.contains(&right(0)), "{now}");
    assert!(!now.contains("Wrongname") && !now.contains(&wrong(0)), "{now}");
    let stranger = server.get(&format!("/v1/people/{}", wrong(0))).await;
    assert_ne!(stranger["person"], person["person"], "{stranger}");
    // A late event of before brings neither back; nor does the wrong address with the user id.
    let late = json!({"type": "identify", "userId": "c0", "messageId": "late",
        "timestamp": "2026-01-01T12:00:00Z",
        "traits": {"email": wrong(0), "first_name": "Wrongname"}});
    server.batch(KEY, &[late]).await.unwrap();
    server.until("select count(*) from events where message_id = 'late'", 1).await;
    let now = server.get("/v1/people/c0").await.to_string();
    assert!(!now.contains("Wrongname") && !now.contains(&wrong(0)), "{now}");
    let signed = std::fs::read_to_string(&certificate).unwrap();
    assert!(signed.contains("gyre rectification certificate 1") && signed.contains("\"remains\""));
    for value in ["Wrongname", "Goodname", "wrong", "right7"] {
        let named = signed.replace("wrong identifier", "").replace("right values", "");
        assert!(!named.contains(value), "the certificate says {value}: {signed}");
    }
    let said = server.said(&["subject", "verify", certificate.to_str().unwrap()]);
    assert!(said.contains("the certificate is good"), "{said}");
    let requests = server.get("/v1/subject-requests").await.to_string();
    assert!(!requests.contains("Goodname") && !requests.contains("right0"), "{requests}");

    // A fold that is thrown away comes out the same.
    stop(&mut server);
    std::fs::remove_dir_all(data.join("fold")).unwrap();
    let mut server = start(&sink, &data, &[]).await;
    let (good, bad) = letters(&server, &sink).await;
    assert!(good > 0 && bad == 0, "{good} letters are right, {bad} wrong");
    let again = server.get("/v1/people/c1").await.to_string();
    assert!(again.contains(&right(1)) && !again.contains(&wrong(1)), "{again}");
    stop(&mut server);

    // Without the safety the same search finds what is wrong.
    let mutant = [("GYRE_MUTANT", "subject.no_rectify")];
    let mut server = start(&sink, &template, &mutant).await;
    put_right(&server, folder.path().join("other.json").to_str().unwrap());
    let person = server.get("/v1/people/c0").await.to_string();
    assert!(person.contains("Wrongname") && person.contains(&wrong(0)), "{person}");
    let (good, bad) = letters(&server, &sink).await;
    assert!(good == 0 && bad > 0, "{good} letters are right, {bad} wrong");
    server.kill();
}

#[tokio::test]
async fn what_cannot_be_put_right_is_refused_with_a_hint() {
    let server = Server::start(Options::manual()).await;
    server.said(&["apply", "examples/shop"]);
    server.batch(KEY, &customers()).await.unwrap();
    for (line, expected) in [
        (vec!["subject", "rectify", "c0"], "nothing is to be put right"),
        (
            vec!["subject", "rectify", "c0", "--set", "first_name"],
            "--set is not of the form TRAIT=VALUE",
        ),
        (
            vec!["subject", "rectify", "c0", "--set", "email=x@example.org"],
            "the trait email is an identifier (email)",
        ),
        (
            vec!["subject", "rectify", "nobody", "--remove", "age"],
            "a person of that identifier does not exist",
        ),
        (
            vec!["subject", "rectify", "c0", "--drop", "c1"],
            "a wrong identifier of this person does not exist",
        ),
        (
            vec!["subject", "rectify", "c0", "--drop", "c0"],
            "a user id is what your systems call somebody",
        ),
        (
            vec!["subject", "rectify", "c0", "--replace", "wrong0@example.org=nonsense"],
            "the right identifier identifies nobody",
        ),
    ] {
        let output = server.gyre(&line);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{line:?}: {said}");
        assert!(said.contains("hint: ") || expected.ends_with("does not exist"), "{said}");
    }
}
