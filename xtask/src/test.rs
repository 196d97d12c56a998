//! `cargo xtask test`: prepares what tests need, checks format, lints and dependencies, runs the tests.
//! What it cannot prepare it names, with the reason; in CI that is an error.

use crate::python::Python;
use crate::{exec, node, place, python};
use std::path::PathBuf;
use std::process::Command;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Leaves out the checks of format, lints and dependencies.
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
    node: Option<PathBuf>,
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
        match node::prepare() {
            Ok(node) => prepared.node = node,
            Err(why) => prepared.leave_out("tests with JavaScript SDKs (Node)", why),
        }
        prepared
    }

    fn leave_out(&mut self, what: &'static str, why: anyhow::Error) {
        self.left_out.push(LeftOut { what, why });
    }

    fn tell(&self, command: &mut Command) -> anyhow::Result<()> {
        if let Some(python) = &self.python {
            command.env("GYRE_TEST_PYTHON", python.program("python"));
        }
        if let Some(node) = &self.node {
            command.env("GYRE_TEST_NODE", node);
        }
        command.env("GYRE_BIN", place::built("gyre")?);
        command.env("GYRE_SIM_BIN", place::built("gyre-sim")?);
        Ok(())
    }
}

/// Runs every test.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut prepared = Prepared::new();
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
    }
    // With the tests, so that both are built with the same features of the same crates: once.
    exec::run(exec::cargo()?.args(["build", "--workspace", "--bins", "--tests", "--quiet"]))?;

    let mut runner = runner(&args.runner)?;
    prepared.tell(&mut runner)?;
    for LeftOut { what, why } in &prepared.left_out {
        exec::say(&format!("left out: {what}: {why:#}"));
    }
    let complete = prepared.left_out.is_empty() || !place::is_ci();
    anyhow::ensure!(complete, "in CI nothing may be left out");
    // The runner's summary is the last thing that is printed.
    exec::run(&mut runner)
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
    let narrowed = args.iter().any(|one| one == "-p" || one.starts_with("--package"));
    if !narrowed {
        command.arg("--workspace");
    }
    command.args(args);
    Ok(command)
}
