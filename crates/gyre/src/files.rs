//! Resource files: found below the paths that were named, and read.

use crate::failure::Failure;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// A file with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) text: String,
}

impl File {
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// All `.yaml` and `.yml` files at or below the paths, in the order of the paths and of their names. A
/// file that is named itself may end in anything; folders and files that begin with a dot are passed
/// over.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<File>> {
    let mut found = Vec::new();
    for path in paths {
        let folder = path.is_dir();
        let before = found.len();
        if folder {
            walk(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
        if folder && found.len() == before {
            let message = format!("there is no .yaml file in {}", path.display());
            return Err(Failure::new(message).into());
        }
    }
    found.dedup();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(File { path, text })
    };
    found.into_iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let reading = || format!("{} cannot be read", folder.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(reading)? {
        entries.push(entry.with_context(reading)?.path());
    }
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            found.push(path);
        }
    }
    Ok(())
}
