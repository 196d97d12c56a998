//! Backups of a data folder, while it is in use or not, each with a manifest of what must be in it: sealed
//! ones (`sealed`), which say nothing without the key ring of the data folder, and plain ones, which hold
//! what a data folder holds but for the fold, which follows from the journal.
//!
//! Of a plain one the order is the promise. The state is copied first, then the lake, then the journal: so the lake is
//! ahead of the state's position and never ahead of the journal, which is how a process that dies leaves
//! them. The other way round the lake could hold rows of records that the backup does not, and the
//! records that get their offsets next would be taken for rows that are there already.

mod manifest;
mod restore;
mod sealed;
mod unsealed;

pub(crate) use manifest::Manifest;
pub(crate) use restore::{Keys, restore};

use crate::failure::Failure;
use anyhow::Context as _;
use async_trait::async_trait;
use gyre_api::{Backups, MadeBackup};
use gyre_journal::SegmentJournal;
use gyre_ports::{Clock, Error, ErrorKind, failpoint};
use gyre_seal::KeyFile;
use gyre_state::SqliteState;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Files of a data folder that hold a secret.
const HIDDEN: [&str; 2] = ["secret", "token"];

/// What is copied.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The data folder.
    pub(crate) root: PathBuf,
    pub(crate) journal: Arc<SegmentJournal>,
    pub(crate) state: Arc<SqliteState>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: KeyFile,
}

/// Whether a backup can be read without keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sealed,
    Plain,
}

impl Form {
    pub(crate) fn plain_if(plain: bool) -> Self {
        if plain { Self::Plain } else { Self::Sealed }
    }
}

impl Source {
    /// Copies everything into a folder that is not there yet; what is there under its name is whole.
    pub(crate) async fn copy_to(&self, folder: &Path, form: Form) -> anyhow::Result<Manifest> {
        if folder.exists() {
            let message = format!("{} is there already", folder.display());
            return Err(Failure::new(message).hint("give every backup a folder of its own").into());
        }
        let part = beside(folder);
        // What an attempt before this one left.
        drop(fs::remove_dir_all(&part));
        DirBuilder::new()
            .mode(0o700)
            .create(&part)
            .with_context(|| format!("the folder {} cannot be made", part.display()))?;
        let done = match form {
            Form::Sealed => self.seal_into(&part).await,
            Form::Plain => self.copy_into(&part).await,
        };
        let done = done.and_then(|manifest| {
            put_in_place(&part, folder).context("the backup cannot be moved to its place")?;
            Ok(manifest)
        });
        if done.is_err() {
            drop(fs::remove_dir_all(&part));
        }
        done
    }

    async fn copy_into(&self, part: &Path) -> anyhow::Result<Manifest> {
        let mut bounds = Vec::new();
        let wrong_order = failpoint::mutant("backup.journal_first");
        if wrong_order {
            bounds = self.journal(part).await?;
            // Long enough for the lake to be committed in between.
            tokio::time::sleep(Duration::from_secs(8)).await;
        }
        self.state.copy_to(part.join("state.db")).await?;
        let (from, to) = (self.root.join("lake"), part.join("lake"));
        tokio::task::spawn_blocking(move || gyre_lake::copy(&from, &to))
            .await?
            .context("the lake cannot be copied")?;
        if !wrong_order {
            bounds = self.journal(part).await?;
        }
        let (root, part, made_at) = (self.root.clone(), part.to_owned(), self.clock.now());
        tokio::task::spawn_blocking(move || {
            for name in HIDDEN {
                copy_file(&root.join(name), &part.join(name))
                    .with_context(|| format!("the file {name} cannot be copied"))?;
            }
            let manifest = Manifest::of(&part, made_at, bounds, None)?;
            manifest.write(&part).context("the manifest cannot be written")?;
            Ok(manifest)
        })
        .await?
    }

    async fn journal(&self, part: &Path) -> anyhow::Result<Vec<u64>> {
        let (journal, to) = (Arc::clone(&self.journal), part.join("journal"));
        Ok(tokio::task::spawn_blocking(move || journal.copy_to(to)).await??)
    }
}

/// Where something is made before it is whole.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Moves a folder to its name, durably.
fn put_in_place(part: &Path, folder: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, folder)?;
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// Copies a file with who may read it, durably.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// Backups of a running server, into folders below one that its operator chose: whoever holds a token
/// of an admin must not write wherever the server may.
#[derive(Debug)]
pub(crate) struct Keeper {
    source: Source,
    below: PathBuf,
    /// One at a time.
    making: tokio::sync::Mutex<()>,
}

impl Keeper {
    pub(crate) fn new(source: Source, below: &Path) -> anyhow::Result<Self> {
        let below = fs::canonicalize(below)
            .with_context(|| format!("the folder for backups {} is not there", below.display()))?;
        if below.starts_with(&source.root) {
            let message = "the folder for backups is inside the data folder";
            return Err(Failure::usage(message)
                .hint("keep them apart, best on another disk")
                .into());
        }
        Ok(Self { source, below, making: tokio::sync::Mutex::default() })
    }

    /// The folder that is asked for, if it is directly below the one for backups.
    fn place(&self, to: &Path) -> Option<PathBuf> {
        let name = to.file_name()?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let inside = match parent {
            None => true,
            Some(parent) => fs::canonicalize(parent).is_ok_and(|parent| parent == self.below),
        };
        inside.then(|| self.below.join(name))
    }
}

#[async_trait]
impl Backups for Keeper {
    async fn make(&self, to: &Path, plain: bool) -> gyre_ports::Result<MadeBackup> {
        let Some(folder) = self.place(to) else {
            let what = "a backup goes directly into the folder that --backups names";
            return Err(Error::new(ErrorKind::Invalid, what));
        };
        let _one = self.making.lock().await;
        if folder.exists() {
            return Err(Error::new(ErrorKind::Conflict, "there is a backup of that name already"));
        }
        let manifest =
            self.source.copy_to(&folder, Form::plain_if(plain)).await.map_err(|error| {
                tracing::error!(error = format!("{error:#}"), "a backup failed");
                Error::new(ErrorKind::Unavailable, "the backup failed; the log says why")
            })?;
        Ok(MadeBackup {
            folder,
            records: manifest.journal.iter().sum(),
            files: manifest.files.len() as u64,
            bytes: manifest.bytes(),
            sealed: manifest.sealed.is_some(),
        })
    }
}
