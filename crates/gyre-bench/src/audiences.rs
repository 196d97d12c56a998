//! Audiences over many people: how long one takes to be told before it is saved, and a hundred, how long a
//! hundred take to be filled after they are applied together, and how soon after an event its person is in.

use crate::events::{Events, Who};
use crate::figures::{Goal, Report, median, number};
use crate::ingest::complain;
use crate::people;
use crate::probe::{Eye, Probes};
use crate::process::memory;
use crate::resources;
use crate::server::{Place, Server};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Events of each person, about: a fifth of them are orders.
const EVENTS: u64 = 4;
/// How many are applied together.
const HUNDRED: u64 = 100;
const ONE_SECONDS: f64 = 0.5;
const HUNDRED_SECONDS: f64 = 10.0;
/// How long the hundred may take at all.
const PATIENCE: Duration = Duration::from_secs(900);
const LOOK: Duration = Duration::from_millis(100);
/// Between two probes, and how long they are sent.
const EVERY: Duration = Duration::from_millis(100);
const PROBED: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// People the server knows; the goals are for ten million.
    #[arg(long, default_value_t = 1_000_000)]
    people: u64,
    /// How often one audience is told; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let setting = format!("{} people with {EVENTS} events each, about", number(args.people as f64));
    let mut report = Report::new("audiences", setting);
    let folder = place.fresh()?;
    let server = place.start_with(folder.path(), resources::SHOP).await?;
    let events = Events::batches(1, people::BATCH, Who::Anybody(args.people));
    let batches = (args.people * EVENTS).div_ceil(people::BATCH);
    let (_, took) = people::fill(&server, &events, batches).await?;
    report.figure("filled in", took.as_secs_f64(), "s");

    let began = Instant::now();
    tell(&server, &rule(HUNDRED / 2)).await?;
    report.figure("the first told after a start", began.elapsed().as_secs_f64(), "s");
    report.figure("server's memory (PSS) then", memory(server.pid())? as f64 / 1e6, "MB");
    let mut times = Vec::new();
    for _ in 0..args.runs {
        let began = Instant::now();
        let told = tell(&server, &rule(HUNDRED / 2)).await?;
        times.push(began.elapsed().as_secs_f64());
        ensure!(told["size"].as_u64() > Some(0), "nobody is in: {told}");
    }
    let one = median(&times).context("one audience is told at least once")?;
    report.goal("one told", one, "s", Goal::AtMost(ONE_SECONDS));

    let began = Instant::now();
    for at in 0..HUNDRED {
        tell(&server, &rule(at)).await?;
    }
    let hundred_told = began.elapsed().as_secs_f64();
    report.goal("a hundred told", hundred_told, "s", Goal::AtMost(HUNDRED_SECONDS));

    let expected = tell(&server, &rule(0)).await?["size"].as_u64().context("no size")?;
    let began = Instant::now();
    let files = json!({"files": [{"name": "hundred.yaml", "text": hundred()}]});
    server.post("/v1/apply", &files).await?;
    filled(&server, expected, began).await?;
    let name = "a hundred applied, and all their members in";
    report.goal(name, began.elapsed().as_secs_f64(), "s", Goal::AtMost(HUNDRED_SECONDS));

    let mut probes = Probes::new(&server, Eye::Decisions, EVERY)?;
    tokio::select! {
        ended = probes.send() => ended?,
        () = tokio::time::sleep(PROBED) => {}
    }
    let found = probes.finish().await?;
    report.spread("in after", &found.after, Some(Goal::AtMost(1_000.0)));
    if let Some(fault) = &found.fault {
        report.note(format!("a probe failed: {fault}"));
    }
    report.figure("server's memory (PSS) afterwards", memory(server.pid())? as f64 / 1e6, "MB");
    complain(&mut report, &server.complaints());
    Ok(report)
}

/// The rules differ, and so do their members: the first has the most.
fn rule(at: u64) -> String {
    format!("person.orders >= {} and person.views_30d >= {}", 1 + at / 20, at % 20 / 5)
}

fn hundred() -> String {
    let mut text = String::new();
    for at in 0..HUNDRED {
        let rule = rule(at);
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "---\napiVersion: gyre/v1\nkind: Audience\nmetadata: {{name: a{at}}}\nspec: {{rule: {rule}}}\n"
        );
    }
    text
}

async fn tell(server: &Server, rule: &str) -> anyhow::Result<Value> {
    server.post("/v1/audiences/preview", &json!({ "rule": rule })).await
}

/// Waits until the processor has dealt with everything and the largest has all its members, as SQL sees them.
async fn filled(server: &Server, expected: u64, began: Instant) -> anyhow::Result<()> {
    let sql = "select count(*) from memberships where audience = 'a0' and left_at is null";
    loop {
        let progress = server.progress().await?;
        if progress.processor_lag == 0 && progress.archivist_lag == 0 {
            let answer = server.post("/v1/query", &json!({ "sql": sql })).await?;
            if answer["rows"][0][0].as_u64() >= Some(expected) {
                return Ok(());
            }
        }
        ensure!(began.elapsed() < PATIENCE, "a hundred audiences are not filled in {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_hundred_are_documents() {
        let text = hundred();
        assert_eq!(text.matches("kind: Audience").count(), 100);
        let rules: BTreeSet<String> = (0..HUNDRED).map(rule).collect();
        assert!(rules.contains("person.orders >= 1 and person.views_30d >= 0"));
        assert!(rules.contains("person.orders >= 5 and person.views_30d >= 3"));
    }
}
