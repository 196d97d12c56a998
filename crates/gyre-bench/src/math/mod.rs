//! The numerics of `gyre-math`, beside the Python packages that people use today: same machine, same
//! inputs, same run. What is measured runs in a program of its own (`gyre-math`'s example `speed`).

use crate::figures::{Goal, Report, number};
use crate::python::{Python, Steps, run};
use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Only our own figures, without the Python packages.
    #[arg(long)]
    without_python: bool,
}

const SCRIPT: &str = include_str!("originals.py");

const STEPS: &Steps = &[
    ("lifetimes", &["numpy<2", "pandas<2.3", "scipy", "lifetimes==0.11.3"]),
    ("ChannelAttribution", &["ChannelAttribution==2.2.5"]),
    // The newest obp that this Python takes asks for torch and for plotting, which what is measured does
    // not use: they are left out.
    (
        "obp",
        &[
            "--no-deps",
            "obp==0.4.1",
            "scikit-learn",
            "joblib",
            "cloudpickle",
            "narwhals",
            "mypy-extensions",
            "threadpoolctl",
            "pyyaml",
            "tqdm",
        ],
    ),
];

/// What an original took.
#[derive(Debug, Clone, Deserialize)]
struct Original {
    seconds: f64,
    values: Vec<f64>,
    note: Option<String>,
}

/// Seconds and values by name.
type Ours = BTreeMap<String, (f64, Vec<f64>)>;

pub(crate) fn measure(args: &Args, folder: &Path) -> anyhow::Result<Vec<Report>> {
    let inputs = tempfile::tempdir_in(folder)?;
    let inputs = inputs.path();
    let (python, absent) = if args.without_python {
        (None, vec!["the Python packages were left out".to_owned()])
    } else {
        match Python::prepare("gyre-bench-originals", STEPS) {
            Ok(python) => {
                let missing = python.missing.clone();
                (Some(python), missing)
            }
            Err(error) => (None, vec![format!("no Python packages: {error:#}")]),
        }
    };
    let ask = |what: &str| match &python {
        None => Err("left out".to_owned()),
        Some(python) => python
            .ask::<Original>(inputs, SCRIPT, &[inputs.as_os_str(), what.as_ref()])
            .map_err(|error| format!("{error:#}")),
    };
    let customers = ask("customers");
    speed(inputs, "write")?;
    let ours = ours(&speed(inputs, "measure")?)?;
    let mut reports = vec![
        lifetime(&ours, customers.and_then(|_| ask("lifetimes"))),
        attribution(&ours, ask("attribution"))?,
        off_policy(&ours, ask("ope"))?,
        thompson(&ours, ask("thompson"))?,
        readout(&ours, ask("readout"))?,
    ];
    if let Some(first) = reports.first_mut() {
        absent.into_iter().for_each(|why| first.note(why));
    }
    Ok(reports)
}

