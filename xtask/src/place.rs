//! Where things are: the checkout, the cache, the build folder.

use anyhow::Context;
use std::env;
use std::path::{Path, PathBuf};

/// The checkout. Cargo says so at run time: checkouts may share a build.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let here = env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask`")?;
    Ok(Path::new(&here).parent().context("xtask lies in no folder")?.to_path_buf())
}

/// `$GYRE_CACHE`, or the user's cache: what is prepared once and serves every checkout.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    if let Some(path) = env::var_os("GYRE_CACHE") {
        return Ok(path.into());
    }
    let home = env::var_os("HOME").context("neither GYRE_CACHE nor HOME is set")?;
    Ok(Path::new(&home).join(".cache"))
}

/// `$CARGO_TARGET_DIR`, or one build folder that all checkouts share.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(path) => Ok(path.into()),
        None => Ok(cache()?.join("gyre-target")),
    }
}

/// A program that was built with a profile; the folder of `dev` is `debug`.
pub(crate) fn built(folder: &str, name: &str) -> anyhow::Result<PathBuf> {
    let path = target()?.join(folder).join(name).with_extension(env::consts::EXE_EXTENSION);
    anyhow::ensure!(path.is_file(), "{} was not built", path.display());
    Ok(path)
}

/// Whether this is CI, where nothing may be left out.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}
