//! `cargo xtask bench`: how fast a real server is, from outside. Every figure stands beside its goal, what
//! the disk and the generator can do at best in the same run, and who kept the processors busy.

mod decide;
mod edit;
mod events;
mod figures;
mod http;
mod ingest;
mod load;
mod machine;
mod outcome;
mod pace;
mod people;
mod probe;
mod process;
mod resources;
mod ring;
mod server;
mod span;
mod start;

use anyhow::{Context, ensure};
use clap::{CommandFactory as _, Parser};
use figures::Report;
use server::Place;
use std::io::Write as _;
use std::path::PathBuf;

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
    /// Events in batches: acknowledged a second, and after how long.
    Ingest(ingest::Batches),
    /// Events one by one.
    Single(ingest::Single),
    /// Events for long: whether decisions, SQL and memory keep up.
    Ring(ring::Args),
    /// Decisions, alone and while a board is looked at.
    Decide(decide::Args),
    /// From starting the server to its first answer; what it needs when idle.
    Start(start::Args),
    /// From a changed line to tested, as whoever works on Gyre waits for it.
    Edit(edit::Args),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let Some(bench) = &cli.bench else {
        return say(&Cli::command().render_long_help().to_string());
    };
    let binary = cli.gyre.clone().context("no server: set GYRE_BIN or --gyre")?;
    ensure!(binary.is_file(), "{} is not there", binary.display());
    let folder = cli.folder.clone().unwrap_or_else(std::env::temp_dir);
    let place = Place { binary, folder };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&cli, bench, &place))
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