/// Runs the example, built as this program is.
fn speed(folder: &Path, step: &str) -> anyhow::Result<String> {
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask bench`")?;
    let root = Path::new(&here).join("../..").canonicalize()?;
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.current_dir(root).args([
        "run",
        "--quiet",
        "--profile",
        "quick",
        "--package",
        "gyre-math",
    ]);
    cargo.args(["--example", "speed", "--"]).arg(folder).arg(step);
    run(&mut cargo).with_context(|| format!("the measurements: {step}"))
}

fn ours(said: &str) -> anyhow::Result<Ours> {
    let mut found = Ours::new();
    for line in said.lines() {
        let (name, numbers) = line.split_once(' ').context("a line without numbers")?;
        let numbers: Vec<f64> = numbers
            .split(' ')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .context(line.to_owned())?;
        let (seconds, values) = numbers.split_first().context("a line without seconds")?;
        found.insert(name.to_owned(), (*seconds, values.to_vec()));
    }
    Ok(found)
}

fn of<'a>(ours: &'a Ours, name: &str) -> anyhow::Result<&'a (f64, Vec<f64>)> {
    ours.get(name).with_context(|| format!("{name} was not measured"))
}

/// Notes what there is to say of an original; its figures are the caller's.
fn noted(report: &mut Report, name: &str, found: &Result<Original, String>) {
    match found {
        Ok(Original { note: Some(note), .. }) => report.note(format!("{name}: {note}")),
        Ok(_) => {}
        Err(why) => report.note(format!("not compared with {name}: {why}")),
    }
}

fn lifetime(ours: &Ours, theirs: Result<Original, String>) -> Report {
    let setting =
        "BG/NBD on CDNOW (2,357 customers), the fastest of 50 fits; lifetimes of 5".to_owned();
    let mut report = Report::new("math: lifetime value", setting);
    match (ours.get("bg_nbd"), &theirs) {
        (Some((seconds, values)), Ok(original)) => {
            report.figure("gyre-math", 1e3 * seconds, "ms");
            report.figure("lifetimes 0.11.3", 1e3 * original.seconds, "ms");
            report.goal("times as fast", original.seconds / seconds, "×", Goal::AtLeast(20.0));
            let apart = |i: usize| match (values.get(i), original.values.get(i)) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() / theirs.abs(),
                _ => f64::INFINITY,
            };
            let most = (1..=4).map(apart).fold(0.0, f64::max);
            report.goal("parameters apart, at most", 100.0 * most, "%", Goal::AtMost(1.0));
        }
        (Some((seconds, _)), Err(_)) => report.figure("gyre-math", 1e3 * seconds, "ms"),
        (None, _) => report.note("not measured: CDNOW comes with lifetimes"),
    }
    noted(&mut report, "lifetimes", &theirs);
    report
}

fn attribution(ours: &Ours, theirs: Result<Original, String>) -> anyhow::Result<Report> {
    let (seconds, values) = of(ours, "markov")?;
    let count = |i: usize| number(values.get(i).copied().unwrap_or_default());
    let setting = format!(
        "Markov of order 1 from {} paths as texts over {} channels, exact, the faster of 2",
        count(0),
        count(1)
    );
    let mut report = Report::new("math: attribution", setting);
    report.goal("gyre-math, exact", *seconds, "s", Goal::AtMost(10.0));
    let read = values.get(4).copied().unwrap_or_default();
    report.figure("of this, texts to numbers", read, "s");
    if let Ok(original) = &theirs {
        report.figure("ChannelAttribution 2.2.5, simulated", original.seconds, "s");
        report.goal("times as fast", original.seconds / seconds, "×", Goal::AtLeast(1.0));
    }
    noted(&mut report, "ChannelAttribution", &theirs);
    Ok(report)
}

fn off_policy(ours: &Ours, theirs: Result<Original, String>) -> anyhow::Result<Report> {
    let (seconds, values) = of(ours, "ope")?;
    let setting = "IPS, SNIPS, DR and SNDR of 100,000 decisions, each with 1,000 bootstraps, the \
                   fastest of 3"
        .to_owned();
    let mut report = Report::new("math: off-policy report", setting);
    report.goal("gyre-math, with gates", *seconds, "s", Goal::AtMost(2.0));
    if let Ok(original) = &theirs {
        report.figure("obp 0.4.1", original.seconds, "s");
        report.goal("times as fast", original.seconds / seconds, "×", Goal::AtLeast(10.0));
        let pairs = values.iter().zip(&original.values).skip(1).step_by(3);
        let most = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        report.goal("estimates apart", 1e9 * most, "billionths", Goal::AtMost(1.0));
        report.note("obp is the newest that this Python takes, without torch and plotting");
    }
    noted(&mut report, "obp", &theirs);
    Ok(report)
}

fn thompson(ours: &Ours, theirs: Result<Original, String>) -> anyhow::Result<Report> {
    let setting = "chance of each of 100 arms to be the best, exact, the fastest of 200".to_owned();
    let mut report = Report::new("math: Thompson sampling", setting);
    let micros = |name: &str| of(ours, name).map(|(seconds, _)| 1e6 * seconds);
    let alike = micros("thompson_alike")?;
    report.goal("normal arms that are alike", alike, "µs", Goal::AtMost(100.0));
    report.goal("normal arms that differ", micros("thompson_differ")?, "µs", Goal::AtMost(100.0));
    report.figure("Beta arms that are alike", micros("thompson_beta")?, "µs");
    if let Ok(original) = &theirs {
        report.figure("numpy, 10,000 draws", 1e6 * original.seconds, "µs");
        report.figure("times as fast", 1e6 * original.seconds / alike, "×");
    }
    noted(&mut report, "numpy", &theirs);
    Ok(report)
}

fn readout(ours: &Ours, theirs: Result<Original, String>) -> anyhow::Result<Report> {
    let setting =
        "balance, absolute and relative lift with fixed and always-valid intervals, chance \
                   to win, from sums; the fastest of 20 × 1,000"
            .to_owned();
    let mut report = Report::new("math: experiment readout", setting);
    let (seconds, values) = of(ours, "readout")?;
    report.goal("gyre-math", 1e6 * seconds, "µs", Goal::AtMost(10.0));
    if let Ok(original) = &theirs {
        report.figure("numpy and scipy", 1e6 * original.seconds, "µs");
        report.figure("times as fast", original.seconds / seconds, "×");
        let apart = match (values.first(), original.values.first()) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs(),
            _ => f64::INFINITY,
        };
        report.goal("results apart", 1e9 * apart, "billionths", Goal::AtMost(1.0));
    }
    noted(&mut report, "numpy and scipy", &theirs);
    report.note("all of them are bound by one core; nothing touches the disk while it is measured");
    Ok(report)
}
