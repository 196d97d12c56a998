//! How long it takes to erase people: until nothing uses them any more, and until nothing is left of them.

use crate::events::{Events, user_id};
use crate::figures::{Goal, Report, number};
use crate::http::Connection;
use crate::ingest::complain;
use crate::people;
use crate::process::memory;
use crate::resources;
use crate::server::{Place, Server};
use anyhow::{Context, ensure};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Requests under way at once.
const ABREAST: u64 = 4;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Between two looks at how far it is.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// People the server knows, each with who they are and an order.
    #[arg(long, default_value_t = 1_000_000)]
    people: u64,
    /// How many of them are erased.
    #[arg(long, default_value_t = 1_000)]
    erased: u64,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    ensure!(args.erased > 0 && args.erased <= args.people, "more to erase than there are");
    let setting =
        format!("{} of {} people", number(args.erased as f64), number(args.people as f64));
    let mut report = Report::new("erase", setting);
    let folder = place.fresh()?;
    let server = place.start_with(folder.path(), resources::SHOP).await?;
    let events = Events::people(1, people::BATCH);
    let (_, took) =
        people::fill(&server, &events, (args.people * 2).div_ceil(people::BATCH)).await?;
    report.figure("filled in", took.as_secs_f64(), "s");
    // They are spread over everything there is.
    let apart = args.people / args.erased;
    let began = Instant::now();
    ask(&server, args.erased, apart).await?;
    report.figure("all asked after", began.elapsed().as_secs_f64(), "s");
    // Each is known by two identifiers.
    let logical =
        until(&server, began, |status| status["suppressed"].as_u64() >= Some(2 * args.erased))
            .await?;
    report.goal("nothing uses them after", logical, "s", Goal::AtMost(60.0));
    let whole = until(&server, began, |status| status["open"] == 0).await?;
    report.figure("removed from every store, and certified, after", whole, "s");
    tell(&server, args, &mut report).await?;
    report.figure("memory (PSS)", memory(server.pid())? as f64 / 1e6, "MB");
    complain(&mut report, &server.complaints());
    Ok(report)
}

/// Asks for the erasure of people, each by a request of its own.
async fn ask(server: &Server, people: u64, apart: u64) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..ABREAST {
        let (target, next) = (server.api()?, Arc::clone(&next));
        let mut connection = Connection::open(target.address).await?;
        workers.spawn(async move {
            loop {
                let person = next.fetch_add(1, Ordering::Relaxed);
                if person >= people {
                    return Ok::<(), anyhow::Error>(());
                }
                let id = user_id(person * apart);
                let who = String::from_utf8_lossy(&id);
                let body = json!({"kind": "erase", "identifier": who, "identifier_kind": "user"});
                let (method, path) = (Method::POST, "/v1/subject-requests");
                let body = body.to_string().into();
                let asked = connection.send(method, path, &target.authorization, body).await?;
                let text = String::from_utf8_lossy(&asked.1);
                ensure!(asked.0 == StatusCode::OK, "not taken: {}: {text}", asked.0);
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(())
}

/// Waits until something is so; seconds since it began.
async fn until(
    server: &Server,
    began: Instant,
    so: impl Fn(&Value) -> bool,
) -> anyhow::Result<f64> {
    loop {
        if so(&server.get("/v1/status").await?["subjects"]) {
            return Ok(began.elapsed().as_secs_f64());
        }
        ensure!(began.elapsed() < PATIENCE, "it did not end within {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// What became of the requests, and what was removed where.
async fn tell(server: &Server, args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let answer = server.get("/v1/subject-requests").await?;
    let requests = answer["requests"].as_array().context("no requests")?;
    let done = requests.iter().filter(|request| request["state"] == "done").count();
    ensure!(done as u64 == args.erased, "{done} of {} are done", args.erased);
    let mut removed: BTreeMap<String, u64> = BTreeMap::new();
    for one in requests.iter().filter_map(|request| request["removed"].as_array()).flatten() {
        let name = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        *removed.entry(format!("{} {}", name("store"), name("table"))).or_default() +=
            one["count"].as_u64().unwrap_or_default();
    }
    let removed: Vec<String> =
        removed.into_iter().map(|(what, count)| format!("{what} {count}")).collect();
    report.note(format!("removed: {}", removed.join(", ")));
    Ok(())
}
