//! Three times what the server can take: what it cannot take it refuses at once, and what it takes is
//! acknowledged about as fast as ever.

use crate::events::{Events, KEY, Who};
use crate::figures::{Goal, Report, millis, number, percent};
use crate::ingest::complain;
use crate::load::{Plan, run};
use crate::outcome::Outcome;
use crate::process::{Watch, memory};
use crate::resources;
use crate::server::{Place, Server};
use crate::span::Span;
use std::time::Duration;

/// The people events are about.
const PEOPLE: u64 = 100_000;
const GRACE: Duration = Duration::from_secs(15);
/// How much of the capacity counts as normal.
const NORMAL: f64 = 0.7;
/// Connections while the capacity is looked for: enough to keep the server busy, too few to bury it.
const BUSY: usize = 32;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Events a second that the server can take; measured first if not given.
    #[arg(long)]
    capacity: Option<f64>,
    /// How many times that is offered.
    #[arg(long, default_value_t = 3.0)]
    times: f64,
    /// How long each of the three loads is.
    #[arg(long = "for", default_value = "20s", value_name = "SPAN")]
    span: Span,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    batch: u64,
    /// Connections of the overload: clients do not wait for one another.
    #[arg(long, default_value_t = 1_500)]
    connections: usize,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let folder = place.fresh()?;
    let server = place.start_with(folder.path(), resources::SHOP).await?;
    let load = async |number: u64, rate: f64, connections: usize| -> anyhow::Result<Outcome> {
        let rate = rate / args.batch as f64;
        let plan = Plan { rate, span: args.span.0, connections, grace: GRACE };
        let events = Events::batches(number, args.batch, Who::Anybody(PEOPLE));
        run(plan, server.collection(KEY)?, events).await
    };
    let capacity = match args.capacity {
        Some(capacity) => capacity,
        None => capacity(&server, args).await?,
    };
    let normal = load(2, capacity * NORMAL, 128).await?;
    let before = memory(server.pid())?;
    let watch = Watch::begin(server.pid())?;
    let (over, most) = {
        let mut most = before;
        let over = tokio::select! {
            over = load(3, capacity * args.times, args.connections) => over?,
            ended = weigh(&server, &mut most) => { ended?; anyhow::bail!("nothing to weigh") }
        };
        (over, most)
    };
    let busy = watch.end()?;
    let after = load(4, capacity * NORMAL, 128).await?;

    let mut report = Report::new(
        "overload",
        format!(
            "{} times {} events/s for {:?} in batches of {} over {} connections; before and after {NORMAL} times over 128",
            number(args.times),
            number(capacity),
            args.span.0,
            args.batch,
            args.connections
        ),
    );
    let p99 = |outcome: &Outcome| millis(outcome.accepted.value_at_quantile(0.99));
    report.figure("capacity", capacity, "events/s");
    report.figure("accepted normally, p99", p99(&normal), "ms");
    let limit = Goal::AtMost(2.0 * p99(&normal));
    report.goal("accepted under overload, p99", p99(&over), "ms", limit);
    report.figure("accepted afterwards, p99", p99(&after), "ms");
    report.figure("accepted under overload", over.given_rate(), "events/s");
    let shed = shed(&over);
    report.figure("refused with 429 or 503", percent(shed as f64, over.due as f64), "%");
    let other = over.due.saturating_sub(over.answered + shed);
    report.goal(
        "failed in another way",
        percent(other as f64, over.due as f64),
        "%",
        Goal::AtMost(0.0),
    );
    report.figure("server's memory (PSS) before", before as f64 / 1e6, "MB");
    report.goal("server's memory (PSS), most", most as f64 / 1e6, "MB", Goal::AtMost(1_500.0));
    report.offer(&over, capacity * args.times / args.batch as f64);
    report.busy(busy);
    complain(&mut report, &server.complaints());
    Ok(report)
}

/// Events a second that come back when as much is asked as a few connections can carry.
async fn capacity(server: &Server, args: &Args) -> anyhow::Result<f64> {
    let plan = Plan {
        rate: 1_000_000.0 / args.batch as f64,
        span: Duration::from_secs(5).min(args.span.0),
        connections: BUSY,
        grace: Duration::ZERO,
    };
    let events = Events::batches(1, args.batch, Who::Anybody(PEOPLE));
    Ok(run(plan, server.collection(KEY)?, events).await?.given_rate())
}

/// Requests that were refused and may be sent again.
fn shed(outcome: &Outcome) -> u64 {
    let refused = |fault: &str| fault.starts_with("503") || fault.starts_with("429");
    outcome.faults.iter().filter(|(fault, _)| refused(fault)).map(|(_, count)| count).sum()
}

/// Keeps the most memory that the server had, until it is dropped.
async fn weigh(server: &Server, most: &mut u64) -> anyhow::Result<()> {
    loop {
        *most = memory(server.pid())?.max(*most);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_failures() {
        let plan = Plan { rate: 1.0, span: Duration::from_secs(1), connections: 1, grace: GRACE };
        let mut outcome = Outcome::new(&plan).unwrap();
        for (fault, count) in [("503 Service Unavailable: {}", 3), ("500: x", 4), ("429: y", 5)] {
            outcome.faults.insert(fault.to_owned(), count);
        }
        assert_eq!(shed(&outcome), 8);
    }
}
