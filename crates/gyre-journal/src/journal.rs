//! Opening and closing, and the port.

use crate::commit::{self, Waiter};
use crate::disk::{Disk, Lock, OsDisk};
use crate::frame;
use crate::partition::{Shared, trimmed};
use crate::pieces::{self, Piece};
use crate::queue::Request;
use crate::{copy, erase, read, recover, verify};
use async_trait::async_trait;
use gyre_model::{Entry, Offset, Partition, Stored};
use gyre_ports::journal::Damage;
use gyre_ports::{Clock, Durability, Error, ErrorKind, Journal, Result};
use rustix::rand::GetRandomFlags;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The file that says how many partitions there are.
const MANIFEST: &str = "manifest";
/// The smallest segment; smaller ones would be all header and directory.
const SMALLEST: u64 = 4 << 10;

/// How to open a journal.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the files are; made if it is not there.
    pub directory: PathBuf,
    /// How many partitions; must be what the journal was made with.
    pub partitions: Partition,
    /// How long a segment file is made, in bytes; at least 4 KiB. A longer call gets a longer one.
    pub segment_bytes: u64,
    /// Where stamps come from.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// One partition with segments of 64 MiB.
    pub fn new(directory: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { directory: directory.into(), partitions: 1, segment_bytes: 64 << 20, clock }
    }
}

/// The journal in segment files. Dropping it writes and syncs what was handed over.
#[derive(Debug)]
pub struct SegmentJournal {
    partitions: Vec<Part>,
    /// Given back after the threads ended.
    _lock: Box<dyn Lock>,
}

#[derive(Debug)]
struct Part {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    syncer: Option<JoinHandle<()>>,
}

impl SegmentJournal {
    /// Opens the journal in a directory, or makes it. Blocks while the newest segments are read.
    ///
    /// Errors: `Conflict` when another process has it open, `Invalid` when it was made with another
    /// number of partitions, `Full` when there is no room for the first segments, `Corrupt` when
    /// the manifest or all segments of a partition are lost.
    pub fn open(options: &Options) -> Result<Self> {
        let disk = OsDisk::new(options.directory.clone())
            .map_err(|error| Error::io("the journal's directory could not be made", error))?;
        Self::open_on(disk, options)
    }

    /// The same on a given disk; `options.directory` is not looked at.
    pub fn open_on(disk: impl Disk + 'static, options: &Options) -> Result<Self> {
        let disk: Arc<dyn Disk> = Arc::new(disk);
        if options.partitions == 0 || options.segment_bytes < SMALLEST {
            let what = "a journal needs a partition and segments of at least 4 KiB";
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let lock = disk.lock("lock").map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                Error::new(ErrorKind::Conflict, "another process has the journal open")
            }
            _ => Error::io("the journal could not be locked", error),
        })?;
        check_manifest(&*disk, options.partitions)?;
        let mut writers = Vec::new();
        for number in 0..options.partitions {
            let clock = Arc::clone(&options.clock);
            writers.push(recover::open(&disk, number, options.segment_bytes, clock)?);
        }
        let mut journal = Self { partitions: Vec::new(), _lock: lock };
        for writer in writers {
            let shared = Arc::clone(&writer.shared);
            let syncing = Arc::clone(&shared);
            let number = shared.number;
            journal.partitions.push(Part { shared, writer: None, syncer: None });
            let threads = journal.partitions.last_mut();
            let Some(part) = threads else { continue };
            part.writer = Some(spawn(format!("journal-{number}"), move || writer.run())?);
            part.syncer = Some(spawn(format!("sync-{number}"), move || syncing.commit.run())?);
        }
        Ok(journal)
    }

    /// Copies the journal into an empty directory, while it is in use, and gives per partition
    /// the offset below which records are in the copy: no less than what could be read when this was
    /// called. The copy is on disk when it returns, and is opened like any journal. Blocks; erasures
    /// and trims wait until it is done. Kind `Conflict` when there is a journal already.
    pub fn copy_to(&self, directory: impl Into<PathBuf>) -> Result<Vec<Offset>> {
        let disk = OsDisk::new(directory.into())
            .map_err(|error| Error::io("the copy's directory could not be made", error))?;
        self.copy_on(&disk)
    }

    /// The same onto a given disk.
    pub fn copy_on(&self, disk: &dyn Disk) -> Result<Vec<Offset>> {
        check_new(disk, self.partitions.len() as Partition)?;
        self.partitions.iter().map(|part| copy::copy(&part.shared, disk)).collect()
    }

    /// Reads the journal piece by piece, while it is in use, and gives per partition the offset below
    /// which records were among them: no less than what could be read when this was called. Blocks;
    /// erasures and trims wait until it is done.
    pub fn pieces(&self, each: &mut dyn FnMut(Piece<'_>) -> Result<()>) -> Result<Vec<Offset>> {
        self.partitions.iter().map(|part| pieces::read(&part.shared, each)).collect()
    }

    fn part(&self, partition: Partition) -> Result<&Arc<Shared>> {
        self.partitions
            .get(partition as usize)
            .map(|part| &part.shared)
            .ok_or_else(|| Error::new(ErrorKind::Invalid, format!("no partition {partition}")))
    }

    fn peek(&self, partition: Partition, look: impl Fn(&Shared) -> Offset) -> Offset {
        self.part(partition).map_or(0, |shared| look(shared))
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name).spawn(work).map_err(|error| {
        Error::new(ErrorKind::Unavailable, "no thread for the journal").with(error)
    })
}

