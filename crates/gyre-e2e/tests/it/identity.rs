//! Who is whom, from outside: links, what a public key may say, and people set apart for good.

use crate::collect::apply;
use crate::server::{Options, Server};
use serde_json::{Value, json};

const SOURCES: &str = "apiVersion: gyre/v1\nkind: Source\nmetadata: {name: backend}\nspec: {type: server, write_keys: [backend-key-0001]}\n---\napiVersion: gyre/v1\nkind: Source\nmetadata: {name: site}\nspec: {type: browser, write_keys: [site-key-0001]}\n";

fn identify(user: &str, device: Option<&str>, email: Option<&str>, message: &str) -> Value {
    let mut event = json!({"type": "identify", "userId": user, "messageId": message, "traits": {}});
    if let Some(device) = device {
        event["anonymousId"] = json!(device);
    }
    if let Some(email) = email {
        event["traits"]["email"] = json!(email);
    }
    event
}

async fn person(server: &Server, id: &str) -> String {
    let graph = server.get(&format!("/v1/people/{id}/graph")).await;
    graph["person"].as_str().unwrap().to_owned()
}

/// Ada with her address and her phone; Bob.
async fn people(server: &Server) {
    apply(server, SOURCES).await;
    let backend = [
        identify("ada", None, Some("ada@example.com"), "m1"),
        identify("bob", None, Some("bob@example.com"), "m2"),
    ];
    server.batch("backend-key-0001", &backend).await.unwrap();
    server.batch("site-key-0001", &[identify("ada", Some("phone-1"), None, "m3")]).await.unwrap();
}

#[tokio::test]
async fn a_public_key_takes_nobodys_address() {
    let server = Server::start(Options::manual()).await;
    people(&server).await;
    let claims = [
        identify("mallory", Some("phone-2"), Some("ada@example.com"), "m4"),
        identify("bob", Some("phone-1"), Some("ada@example.com"), "m5"),
    ];
    server.batch("site-key-0001", &claims).await.unwrap();
    let ada = person(&server, "ada").await;
    assert_eq!(person(&server, "ada@example.com").await, ada);
    assert_eq!(person(&server, "phone-1").await, ada);
    assert_ne!(person(&server, "bob").await, ada);
    assert_ne!(person(&server, "mallory").await, ada);
    let reasons =
        "select reason, trust, source, count(*) from identity_violations group by 1, 2, 3";
    let told = server.query(reasons).await;
    assert_eq!(told, [[json!("one_user_id_per_person"), json!("public"), json!("site"), json!(3)]]);
    let said = server.said(&["person", "graph", "ada"]);
    assert!(said.contains("links that do not hold") && said.contains("one_user_id_per_person"));
}

/// Sets Ada's phone apart, throws the fold away, and tells whether both are one person again.
async fn are_one_again(environment: Vec<(String, String)>) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut options = Options::manual();
    options.data = Some(data.clone());
    let mut server = Server::start(options).await;
    people(&server).await;
    assert_eq!(person(&server, "phone-1").await, person(&server, "ada").await);
    let said = server.said(&["person", "separate", "ada", "phone-1", "--reason", "returned"]);
    assert!(said.starts_with("they are person"), "{said}");
    assert_ne!(person(&server, "phone-1").await, person(&server, "ada").await);
    assert_eq!(server.count("select count(*) from separations").await, 1);
    let last = "select canonical_segment_id from id_graph_updates \
        where segment_id = $ID order by _offset desc limit 1";
    let phone = person(&server, "phone-1").await;
    let told = server.query(&last.replace("$ID", &format!("'{phone}'"))).await;
    assert_eq!(told, [[json!(phone)]]);
    server.kill();
    std::fs::remove_dir_all(data.join("fold")).unwrap();
    server.restart(environment).await;
    person(&server, "phone-1").await == person(&server, "ada").await
}

#[tokio::test]
async fn who_is_set_apart_stays_so_when_everything_is_derived_again() {
    assert!(!are_one_again(Vec::new()).await);
}

/// The mutant: a replay that forgets what was said joins them again, and the test above would notice.
#[tokio::test]
async fn a_replay_without_separations_would_be_noticed() {
    let mutant = ("GYRE_MUTANT".to_owned(), "processor.no_separation".to_owned());
    assert!(are_one_again(vec![mutant]).await);
}

const ONE_DEVICE: &str = "apiVersion: gyre/v1\nkind: IdentityRules\nmetadata: {name: ours}\nspec: {types: [{name: anonymous_id, limit: 1}]}\n";

/// Rules that would make one of many people are told before, and refused unless they are asked for.
#[tokio::test]
async fn rules_that_merge_many_people_are_asked_about() {
    for mutant in ["", "apply.no_alarm"] {
        let server = Server::start(Options::manual().environment("GYRE_MUTANT", mutant)).await;
        apply(&server, SOURCES).await;
        apply(&server, ONE_DEVICE).await;
        let devices: Vec<Value> = (0..30)
            .flat_map(|n| {
                let user = format!("u{n}");
                ["phone", "tablet"].map(|device| {
                    let message = format!("{device}-{n}");
                    identify(&user, Some(&message), None, &format!("m-{message}"))
                })
            })
            .collect();
        server.batch("site-key-0001", &devices).await.unwrap();
        let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
        std::fs::write(file.path(), ONE_DEVICE.replace("limit: 1", "limit: 5")).unwrap();
        let path = file.path().to_str().unwrap();
        let planned = server.said(&["plan", path]);
        let expected = "of 60 people 60 would be one with others, 0 would be several";
        assert!(planned.contains(expected), "{planned}");
        let refused = server.gyre(&["apply", path]);
        let said = crate::server::text(&refused.stderr);
        if mutant.is_empty() {
            assert!(!refused.status.success() && said.contains("60 of 60 people"), "{said}");
            assert!(said.contains("--allow-merges"), "{said}");
            assert!(!is_one(&server).await);
            server.said(&["apply", path, "--allow-merges"]);
        } else {
            assert!(refused.status.success(), "{mutant} is not noticed: {said}");
        }
        assert!(is_one(&server).await);
    }
}

/// Whether both devices of a user are theirs.
async fn is_one(server: &Server) -> bool {
    let user = person(server, "u1").await;
    person(server, "phone-1").await == user && person(server, "tablet-1").await == user
}
