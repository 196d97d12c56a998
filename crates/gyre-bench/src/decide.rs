//! How fast decisions are made: alone, and while somebody looks at a board.

use crate::events::{Events, scatter, user_id};
use crate::figures::{Goal, Report, number};
use crate::ingest::{complain, keeps};
use crate::load::{Plan, Requests, run};
use crate::outcome::{histogram, micros};
use crate::process::Watch;
use crate::server::{Place, Server};
use crate::span::Span;
use crate::{machine, people, resources};
use anyhow::Context;
use hdrhistogram::Histogram;
use hyper::StatusCode;
use serde_json::json;
use std::time::{Duration, Instant};

/// What a board asks.
const BOARD: [&str; 2] = [
    "select chosen, count(*) as shown, avg(probability) as probability from decisions group by chosen order by shown desc",
    "select name, count(*) as n, count(distinct person) as people from events group by name order by n desc",
];

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Decisions a second.
    #[arg(long, default_value_t = 10_000.0)]
    pub(crate) rate: f64,
    /// How long, alone and again beside the board.
    #[arg(long = "for", default_value = "20s", value_name = "SPAN")]
    pub(crate) span: Span,
    /// People to decide for; each has consented and ordered once.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) people: u64,
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
}

/// Questions about people, in scattered order.
#[derive(Debug, Clone)]
struct Questions {
    people: u64,
    /// Where in the order it begins, so that a second run does not ask about the same people.
    first: u64,
}

impl Requests for Questions {
    fn path(&self) -> &'static str {
        "/v1/decide"
    }

    fn write(&mut self, number: u64, body: &mut Vec<u8>) {
        let user = user_id(scatter(self.first + number) % self.people);
        body.extend_from_slice(br#"{"user_id":""#);
        body.extend_from_slice(&user);
        let rest = br#"","placement":"home","context":{"page":"cart","device":"phone"}}"#;
        body.extend_from_slice(rest);
    }

    fn judge(&mut self, status: StatusCode, body: &[u8]) -> Result<u64, String> {
        let mark = b"\"variant\":\"variant_";
        if status == StatusCode::OK && body.windows(mark.len()).any(|window| window == mark) {
            return Ok(1);
        }
        let text: String = String::from_utf8_lossy(body).chars().take(160).collect();
        Err(format!("{status}: {text}"))
    }
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Vec<Report>> {
    let folder = place.fresh()?;
    let server = place.start_with(folder.path(), &resources::campaign()).await?;
    let batches = (args.people * 2).div_ceil(people::BATCH);
    let (_, filled) = people::fill(&server, &Events::people(1, people::BATCH), batches).await?;
    let plan = Plan {
        rate: args.rate,
        span: args.span.0,
        connections: args.connections,
        grace: Duration::from_secs(10),
    };
    let warm = Plan { rate: plan.rate / 10.0, span: Duration::from_secs(2), ..plan };
    run(warm, server.api()?, Questions { people: args.people, first: 1 << 40 }).await?;
    let mut reports = Vec::new();
    for (name, beside) in [("decide", false), ("decide beside a board", true)] {
        let mut report = Report::new(name, setting(args));
        let questions = Questions { people: args.people, first: u64::from(beside) << 32 };
        one(&server, plan, questions, beside, &mut report).await?;
        if !beside {
            report.figure("people loaded and processed in", filled.as_secs_f64(), "s");
            let answer = r#"{"variant":"variant_0"}"#.to_owned();
            let questions = Questions { people: args.people, first: 0 };
            machine::generator(&mut report, plan, questions, answer).await?;
        }
        server.caught_up(true, Duration::from_secs(60)).await?;
        reports.push(report);
    }
    if let Some(last) = reports.last_mut() {
        complain(last, &server.complaints());
    }
    Ok(reports)
}

fn setting(args: &Args) -> String {
    format!(
        "{} decisions/s for {:?}, {} people, a campaign of {} candidates with consent and caps, {} connections",
        number(args.rate),
        args.span.0,
        args.people,
        resources::VARIANTS,
        args.connections,
    )
}

async fn one(
    server: &Server,
    plan: Plan,
    questions: Questions,
    beside: bool,
    report: &mut Report,
) -> anyhow::Result<()> {
    let watch = Watch::begin(server.pid())?;
    let load = run(plan, server.api()?, questions);
    let (outcome, board) = if beside {
        let mut board = histogram(3)?;
        let outcome = tokio::select! {
            outcome = load => outcome?,
            failed = look(server, &mut board) => {
                failed?;
                anyhow::bail!("the board ended before the load");
            }
        };
        (outcome, Some(board))
    } else {
        (load.await?, None)
    };
    let busy = watch.end()?;
    keeps(report, outcome.given_rate(), "decisions/s", plan.rate, 10_000.0);
    report.spread("decided after", &outcome.latency, Some(Goal::AtMost(1.0)));
    report.offer(&outcome, plan.rate);
    report.busy(busy);
    let memory = crate::process::memory(server.pid())?;
    report.figure("server's memory (PSS) at the end", memory as f64 / 1e6, "MB");
    if let Some(board) = board {
        report.figure("board queries answered", board.len() as f64, "queries");
        report.spread("a board query took", &board, None);
    }
    Ok(())
}

/// Asks what a board asks, one query after the other, until it is dropped.
async fn look(server: &Server, took: &mut Histogram<u64>) -> anyhow::Result<()> {
    loop {
        for sql in BOARD {
            let began = Instant::now();
            server.post("/v1/query", &json!({ "sql": sql })).await.context("the board's query")?;
            took.saturating_record(micros(began.elapsed()));
        }
    }
}
