//! Sealed backups: they say nothing without their keys, and nothing of people who were erased since, whenever
//! they were made. Everybody else comes back.

use crate::backups::{fsck, offline, restore};
use crate::rights::{EMAIL, KEY, Template, USER, ask, ended, others, stop};
use crate::scan::{Finds, Needle, files};
use crate::server::Server;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SOMEBODY_ELSE: &str = "c1@example.com";

/// Which needles the bytes of any file of a folder hold.
fn in_the_clear(folder: &Path, needles: &[Needle]) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for path in files(folder) {
        let bytes = fs::read(path).unwrap();
        found
            .extend(needles.iter().filter(|needle| needle.is_in(&bytes)).map(|needle| needle.name));
    }
    found
}

/// A copy of the template whose server makes backups.
struct Case {
    template: Template,
    backups: PathBuf,
}

impl Case {
    async fn new() -> Self {
        let template = Template::new().await;
        let backups = template.folder.path().join("backups");
        fs::create_dir(&backups).unwrap();
        Self { template, backups }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.template.folder.path().join(name)
    }

    fn old(&self) -> PathBuf {
        self.backups.join("old")
    }

    async fn open(&self, name: &str, more: &[(&str, &str)]) -> Server {
        let mut environment = vec![("GYRE_BACKUPS", self.backups.to_str().unwrap())];
        environment.extend(more);
        self.template.open(name, &environment).await
    }

    /// A backup of the template, and the folder with its key ring.
    fn backed_up(&self, name: &str) {
        crate::faults::copy(&self.path("template"), &self.path(name));
        let (fine, said) = offline(&[
            "backup",
            "--data",
            self.path(name).to_str().unwrap(),
            "--to",
            self.old().to_str().unwrap(),
        ]);
        assert!(fine && said.contains("it is sealed"), "{said}");
    }

    /// Restores the old backup with the keys of a folder, and says what it said.
    fn restored(&self, keys: &str, to: &str) -> String {
        let (fine, said) =
            restore(&self.old(), &self.path(to), Some(&self.path(keys).join("keys")));
        assert!(fine, "{said}");
        said
    }

    fn needles(&self) -> Vec<Needle> {
        let mut needles = self.template.needles();
        needles.push(Needle::text("somebody else", SOMEBODY_ELSE));
        needles
    }
}

