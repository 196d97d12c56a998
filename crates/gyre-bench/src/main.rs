//! `cargo xtask bench`: how fast a real server is, from outside. Every figure stands beside its goal, what
//! the disk and the generator can do at best in the same run, and who kept the processors busy.

mod all;
mod audiences;
mod boards;
mod decide;
mod edit;
mod erase;
mod events;
mod figures;
mod history;
mod http;
mod identity;
mod ingest;
mod lake;
mod load;
mod machine;
mod math;
mod outcome;
mod overload;
mod pace;
mod people;
mod probe;
mod process;
mod python;
mod reference;
mod resources;
mod ring;
mod server;
mod soak;
mod span;
mod start;
mod trend;
mod wire;

use anyhow::{Context, ensure};
use clap::{CommandFactory as _, Parser};
use figures::Report;
use server::Place;
use std::io::Write as _;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Measures a real `gyre serve` from outside.
#[derive(Debug, Parser)]
#[command(name = "bench", bin_name = "cargo xtask bench")]
struct Cli {
    /// JSON instead of a table.
    #[arg(long, global = true)]
    json: bool,
    /// The server's binary.
    #[arg(long, global = true, env = "GYRE_BIN", value_name = "FILE")]
    gyre: Option<PathBuf>,
    /// Where data folders are made, and the disk is measured; the folder for temporary files if not given.
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    bench: Option<Bench>,
}

#[derive(Debug, clap::Subcommand)]
enum Bench {
    /// Events in batches. Goal: 100,000 a second, on disk within 50 ms (p99).
    Ingest(ingest::Batches),
    /// Events one by one. Goal: 20,000 requests a second.
    Single(ingest::Single),
    /// Events for long. Goal: 20,000 a second for ten minutes, seen by decisions within 1 s and by SQL within 2 s (p99).
    Ring(ring::Args),
    /// Decisions, alone and beside a board. Goal: 10,000 a second within 1 ms (p99).
    Decide(decide::Args),
    /// Starts. Goal: answers within 1 s, 150 MB when idle.
    Start(start::Args),
    /// From a saved file of a pure crate to tested. Goal: 10 s.
    Edit(edit::Args),
    /// The numerics, beside Python packages. Goals: BG/NBD 20 times as fast as lifetimes, exact Markov of a
    /// million paths in 10 s, an off-policy report in 2 s, 100 arms in 100 µs, a readout in 10 µs.
    Math(math::Args),
    /// An hour at 30 % of capacity. Goals: memory grows less than 5 % an hour, acknowledged within 250 ms (p99) to the end.
    Soak(soak::Args),
    /// Three times capacity. Goals: the rest is refused at once, what is accepted within twice the usual p99, memory bounded.
    Overload(overload::Args),
    /// How well people are told apart, on a synthetic set whose truth is known. Goal: precision 0.999, recall 0.97.
    Identity(identity::Args),
    /// Erasure. Goal: 1,000 of a million people within 60 s.
    Erase(erase::Args),
    /// Twenty queries over events, beside DuckDB and chDB on the same files. Goals: 1.5 times DuckDB's time,
    /// a funnel of five steps and a cohort table over ten million events in 2 s.
    Lake(lake::Args),
    /// Every tile of every built-in board over ten million events, and each board opened whole. Goal: any tile
    /// within 500 ms (p95).
    Boards(boards::Args),
    /// Audiences over many people. Goals, for ten million people: one told in 0.5 s, a hundred in 10 s; a change
    /// of membership shows within 1 s of its event (p99).
    Audiences(audiences::Args),
    /// Only the references: the machine, its disk, and the generator against a responder that keeps nothing.
    Reference(reference::Args),
    /// Everything in turn, the ring shortened.
    All(all::Args),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let Some(bench) = &cli.bench else {
        return say(&Cli::command().render_long_help().to_string());
    };
    let binary = match bench {
        Bench::Edit(_) | Bench::Math(_) | Bench::Reference(_) => PathBuf::new(),
        _ => cli.gyre.clone().context("no server: set GYRE_BIN or --gyre")?,
    };
    let there = binary.as_os_str().is_empty() || binary.is_file();
    ensure!(there, "{} is not there", binary.display());
    let folder = cli.folder.clone().unwrap_or_else(std::env::temp_dir);
    let place = Place { binary, folder };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ended = signal(SignalKind::terminate())?;
        tokio::select! {
            done = measure(&cli, bench, &place) => done,
            // What is under way is dropped: servers are ended and folders deleted.
            _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
            _ = ended.recv() => anyhow::bail!("told to end"),
        }
    })
}

async fn measure(cli: &Cli, bench: &Bench, place: &Place) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    let mut keep = |report: Report| {
        if !cli.json {
            say(&report.text())?;
        }
        reports.push(report);
        Ok::<_, anyhow::Error>(())
    };
    keep(machine::describe(&place.folder)?)?;
    match bench {
        Bench::Ingest(args) => keep(ingest::batches(place, args).await?)?,
        Bench::Single(args) => keep(ingest::single(place, args).await?)?,
        Bench::Ring(args) => keep(ring::measure(place, args).await?)?,
        Bench::Decide(args) => {
            for report in decide::measure(place, args).await? {
                keep(report)?;
            }
        }
        Bench::Start(args) => keep(start::measure(place, args).await?)?,
        Bench::Edit(args) => keep(edit::measure(args)?)?,
        Bench::Math(args) => {
            for report in math::measure(args, &place.folder)? {
                keep(report)?;
            }
        }
        Bench::Soak(args) => keep(soak::measure(place, args).await?)?,
        Bench::Overload(args) => keep(overload::measure(place, args).await?)?,
        Bench::Identity(args) => keep(identity::measure(place, args).await?)?,
        Bench::Erase(args) => keep(erase::measure(place, args).await?)?,
        Bench::Lake(args) => keep(lake::measure(place, args).await?)?,
        Bench::Boards(args) => keep(boards::measure(place, args).await?)?,
        Bench::Audiences(args) => keep(audiences::measure(place, args).await?)?,
        Bench::Reference(args) => keep(reference::measure(args).await?)?,
        Bench::All(args) => all::measure(place, args, &mut keep).await?,
    }
    if cli.json {
        say(&serde_json::to_string_pretty(&reports)?)?;
    }
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
