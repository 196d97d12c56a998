//! Environments with Python packages that figures are held against, made when they are needed.

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed, in steps that may fail one by one: its name, and what pip is told.
pub(crate) type Steps = [(&'static str, &'static [&'static str])];

/// An environment, and why parts of it are missing.
#[derive(Debug)]
pub(crate) struct Python {
    program: PathBuf,
    pub(crate) missing: Vec<String>,
}

impl Python {
    /// Makes the environment of a name under the cache, or finds it there.
    pub(crate) fn prepare(name: &str, steps: &Steps) -> anyhow::Result<Self> {
        let folder = cache()?.join(name);
        let program = folder.join("bin/python");
        if !program.is_file() {
            let mut make = Command::new("python3");
            run(make.args(["-m", "venv"]).arg(&folder)).context("no environment was made")?;
        }
        let mut missing = Vec::new();
        for (name, packages) in steps {
            let stamp = folder.join(format!("installed-{name}"));
            let wanted = packages.join(" ");
            if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
                continue;
            }
            let mut pip = Command::new(&program);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            match run(pip.args(*packages)) {
                Ok(_) => fs::write(stamp, wanted)?,
                Err(error) => missing.push(format!("{name} is not installed: {error:#}")),
            }
        }
        Ok(Self { program, missing })
    }

    /// Runs a script with arguments; the last line of what it says, as JSON.
    pub(crate) fn ask<T: DeserializeOwned>(
        &self,
        folder: &Path,
        script: &str,
        arguments: &[&OsStr],
    ) -> anyhow::Result<T> {
        let file = folder.join("script.py");
        fs::write(&file, script)?;
        let said = run(Command::new(&self.program).arg(file).args(arguments))?;
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
pub(crate) fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.trim().lines().last().unwrap_or_default().to_owned();
    ensure!(output.status.success(), "{last} ({})", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
