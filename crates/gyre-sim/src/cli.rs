//! The command line.

use crate::client::Client;
use crate::customer::Kind;
use crate::oracle::{Effort, Oracle};
use crate::policy::Segment;
use crate::prime;
use crate::run::{self, Plan, Progress};
use crate::sink::Sink;
use crate::table::Report;
use crate::truth::{self, SelfCheck};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Instant;

/// Simulated customers of a shop.
#[derive(Debug, Parser)]
#[command(name = "gyre-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lives months of a shop against a server with a manual clock.
    Run(RunArgs),
    /// Says what policies that know the world would bring.
    Oracle(OracleArgs),
    /// Writes the files of a Prime Day campaign, with dirt on purpose, and the truth about them.
    PrimeDay(PrimeDayArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Where the server answers, for example http://127.0.0.1:8080.
    #[arg(long)]
    server: String,
    /// A file with the token for everything but collection.
    #[arg(long)]
    token_file: PathBuf,
    /// The write key of the shop's source.
    #[arg(long)]
    write_key: String,
    /// Where e-mail is received.
    #[arg(long, default_value = "127.0.0.1:2525")]
    smtp_listen: String,
    /// The world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers.
    #[arg(long, default_value_t = 3000)]
    people: u32,
    /// Turns of 28 days.
    #[arg(long, default_value_t = 6)]
    turns: u32,
    /// Where the report goes as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Says where wall time went.
    #[arg(long)]
    profile: bool,
}

#[derive(Debug, Args)]
struct OracleArgs {
    /// The world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers.
    #[arg(long, default_value_t = 3000)]
    people: u32,
    /// Turns of 28 days.
    #[arg(long, default_value_t = 6)]
    turns: u32,
    /// Worlds of chance to choose on, and as many to judge on.
    #[arg(long, default_value_t = 8)]
    chances: u64,
}

#[derive(Debug, Args)]
struct PrimeDayArgs {
    /// The world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Members.
    #[arg(long, default_value_t = 3000)]
    people: u32,
    /// The folder for the files; made if it is not there.
    #[arg(long)]
    out: PathBuf,
}

/// Reads the command line and does what it says.
pub(crate) fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Run(args) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(simulate(args))
        }
        Command::Oracle(args) => ask(&args),
        Command::PrimeDay(args) => {
            let rows = prime::write(args.seed, args.people, &args.out)?;
            writeln!(io::stdout(), "{rows} rows in {}", args.out.display())?;
            Ok(())
        }
    }
}

async fn simulate(args: RunArgs) -> anyhow::Result<()> {
    let sink = Sink::listen(&args.smtp_listen)?;
    let token = std::fs::read_to_string(&args.token_file)
        .with_context(|| format!("cannot read {}", args.token_file.display()))?;
    let mut client = Client::new(&args.server, &token, &args.write_key, sink.clone())?;
    writeln!(io::stderr(), "e-mail is received on {}", sink.address())?;
    client.wait().await?;
    let plan = Plan { seed: args.seed, people: args.people, turns: args.turns };
    let begun = Instant::now();
    let live = io::stderr().is_terminal();
    let mut say = |progress: &Progress<'_>| tell(progress, plan, begun, live);
    let course = run::drive(&mut client, plan, &mut say).await?;

    let check = SelfCheck::of(&course);
    let counts = sink.counts();
    let mut report = Report::new(args.seed, truth::judge(&course), check, course.tally, counts);
    if args.profile {
        report.profile = Some(client.profile().clone());
    }
    if live {
        write!(io::stderr(), "\r\x1b[K")?;
    }
    writeln!(io::stderr(), "{:.1} s in all", begun.elapsed().as_secs_f64())?;
    write!(io::stdout(), "{report}")?;
    if let Some(path) = args.json {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(&path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// One line that is written over while a turn goes on, one that stays per turn.
fn tell(progress: &Progress<'_>, plan: Plan, begun: Instant, live: bool) {
    let seconds = begun.elapsed().as_secs_f64();
    let days = plan.turns * 28;
    let over = if live { "\r\x1b[K" } else { "" };
    let line = match progress {
        Progress::History(sent) if live => format!("{over}history: {sent} events  {seconds:.1} s"),
        Progress::Day(day) if live => format!("{over}day {} of {days}  {seconds:.1} s", day + 1),
        Progress::History(_) | Progress::Day(_) => return,
        Progress::Turn(turn) => format!(
            "{over}turn {}: treated {:.1} %, holdout {:.1} %, lift {:+.1} points [{:+.1}, {:+.1}]  \
             {seconds:.1} s\n",
            turn.number,
            100.0 * truth::rate(&turn.treated),
            100.0 * truth::rate(&turn.holdout),
            100.0 * turn.lift.value,
            100.0 * turn.lift.low,
            100.0 * turn.lift.high,
        ),
    };
    let mut stderr = io::stderr().lock();
    // Progress that cannot be shown does not stop the run.
    drop(stderr.write_all(line.as_bytes()).and_then(|()| stderr.flush()));
}

fn ask(args: &OracleArgs) -> anyhow::Result<()> {
    let effort = Effort { chances: args.chances, per_person: true };
    let oracle = Oracle::ask(args.seed, args.people, args.turns, effort);
    let mut out = io::stdout().lock();
    for segment in Segment::ALL {
        writeln!(
            out,
            "{:>14}: {:5} customers, best {}",
            segment.name(),
            oracle.sizes[segment as usize],
            oracle.best[segment as usize].name()
        )?;
    }
    let kinds = Kind::ALL.map(|kind| format!("{kind:?} {}", oracle.kinds[kind as usize]));
    writeln!(out, "hidden kinds: {}", kinds.join(", "))?;
    writeln!(out, "\n{:24} repeat  turn 1  net margin  offer cost  contacts", "per turn")?;
    for row in &oracle.rows {
        writeln!(
            out,
            "{:24} {:5.1} % {:5.1} % {:10.2} {:11.2} {:9.2}",
            row.name,
            100.0 * row.value.repeat,
            100.0 * row.first,
            row.value.net,
            row.value.cost,
            row.value.contacts
        )?;
    }
    Ok(())
}
