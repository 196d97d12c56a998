//! `cargo xtask faults`: the fault tests with many more deaths than CI takes time for.

use crate::{exec, place};

/// Places a process dies at in one round of the failpoint test.
const PLACES: u32 = 36;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often a process dies at least: half of it at failpoints, half at random moments.
    #[arg(long, default_value_t = 500)]
    kills: u32,
    /// Where the random moments begin.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// Runs the fault tests.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut build = exec::cargo()?;
    exec::run(build.args(["build", "--workspace", "--bins", "--tests"]))?;
    let half = args.kills.div_ceil(2);
    for test in ["faults::wherever_the_process_dies", "kills::killed_at_random_moments"] {
        // cargo's own runner, which shows what the test counted and has no limit of time.
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
