//! The keys of backups: what a backup holds of somebody can be read as long as their keys are there.

use crate::error::Result;
use async_trait::async_trait;
use gyre_model::{Offset, Partition, Workspace};
use serde_json::Value;
use std::any::Any;
use std::fmt;

/// What must not be readable in any backup any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Destroyed {
    /// Keys by which records are filed: what is filed under them goes, in the journal and the state.
    pub keys: Vec<u64>,
    /// Records that are filed under somebody else.
    pub records: Vec<(Partition, Offset)>,
    /// What a restore puts in the place of records that are gone.
    pub places: Vec<KeptPlace>,
}

impl Destroyed {
    /// Whether there is nothing to destroy.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.records.is_empty() && self.places.is_empty()
    }
}

/// A value that a restore writes to the state when the backup has the record; it says nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPlace {
    /// The record that is gone.
    pub record: (Partition, Offset),
    /// The workspace of the value.
    pub workspace: Workspace,
    /// Its name.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// As long as it is kept, no backup begins to read.
pub struct Held(#[expect(dead_code, reason = "it is there to be dropped")] Box<dyn Any + Send>);

impl Held {
    /// Holds with a guard.
    pub fn new(guard: impl Any + Send) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// The keys that backups are sealed with.
///
/// Promises: when `destroy` returns, it is on disk that the keys are gone, and nothing that a backup holds
/// under them can be read with what is left, whatever backup it is. Doing it again does no harm. What is
/// filed under a key afterwards is sealed with a new one. A backup that began before is sealed with the
/// keys of then, so what it reads meanwhile goes with them; therefore records are blanked first, and
/// whoever destroys keys and then removes what names the person from the state does both while holding.
#[async_trait]
pub trait BackupKeys: Send + Sync + fmt::Debug {
    /// Keeps backups from beginning to read.
    async fn hold(&self) -> Held;

    /// Destroys keys; `false` when there are none, because no backup was ever sealed.
    async fn destroy(&self, destroyed: Destroyed) -> Result<bool>;
}

/// No backup is ever sealed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBackupKeys;

#[async_trait]
impl BackupKeys for NoBackupKeys {
    async fn hold(&self) -> Held {
        Held::new(())
    }
    async fn destroy(&self, _destroyed: Destroyed) -> Result<bool> {
        Ok(false)
    }
}
