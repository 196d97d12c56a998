//! An hour at a part of what the server can take: memory that does not grow, commits that stay short,
//! files that stay few.

use crate::events::{Events, KEY, Who};
use crate::figures::{Goal, Report, Series, millis, number};
use crate::ingest::complain;
use crate::load::{Plan, run};
use crate::outcome::Outcome;
use crate::process::{Watch, memory};
use crate::resources;
use crate::server::{Place, Server};
use crate::span::Span;
use crate::trend::slope;
use std::path::Path;
use std::time::{Duration, Instant};

/// The people events are about.
const PEOPLE: u64 = 100_000;
const DRAIN: Duration = Duration::from_secs(120);
/// A day of a table is compacted above so many small files; compaction comes once a minute, commits
/// every five seconds, and what was replaced stays for hours: so many a table may have.
const FILES: f64 = 1_500.0;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Events a second: 30 % of what the server can take.
    #[arg(long, default_value_t = 30_000.0)]
    rate: f64,
    /// How long.
    #[arg(long = "for", default_value = "60m", value_name = "SPAN")]
    span: Span,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    batch: u64,
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

/// How the server was at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    megabytes: f64,
    lag: f64,
    files: f64,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let folder = place.fresh()?;
    let server = place.start_with(folder.path(), resources::SHOP).await?;
    let plan = Plan {
        rate: args.rate / args.batch as f64,
        span: args.span.0,
        connections: args.connections,
        grace: Duration::from_secs(30),
    };
    let lake = folder.path().join("data/lake");
    let mut samples = Vec::new();
    let watch = Watch::begin(server.pid())?;
    let events = Events::batches(1, args.batch, Who::Anybody(PEOPLE));
    let outcome = tokio::select! {
        outcome = run(plan, server.collection(KEY)?, events) => outcome?,
        ended = sample(&server, &lake, plan.span, &mut samples) => {
            ended?;
            anyhow::bail!("the samples ended before the load")
        }
    };
    let busy = watch.end()?;
    let mut report = Report::new(
        "soak",
        format!(
            "{} events/s for {:?} in batches of {}, {PEOPLE} people, fresh folder; the first quarter is warming up",
            number(args.rate),
            args.span.0,
            args.batch
        ),
    );
    report.goal("kept up at", outcome.given_rate(), "events/s", Goal::Keeps(args.rate));
    tell(&mut report, &samples, &outcome);
    match server.caught_up(true, DRAIN).await? {
        Some(took) => report.figure("all caught up after", took.as_secs_f64(), "s"),
        None => report.note(format!("not caught up {DRAIN:?} after the end")),
    }
    report.offer(&outcome, plan.rate);
    report.busy(busy);
    let columns = vec!["s", "PSS MB", "lag", "files", "p99 ms"];
    let rows = samples.iter().zip(&outcome.windows).map(|(one, window)| {
        let p99 = millis(window.latency.value_at_quantile(0.99));
        vec![one.at.as_secs_f64(), one.megabytes, one.lag, one.files, p99]
    });
    report.series(Series { columns, rows: rows.collect() });
    complain(&mut report, &server.complaints());
    Ok(report)
}

fn tell(report: &mut Report, samples: &[Sample], outcome: &Outcome) {
    let warm = &samples[samples.len() / 4..];
    if let (Some(first), true) = (warm.first(), warm.len() > 2) {
        let points: Vec<_> = warm.iter().map(|one| (one.at.as_secs_f64(), one.megabytes)).collect();
        let grows = 100.0 * slope(&points) * 3_600.0 / first.megabytes;
        report.goal("memory (PSS) grows after warming up", grows, "%/h", Goal::AtMost(5.0));
    } else {
        report.note("too short to say how memory grows");
    }
    let most = |of: fn(&Sample) -> f64| samples.iter().map(of).fold(0.0, f64::max);
    report.figure("server's memory (PSS), most", most(|one| one.megabytes), "MB");
    report.figure("processor and archivist behind, most", most(|one| one.lag), "records");
    report.goal(
        "files of the lake's fullest table, most",
        most(|one| one.files),
        "files",
        Goal::AtMost(FILES),
    );
    // An acknowledgement is a commit of the journal.
    let last = &outcome.windows[outcome.windows.len() * 3 / 4..];
    let end = last.iter().map(|one| one.latency.value_at_quantile(0.99)).max().unwrap_or(0);
    report.goal("acknowledged in the last quarter, p99", millis(end), "ms", Goal::AtMost(250.0));
    report.spread("acknowledged after", &outcome.latency, None);
}

/// Looks at the server once a window, until it is dropped.
async fn sample(
    server: &Server,
    lake: &Path,
    span: Duration,
    into: &mut Vec<Sample>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let window = Outcome::window_length(span);
    loop {
        let next = began + window * (into.len() as u32 + 1);
        tokio::time::sleep_until(next.into()).await;
        let progress = server.progress().await?;
        into.push(Sample {
            at: began.elapsed(),
            megabytes: memory(server.pid())? as f64 / 1e6,
            lag: (progress.processor_lag + progress.archivist_lag) as f64,
            files: fullest(lake) as f64,
        });
    }
}

/// The most files that a table has on disk, those it no longer needs among them.
fn fullest(lake: &Path) -> usize {
    let tables = std::fs::read_dir(lake).into_iter().flatten().flatten();
    tables.map(|table| count(&table.path())).max().unwrap_or(0)
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => count(&entry.path()),
            _ => usize::from(entry.path().extension().is_some_and(|kind| kind == "parquet")),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_by_table() {
        let lake = tempfile::tempdir().unwrap();
        for (table, files) in [("events", 3), ("consents", 1)] {
            let day = lake.path().join(table).join("day");
            std::fs::create_dir_all(&day).unwrap();
            for file in 0..files {
                std::fs::write(day.join(format!("{file}.parquet")), "").unwrap();
            }
            std::fs::write(day.join("note.txt"), "").unwrap();
        }
        assert_eq!(fullest(lake.path()), 3);
    }
}