/// Begins a journal where none may be yet.
pub(crate) fn check_new(disk: &dyn Disk, partitions: Partition) -> Result<()> {
    if disk.open(MANIFEST).is_ok() {
        return Err(Error::new(ErrorKind::Conflict, "there is a journal already"));
    }
    check_manifest(disk, partitions)
}

/// Reads the manifest; writes it when the journal is new.
fn check_manifest(disk: &dyn Disk, partitions: Partition) -> Result<()> {
    let failed = |error| Error::io("the journal's manifest could not be read", error);
    let text = format!("gyre-journal 1\npartitions {partitions}\nend\n");
    let mut found = vec![0; 256];
    let file = match disk.open(MANIFEST) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if let Some(file) = &file {
        let length = file.read_at(0, &mut found).map_err(failed)?;
        found.truncate(length);
        if found == text.as_bytes() {
            return Ok(());
        }
        if found.ends_with(b"end\n") {
            let what =
                "the journal was made with another number of partitions or by another version";
            return Err(Error::new(ErrorKind::Invalid, what));
        }
    }
    // The manifest comes first: without one there may be nothing else.
    let used = disk.list("0").is_ok_and(|names| !names.is_empty());
    if used {
        return Err(Error::new(ErrorKind::Corrupt, "the journal's manifest is lost"));
    }
    let write = || {
        let file = disk.create(MANIFEST)?;
        file.write_at(0, text.as_bytes())?;
        file.sync()?;
        disk.sync_directory("")
    };
    write().map_err(|error| Error::io("the journal's manifest could not be written", error))
}

/// The frames of a call, encoded here so that callers do it side by side.
fn encode(entries: &[Entry]) -> Result<Vec<u8>> {
    let invalid = |what: &str| Err(Error::new(ErrorKind::Invalid, what));
    let mut length = 0;
    for entry in entries {
        if entry.payload.len() > frame::MAX_PAYLOAD {
            return invalid("a record of more than 64 MiB");
        }
        if entry.workspace.as_str().len() > frame::MAX_WORKSPACE {
            return invalid("a workspace name of more than 255 bytes");
        }
        length += frame::length(entry);
    }
    if entries.is_empty() {
        return invalid("an append without records");
    }
    let mut nonces = vec![[0u8; 16]; entries.len()];
    let mut flat = nonces.as_flattened_mut();
    while !flat.is_empty() {
        let got =
            rustix::rand::getrandom(&mut *flat, GetRandomFlags::empty()).map_err(|error| {
                Error::new(ErrorKind::Unavailable, "no random numbers").with(io::Error::from(error))
            })?;
        flat = &mut flat[got..];
    }
    let mut frames = Vec::with_capacity(length);
    for (entry, nonce) in entries.iter().zip(&mut nonces) {
        frame::encode(&mut frames, entry, nonce);
    }
    Ok(frames)
}

