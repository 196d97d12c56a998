//! `cargo xtask`: what a developer of Gyre runs. `test` and `demo` are the two commands of the README.

mod bench;
mod ci;
mod demo;
mod exec;
mod faults;
mod node;
mod place;
mod python;
mod taps;
mod test;
mod tidy;
mod ui;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What a developer of Gyre runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs every test, after preparing what tests need.
    Test(test::Args),
    /// Shows the loop getting better: a server and simulated customers, on this machine.
    Demo(demo::Args),
    /// Builds the UI, so that the next build of the binary carries it.
    Ui(ui::Args),
    /// Checks the layers of the crates and the rules for files.
    Tidy,
    /// Runs a benchmark.
    Bench(bench::Args),
    /// Kills the server again and again, and compares what comes of it.
    Faults(faults::Args),
    /// Runs what CI runs: tidy, the rules for dependencies, test.
    Ci,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Test(args) => test::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Ui(args) => ui::run(&args),
        Command::Tidy => tidy::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Faults(args) => faults::run(&args),
        Command::Ci => ci::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            exec::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