/// Waits until lake and fold were derived again and everybody else is as they were.
async fn wait_for(server: &Server, known: &[Vec<Vec<Value>>]) {
    let began = Instant::now();
    while others(server).await != known {
        if began.elapsed() > Duration::from_secs(60) {
            assert_eq!(others(server).await, known);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_backup_of_before_says_nothing_of_somebody_who_was_erased_since() {
    let case = Case::new().await;
    let mut server = case.open("live", &[]).await;
    let known = others(&server).await;
    let answer = server.post("/v1/backups", &json!({"to": "old"})).await;
    assert_eq!(answer["sealed"], true, "{answer}");
    assert_eq!(in_the_clear(&case.old(), &case.needles()), BTreeSet::new());
    let apart = case.path("apart");
    let live = case.path("live");
    let [from, to] = [&live, &apart].map(|path| path.to_str().unwrap());
    let (fine, said) = offline(&["backup", "keys", "--data", from, "--to", to]);
    assert!(fine && said.contains("key ring"), "{said}");

    // With its keys the backup has the person in every store: the search is not blind.
    case.restored("apart", "before");
    let mut before = case.open("before", &[]).await;
    wait_for(&before, &known).await;
    stop(&mut before);
    let finds = case.template.finds(&case.path("before"));
    assert_eq!(finds.keys().collect::<Vec<_>>(), ["fold", "journal", "lake", "state"], "{finds:?}");
    for store in ["journal", "lake"] {
        for name in ["user id", "address", "anonymous id", "node"] {
            assert!(finds[store].contains(name), "{name} is not found in the {store}");
        }
    }

    let certificate = case.path("certificate.json");
    server.said(&["subject", "erase", EMAIL, "--certificate", certificate.to_str().unwrap()]);
    let signed: Value = serde_json::from_str(&fs::read_to_string(&certificate).unwrap()).unwrap();
    let removed = signed["certificate"]["removed"].as_array().unwrap();
    let of_backups: Vec<_> = removed.iter().filter(|one| one["store"] == "backups").collect();
    // Six nodes; and the event of somebody else that names the address, at least.
    assert_eq!((&of_backups[0]["table"], &of_backups[0]["count"]), (&json!("keys"), &json!(6)));
    assert_eq!(of_backups[1]["table"], "record_keys", "{signed}");
    assert!(of_backups[1]["count"].as_u64().unwrap() >= 1, "{signed}");
    stop(&mut server);

    let said = case.restored("live", "after");
    assert!(said.contains("were of people who were erased since"), "{said}");
    let (fine, said) = fsck(&case.path("after"));
    assert!(fine, "{said:?}");
    let mut after = case.open("after", &[]).await;
    wait_for(&after, &known).await;
    let verified = after.said(&["consent", "verify"]);
    assert!(verified.contains("the ledger is whole"), "{verified}");
    // It goes on: events count, backups are made, and their keys are those of the new folder.
    let count = after.count("select count(*) from events").await;
    let event = json!({"type": "track", "event": "Opened", "userId": "c1", "messageId": "n1"});
    after.batch(KEY, &[event]).await.unwrap();
    after.until("select count(*) from events", count + 1).await;
    let said = after.said(&["subject", "erase-again", certificate.to_str().unwrap()]);
    assert!(said.contains("done"), "{said}");
    let late = json!({"type": "page", "userId": USER, "messageId": "late"});
    after.batch(KEY, &[late]).await.unwrap();
    assert_eq!(after.count("select count(*) from events where message_id = 'late'").await, 0);
    after.post("/v1/backups", &json!({"to": "new"})).await;
    stop(&mut after);
    assert_eq!(case.template.finds(&case.path("after")), Finds::new());
    let keys = case.path("after").join("keys");
    let (fine, said) = restore(&case.backups.join("new"), &case.path("again"), Some(&keys));
    assert!(fine, "{said}");
    assert!(in_the_clear(&case.path("again"), &case.needles()).contains("somebody else"));
    // The keys of before that restore do not know the new folder's backups.
    let keys = case.path("live").join("keys");
    let (fine, said) = restore(&case.backups.join("new"), &case.path("never"), Some(&keys));
    assert!(!fine && said.contains("older than the restore"), "{said}");
}

/// The mutant: the keys stay.
#[tokio::test]
async fn keys_that_are_not_destroyed_are_noticed() {
    let case = Case::new().await;
    case.backed_up("live");
    let mut server = case.open("live", &[("GYRE_MUTANT", "keys.no_destroy")]).await;
    ask(&server, "erase", USER).await.unwrap();
    assert_eq!(ended(&mut server).await.unwrap()["state"], "done");
    stop(&mut server);
    case.restored("live", "after");
    let found = in_the_clear(&case.path("after"), &case.needles());
    assert!(found.contains("address"), "{found:?}");
}

/// Dies between any two steps of writing the key ring; whoever was erased is gone from the old backup all the
/// same, and nobody else is.
#[tokio::test]
async fn keys_are_destroyed_wherever_the_process_dies() {
    let case = Case::new().await;
    case.backed_up("original");
    for place in [
        "keys.after_new:1",
        "keys.after_link:1",
        "keys.after_rename:1",
        "keys.after_wipe:1",
        "subject.after_keys:1",
    ] {
        crate::faults::copy(&case.path("original"), &case.path(place));
        let mut server = case.open(place, &[("GYRE_FAILPOINT", place)]).await;
        ask(&server, "erase", USER).await.unwrap();
        assert!(ended(&mut server).await.is_none(), "{place} was not reached");
        server.kill();
        let mut server = case.open(place, &[]).await;
        let request = ended(&mut server).await.unwrap();
        assert_eq!(request["state"], "done", "{place}: {request}");
        let removed = request["removed"].as_array().unwrap();
        let keys = removed.iter().find(|one| one["store"] == "backups").unwrap();
        assert_eq!(keys["count"], 6, "{place}: {request}");
        stop(&mut server);
        let left: Vec<_> = fs::read_dir(case.path(place))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".keys"))
            .collect();
        assert_eq!(left, [""; 0], "{place}");
        case.restored(place, "after");
        let found = in_the_clear(&case.path("after"), &case.needles());
        assert_eq!(found, BTreeSet::from(["somebody else"]), "{place}");
        for folder in ["after", place] {
            fs::remove_dir_all(case.path(folder)).unwrap();
        }
    }
}

/// Dies between any two steps of making the key ring and of keeping how far a backup goes; the next backup can
/// be read.
#[tokio::test]
async fn a_key_ring_is_made_wherever_the_process_dies() {
    let case = Case::new().await;
    for step in ["new", "link", "rename", "wipe"] {
        for time in 1..=2 {
            let place = format!("keys.after_{step}:{time}");
            let mut server = case.open(&place, &[("GYRE_FAILPOINT", &place)]).await;
            let to = json!({"to": "old"});
            let answer = server.call(reqwest::Method::POST, "/v1/backups", Some(&to)).await;
            assert!(answer.is_err() && !case.old().exists(), "{place} was not reached");
            server.kill();
            let mut server = case.open(&place, &[]).await;
            server.post("/v1/backups", &to).await;
            stop(&mut server);
            case.restored(&place, "after");
            let found = in_the_clear(&case.path("after"), &case.needles());
            assert!(found.contains("address") && found.contains("somebody else"), "{place}");
            for folder in [case.path("after"), case.path(&place), case.old()] {
                fs::remove_dir_all(folder).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn without_the_right_keys_nothing_is_restored() {
    let case = Case::new().await;
    case.backed_up("live");
    let to = case.path("restored");
    let (fine, said) = restore(&case.old(), &to, None);
    assert!(!fine && said.contains("there is no key ring") && said.contains("--keys"), "{said}");
    let second = case.path("second");
    let (fine, said) = offline(&[
        "backup",
        "--data",
        case.path("template").to_str().unwrap(),
        "--to",
        second.to_str().unwrap(),
    ]);
    assert!(fine, "{said}");
    let other = case.path("template").join("keys");
    let (fine, said) = restore(&case.old(), &to, Some(&other));
    assert!(!fine && said.contains("another key ring") && said.contains("--keys"), "{said}");
    let mut bytes = fs::read(&other).unwrap();
    bytes[20] ^= 1;
    let damaged = case.path("damaged");
    fs::write(&damaged, bytes).unwrap();
    let (fine, said) = restore(&second, &to, Some(&damaged));
    assert!(!fine && said.contains("the key ring is damaged"), "{said}");
    assert!(!to.exists() && !case.path("restored.part").exists(), "something was restored");
    // A data folder in which the key ring is all that is left.
    fs::create_dir(&to).unwrap();
    fs::copy(case.path("live").join("keys"), to.join("keys")).unwrap();
    let (fine, said) = restore(&case.old(), &to, None);
    assert!(fine && !case.path("restored.before").exists(), "{said}");
    let sealed = case.old().join("state.sealed");
    let mut bytes = fs::read(&sealed).unwrap();
    bytes[100] ^= 1;
    fs::write(&sealed, bytes).unwrap();
    let keys = to.join("keys");
    let (fine, said) = restore(&case.old(), &case.path("never"), Some(&keys));
    assert!(!fine && said.contains("state.sealed was changed"), "{said}");
}
