//! What the generator can do at all, so that a figure of the server is not one of the generator.

use crate::events::{Events, Who};
use crate::figures::{Report, number};
use crate::load::Plan;
use crate::machine;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Requests a second.
    #[arg(long, default_value_t = 20_000.0)]
    rate: f64,
    /// Events in a request.
    #[arg(long, default_value_t = 1)]
    batch: u64,
    #[arg(long, default_value_t = 512)]
    connections: usize,
}

pub(crate) async fn measure(args: &Args) -> anyhow::Result<Report> {
    let who = Who::Anybody(100_000);
    let events = match args.batch {
        1 => Events::single(1, who),
        batch => Events::batches(1, batch, who),
    };
    let setting = format!(
        "{} requests/s of {} bytes, {} connections, a responder on a thread of the same process",
        number(args.rate),
        events.size(),
        args.connections
    );
    let mut report = Report::new("reference", setting);
    let grace = Duration::from_secs(10);
    let plan = Plan { rate: args.rate, span: Duration::ZERO, connections: args.connections, grace };
    let answer = format!(r#"{{"success":true,"accepted":{},"rejected":[]}}"#, args.batch);
    machine::generator(&mut report, plan, events, answer).await?;
    Ok(report)
}
