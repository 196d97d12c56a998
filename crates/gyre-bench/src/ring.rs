//! Events at a steady rate for long, and whether everything behind the acknowledgement keeps up: people as
//! decisions see them, SQL, memory. Says what gives way first.

use crate::events::{Events, KEY, Who};
use crate::figures::{Goal, Report, Series, millis, number};
use crate::ingest::{complain, keeps};
use crate::load::{Plan, run};
use crate::machine;
use crate::outcome::Outcome;
use crate::probe::{Eye, Found, Probes};
use crate::process::{Watch, memory};
use crate::resources;
use crate::server::{Place, Server};
use crate::span::Span;
use crate::trend::slope;
use std::time::{Duration, Instant};

/// How long after the run the roles may take to catch up, before the figure is left out.
const DRAIN: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Events a second.
    #[arg(long, default_value_t = 20_000.0)]
    pub(crate) rate: f64,
    /// How long.
    #[arg(long = "for", default_value = "10m", value_name = "SPAN")]
    pub(crate) span: Span,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    pub(crate) batch: u64,
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// The people events are about.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) people: u64,
    /// Between two probes of what decisions see.
    #[arg(long, default_value = "200ms", value_name = "SPAN")]
    pub(crate) probe: Span,
    /// Between two probes of what SQL sees.
    #[arg(long, default_value = "1s", value_name = "SPAN")]
    pub(crate) sql_probe: Span,
}

/// How the server was at one moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    processor_lag: f64,
    archivist_lag: f64,
    megabytes: f64,
    cores: f64,
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
    let events = |run| Events::batches(run, args.batch, Who::Anybody(args.people));
    let mut report = Report::new(
        "ring",
        format!(
            "{} events/s for {:?} in batches of {}, {} people, fresh folder; probes of fresh people every {:?}, by SQL every {:?}",
            number(args.rate),
            args.span.0,
            args.batch,
            args.people,
            args.probe.0,
            args.sql_probe.0,
        ),
    );
    let mut decisions = Probes::new(&server, Eye::Decisions, args.probe.0)?;
    let mut sql = Probes::new(&server, Eye::Sql, args.sql_probe.0)?;
    let mut samples = Vec::new();
    let watch = Watch::begin(server.pid())?;
    let outcome = tokio::select! {
        outcome = run(plan, server.collection(KEY)?, events(1)) => outcome?,
        ended = decisions.send() => { ended?; anyhow::bail!("the probes ended before the load") }
        ended = sql.send() => { ended?; anyhow::bail!("the probes ended before the load") }
        ended = sample(&server, plan.span, &mut samples) => {
            ended?;
            anyhow::bail!("the samples ended before the load")
        }
    };
    let busy = watch.end()?;
    let ended = Instant::now();
    let (decisions, sql) = tokio::join!(decisions.finish(), sql.finish());
    let (decisions, sql) = (decisions?, sql?);
    keeps(&mut report, outcome.given_rate(), "events/s", args.rate, 20_000.0);
    report.spread("acknowledged after", &outcome.latency, None);
    visible(&mut report, "decisions see it after", &decisions, 1_000.0);
    visible(&mut report, "SQL sees it after", &sql, 2_000.0);
    lags(&mut report, &samples);
    let caught_up = server.caught_up(true, DRAIN).await?;
    match caught_up {
        Some(_) => report.figure("all caught up after", ended.elapsed().as_secs_f64(), "s"),
        None => report.note(format!("not caught up {DRAIN:?} after the end")),
    }
    let most = samples.iter().map(|sample| sample.megabytes).fold(0.0, f64::max);
    report.figure("server's memory (PSS), most", most, "MB");
    report.figure("server's memory (PSS) afterwards", memory(server.pid())? as f64 / 1e6, "MB");
    report.offer(&outcome, plan.rate);
    report.busy(busy);
    report.series(series(&samples, &outcome));
    gave_way(&mut report, args.rate, &outcome, &samples, (&decisions, &sql));
    complain(&mut report, &server.complaints());
    let answer = format!(r#"{{"success":true,"accepted":{},"rejected":[]}}"#, args.batch);
    machine::generator(&mut report, plan, events(2), answer).await?;
    Ok(report)
}

