//! The UI: built with Node before the binary that carries it, checked, and driven in a browser.

use crate::python::hash;
use crate::{exec, place};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's.
const CHROMIUM: &str = "/usr/bin/chromium";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also checks types and lints, and runs the unit tests.
    #[arg(long)]
    check: bool,
    /// Also drives a server with the pages in Chromium (Debian's, or what `GYRE_CHROMIUM` names).
    #[arg(long)]
    stories: bool,
    /// Also makes the pictures of the README, the same way.
    #[arg(long)]
    pictures: bool,
}

/// `cargo xtask ui`: installs packages and builds `ui/dist`.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    anyhow::ensure!(has_node(), "node and npm are needed for the UI; the server works without it");
    build()?;
    if args.check {
        check()?;
    }
    if args.stories || args.pictures {
        can_drive()?;
        // As for the tests, so that nothing is built twice.
        exec::run(exec::cargo()?.args(["build", "--workspace", "--bins", "--tests"]))?;
    }
    for (wanted, script) in [(args.stories, "stories"), (args.pictures, "pictures")] {
        if wanted {
            drive(script)?;
        }
    }
    Ok(())
}

/// What it takes to drive the pages in a browser; says what is missing.
pub(crate) fn can_drive() -> anyhow::Result<()> {
    anyhow::ensure!(has_node(), "node and npm are not there");
    let browser = env::var_os("GYRE_CHROMIUM").unwrap_or_else(|| CHROMIUM.into());
    let there = Path::new(&browser).is_file();
    let place = Path::new(&browser).display();
    anyhow::ensure!(there, "there is no {place}: install chromium, or name one in GYRE_CHROMIUM");
    Ok(())
}

/// Drives the pages of binaries that are built.
pub(crate) fn stories() -> anyhow::Result<()> {
    drive("stories")
}

/// Runs a script that starts the binaries and drives them in a browser.
fn drive(script: &str) -> anyhow::Result<()> {
    let mut npm = npm()?;
    npm.args(["run", "--silent", script]);
    npm.env("GYRE_BIN", place::built("debug", "gyre")?)
        .env("GYRE_SIM_BIN", place::built("debug", "gyre-sim")?);
    exec::run(&mut npm)
}

/// Builds the UI where Node is there; says so where it is not.
pub(crate) fn build_if_possible() -> anyhow::Result<()> {
    if has_node() {
        return build();
    }
    exec::say("node is not there: the binary is built without the UI");
    Ok(())
}

/// Checks the UI where Node is there.
pub(crate) fn check_if_possible() -> anyhow::Result<()> {
    if has_node() { check() } else { Ok(()) }
}

/// Types against the OpenAPI document, lints, unit tests.
fn check() -> anyhow::Result<()> {
    for script in ["check", "test"] {
        exec::run(npm()?.args(["run", "--silent", script]))?;
    }
    Ok(())
}

fn build() -> anyhow::Result<()> {
    let folder = folder()?;
    install(&folder)?;
    // Building takes seconds, and a new file in `ui/dist` links the binary anew: only when it differs.
    let wanted = hash(&sources(&folder)?);
    let stamp = folder.join("node_modules/.gyre-built");
    let built = folder.join("dist/index.html").is_file();
    if built && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    exec::run(npm()?.args(["run", "--silent", "build"]))?;
    Ok(fs::write(stamp, wanted)?)
}

fn install(folder: &Path) -> anyhow::Result<()> {
    let mut wanted = fs::read(folder.join("package.json"))?;
    wanted.extend(fs::read(folder.join("package-lock.json"))?);
    let wanted = hash(&wanted);
    let stamp = folder.join("node_modules/.gyre-packages");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, and some
    // registries do not have them. The versions are those of the lock file all the same.
    exec::run(npm()?.args(["install", "--no-save", "--no-audit", "--no-fund"]))?;
    // Last, so that an install that broke off is begun again.
    Ok(fs::write(stamp, wanted)?)
}

/// Everything that the build reads, one after another.
fn sources(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut files = Vec::new();
    for part in ["src", "public", "scripts", "../examples/shop"] {
        collect(&folder.join(part), &mut files)?;
    }
    for file in ["index.html", "package-lock.json", "vite.config.ts"] {
        files.push(folder.join(file));
    }
    files.sort();
    let mut all = Vec::new();
    for file in files {
        all.extend(file.to_string_lossy().as_bytes());
        all.extend(fs::read(file)?);
    }
    Ok(all)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn folder() -> anyhow::Result<PathBuf> {
    Ok(place::root()?.join("ui"))
}

fn npm() -> anyhow::Result<Command> {
    let mut npm = Command::new("npm");
    npm.current_dir(folder()?);
    Ok(npm)
}

fn has_node() -> bool {
    let works = |program: &str| {
        Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success())
    };
    works("node") && works("npm")
}
