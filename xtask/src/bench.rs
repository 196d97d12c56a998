//! `cargo xtask bench`: hands over to the crate that measures, with a server built as measurements are built.

use crate::{exec, place};
use std::path::PathBuf;

/// How both are built: optimised, without the long link of a release.
const PROFILE: &str = "quick";

/// What needs no server; building one takes minutes.
const WITHOUT: [&str; 6] = ["edit", "math", "reference", "help", "--help", "-h"];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which benchmark, and its own arguments; none lists what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<String>,
}

/// Runs a benchmark.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut bench = exec::cargo()?;
    bench.args(["run", "--quiet", "--profile", PROFILE, "--package", "gyre-bench", "--"]);
    if !args.bench.is_empty() && !args.bench.iter().any(|one| WITHOUT.contains(&one.as_str())) {
        bench.env("GYRE_BIN", server()?);
    }
    exec::run(bench.args(&args.bench))
}

/// The server that is measured: `GYRE_BIN` if it is set, else built now.
fn server() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("GYRE_BIN") {
        return Ok(path.into());
    }
    exec::run(exec::cargo()?.args(["build", "--profile", PROFILE, "--package", "gyre"]))?;
    place::built(PROFILE, "gyre")
}
