//! The environment with the Python originals, made when it is needed, and what they say.

use anyhow::{Context, ensure};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = include_str!("originals.py");

/// What is installed, in steps that may fail one by one: its name, and what pip is told.
const STEPS: [(&str, &[&str]); 3] = [
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

/// An environment, and why parts of it are missing.
#[derive(Debug)]
pub(super) struct Python {
    program: PathBuf,
    pub(super) missing: Vec<String>,
}

/// What an original took.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Original {
    pub(super) seconds: f64,
    pub(super) values: Vec<f64>,
    pub(super) note: Option<String>,
}

impl Python {
    /// Makes the environment under the cache, or finds it there.
    pub(super) fn prepare() -> anyhow::Result<Self> {
        let folder = cache()?.join("gyre-bench-originals");
        let program = folder.join("bin/python");
        if !program.is_file() {
            let mut make = Command::new("python3");
            run(make.args(["-m", "venv"]).arg(&folder)).context("no environment was made")?;
        }
        let mut missing = Vec::new();
        for (name, packages) in STEPS {
            let stamp = folder.join(format!("installed-{name}"));
            let wanted = packages.join(" ");
            if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
                continue;
            }
            let mut pip = Command::new(&program);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            match run(pip.args(packages)) {
                Ok(_) => fs::write(stamp, wanted)?,
                Err(error) => missing.push(format!("{name} is not installed: {error:#}")),
            }
        }
        Ok(Self { program, missing })
    }

    /// Runs one of the originals on a folder of inputs.
    pub(super) fn ask(&self, folder: &Path, what: &str) -> anyhow::Result<Original> {
        let script = folder.join("originals.py");
        fs::write(&script, SCRIPT)?;
        let said = run(Command::new(&self.program).arg(script).arg(folder).arg(what))?;
        let line = said.lines().last().context("it said nothing")?;
        serde_json::from_str(line).with_context(|| format!("it said {line}"))
    }
}

fn cache() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("GYRE_CACHE") {
        return Ok(path.into());
    }
    let home = std::env::var_os("HOME").context("neither GYRE_CACHE nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}

/// What a program says, or the last line of its complaint.
pub(super) fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.trim().lines().last().unwrap_or_default().to_owned();
    ensure!(output.status.success(), "{last} ({})", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
