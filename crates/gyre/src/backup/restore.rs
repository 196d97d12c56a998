//! From a backup to a data folder.

use super::{HIDDEN, Manifest, beside, copy_file, put_in_place};
use crate::failure::Failure;
use anyhow::Context as _;
use gyre_model::Timestamp;
use gyre_state::SqliteState;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// What was restored.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) manifest: Manifest,
    /// Sends that were due before `now` and will not be tried again.
    pub(crate) held: u64,
}

/// Makes a data folder, which must not be there or be empty, of a backup that is whole. Sends that were
/// due before `hold_before` may have left after the backup was made: they count as uncertain.
pub(crate) async fn restore(
    from: &Path,
    to: &Path,
    hold_before: Option<Timestamp>,
) -> anyhow::Result<Restored> {
    let used = fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some());
    if used {
        let message = format!("the data folder {} is not empty", to.display());
        return Err(Failure::new(message).hint("restore into a new folder").into());
    }
    let manifest = Manifest::read(from)?;
    let wrong = manifest.compare(from)?;
    if let Some(first) = wrong.first() {
        let message = format!("the backup is not whole: {first} ({} files in all)", wrong.len());
        return Err(Failure::new(message).hint("take another backup; nothing was restored").into());
    }
    let part = beside(to);
    drop(fs::remove_dir_all(&part));
    let done = fill(from, &part, &manifest, hold_before).await;
    let done = done.and_then(|held| {
        // An empty folder gives way.
        drop(fs::remove_dir(to));
        put_in_place(&part, to).context("the data folder cannot be moved to its place")?;
        Ok(held)
    });
    match done {
        Ok(held) => Ok(Restored { manifest, held }),
        Err(error) => {
            drop(fs::remove_dir_all(&part));
            Err(error)
        }
    }
}

async fn fill(
    from: &Path,
    part: &Path,
    manifest: &Manifest,
    hold_before: Option<Timestamp>,
) -> anyhow::Result<u64> {
    let copying = || copy(from, part, manifest);
    copying().with_context(|| format!("the folder {} cannot be filled", part.display()))?;
    // What was copied is looked at once more: disks fail while one restores, too.
    let wrong = manifest.compare(part)?;
    anyhow::ensure!(wrong.is_empty(), "the copy is not whole: {}", wrong.join(", "));
    let Some(before) = hold_before else { return Ok(0) };
    let state = SqliteState::open(part.join("state.db")).await?;
    let held = state.hold_sends(before).await?;
    state.close().await;
    Ok(held)
}

fn copy(from: &Path, part: &Path, manifest: &Manifest) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(part)?;
    for path in manifest.files.keys() {
        let target = part.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        copy_file(&from.join(path), &target)?;
    }
    for name in HIDDEN {
        fs::set_permissions(part.join(name), fs::Permissions::from_mode(0o600))?;
    }
    for folder in folders(part)? {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A folder and all below it.
fn folders(root: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut all = vec![root.to_owned()];
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all.extend(folders(&entry.path())?);
        }
    }
    Ok(all)
}
