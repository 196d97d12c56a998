//! The writer of a partition: numbers, stamps and chains what is queued, writes it at once, and
//! goes on to the next segment when one is full.

use crate::commit::{self, Waiter};
use crate::disk::File;
use crate::frame::{self, Digest};
use crate::partition::Shared;
use crate::queue::Request;
use crate::segment::{self, Extent, HEADER, Header, Index, Segment};
use crate::tail::Block;
use gyre_model::{Offset, Timestamp};
use gyre_ports::{Clock, Durability, Error, ErrorKind, failpoint};
use std::io;
use std::sync::Arc;

/// Where writing goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) next: Offset,
    pub(crate) at: Timestamp,
    pub(crate) chain: Digest,
    /// Position in the file.
    pub(crate) position: u64,
}

/// The writing side of a partition.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) segment_bytes: u64,
    pub(crate) segment: Arc<Segment>,
    pub(crate) file: Arc<dyn File>,
    /// How far the file has room that the disk promised.
    pub(crate) allocated: u64,
    pub(crate) place: Place,
}

/// Makes the file of a new segment, durably; nothing is left of it when that fails.
pub(crate) fn create(
    shared: (u32, &dyn crate::disk::Disk),
    place: &Place,
    length: u64,
) -> io::Result<Arc<dyn File>> {
    let (partition, disk) = shared;
    let name = segment::name(partition, place.next);
    let directory = partition.to_string();
    let header = Header { first: place.next, at: place.at, chain: place.chain };
    let made = disk.create(&name).and_then(|file| {
        file.allocate(length)?;
        file.write_at(0, &header.encode(partition))?;
        commit::sync(&*file)?;
        disk.sync_directory(&directory)?;
        Ok(file)
    });
    if made.is_err() {
        // Opening removes an empty segment, too, should this fail.
        let _left = disk.remove(&name).and_then(|()| disk.sync_directory(&directory));
    }
    made
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Writer {
    /// The writing thread; returns when the queue is closed and empty.
    pub(crate) fn run(mut self) {
        while let Some(group) = self.shared.queue.take() {
            let mut run = Vec::with_capacity(group.len());
            let mut length = 0;
            for request in group {
                let size = request.frames.len() as u64;
                if length > 0 && self.place.position + length + size > self.segment_bytes {
                    self.write(std::mem::take(&mut run), length);
                    length = 0;
                }
                length += size;
                run.push(request);
            }
            self.write(run, length);
        }
    }

    /// Writes requests that belong into one segment.
    fn write(&mut self, requests: Vec<Request>, length: u64) {
        let tried = match self.shared.commit.poison() {
            Some(what) => Err(commit::fatal(what)),
            None => self.make_room(length).and_then(|()| self.write_group(&requests)),
        };
        match tried {
            Ok(written) => self.publish(written, requests),
            Err(error) => {
                for request in requests {
                    let again = Error::new(error.kind(), error.what());
                    let _gone = request.done.send(Err(again));
                }
            }
        }
    }

    /// Sees to it that the disk has promised room for `length` more bytes.
    fn make_room(&mut self, length: u64) -> Result<(), Error> {
        let full = self.place.position + length > self.segment_bytes;
        if full && self.place.position > HEADER {
            self.roll(length).map_err(|error| self.failed("a segment could not be made", error))?;
        }
        let needed = self.place.position + length;
        if needed > self.allocated {
            let wanted = needed.max(self.segment_bytes);
            if let Err(error) = self.file.allocate(wanted) {
                return Err(self.failed("a segment could not be extended", error));
            }
            self.allocated = wanted;
        }
        Ok(())
    }

    fn roll(&mut self, length: u64) -> io::Result<()> {
        // Only the newest segment may have a torn tail: the old one is synced before there is a
        // new one.
        if let Err(error) = commit::sync(&*self.file) {
            self.shared.commit.poison_with("a sync failed", &error);
            return Err(error);
        }
        self.shared.commit.reached(self.place.next);
        let wanted = self.segment_bytes.max(HEADER + length);
        let file = create((self.shared.number, &*self.shared.disk), &self.place, wanted)?;
        if self.file.set_length(self.place.position).is_err() {
            tracing::warn!(segment = %self.segment.name, "unused room was not given back");
        }
        self.segment.close();
        self.place.position = HEADER;
        let extent = Extent { bound: self.place.next, until: HEADER };
        self.segment = Arc::new(Segment::active(
            self.shared.number,
            self.place.next,
            Arc::clone(&file),
            extent,
            Index::default(),
        ));
        self.shared.segments.write().push(Arc::clone(&self.segment));
        (self.file, self.allocated) = (file, wanted);
        Ok(())
    }

    /// A full disk refuses this call; anything else stops the journal.
    fn failed(&self, what: &'static str, error: io::Error) -> Error {
        if is_full(&error) {
            return Error::new(ErrorKind::Full, what).with(error);
        }
        self.shared.commit.poison_with(what, &error);
        commit::fatal(what)
    }

    fn write_group(&mut self, requests: &[Request]) -> Result<Written, Error> {
        let mut place = self.place;
        let size = requests.iter().map(|request| request.frames.len()).sum();
        let mut frames = Vec::with_capacity(size);
        let mut places = Index::default();
        let mut firsts = Vec::with_capacity(requests.len());
        for request in requests {
            firsts.push(place.next);
            place.at = place.at.max(self.clock.now());
            let mut at = frames.len();
            frames.extend_from_slice(&request.frames);
            while at < frames.len() {
                places.note(place.next, at as u64);
                at += frame::seal(&mut frames[at..], place.next, place.at, &mut place.chain);
                place.next += 1;
            }
        }
        place.position += frames.len() as u64;

        failpoint::reach("journal.before_write");
        self.segment.reserve(place.position);
        let tried = if failpoint::fails("journal.write") {
            Err(rustix::io::Errno::IO.into())
        } else {
            self.file.write_at(self.place.position, &frames)
        };
        if let Err(error) = tried {
            return Err(self.roll_back(error));
        }
        failpoint::reach("journal.after_write");
        let before = std::mem::replace(&mut self.place, place);
        Ok(Written { before, firsts, frames, places })
    }

    /// Takes back what a failed write left, when the disk was just full.
    fn roll_back(&mut self, error: io::Error) -> Error {
        let what = "a write failed";
        if is_full(&error) && !failpoint::mutant("journal.keep_half_write") {
            if let Err(error) = self.file.set_length(self.place.position) {
                self.shared.commit.poison_with(what, &error);
                return commit::fatal(what);
            }
            self.allocated = self.place.position;
            self.segment.reserve(self.place.position);
        }
        self.failed(what, error)
    }

    /// Makes records readable, then answers who waited for the write only.
    fn publish(&mut self, written: Written, requests: Vec<Request>) {
        let Written { before, firsts, frames, places } = written;
        let end = self.place.next;
        let places: Arc<[_]> = places.into();
        let in_file: Vec<_> =
            places.iter().map(|(offset, at)| (*offset, at + before.position)).collect();
        self.segment.extend(&in_file, Extent { bound: end, until: self.place.position });
        let block = Block { first: before.next, end, frames: Arc::new(frames), places };
        self.shared.tail.lock().push(block);
        self.shared.ended(end);

        let ends = firsts.iter().skip(1).copied().chain([end]);
        let mut waiters = Vec::new();
        let mut written = Vec::new();
        for ((request, first), below) in requests.into_iter().zip(&firsts).zip(ends) {
            match request.durability {
                Durability::Synced => {
                    waiters.push(Waiter { below, answer: *first, done: request.done });
                }
                Durability::Written => written.push((request.done, *first)),
            }
        }
        let wrote = self.shared.commit.wrote(&self.file, end, waiters);
        for (done, first) in written {
            let _gone = done.send(wrote.map(|()| first).map_err(commit::fatal));
        }
    }
}

/// A group that was written.
#[derive(Debug)]
struct Written {
    before: Place,
    firsts: Vec<Offset>,
    frames: Vec<u8>,
    places: Index,
}
