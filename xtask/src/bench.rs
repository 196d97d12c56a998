//! `cargo xtask bench`: hands over to the crate that measures, built as measurements are built.

use crate::{exec, place};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which benchmark, and its own arguments; none lists what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<String>,
}

/// Runs a benchmark.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let there = place::root()?.join("crates/gyre-bench/Cargo.toml").is_file();
    anyhow::ensure!(there, "there are no benchmarks yet: they come with a crate gyre-bench");
    let mut cargo = exec::cargo()?;
    cargo.args(["run", "--profile", "quick", "--package", "gyre-bench", "--"]).args(&args.bench);
    exec::run(&mut cargo)
}
