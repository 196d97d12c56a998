//! `cargo xtask faults`: the fault tests with many more faults than CI takes time for. What is tested and
//! what it has to come to stands in docs/reference/reliability.md.

use crate::{exec, place};
use std::process::Command;

/// Places a process dies at in one round of the failpoint test.
const PLACES: u32 = 36;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Fault {
    /// The server dies, at failpoints and at random moments.
    Kills,
    /// The power goes while the journal is written.
    Cuts,
    /// A bit flips in any byte of a journal.
    Bits,
    /// The process dies while the lake is committed.
    Lake,
    /// The queue and the commit of the journal run in other orders.
    Orders,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What goes wrong; everything in turn if not given.
    #[arg(value_enum)]
    faults: Vec<Fault>,
    /// How often a server dies at least: half of it at failpoints, half at random moments.
    #[arg(long, default_value_t = 500)]
    kills: u32,
    /// How often the power goes: each is three lives of a journal.
    #[arg(long, default_value_t = 10_000)]
    cuts: u32,
    /// How often a process dies while the lake is committed.
    #[arg(long, default_value_t = 1_000)]
    crashes: u32,
    /// How many orders of threads are looked at.
    #[arg(long, default_value_t = 100_000)]
    orders: u32,
    /// Where the random choices begin.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// Runs the fault tests.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let wants = |fault| args.faults.is_empty() || args.faults.contains(&fault);
    if wants(Fault::Cuts) {
        let mut cuts = test("gyre-journal", "power_cut::acknowledged_records_survive")?;
        cuts.env("GYRE_POWER_CUTS", args.cuts.to_string());
        exec::run(cuts.env("GYRE_CUT_SEED", args.seed.to_string()))?;
    }
    if wants(Fault::Bits) {
        exec::run(test("gyre-journal", "damage::")?.env("GYRE_BYTE_STEP", "1"))?;
    }
    if wants(Fault::Orders) {
        let mut orders = test("gyre-journal", "in_any_order")?;
        exec::run(orders.env("GYRE_MODEL_ROUNDS", args.orders.to_string()))?;
        let mut orders = test("gyre-journal", "in_every_order")?;
        exec::run(orders.env("GYRE_MODEL_ROUNDS", args.orders.to_string()))?;
    }
    if wants(Fault::Lake) {
        let mut crashes = test("gyre-lake", "random::every_row_is_there_once")?;
        crashes.env("GYRE_LAKE_CRASHES", args.crashes.to_string());
        exec::run(crashes.env("GYRE_LAKE_SEED", args.seed.to_string()))?;
    }
    if wants(Fault::Kills) {
        kills(args)?;
    }
    Ok(())
}

/// Tests of a crate whose names contain a text, with cargo's own runner, which shows what they counted
/// and has no limit of time.
fn test(package: &str, name: &str) -> anyhow::Result<Command> {
    let mut cargo = exec::cargo()?;
    cargo.args(["test", "--package", package, "--tests", "--", "--nocapture", name]);
    Ok(cargo)
}

fn kills(args: &Args) -> anyhow::Result<()> {
    let mut build = exec::cargo()?;
    exec::run(build.args(["build", "--workspace", "--bins", "--tests"]))?;
    let half = args.kills.div_ceil(2);
    for test in ["faults::wherever_the_process_dies", "kills::killed_at_random_moments"] {
        let mut cargo = exec::cargo()?;
        cargo.args(["test", "--workspace", "--test", "it", "--", "--nocapture", test]);
        cargo.env("GYRE_BIN", place::built("debug", "gyre")?);
        cargo.env("GYRE_FAULT_ROUNDS", half.div_ceil(PLACES).to_string());
        cargo.env("GYRE_KILLS", half.to_string());
        cargo.env("GYRE_KILL_SEED", args.seed.to_string());
        exec::run(&mut cargo)?;
    }
    Ok(())
}
