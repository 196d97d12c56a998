//! How long a server takes to answer after it was started, and what it needs when nobody asks it anything.

use crate::events::{Events, Who};
use crate::figures::{Goal, Report, number};
use crate::ingest::complain;
use crate::people;
use crate::process::{Watch, memory};
use crate::resources;
use crate::server::Place;
use crate::span::Span;
use std::path::Path;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Events in the folder that is not empty.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) events: u64,
    /// How long after a start memory is looked at.
    #[arg(long, default_value = "60s", value_name = "SPAN")]
    pub(crate) idle: Span,
    /// How often each start is repeated.
    #[arg(long, default_value_t = 5)]
    pub(crate) times: usize,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let setting = format!(
        "an empty folder, and one with {} events; {} starts each, the slowest counts",
        number(args.events as f64),
        args.times
    );
    let mut report = Report::new("start", setting);
    empty(place, args, &mut report).await?;
    filled(place, args, &mut report).await?;
    Ok(report)
}

async fn empty(place: &Place, args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..args.times {
        let folder = place.fresh()?;
        took.push(place.start(folder.path()).await?.started_in);
    }
    tell(report, "first 200 on an empty folder", &took);
    let folder = place.fresh()?;
    idle(place, folder.path(), args, report, "empty").await
}

async fn filled(place: &Place, args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let folder = place.fresh()?;
    let mut server = place.start_with(folder.path(), resources::SHOP).await?;
    let events = Events::batches(1, people::BATCH, Who::Anybody(100_000));
    let batches = args.events.div_ceil(people::BATCH);
    let (sent, processed) = people::fill(&server, &events, batches).await?;
    let rate = |span: Duration| (batches * people::BATCH) as f64 / span.as_secs_f64();
    report.figure("filled, acknowledged at", rate(sent), "events/s");
    report.figure("filled, processed and archived at", rate(processed), "events/s");
    report.figure("memory (PSS) after filling", memory(server.pid())? as f64 / 1e6, "MB");
    let stopped = server.stop().await?;
    report.figure("stopping after filling", stopped.as_secs_f64(), "s");
    let mut took = Vec::new();
    for _ in 0..args.times {
        let mut server = place.start(folder.path()).await?;
        took.push(server.started_in);
        server.stop().await?;
    }
    tell(report, "first 200 on the filled folder", &took);
    let mut server = place.start(folder.path()).await?;
    server.kill();
    let server = place.start(folder.path()).await?;
    let after = server.started_in.as_secs_f64();
    report.figure("first 200 after kill -9", after, "s");
    complain(report, &server.complaints());
    drop(server);
    idle(place, folder.path(), args, report, "filled").await
}

fn tell(report: &mut Report, name: &str, took: &[Duration]) {
    let seconds = |span: Option<&Duration>| span.copied().unwrap_or_default().as_secs_f64();
    report.figure(format!("{name}, fastest"), seconds(took.iter().min()), "s");
    report.goal(name, seconds(took.iter().max()), "s", Goal::AtMost(1.0));
}

/// What a server needs that nobody asks.
async fn idle(
    place: &Place,
    folder: &Path,
    args: &Args,
    report: &mut Report,
    what: &str,
) -> anyhow::Result<()> {
    let server = place.start(folder).await?;
    let watch = Watch::begin(server.pid())?;
    tokio::time::sleep(args.idle.0).await;
    let megabytes = memory(server.pid())? as f64 / 1e6;
    let name = format!("memory (PSS) idle for {:?}, {what}", args.idle.0);
    report.goal(name, megabytes, "MB", Goal::AtMost(150.0));
    report.figure(format!("processor use idle, {what}"), watch.end()?.server, "cores");
    Ok(())
}
