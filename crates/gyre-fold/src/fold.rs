//! The fold on fjall, opened again after an error that fjall does not get over.

use crate::error::closed;
use crate::opened::Opened;
use crate::options::Options;
use gyre_model::{Offset, Partition};
use gyre_ports::fold::{Pair, Space, Write};
use gyre_ports::{ErrorKind, Fold, Result};
use parking_lot::{Mutex, RwLock};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long readers under way may keep a broken opening alive.
const LET_GO: Duration = Duration::from_secs(5);
/// The least time between two attempts to open it again.
const PAUSE: Duration = Duration::from_millis(250);

/// The fold of all partitions of this process, in one folder.
///
/// A commit survives the death of the process, not a power cut; [`Fold::sync`] makes it durable. One
/// writer per partition at a time, the others wait; readers never wait for a writer and see whole
/// commits only.
///
/// When the disk is full a write fails with kind `Full`, and the fold is opened again before it is used
/// next: whether the failed commit is in it, its position says. After an error of kind `Fatal` it takes
/// no more writes. One of kind `Corrupt` from [`FjallFold::open`] means: delete the folder and derive it
/// again.
pub struct FjallFold {
    path: PathBuf,
    partitions: Partition,
    options: Options,
    opened: RwLock<Option<Arc<Opened>>>,
    tried: Mutex<Option<Instant>>,
}

impl FjallFold {
    /// Opens or creates the fold of partitions `0..partitions`; their number is fixed at creation.
    pub fn open(path: impl AsRef<Path>, partitions: Partition) -> Result<Self> {
        Self::open_with(path, partitions, Options::small())
    }

    /// The same with other limits. Kind `Conflict` when another process has it open, `Invalid` when it
    /// was made with another number of partitions, `Corrupt` when in another form: derive it again.
    pub fn open_with(
        path: impl AsRef<Path>,
        partitions: Partition,
        options: Options,
    ) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let opened = Opened::open(&path, partitions, options.clone())?;
        Ok(Self {
            path,
            partitions,
            options,
            opened: RwLock::new(Some(Arc::new(opened))),
            tried: Mutex::default(),
        })
    }

    /// How many keyspaces there are.
    #[cfg(test)]
    pub(crate) fn keyspaces(&self) -> usize {
        self.opened().unwrap().keyspaces()
    }

    fn opened(&self) -> Result<Arc<Opened>> {
        if let Some(opened) = self.opened.read().as_ref() {
            return Ok(Arc::clone(opened));
        }
        let mut place = self.opened.write();
        if let Some(opened) = place.as_ref() {
            return Ok(Arc::clone(opened));
        }
        let mut tried = self.tried.lock();
        if tried.is_some_and(|tried| tried.elapsed() < PAUSE) {
            return Err(closed());
        }
        *tried = Some(Instant::now());
        let opened =
            Opened::open(&self.path, self.partitions, self.options.clone()).map_err(|error| {
                match error.kind() {
                    ErrorKind::Fatal | ErrorKind::Corrupt => error,
                    _ => closed().with(error),
                }
            })?;
        tracing::info!("the fold was opened again");
        Ok(Arc::clone(place.insert(Arc::new(opened))))
    }

    /// Closes an opening that takes no more writes; the next use opens it again.
    fn close(&self, broken: Arc<Opened>) {
        let mut place = self.opened.write();
        if !place.as_ref().is_some_and(|opened| Arc::ptr_eq(opened, &broken)) {
            return;
        }
        *place = None;
        let began = Instant::now();
        // Its lock on the folder goes with the last of those that still read.
        while Arc::strong_count(&broken) > 1 && began.elapsed() < LET_GO {
            std::thread::sleep(Duration::from_millis(1));
        }
        drop(broken);
    }

    fn with<T>(&self, use_it: impl FnOnce(&Opened) -> Result<T>) -> Result<T> {
        let opened = self.opened()?;
        let done = use_it(&opened);
        if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Full) {
            self.close(opened);
        }
        done
    }
}

impl Fold for FjallFold {
    fn get(&self, partition: Partition, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.with(|opened| opened.get(partition, space, key))
    }

    fn scan(
        &self,
        partition: Partition,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>> {
        self.with(|opened| opened.scan(partition, space, from, to, limit))
    }

    fn commit(&self, partition: Partition, position: Offset, writes: Vec<Write>) -> Result<()> {
        self.with(|opened| opened.commit(partition, position, writes))
    }

    fn position(&self, partition: Partition) -> Result<Option<Offset>> {
        self.with(|opened| opened.position(partition))
    }

    fn dedup_hours(&self, partition: Partition) -> Result<Vec<i32>> {
        self.with(|opened| opened.dedup_hours(partition))
    }

    fn drop_dedup_hour(&self, partition: Partition, hour: i32) -> Result<()> {
        self.with(|opened| opened.drop_dedup_hour(partition, hour))
    }

    fn sync(&self) -> Result<()> {
        self.with(Fold::sync)
    }

    fn clear(&self, partition: Partition) -> Result<()> {
        self.with(|opened| opened.clear(partition))
    }
}

impl fmt::Debug for FjallFold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallFold")
            .field("path", &self.path)
            .field("opened", &*self.opened.read())
            .finish_non_exhaustive()
    }
}
