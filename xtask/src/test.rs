//! `cargo xtask test`: prepares what tests need, checks format, lints and dependencies, runs the tests.
//! What it cannot prepare it names, with the reason; in CI that is an error.

use crate::python::Python;
use crate::{exec, node, place, python, taps, ui};
use std::path::PathBuf;
use std::process::Command;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Leaves out the checks of format, lints and dependencies, and the stories of the UI.
    #[arg(long)]
    quick: bool,
    /// Handed on to the runner, for example `-p gyre-decide` or a part of a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    runner: Vec<String>,
}

/// Something that tests need and that is not there.
struct LeftOut {
    what: &'static str,
    why: anyhow::Error,
}

/// What tests are told by environment variables.
#[derive(Default)]
struct Prepared {
    python: Option<Python>,
    taps: Option<PathBuf>,
    left_out: Vec<LeftOut>,
}

impl Prepared {
    fn new() -> Self {
        let mut prepared = Self::default();
        match Python::prepare() {
            Ok(python) => prepared.python = Some(python),
            Err(why) => {
                prepared.leave_out("tests with other readers, SDKs and servers (Python)", why);
            }
        }
        match taps::prepare() {
            Ok(programs) => prepared.taps = Some(programs),
            Err(why) => prepared.leave_out("tests with Singer taps and Airbyte sources", why),
        }
        if let Err(why) = node::prepare() {
            prepared.leave_out("tests with JavaScript SDKs (Node)", why);
        }
        prepared
    }

    fn leave_out(&mut self, what: &'static str, why: anyhow::Error) {
        self.left_out.push(LeftOut { what, why });
    }

    fn tell(&self, command: &mut Command, binaries: bool) -> anyhow::Result<()> {
        if let Some(python) = &self.python {
            command.env("GYRE_TEST_PYTHON", python.program("python"));
        }
        if let Some(taps) = &self.taps {
            command.env("GYRE_TEST_TAPS", taps);
        }
        if binaries {
            command.env("GYRE_BIN", place::built("debug", "gyre")?);
            command.env("GYRE_SIM_BIN", place::built("debug", "gyre-sim")?);
        }
        Ok(())
    }
}

/// Runs every test.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut prepared = Prepared::new();
    // Before anything is built: the binary carries the pages.
    if !is_narrowed(&args.runner)
        && let Err(why) = ui::build_if_possible()
    {
        prepared.leave_out("the pages of the UI", why);
    }
    if args.quick {
        let why = anyhow::anyhow!("--quick");
        prepared.leave_out("format, lints, rules for dependencies", why);
    } else {
        exec::run(exec::cargo()?.args(["fmt", "--all", "--check"]))?;
        if let Some(python) = &prepared.python {
            python::deny(python, &place::root()?)?;
        }
        let mut clippy = exec::cargo()?;
        clippy.args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]);
        exec::run(&mut clippy)?;
        ui::check_if_possible()?;
    }
    let mut stories = !args.quick && !is_narrowed(&args.runner);
    if stories && let Err(why) = ui::can_drive() {
        prepared.leave_out("the stories of the UI, in a browser", why);
        stories = false;
    }
    let binaries = build(&args.runner)?;
    let mut runner = runner(&args.runner)?;
    prepared.tell(&mut runner, binaries)?;
    for LeftOut { what, why } in &prepared.left_out {
        exec::say(&format!("left out: {what}: {why:#}"));
    }
    let complete = prepared.left_out.is_empty() || !place::is_ci();
    anyhow::ensure!(complete, "in CI nothing may be left out");
    if stories {
        ui::stories()?;
    }
    // The runner's summary is the last thing that is printed.
    exec::run(&mut runner)
}

/// Builds what the tests start; says whether there was need to.
fn build(args: &[String]) -> anyhow::Result<bool> {
    let mut cargo = exec::cargo()?;
    cargo.arg("build");
    if !is_narrowed(args) {
        // With the tests, so that both are built with the same features of the same crates: once.
        exec::run(cargo.args(["--workspace", "--bins", "--tests"]))?;
        return Ok(true);
    }
    let start_them = args.iter().any(|one| one.contains("gyre-e2e"));
    if start_them {
        exec::run(cargo.args(["--package", "gyre", "--package", "gyre-sim"]))?;
    }
    Ok(start_them)
}

/// Whether only some packages are asked for.
fn is_narrowed(args: &[String]) -> bool {
    args.iter().any(|one| one == "-p" || one.starts_with("--package"))
}

/// nextest where it is installed, else cargo's own runner.
fn runner(args: &[String]) -> anyhow::Result<Command> {
    let mut command = exec::cargo()?;
    if exec::exists("cargo-nextest", "--version") {
        let profile = if place::is_ci() { "ci" } else { "default" };
        command.args(["nextest", "run", "--profile", profile]);
    } else {
        exec::say("cargo-nextest is not installed: cargo test runs the tests");
        command.args(["test"]);
    }
    if !is_narrowed(args) {
        command.arg("--workspace");
    }
    command.args(args);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_is_not_ours_is_handed_on() {
        let args = Line::parse_from(["test", "--quick", "-p", "gyre-decide", "--no-capture"]).args;
        assert!(args.quick);
        assert_eq!(args.runner, ["-p", "gyre-decide", "--no-capture"]);
        assert!(is_narrowed(&args.runner));
        let args = Line::parse_from(["test", "a_capped_person"]).args;
        assert!(!args.quick && !is_narrowed(&args.runner));
    }
}
