//! Everything in turn, shortened where its setting says so, and at the end each goal with what became of it.

use crate::figures::Report;
use crate::server::Place;
use crate::span::Span;
use crate::{decide, edit, ingest, ring, start};
use clap::Parser;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// How long the ring is measured here; alone it is ten minutes.
    #[arg(long, default_value = "60s", value_name = "SPAN")]
    ring: Span,
    /// How long each other load is.
    #[arg(long, default_value = "10s", value_name = "SPAN")]
    load: Span,
}

/// A benchmark's arguments as they are when nobody says otherwise.
fn defaults<A: clap::Args>() -> A {
    #[derive(Parser)]
    struct Line<A: clap::Args> {
        #[command(flatten)]
        args: A,
    }
    Line::<A>::parse_from(["bench"]).args
}

/// Runs everything; what fails is told and stops nothing. `keep` is given each report as it comes.
pub(crate) async fn measure(
    place: &Place,
    args: &Args,
    keep: &mut dyn FnMut(Report) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut goals = Report::new("goals", "every figure with a goal, of this run".to_owned());
    let mut take = |name: &str, found: anyhow::Result<Vec<Report>>| {
        let reports = found.unwrap_or_else(|error| {
            let mut report = Report::new(name, "failed".to_owned());
            report.note(format!("{error:#}"));
            goals.note(format!("{name} failed: {error:#}"));
            vec![report]
        });
        for report in reports {
            goals.goals_of(&report);
            keep(report)?;
        }
        Ok::<(), anyhow::Error>(())
    };
    let one = |report: anyhow::Result<Report>| report.map(|report| vec![report]);
    let ingest = ingest::Batches { span: args.load, ..defaults() };
    take("ingest", one(ingest::batches(place, &ingest).await))?;
    let single = ingest::Single { span: args.load, ..defaults() };
    take("single", one(ingest::single(place, &single).await))?;
    let decide = decide::Args { span: args.load, ..defaults() };
    take("decide", decide::measure(place, &decide).await)?;
    let ring = ring::Args { span: args.ring, ..defaults() };
    let mut found = ring::measure(place, &ring).await;
    if let Ok(report) = &mut found
        && args.ring.0 < Duration::from_secs(600)
    {
        report.note("shortened: the goal is ten minutes");
    }
    take("ring", one(found))?;
    take("start", one(start::measure(place, &defaults()).await))?;
    take("edit", one(edit::measure(&defaults())))?;
    keep(goals)
}
