//! From a backup to a data folder.

use super::{HIDDEN, Manifest, beside, copy_file, put_in_place, unsealed};
use crate::failure::Failure;
use anyhow::Context as _;
use gyre_model::Timestamp;
use gyre_seal::Ring;
use gyre_state::SqliteState;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What was restored.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) manifest: Manifest,
    /// Sends that were due before `now` and will not be tried again.
    pub(crate) held: u64,
    /// Records and rows whose keys were destroyed.
    pub(crate) gone: u64,
}

/// Where the keys of a sealed backup are.
#[derive(Debug)]
pub(crate) enum Keys<'a> {
    /// In this file.
    File(&'a Path),
    /// In the data folder that is to be made, where nothing else is.
    InPlace,
}

/// Makes a data folder, which must not be there or be empty but for a key ring, of a backup that is whole.
/// Sends that were due before `hold_before` may have left after the backup was made: they count as uncertain.
pub(crate) async fn restore(
    from: &Path,
    to: &Path,
    keys: Keys<'_>,
    hold_before: Option<Timestamp>,
) -> anyhow::Result<Restored> {
    let used = fs::read_dir(to).is_ok_and(|entries| {
        entries.filter_map(Result::ok).any(|entry| entry.file_name() != gyre_seal::NAME)
    });
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
    let before = before(to);
    let ring = match &manifest.sealed {
        Some(_) => Some(ring(&keys, to, &before)?),
        None if to.join(gyre_seal::NAME).exists() => {
            let message = format!("the data folder {} has a key ring", to.display());
            let hint = "a plain backup begins without one: restore into a new folder";
            return Err(Failure::new(message).hint(hint).into());
        }
        None => None,
    };
    let part = beside(to);
    drop(fs::remove_dir_all(&part));
    let done = fill(from, &part, &manifest, ring, hold_before).await;
    let done = done.and_then(|(held, gone)| {
        make_way(to, &before).context("the data folder cannot be replaced")?;
        put_in_place(&part, to).context("the data folder cannot be moved to its place")?;
        if before.join(gyre_seal::NAME).exists() {
            // The new key ring has all keys of the one before.
            gyre_seal::discard(&before)?;
            drop(fs::remove_dir_all(&before));
        }
        Ok(Restored { manifest, held, gone })
    });
    if done.is_err() {
        drop(fs::remove_dir_all(&part));
    }
    done
}

/// Where a folder with a key ring is until the restored one is in its place.
fn before(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".before");
    PathBuf::from(name)
}

/// An empty folder goes; one with a key ring is set aside.
fn make_way(to: &Path, before: &Path) -> io::Result<()> {
    if to.join(gyre_seal::NAME).exists() {
        return fs::rename(to, before);
    }
    match fs::remove_dir(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The key ring that a backup is to be opened with.
fn ring(keys: &Keys<'_>, to: &Path, before: &Path) -> anyhow::Result<Ring> {
    let path = match keys {
        Keys::File(path) => path.to_path_buf(),
        // A restore that died may have set it aside.
        Keys::InPlace => [to, before]
            .map(|folder| folder.join(gyre_seal::NAME))
            .into_iter()
            .find(|path| path.exists())
            .ok_or_else(|| {
                Failure::new("the backup is sealed, and there is no key ring to open it").hint(
                    "pass the file `keys` of the data folder that it was made of, or the copy that \
                     `gyre backup keys` made: --keys FILE",
                )
            })?,
    };
    gyre_seal::read(&path).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display()))
            .hint("pass the key ring of the data folder that the backup was made of: --keys FILE")
            .into()
    })
}

async fn fill(
    from: &Path,
    part: &Path,
    manifest: &Manifest,
    ring: Option<Ring>,
    hold_before: Option<Timestamp>,
) -> anyhow::Result<(u64, u64)> {
    let gone = match (&manifest.sealed, ring) {
        (Some(with), Some(ring)) => unsealed::fill(from, part, manifest, with, ring).await?,
        _ => {
            let copying = || copy(from, part, manifest);
            copying().with_context(|| format!("the folder {} cannot be filled", part.display()))?;
            // What was copied is looked at once more: disks fail while one restores, too.
            let wrong = manifest.compare(part)?;
            anyhow::ensure!(wrong.is_empty(), "the copy is not whole: {}", wrong.join(", "));
            0
        }
    };
    let Some(before) = hold_before else { return Ok((0, gone)) };
    let state = SqliteState::open(part.join("state.db")).await?;
    let held = state.hold_sends(before).await?;
    let held = held + gyre_ring::hold_notices(&state, before).await?;
    state.close().await;
    Ok((held, gone))
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
fn folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all = vec![root.to_owned()];
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all.extend(folders(&entry.path())?);
        }
    }
    Ok(all)
}
