//! The programs that connectors run in tests: Singer taps and Airbyte sources from the Python package
//! index, each in an environment of its own, because their pins clash.

use crate::python::hash;
use crate::{exec, place};
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands in the folder of an environment: which requirements it was made of.
const STAMP: &str = "gyre-requirements";

/// Prepares what `tests/python/taps` asks for; the folder with a link to each program. A file there is
/// called as the program that it installs.
pub(crate) fn prepare() -> anyhow::Result<PathBuf> {
    let wanted = place::root()?.join("tests/python/taps");
    let folder = place::cache()?.join("gyre-taps");
    let programs = folder.join("bin");
    fs::create_dir_all(&programs)?;
    let mut files = Vec::new();
    for file in fs::read_dir(&wanted)? {
        files.push(file?.path());
    }
    files.sort();
    for file in files {
        let name = file.file_stem().and_then(|stem| stem.to_str()).context("a name is not text")?;
        let environment = folder.join(name);
        environment_of(&file, &environment)?;
        let program = environment.join("bin").join(name);
        anyhow::ensure!(program.is_file(), "{} installs no {name}", file.display());
        let link = programs.join(name);
        if !link.is_file() {
            std::os::unix::fs::symlink(&program, &link)?;
        }
    }
    Ok(programs)
}

/// Makes an environment with what a file lists, unless it is there.
fn environment_of(requirements: &Path, folder: &Path) -> anyhow::Result<()> {
    let wanted = hash(&fs::read(requirements)?);
    let stamp = folder.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    // Whole again: of another version something could be left.
    exec::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    exec::run(pip.arg("-r").arg(requirements))?;
    // Last, so that an install that broke off is begun again.
    Ok(fs::write(stamp, wanted)?)
}
