//! The Node packages that tests run: the SDKs of browsers and servers.

use crate::python::hash;
use crate::{exec, place};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the packages and scripts of `crates/gyre-e2e/node` are installed, ready to run; `None` when
/// there is no such folder. Scripts are copied each time: an import is looked up from where they lie.
pub(crate) fn prepare() -> anyhow::Result<Option<PathBuf>> {
    let source = place::root()?.join("crates/gyre-e2e/node");
    if !source.join("package.json").is_file() {
        return Ok(None);
    }
    let folder = place::cache()?.join("gyre-node");
    fs::create_dir_all(&folder)?;
    copy(&source, &folder)?;
    let mut wanted = fs::read(source.join("package.json"))?;
    wanted.extend(fs::read(source.join("package-lock.json"))?);
    let (wanted, stamp) = (hash(&wanted), folder.join("gyre-packages"));
    if !fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        exec::run(&mut npm)?;
        fs::write(stamp, wanted)?;
    }
    Ok(Some(folder))
}

/// Copies files and folders, but for installed packages.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == "node_modules" {
            continue;
        }
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(source, target)?;
        }
    }
    Ok(())
}
