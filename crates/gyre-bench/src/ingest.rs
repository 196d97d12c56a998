//! How many events a second are acknowledged, which is once they are on disk: in batches, and one by one.

use crate::events::{Events, KEY, Who};
use crate::figures::{Goal, Report, millis, number};
use crate::load::{Plan, run};
use crate::outcome::Outcome;
use crate::process::{Busy, Watch};
use crate::server::{Place, Progress};
use crate::span::Span;
use crate::{machine, resources};
use std::time::Duration;

/// The people events are about.
const PEOPLE: u64 = 100_000;
/// How long answers count after the last request was due.
const GRACE: Duration = Duration::from_secs(15);
/// How long a search steps before it gives up refining.
const REFINEMENTS: usize = 3;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Batches {
    /// Events a second.
    #[arg(long, default_value_t = 100_000.0)]
    pub(crate) rate: f64,
    /// How long.
    #[arg(long = "for", default_value = "10s", value_name = "SPAN")]
    pub(crate) span: Span,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    pub(crate) batch: u64,
    #[arg(long, default_value_t = 128)]
    pub(crate) connections: usize,
    /// Looks for the highest rate that holds, from `--rate` up or down; each step has a fresh server.
    #[arg(long)]
    pub(crate) find: bool,
    /// How long the processor may take afterwards to catch up, before the figure is left out.
    #[arg(long, default_value = "60s", value_name = "SPAN")]
    pub(crate) drain: Span,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Single {
    /// Requests a second, one event each.
    #[arg(long, default_value_t = 20_000.0)]
    pub(crate) rate: f64,
    /// How long.
    #[arg(long = "for", default_value = "10s", value_name = "SPAN")]
    pub(crate) span: Span,
    #[arg(long, default_value_t = 512)]
    pub(crate) connections: usize,
    /// Looks for the highest rate that holds, from `--rate` up or down; each step has a fresh server.
    #[arg(long)]
    pub(crate) find: bool,
    /// How long the processor may take afterwards to catch up, before the figure is left out.
    #[arg(long, default_value = "60s", value_name = "SPAN")]
    pub(crate) drain: Span,
}

/// One way to send events.
struct Way {
    name: &'static str,
    plan: Plan,
    batch: u64,
    goal: f64,
    find: bool,
    drain: Duration,
}

/// What one burst gave.
struct Burst {
    outcome: Outcome,
    busy: Busy,
    memory: u64,
    after: Progress,
    caught_up: Option<Duration>,
    complaints: (usize, Option<String>),
}

pub(crate) async fn batches(place: &Place, args: &Batches) -> anyhow::Result<Report> {
    let (rate, batch) = (args.rate / args.batch as f64, args.batch);
    let plan = Plan { rate, span: args.span.0, connections: args.connections, grace: GRACE };
    let (find, drain) = (args.find, args.drain.0);
    let way = Way { name: "ingest", plan, batch, goal: 100_000.0, find, drain };
    way.measure(place).await
}

pub(crate) async fn single(place: &Place, args: &Single) -> anyhow::Result<Report> {
    let plan =
        Plan { rate: args.rate, span: args.span.0, connections: args.connections, grace: GRACE };
    let (find, drain) = (args.find, args.drain.0);
    let way = Way { name: "single", plan, batch: 1, goal: 20_000.0, find, drain };
    way.measure(place).await
}

impl Way {
    fn events(&self, run: u64) -> Events {
        let who = Who::Anybody(PEOPLE);
        if self.name == "single" {
            Events::single(run, who)
        } else {
            Events::batches(run, self.batch, who)
        }
    }

    async fn measure(&self, place: &Place) -> anyhow::Result<Report> {
        if self.find {
            return self.search(place).await;
        }
        let burst = self.burst(place, self.plan).await?;
        let mut report = Report::new(self.name, self.setting());
        self.tell(&mut report, &burst);
        let answer = format!(r#"{{"success":true,"accepted":{},"rejected":[]}}"#, self.batch);
        machine::generator(&mut report, self.plan, self.events(3), answer).await?;
        Ok(report)
    }

    fn setting(&self) -> String {
        let (plan, events) = (&self.plan, self.events(0));
        format!(
            "{} events/s for {:?} as {} requests/s of {} bytes with {} events each, {} connections, {PEOPLE} people, fresh folder",
            number(plan.rate * self.batch as f64),
            plan.span,
            number(plan.rate),
            events.size(),
            self.batch,
            plan.connections,
        )
    }

    /// One burst against a fresh server, after a second of warming up at a tenth of the rate.
    async fn burst(&self, place: &Place, plan: Plan) -> anyhow::Result<Burst> {
        let folder = place.fresh()?;
        let server = place.start_with(folder.path(), resources::SHOP).await?;
        let warm = Plan { rate: plan.rate / 10.0, span: Duration::from_secs(1), ..plan };
        run(warm, server.collection(KEY)?, self.events(1)).await?;
        server.caught_up(false, GRACE).await?;
        let before = server.progress().await?;
        let watch = Watch::begin(server.pid())?;
        let outcome = run(plan, server.collection(KEY)?, self.events(2)).await?;
        let busy = watch.end()?;
        let memory = crate::process::memory(server.pid())?;
        let after = server.progress().await?;
        let grown = after.end.saturating_sub(before.end);
        anyhow::ensure!(
            grown >= outcome.given,
            "{} events were acknowledged, the journal grew by {grown} records",
            outcome.given
        );
        let caught_up = server.caught_up(false, self.drain).await?;
        let complaints = server.complaints();
        Ok(Burst { outcome, busy, memory, after, caught_up, complaints })
    }

    fn tell(&self, report: &mut Report, burst: &Burst) {
        let Burst { outcome, .. } = burst;
        let rate = outcome.given_rate();
        keeps(report, rate, "events/s", self.plan.rate * self.batch as f64, self.goal);
        let limit = (self.batch > 1).then_some(Goal::AtMost(50.0));
        report.spread("acknowledged after", &outcome.latency, limit);
        report.offer(outcome, self.plan.rate);
        report.windows(outcome);
        report.busy(burst.busy);
        report.figure("server's memory (PSS) at the end", burst.memory as f64 / 1e6, "MB");
        report.figure("processor behind at the end", burst.after.processor_lag as f64, "records");
        report.figure("archivist behind at the end", burst.after.archivist_lag as f64, "records");
        match burst.caught_up {
            Some(took) => {
                report.figure("processor caught up after", took.as_secs_f64(), "s");
                let lag = burst.after.processor_lag as f64;
                if lag > 10_000.0 {
                    report.figure("processor meanwhile", lag / took.as_secs_f64(), "records/s");
                }
            }
            None => report.note(format!("the processor had not caught up after {:?}", self.drain)),
        }
        complain(report, &burst.complaints);
    }

    fn holds(&self, burst: &Burst, rate: f64) -> bool {
        let outcome = &burst.outcome;
        let limit = if self.batch > 1 { 50_000 } else { 100_000 };
        let quick = outcome.latency.value_at_quantile(0.99) <= limit;
        let all = outcome.answered == outcome.due;
        quick && all && outcome.given_rate() >= rate * self.batch as f64 * 0.97
    }

    /// Doubles or halves until the answer changes, then narrows it down.
    async fn search(&self, place: &Place) -> anyhow::Result<Report> {
        let mut report = Report::new(self.name, format!("search from {}", self.setting()));
        let (mut low, mut high) = (None, None);
        let mut rate = self.plan.rate;
        let mut left = REFINEMENTS;
        let mut best = None;
        loop {
            // What comes after the acknowledgement is not looked for here, so it is not waited for.
            let way = Self { drain: Duration::ZERO, ..*self };
            let burst = way.burst(place, Plan { rate, ..self.plan }).await?;
            let holds = self.holds(&burst, rate);
            let p99 = millis(burst.outcome.latency.value_at_quantile(0.99));
            report.note(format!(
                "{} events/s: {} acknowledged/s, p99 {} ms: {}",
                number(rate * self.batch as f64),
                number(burst.outcome.given_rate()),
                number(p99),
                if holds { "holds" } else { "breaks" }
            ));
            if holds {
                low = Some(rate);
                best = Some(burst);
            } else {
                high = Some(rate);
            }
            rate = match (low, high) {
                (None, Some(high)) if high * self.batch as f64 <= 100.0 => break,
                (None, _) => rate / 2.0,
                (Some(_), None) => rate * 1.5,
                (Some(_), Some(_)) if left == 0 => break,
                (Some(low), Some(high)) => {
                    left -= 1;
                    f64::midpoint(low, high)
                }
            };
        }
        let found = low.unwrap_or(0.0) * self.batch as f64;
        report.goal("highest rate that held", found, "events/s", Goal::AtLeast(self.goal));
        if let (Some(burst), Some(low)) = (best, low) {
            report.spread("acknowledged after", &burst.outcome.latency, None);
            report.offer(&burst.outcome, low);
            report.busy(burst.busy);
        }
        Ok(report)
    }
}

/// The rate that came back; held against the goal if as much was asked.
pub(crate) fn keeps(report: &mut Report, rate: f64, unit: &'static str, asked: f64, goal: f64) {
    if asked >= goal {
        report.goal("kept up at", rate, unit, Goal::Keeps(goal));
    } else {
        report.figure("kept up at", rate, unit);
        report.note(format!("asked for less than the goal of {} {unit}", number(goal)));
    }
}

/// What the server's log says that should not be there.
pub(crate) fn complain(report: &mut Report, (count, last): &(usize, Option<String>)) {
    if let Some(last) = last {
        let last: String = last.chars().take(300).collect();
        report.note(format!("the server's log has {count} warnings or errors; the last: {last}"));
    }
}
