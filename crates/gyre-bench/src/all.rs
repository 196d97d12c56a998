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
    /// How long after a start memory is looked at.
    #[arg(long, default_value = "60s", value_name = "SPAN")]
    idle: Span,
    /// Rates, people and events times this: a small part of it tries everything out.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

impl Args {
    fn rate(&self, rate: f64) -> f64 {
        rate * self.scale
    }

    fn count(&self, count: u64) -> u64 {
        (self.rate(count as f64) as u64).max(1)
    }
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
    let ingest = defaults::<ingest::Batches>();
    let ingest = ingest::Batches { span: args.load, rate: args.rate(ingest.rate), ..ingest };
    take("ingest", one(ingest::batches(place, &ingest).await))?;
    let single = defaults::<ingest::Single>();
    let single = ingest::Single { span: args.load, rate: args.rate(single.rate), ..single };
    take("single", one(ingest::single(place, &single).await))?;
    let decide = defaults::<decide::Args>();
    let (rate, people) = (args.rate(decide.rate), args.count(decide.people));
    let decide = decide::Args { span: args.load, rate, people, ..decide };
    take("decide", decide::measure(place, &decide).await)?;
    let ring = defaults::<ring::Args>();
    let ring = ring::Args { span: args.ring, rate: args.rate(ring.rate), ..ring };
    let mut found = ring::measure(place, &ring).await;
    if let Ok(report) = &mut found
        && args.ring.0 < Duration::from_secs(600)
    {
        report.note("shortened: the goal is ten minutes");
    }
    take("ring", one(found))?;
    let start = defaults::<start::Args>();
    let start = start::Args { idle: args.idle, events: args.count(start.events), ..start };
    take("start", one(start::measure(place, &start).await))?;
    take("edit", one(edit::measure(&defaults())))?;
    keep(goals)
}
