//! Queries over events as analysts and boards ask them, through the server's HTTP, beside DuckDB and chDB in
//! a process of their own on the Parquet files of the same table, in the same run.

mod queries;

use crate::figures::{Goal, Report, median, number};
use crate::history::History;
use crate::ingest::complain;
use crate::process::memory;
use crate::python::{Python, Steps};
use crate::server::{Place, Server};
use queries::{Engine, QUERIES};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Instant;

const SCRIPT: &str = include_str!("others.py");
const STEPS: &Steps = &[
    ("deltalake", &["deltalake==1.6.6", "pyarrow"]),
    ("duckdb", &["duckdb==2.0.0"]),
    ("chdb", &["chdb==4.4.0"]),
];
/// Against DuckDB.
const RATIO: f64 = 1.5;
/// The two that have a goal of their own, in seconds for ten million events.
const WHOLE: [&str; 2] = ["funnel of five steps", "cohort retention by week"];
const SECONDS: f64 = 2.0;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: History,
    /// How often each query runs; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// What an engine took for a query, and what it answered.
#[derive(Debug, Deserialize)]
struct Taken {
    ms: Option<f64>,
    /// Rows in an order of their own.
    rows: Vec<Vec<Value>>,
    error: Option<String>,
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let fresh = place.fresh()?;
    let server = args.history.start(place, fresh.path()).await?;
    let setting = format!("{}, median of {}", args.history.setting(), args.runs);
    let mut report = Report::new("lake", setting);
    args.history.fill(&server, &mut report).await?;
    let ours = ask(&server, args.runs).await?;
    report.figure("server's memory (PSS) afterwards", memory(server.pid())? as f64 / 1e6, "MB");
    complain(&mut report, &server.complaints());
    let table = server.data().join("lake/events");
    drop(server);

    let mut others = BTreeMap::new();
    let python = Python::prepare("gyre-bench-lake", STEPS)?;
    python.missing.iter().for_each(|why| report.note(why));
    for engine in [Engine::DuckDb, Engine::ChDb] {
        let file = fresh.path().join("queries.json");
        let queries: BTreeMap<_, _> =
            QUERIES.iter().map(|query| (query.name, query.sql(engine))).collect();
        std::fs::write(&file, serde_json::to_vec(&queries)?)?;
        let runs = args.runs.to_string();
        let arguments =
            [engine.name().as_ref(), table.as_os_str(), file.as_os_str(), runs.as_ref()];
        match python.ask::<BTreeMap<String, Taken>>(fresh.path(), SCRIPT, &arguments) {
            Ok(taken) => {
                others.insert(engine.name(), taken);
            }
            Err(error) => report.note(format!("{} said nothing: {error:#}", engine.name())),
        }
    }
    tell(&mut report, args, &ours, &others);
    Ok(report)
}

async fn ask(server: &Server, runs: usize) -> anyhow::Result<BTreeMap<&'static str, Taken>> {
    let mut taken = BTreeMap::new();
    for query in QUERIES {
        let body =
            json!({"sql": query.sql(Engine::Gyre), "timeout_ms": 120_000, "max_rows": 10_000});
        let mut times = Vec::new();
        let mut one = Taken { ms: None, rows: Vec::new(), error: None };
        for _ in 0..=runs {
            let began = Instant::now();
            match server.post("/v1/query", &body).await {
                Ok(answer) => {
                    times.push(began.elapsed().as_secs_f64() * 1e3);
                    one.rows = serde_json::from_value(answer["rows"].clone())?;
                }
                Err(error) => {
                    one.error = Some(format!("{error:#}"));
                    break;
                }
            }
        }
        // The first run only warms up.
        one.ms = median(times.get(1..).unwrap_or_default());
        taken.insert(query.name, one);
    }
    Ok(taken)
}

fn tell(
    report: &mut Report,
    args: &Args,
    ours: &BTreeMap<&'static str, Taken>,
    others: &BTreeMap<&'static str, BTreeMap<String, Taken>>,
) {
    for query in QUERIES {
        let Some(one) = ours.get(query.name) else { continue };
        let Some(ms) = one.ms else {
            let why = one.error.as_deref().unwrap_or("no answer");
            report.note(format!("{}: {why}", query.name));
            continue;
        };
        if WHOLE.contains(&query.name) && args.history.events <= 10_000_000 {
            report.goal(query.name, ms / 1e3, "s", Goal::AtMost(SECONDS));
        } else {
            report.figure(query.name, ms, "ms");
        }
        for (engine, taken) in others {
            let Some(other) = taken.get(query.name) else { continue };
            let Some(theirs) = other.ms else {
                let why = other.error.as_deref().unwrap_or("no answer");
                report.note(format!("{engine}, {}: {why}", query.name));
                continue;
            };
            let name = format!("  to {engine}'s {} ms", number(theirs));
            if *engine == Engine::DuckDb.name() {
                report.goal(name, ms / theirs, "times", Goal::AtMost(RATIO));
            } else {
                report.figure(name, ms / theirs, "times");
            }
            if !same(&one.rows, &other.rows) {
                let (first, second) = (sample(&one.rows), sample(&other.rows));
                report
                    .note(format!("{}: {engine} answers otherwise: {first} {second}", query.name));
            }
        }
    }
}

fn sample(rows: &[Vec<Value>]) -> String {
    let first = json!(rows.first());
    format!("{} rows, {first}", rows.len())
}

/// The same numbers, to nine digits: sums of floats depend on their order.
fn same(ours: &[Vec<Value>], theirs: &[Vec<Value>]) -> bool {
    let cell = |cell: &Value| match cell.as_f64() {
        Some(number) => format!("{number:.6e}"),
        None => cell.to_string(),
    };
    let sorted = |rows: &[Vec<Value>]| {
        let mut rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        rows.sort();
        rows
    };
    sorted(ours) == sorted(theirs)
}
