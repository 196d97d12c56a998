//! What happens when the process dies between two writes, when a sync fails, when the disk is full.
//!
//! Each case runs the same small shop: the same orders, the same days. Whatever dies, the records that
//! follow must be those of an undisturbed run, and no mail may leave twice.

use crate::collect::{KEY, SOURCE, apply, track};
use crate::server::{Options, Server, left_out};
use crate::smtp::Sink;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const DAY: &str = "2026-01-23T00:00:00Z";

/// Every place between two writes, and how often it is passed before the process dies there.
const PLACES: [(&str, u32); 36] = [
    ("journal.before_write", 1),
    ("journal.before_write", 3),
    ("journal.after_write", 1),
    ("journal.after_write", 4),
    ("journal.after_sync", 1),
    ("journal.after_sync", 2),
    ("journal.after_sync", 5),
    ("processor.before_append", 1),
    ("processor.before_append", 2),
    ("processor.after_append", 1),
    ("processor.after_append", 2),
    ("processor.after_append", 3),
    ("processor.after_state", 1),
    ("processor.after_state", 2),
    ("processor.after_fold", 1),
    ("processor.after_fold", 3),
    ("fold.before_commit", 1),
    ("fold.before_commit", 2),
    ("fold.after_commit", 1),
    ("fold.after_commit", 2),
    ("state.before_commit", 1),
    ("state.before_commit", 2),
    ("state.before_commit", 3),
    ("state.after_commit", 1),
    ("state.after_commit", 2),
    ("state.after_commit", 3),
    ("redeem.before_commit", 1),
    ("redeem.after_commit", 1),
    ("smtp.before_send", 1),
    ("smtp.after_send", 1),
    ("smtp.after_send", 3),
    ("sender.after_send", 1),
    ("sender.after_outcome", 1),
    ("publisher.after_append", 1),
    ("publisher.after_state", 1),
    ("publisher.after_state", 2),
];

pub(crate) fn orders(from: usize, to: usize) -> Vec<Value> {
    (from..to)
        .flat_map(|n| {
            let user = format!("u{n}");
            [
                json!({"type": "identify", "userId": user, "messageId": format!("i{n}"), "traits": {"email": format!("{user}@example.com"), "email_consent": true}}),
                json!({"type": "track", "event": "Order Completed", "userId": user, "messageId": format!("o{n}"), "properties": {"margin": 9.5, "revenue": 30}}),
            ]
        })
        .collect()
}

/// Rows of several questions.
pub(crate) type Facts = Vec<Vec<Vec<Value>>>;

/// What must not depend on what died.
pub(crate) async fn facts(server: &Server) -> Facts {
    let mut facts = Vec::new();
    for sql in [
        "select message_id, name, node from events order by message_id",
        "select scope, name, node, entered, arm, effective_at from enrollments order by 1, 2, 3, 4, 6",
        "select node, with_node, person, joined from identities order by 1, 2, 3",
        "select node, channel, granted from consents order by 1, 2, 3",
        "select decision, node, chosen, probability, segment, decided_at from decisions order by 1",
    ] {
        facts.push(server.query(sql).await);
    }
    facts
}

pub(crate) struct Shop {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sink: Sink,
}

