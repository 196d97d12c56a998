//! The Node packages that tests run: the SDKs that customers use.

use crate::python::hash;
use crate::{exec, place};
use std::fs;
use std::process::Command;

/// Installs what `crates/gyre-e2e/node` asks for, there, unless it is installed.
pub(crate) fn prepare() -> anyhow::Result<()> {
    let folder = place::root()?.join("crates/gyre-e2e/node");
    if !folder.join("package.json").is_file() {
        return Ok(());
    }
    let mut wanted = fs::read(folder.join("package.json"))?;
    wanted.extend(fs::read(folder.join("package-lock.json"))?);
    let wanted = hash(&wanted);
    let stamp = folder.join("node_modules/.gyre-packages");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
    exec::run(&mut npm)?;
    // Last, so that an install that broke off is begun again.
    Ok(fs::write(stamp, wanted)?)
}