/// Looks at the server once a window, until it is dropped.
async fn sample(server: &Server, span: Duration, into: &mut Vec<Sample>) -> anyhow::Result<()> {
    let began = Instant::now();
    let window = Outcome::window_length(span);
    loop {
        let watch = Watch::begin(server.pid())?;
        let next = began + window * (into.len() as u32 + 1);
        tokio::time::sleep_until(next.into()).await;
        let progress = server.progress().await?;
        into.push(Sample {
            at: began.elapsed(),
            processor_lag: progress.processor_lag as f64,
            archivist_lag: progress.archivist_lag as f64,
            megabytes: memory(server.pid())? as f64 / 1e6,
            cores: watch.end()?.server,
        });
    }
}

fn visible(report: &mut Report, name: &str, found: &Found, limit: f64) {
    if found.after.is_empty() {
        report.note(format!("{name}: no probe came through"));
    } else {
        report.spread(name, &found.after, Some(Goal::AtMost(limit)));
    }
    if found.left_out + found.given_up > 0 {
        report.note(format!(
            "{name}: {} probes; {} more were not sent because too many were under way, {} were given up and count with what they had waited",
            found.after.len(), found.left_out, found.given_up
        ));
    }
    if let Some(fault) = &found.fault {
        report.note(format!("{name}: a probe failed: {fault}"));
    }
}

fn lags(report: &mut Report, samples: &[Sample]) {
    type Lag = fn(&Sample) -> f64;
    let roles: [(&str, Lag); 2] =
        [("processor", |one| one.processor_lag), ("archivist", |one| one.archivist_lag)];
    for (name, lag) in roles {
        let most = samples.iter().map(lag).fold(0.0, f64::max);
        report.figure(format!("{name} behind, most"), most, "records");
        let half = &samples[samples.len() / 2..];
        let points: Vec<(f64, f64)> =
            half.iter().map(|one| (one.at.as_secs_f64(), lag(one))).collect();
        let name = format!("{name} falls behind, second half, by");
        report.figure(name, slope(&points), "records/s");
    }
}

fn series(samples: &[Sample], outcome: &Outcome) -> Series {
    let columns =
        vec!["s", "events/s", "p99 ms", "processor lag", "archivist lag", "PSS MB", "cores"];
    let seconds = outcome.window.as_secs_f64();
    let rows = samples.iter().zip(&outcome.windows).map(|(sample, window)| {
        vec![
            sample.at.as_secs_f64(),
            window.given as f64 / seconds,
            millis(window.latency.value_at_quantile(0.99)),
            sample.processor_lag,
            sample.archivist_lag,
            sample.megabytes,
            sample.cores,
        ]
    });
    Series { columns, rows: rows.collect() }
}

/// Says what was first not as it should be, and what followed.
fn gave_way(
    report: &mut Report,
    rate: f64,
    outcome: &Outcome,
    samples: &[Sample],
    (decisions, sql): (&Found, &Found),
) {
    let late = |found: &Found, limit: u64| {
        let limit = Duration::from_secs(limit);
        found.each.iter().find(|(_, after)| *after > limit).map(|(at, _)| *at)
    };
    let behind = |lag: fn(&Sample) -> f64, seconds: f64| {
        samples.iter().find(|one| lag(one) > rate * seconds).map(|one| one.at)
    };
    let window = |broken: &dyn Fn(f64, f64) -> bool| {
        let seconds = outcome.window.as_secs_f64();
        let found = outcome.windows.iter().position(|window| {
            let p99 = millis(window.latency.value_at_quantile(0.99));
            broken(window.given as f64 / seconds, p99)
        });
        found.map(|at| outcome.window * at as u32)
    };
    let broken = [
        ("acknowledgements take more than 50 ms (p99)", window(&|_, p99| p99 > 50.0)),
        ("fewer events are acknowledged than sent", window(&|given, _| given < rate * 0.97)),
        ("the processor is a second behind", behind(|one| one.processor_lag, 1.0)),
        ("the archivist is two seconds behind", behind(|one| one.archivist_lag, 2.0)),
        ("decisions see an event after more than 1 s", late(decisions, 1)),
        ("SQL sees an event after more than 2 s", late(sql, 2)),
        (
            "more than 1 GB of memory",
            samples.iter().find(|one| one.megabytes > 1_000.0).map(|one| one.at),
        ),
    ];
    let mut broken: Vec<(Duration, &str)> =
        broken.into_iter().filter_map(|(what, at)| Some((at?, what))).collect();
    broken.sort();
    for (at, what) in &broken {
        report.note(format!("from second {:.0} on: {what}", at.as_secs_f64()));
    }
    if broken.is_empty() {
        report.note("nothing gave way");
    }
}