async fn answer<T>(done: oneshot::Receiver<Result<T>>) -> Result<T> {
    done.await.unwrap_or_else(|_| Err(commit::fatal("the journal stopped")))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(ErrorKind::Unavailable, "the work was stopped").with(error))?
}

#[async_trait]
impl Journal for SegmentJournal {
    fn partitions(&self) -> Partition {
        self.partitions.len() as Partition
    }

    async fn append(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        durability: Durability,
    ) -> Result<Offset> {
        let shared = self.part(partition)?;
        if let Some(what) = shared.commit.poison() {
            return Err(commit::fatal(what));
        }
        let frames = encode(&entries)?;
        drop(entries);
        let (done, answered) = oneshot::channel();
        shared.queue.push(Request { frames, durability, done })?;
        answer(answered).await
    }

    async fn read(&self, partition: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        let shared = self.part(partition)?;
        if from < shared.start() {
            return Err(trimmed());
        }
        if from >= shared.end() || limit == 0 {
            return Ok(Vec::new());
        }
        read::read(shared, from, limit).await
    }

    fn end(&self, partition: Partition) -> Offset {
        self.peek(partition, Shared::end)
    }

    fn synced(&self, partition: Partition) -> Offset {
        self.peek(partition, |shared| shared.commit.synced())
    }

    fn start(&self, partition: Partition) -> Offset {
        self.peek(partition, Shared::start)
    }

    async fn wait(&self, partition: Partition, offset: Offset) {
        if let Ok(shared) = self.part(partition) {
            shared.wait(offset).await;
        }
    }

    async fn sync(&self, partition: Partition) -> Result<()> {
        let shared = self.part(partition)?;
        let (done, answered) = oneshot::channel();
        let below = shared.end();
        shared.commit.wait(Waiter { below, answer: below, done });
        answer(answered).await.map(|_below| ())
    }

    async fn trim(&self, partition: Partition, offset: Offset) -> Result<()> {
        let shared = Arc::clone(self.part(partition)?);
        blocking(move || shared.trim(offset)).await
    }

    async fn blank(&self, partition: Partition, offset: Offset) -> Result<()> {
        let shared = Arc::clone(self.part(partition)?);
        if offset < shared.start() {
            return Err(trimmed());
        }
        if offset >= shared.end() {
            return Err(Error::new(ErrorKind::NotFound, "the record was not written yet"));
        }
        // Noting an erasure of a record that a power cut then takes would hit its successor.
        self.sync(partition).await?;
        blocking(move || erase::blank(&shared, offset)).await
    }

    async fn blank_all(&self, partition: Partition, offsets: &[Offset]) -> Result<()> {
        let shared = Arc::clone(self.part(partition)?);
        let mut offsets = offsets.to_vec();
        offsets.sort_unstable();
        offsets.dedup();
        if offsets.first().is_some_and(|offset| *offset < shared.start()) {
            return Err(trimmed());
        }
        if offsets.last().is_some_and(|offset| *offset >= shared.end()) {
            return Err(Error::new(ErrorKind::NotFound, "the record was not written yet"));
        }
        self.sync(partition).await?;
        blocking(move || erase::blank_all(&shared, &offsets)).await
    }

    async fn verify(&self, partition: Partition) -> Result<Vec<Damage>> {
        let shared = Arc::clone(self.part(partition)?);
        blocking(move || verify::verify(&shared)).await
    }
}

impl Drop for SegmentJournal {
    fn drop(&mut self) {
        for part in &self.partitions {
            part.shared.queue.close();
        }
        for part in &mut self.partitions {
            let writer = part.writer.take().map(JoinHandle::join);
            part.shared.commit.close();
            let syncer = part.syncer.take().map(JoinHandle::join);
            if matches!(writer, Some(Err(_))) || matches!(syncer, Some(Err(_))) {
                tracing::error!(partition = part.shared.number, "a journal thread panicked");
            }
        }
    }
}
