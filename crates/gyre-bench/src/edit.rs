//! How long somebody waits who changes a line of a pure crate and runs its tests.

use crate::figures::{Goal, Report};
use anyhow::{Context, ensure};
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

/// The crate, and the file that is saved.
const CRATE: &str = "gyre-decide";
const FILE: &str = "crates/gyre-decide/src/lib.rs";

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// How often it is repeated.
    #[arg(long, default_value_t = 3)]
    pub(crate) times: usize,
}

pub(crate) fn measure(args: &Args) -> anyhow::Result<Report> {
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask bench`")?;
    let root = Path::new(&here).join("../..").canonicalize()?;
    let mut report = Report::new("edit", format!("touch {FILE}, then cargo test -p {CRATE}, warm"));
    let cold = test(&root)?;
    report.figure("the first time, which may build dependencies", cold.as_secs_f64(), "s");
    let mut took = Vec::new();
    for _ in 0..args.times {
        touch(&root.join(FILE))?;
        took.push(test(&root)?);
    }
    took.sort();
    let seconds = |span: Option<&Duration>| span.copied().unwrap_or_default().as_secs_f64();
    report.figure("touched, fastest", seconds(took.first()), "s");
    let slowest = seconds(took.last());
    report.goal("touched, slowest", slowest, "s", Goal::AtMost(10.0));
    report.figure("not touched", test(&root)?.as_secs_f64(), "s");
    Ok(report)
}

fn test(root: &Path) -> anyhow::Result<Duration> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let began = Instant::now();
    let output = Command::new(program)
        .current_dir(root)
        .args(["test", "--quiet", "--package", CRATE])
        .output()
        .context("cannot start cargo")?;
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let status = output.status;
    ensure!(status.success(), "the tests of {CRATE}: {status}\n{}\n{}", said[0], said[1]);
    Ok(began.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "a file is saved now")]
fn touch(file: &Path) -> anyhow::Result<()> {
    let file = File::options().append(true).open(file).context(FILE)?;
    Ok(file.set_modified(SystemTime::now())?)
}