impl Shop {
    /// A shop with its configuration and its first customers, stopped.
    pub(crate) async fn prepared() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sink = Sink::start().await;
        let mut options = Options::manual().argument("--smtp", &sink.url());
        options.data = Some(folder.path().join("template"));
        let mut server = Server::start(options).await;
        server.said(&["apply", "examples/shop"]);
        server.batch("shop-server-key-0001", &orders(0, 6)).await.unwrap();
        server.kill();
        Self { folder, sink }
    }

    pub(crate) async fn open(&self, name: &str, environment: Vec<(String, String)>) -> Server {
        self.try_open(name, environment).await.expect("the server starts")
    }

    /// The same; `None` if it ended before it was ready.
    pub(crate) async fn try_open(
        &self,
        name: &str,
        environment: Vec<(String, String)>,
    ) -> Option<Server> {
        let mut options = self.options(name);
        options.environment = environment;
        Server::try_start(options).await
    }

    /// accepted = delivered + nothing + refused + uncertain, and no mail left twice.
    pub(crate) async fn books_agree(&self, server: &Server, name: &str) {
        let sent = self.sink.take();
        let mut ids = sent.clone();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), sent.len(), "{name}: a mail left twice");
        let delivered = outcomes(server, "sent").await;
        let uncertain = outcomes(server, "uncertain").await;
        let (refused, nothing) =
            (outcomes(server, "refused").await, outcomes(server, "nothing").await);
        assert_eq!(delivered + uncertain + refused + nothing, 9, "{name}");
        let left = sent.len() as i64;
        assert!(left >= delivered && left <= delivered + uncertain, "{name}");
    }

    /// How a shop's server of that name is started; it goes on where it stopped.
    pub(crate) fn options(&self, name: &str) -> Options {
        let data = self.folder.path().join(name);
        if !data.exists() {
            copy(&self.folder.path().join("template"), &data);
        }
        let mut options = Options::manual().argument("--smtp", &self.sink.url());
        options.data = Some(data);
        options
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// How far somebody came with [`go_on`].
#[derive(Clone, Copy, Default)]
pub(crate) struct Course {
    pub(crate) acknowledged: bool,
    pub(crate) done: bool,
}

/// More customers come, three weeks pass. What was not acknowledged is sent again, as an SDK does: at
/// once, not three weeks later, when the same message would count anew.
pub(crate) async fn go_on(server: &Server, before: Course) -> Course {
    let mut course = before;
    if !course.acknowledged {
        let answer = server.batch("shop-server-key-0001", &orders(6, 9)).await;
        course.acknowledged = answer.is_ok_and(|(status, _)| status.is_success());
    }
    let to = json!({ "to": DAY });
    if course.acknowledged {
        let answer = server.call(reqwest::Method::POST, "/v1/clock/advance", Some(&to)).await;
        course.done = answer.is_ok_and(|(status, _)| status.is_success());
    }
    course
}

#[tokio::test]
async fn wherever_the_process_dies_what_follows_is_what_would_have_followed() {
    let shop = Shop::prepared().await;
    let calm = shop.open("calm", Vec::new()).await;
    assert!(go_on(&calm, Course::default()).await.done);
    let wanted = facts(&calm).await;
    drop(calm);
    let mails = shop.sink.take();
    assert!(
        !mails.is_empty() && wanted[4].len() == 9,
        "{} mails, {} decisions",
        mails.len(),
        wanted[4].len()
    );

    let mut deaths = 0;
    let rounds = number_of("GYRE_FAULT_ROUNDS", 1);
    for round in 0..rounds {
        for (place, nth) in PLACES {
            deaths += u32::from(dies_at(&shop, place, nth + round, &wanted).await);
        }
    }
    let places = PLACES.len() as u32;
    println!("{deaths} deaths of {}", places * rounds);
    assert!(deaths >= 30, "only {deaths} of {places} places were reached");
}

/// How often, from the environment.
pub(crate) fn number_of(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The three weeks with one death; whether it came to it.
async fn dies_at(shop: &Shop, place: &str, nth: u32, wanted: &Facts) -> bool {
    let name = format!("{place}-{nth}");
    let (server, died) = goes_on_after(shop, place, nth, Vec::new()).await;
    assert_eq!(facts(&server).await, *wanted, "{name}");
    shop.books_agree(&server, &name).await;
    drop(server);
    std::fs::remove_dir_all(shop.folder.path().join(&name)).ok();
    died
}

/// The three weeks with one death, and another environment after it; the server at their end, and
/// whether it died.
async fn goes_on_after(
    shop: &Shop,
    place: &str,
    nth: u32,
    environment: Vec<(String, String)>,
) -> (Server, bool) {
    let name = format!("{place}-{nth}");
    let mut options = shop.options(&name);
    options.environment = vec![("GYRE_FAILPOINT".to_owned(), format!("{place}:{nth}"))];
    // It may die while it starts.
    let course = match Server::try_start(options).await {
        Some(mut server) => {
            let course = go_on(&server, Course::default()).await;
            if !course.done {
                assert_eq!(server.wait().signal(), Some(9), "{name}: it was not killed");
            }
            server.kill();
            course
        }
        None => Course::default(),
    };
    let server = shop.open(&name, environment).await;
    assert!(go_on(&server, course).await.done, "{name}");
    (server, !course.done)
}

pub(crate) async fn outcomes(server: &Server, outcome: &str) -> i64 {
    server.count(&format!("select count(*) from deliveries where outcome = '{outcome}'")).await
}

/// The mutant: what is uncertain is sent again. The sink notices.
#[tokio::test]
async fn sending_again_what_is_uncertain_is_noticed() {
    let shop = Shop::prepared().await;
    let mut options = shop.options("mutant");
    options.environment = vec![("GYRE_FAILPOINT".to_owned(), "sender.after_send:1".to_owned())];
    let mut server = Server::start(options).await;
    let course = go_on(&server, Course::default()).await;
    assert!(!course.done);
    server.restart(vec![("GYRE_MUTANT".to_owned(), "sender.resend_uncertain".to_owned())]).await;
    assert!(go_on(&server, course).await.done);
    let sent = shop.sink.take();
    let mut ids = sent.clone();
    ids.sort();
    ids.dedup();
    assert!(ids.len() < sent.len(), "the mutant sent nothing twice: the test has no power");
}

/// The mutant: records that were derived twice become rows twice.
#[tokio::test]
async fn archiving_again_what_was_derived_again_is_noticed() {
    let shop = Shop::prepared().await;
    let calm = shop.open("calm", Vec::new()).await;
    assert!(go_on(&calm, Course::default()).await.done);
    let wanted = facts(&calm).await;
    drop(calm);
    // Which batch derives records depends on how the records before it fell into batches: as where no
    // mutant is, it dies at several.
    let place = "processor.after_append";
    for nth in PLACES.iter().filter(|(name, _)| *name == place).map(|(_, nth)| *nth) {
        let mutant = vec![("GYRE_MUTANT".to_owned(), "archive.no_high_water".to_owned())];
        let (server, died) = goes_on_after(&shop, place, nth, mutant).await;
        if died && facts(&server).await != wanted {
            return;
        }
    }
    panic!("the mutant doubled nothing: the test has no power");
}

#[tokio::test]
async fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let mut server = Server::start(Options::default()).await;
    apply(&server, SOURCE).await;
    let mut acknowledged = 0;
    for round in 0..6u64 {
        let stop = Duration::from_millis(30 + 67 * round % 200);
        let sending = async {
            let mut count = 0;
            for n in 0.. {
                let events: Vec<Value> =
                    (0..20).map(|k| track("a", &format!("{round}-{n}-{k}"))).collect();
                match server.batch(KEY, &events).await {
                    Ok((status, _)) if status.is_success() => count += 20,
                    _ => break,
                }
                if n > 400 {
                    break;
                }
            }
            count
        };
        // Which moment it is does not matter: the law holds at all of them.
        let pid = server.pid();
        let killer = tokio::spawn(async move {
            tokio::time::sleep(stop).await;
            Command::new("kill").args(["-9", &pid.to_string()]).status().ok();
        });
        acknowledged += sending.await;
        killer.await.unwrap();
        server.restart(Vec::new()).await;
    }
    let found = settled(&server, acknowledged).await;
    assert!(found >= acknowledged, "{acknowledged} acknowledged, {found} found");
    let twice = "select count(*) from (select message_id from events group by message_id having count(*) > 1)";
    assert_eq!(server.count(twice).await, 0);
}

async fn settled(server: &Server, least: i64) -> i64 {
    for _ in 0..300 {
        let found = server.count("select count(*) from events").await;
        if found >= least {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.count("select count(*) from events").await
}

#[tokio::test]
async fn a_failed_sync_stops_the_server_and_acknowledges_nothing() {
    let mut server = Server::start(Options::default()).await;
    apply(&server, SOURCE).await;
    // The first few syncs belong to the start.
    server.restart(vec![("GYRE_FAULT".to_owned(), "journal.sync:6".to_owned())]).await;
    let mut acknowledged = 0;
    for n in 0..200 {
        match server.batch(KEY, &[track("a", &format!("m{n}"))]).await {
            Ok((status, _)) if status.is_success() => acknowledged += 1,
            _ => break,
        }
    }
    assert!(acknowledged < 200, "no sync failed");
    assert!(!server.wait().success());
    server.restart(Vec::new()).await;
    assert!(settled(&server, acknowledged).await >= acknowledged);
}

/// A full disk is answered with 503, by a process that stays; when there is room again it goes on, and
/// everything acknowledged is there.
#[tokio::test]
async fn a_full_disk_is_answered_with_503_and_gone_over() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=192m", "tmpfs"])
        .arg(folder.path())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        return left_out("a small tmpfs cannot be mounted here");
    }
    let options = Options { data: Some(folder.path().join("data")), ..Options::default() };
    let mut server = Server::start(options).await;
    apply(&server, SOURCE).await;
    let filler = folder.path().join("filler");
    let mut acknowledged = 0;
    for round in 0..3 {
        // Leaves no room at all, while events come.
        let filling = Command::new("dd")
            .args(["if=/dev/zero", "bs=1M"])
            .arg(format!("of={}", filler.display()))
            .stderr(Stdio::null())
            .spawn();
        let mut refused = 0;
        for n in 0..3_000 {
            let id = format!("f{round}-{n}");
            let event = json!({"type": "track", "event": "Big", "userId": format!("u{n}"), "messageId": id, "properties": {"text": "x".repeat(30_000)}});
            let (status, body) = server.batch(KEY, &[event]).await.expect("it still answers");
            if status.is_success() {
                acknowledged += 1;
            } else {
                assert_eq!(status.as_u16(), 503, "{body}");
                refused += 1;
            }
            if refused == 20 {
                break;
            }
        }
        assert!(refused > 0, "the disk never got full");
        filling.expect("dd").wait().expect("dd");
        std::fs::remove_file(&filler).unwrap();
        // As an SDK does: again until it is taken.
        let mut tries = 0;
        while !server
            .batch(KEY, &[track("a", &format!("after{round}"))])
            .await
            .unwrap()
            .0
            .is_success()
        {
            tries += 1;
            assert!(tries < 100, "it does not go on");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        acknowledged += 1;
        let found = settled(&server, acknowledged).await;
        assert!(found >= acknowledged, "{acknowledged} acknowledged, {found} found");
    }
    assert!(!server.has_ended(), "the process ended");
    server.restart(Vec::new()).await;
    assert!(settled(&server, acknowledged).await >= acknowledged);
    server.kill();
    Command::new("umount").arg("-l").arg(folder.path()).status().ok();
}
