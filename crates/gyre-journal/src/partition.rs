//! One partition of an open journal: what its writer, its syncer and its readers share.

use crate::commit::Commit;
use crate::disk::Disk;
use crate::mark::Intent;
use crate::queue::Queue;
use crate::segment::Segment;
use crate::tail::Tail;
use gyre_model::{Offset, Partition};
use gyre_ports::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// Shared by all who work on a partition.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) number: Partition,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) queue: Queue,
    pub(crate) commit: Commit,
    /// By first offset; the last is the one being written. Never empty.
    pub(crate) segments: RwLock<Vec<Arc<Segment>>>,
    pub(crate) tail: Mutex<Tail>,
    /// Held to read bodies from disk; exclusively while one is overwritten.
    pub(crate) bodies: RwLock<()>,
    /// One erasure or trim at a time.
    pub(crate) intent: Mutex<Intent>,
    end: AtomicU64,
    ended: watch::Sender<Offset>,
}

impl Shared {
    pub(crate) fn new(
        (number, disk): (Partition, Arc<dyn Disk>),
        commit: Commit,
        segments: Vec<Arc<Segment>>,
        intent: Intent,
        end: Offset,
    ) -> Self {
        Self {
            number,
            disk,
            queue: Queue::default(),
            commit,
            segments: RwLock::new(segments),
            tail: Mutex::default(),
            bodies: RwLock::new(()),
            intent: Mutex::new(intent),
            end: AtomicU64::new(end),
            ended: watch::Sender::new(end),
        }
    }

    pub(crate) fn end(&self) -> Offset {
        self.end.load(Ordering::SeqCst)
    }

    /// Publishes what was written, and wakes who waited for it.
    pub(crate) fn ended(&self, end: Offset) {
        self.end.store(end, Ordering::SeqCst);
        self.ended.send_replace(end);
    }

    pub(crate) async fn wait(&self, offset: Offset) {
        // The sender lives as long as `self`, so this ends only when the offset was passed.
        let _passed = self.ended.subscribe().wait_for(|end| *end > offset).await.is_ok();
    }

    pub(crate) fn start(&self) -> Offset {
        self.segments.read().first().map_or(0, |segment| segment.first)
    }

    /// The segment that holds an offset.
    pub(crate) fn segment(&self, offset: Offset) -> Result<Arc<Segment>> {
        let segments = self.segments.read();
        let place = segments.partition_point(|segment| segment.first <= offset);
        match place.checked_sub(1).and_then(|place| segments.get(place)) {
            Some(segment) => Ok(Arc::clone(segment)),
            None => Err(trimmed()),
        }
    }

    /// Removes whole segments below `offset`, the oldest first and each for good before the next,
    /// so that a power cut leaves no hole.
    pub(crate) fn trim(&self, offset: Offset) -> Result<()> {
        let _one = self.intent.lock();
        loop {
            let name = {
                let mut segments = self.segments.write();
                if segments.get(1).is_none_or(|next| next.first > offset) {
                    return Ok(());
                }
                segments.remove(0).name.clone()
            };
            self.disk
                .remove(&name)
                .and_then(|()| self.disk.sync_directory(&self.number.to_string()))
                .map_err(|error| Error::io("a segment could not be removed", error))?;
        }
    }
}

/// The error of reading below the start.
pub(crate) fn trimmed() -> Error {
    Error::new(ErrorKind::NotFound, "the record was trimmed")
}
