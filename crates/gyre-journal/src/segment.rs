//! A segment: one file of frames behind a small header, named after its first offset.

use crate::disk::{Disk, File};
use crate::frame::Digest;
use crate::scan::{Found, Scan};
use gyre_model::{Offset, Partition, Timestamp};
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const MAGIC: &[u8; 8] = b"GYRESEG1";
/// Length of the header.
pub(crate) const HEADER: u64 = 64;
/// How much is read at once when walking a whole file.
pub(crate) const SWEEP: usize = 1 << 20;

/// What a segment starts from: what the record before its first left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) first: Offset,
    pub(crate) at: Timestamp,
    pub(crate) chain: Digest,
}

impl Header {
    pub(crate) fn encode(&self, partition: Partition) -> [u8; HEADER as usize] {
        let mut bytes = [0; HEADER as usize];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[12..16].copy_from_slice(&partition.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.at.0.to_le_bytes());
        bytes[32..48].copy_from_slice(&self.chain);
        let checksum = crc32c::crc32c(&bytes[12..]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of a file; `None` when it is damaged or not that of this place.
    pub(crate) fn read(
        file: &dyn File,
        partition: Partition,
        first: Offset,
    ) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER as usize];
        if file.read_at(0, &mut bytes)? < bytes.len() {
            return Ok(None);
        }
        let mut at = [0; 8];
        at.copy_from_slice(&bytes[24..32]);
        let mut chain = Digest::default();
        chain.copy_from_slice(&bytes[32..48]);
        let header = Self { first, at: Timestamp(i64::from_le_bytes(at)), chain };
        Ok((header.encode(partition) == bytes).then_some(header))
    }
}

/// The name of the segment that starts at an offset.
pub(crate) fn name(partition: Partition, first: Offset) -> String {
    format!("{partition}/{first:020}.segment")
}

/// The first offset of a segment by its file name.
pub(crate) fn first_of(name: &str) -> Option<Offset> {
    name.strip_suffix(".segment").filter(|digits| digits.len() == 20)?.parse().ok()
}

/// Where every so many frames start: positions by offset, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index(Vec<(Offset, u64)>);

impl Index {
    /// Takes note of a frame, if it is far enough from the last one noted.
    pub(crate) fn note(&mut self, offset: Offset, at: u64) {
        let near = |&(noted, place): &(Offset, u64)| offset < noted + 64 && at < place + (16 << 10);
        if !self.0.last().is_some_and(near) {
            self.0.push((offset, at));
        }
    }

    /// The last noted frame at or before an offset: where to start walking.
    pub(crate) fn before(&self, offset: Offset) -> Option<(u64, Offset)> {
        let place = self.0.partition_point(|(noted, _)| *noted <= offset);
        place.checked_sub(1).map(|place| (self.0[place].1, self.0[place].0))
    }
}

impl From<Index> for Arc<[(Offset, u64)]> {
    fn from(index: Index) -> Self {
        index.0.into()
    }
}

/// A segment of an open journal.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) first: Offset,
    pub(crate) name: String,
    /// Where a write may be under way: behind it the file holds zeros.
    pub(crate) reserved: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Kept open while it is written to.
    file: Option<Arc<dyn File>>,
    extent: Extent,
    /// `None` until it is needed, for a segment written before this start.
    index: Option<Index>,
}

/// A file, a position in it with the offset of the frame there, and how far it goes.
pub(crate) type Located = (Arc<dyn File>, (u64, Offset), Extent);

/// What a segment holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// The first offset that is not in it.
    pub(crate) bound: Offset,
    /// Its frames end at or before this position.
    pub(crate) until: u64,
}

impl Segment {
    /// The segment that is written to.
    pub(crate) fn active(
        partition: Partition,
        first: Offset,
        file: Arc<dyn File>,
        extent: Extent,
        index: Index,
    ) -> Self {
        let state = State { file: Some(file), extent, index: Some(index) };
        let reserved = AtomicU64::new(extent.until);
        Self { first, name: name(partition, first), reserved, state: Mutex::new(state) }
    }

    /// A segment that is full; its index is made when it is first read.
    pub(crate) fn full(partition: Partition, first: Offset, bound: Offset) -> Self {
        let extent = Extent { bound, until: u64::MAX };
        let state = State { file: None, extent, index: None };
        let reserved = AtomicU64::new(0);
        Self { first, name: name(partition, first), reserved, state: Mutex::new(state) }
    }

    /// Says that nothing more will be written to it.
    pub(crate) fn close(&self) {
        self.state.lock().file = None;
    }

    /// Takes in frames just written: their places, and where they end.
    pub(crate) fn extend(&self, places: &[(Offset, u64)], extent: Extent) {
        let mut state = self.state.lock();
        if let Some(index) = &mut state.index {
            for (offset, at) in places {
                index.note(*offset, *at);
            }
        }
        state.extent = extent;
    }

    /// Moves the mark behind which no write is under way.
    pub(crate) fn reserve(&self, until: u64) {
        self.reserved.store(until, Ordering::SeqCst);
    }

    /// Its file, and how far it goes now.
    pub(crate) fn whole(&self, disk: &dyn Disk) -> io::Result<(Arc<dyn File>, Extent)> {
        let state = self.state.lock();
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => disk.open(&self.name)?,
        };
        let until = state.extent.until.min(file.length()?);
        Ok((file, Extent { until, ..state.extent }))
    }

    /// Its file, and where to start walking to reach `offset`.
    pub(crate) fn locate(&self, disk: &dyn Disk, offset: Offset) -> io::Result<Located> {
        let mut state = self.state.lock();
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => disk.open(&self.name)?,
        };
        state.extent.until = state.extent.until.min(file.length()?);
        let extent = state.extent;
        if state.index.is_none() {
            state.index = Some(build(&*file, self.first, extent)?);
        }
        let place = state.index.as_ref().and_then(|index| index.before(offset));
        Ok((file, place.unwrap_or((HEADER, self.first)), extent))
    }
}

fn build(file: &dyn File, first: Offset, extent: Extent) -> io::Result<Index> {
    let mut index = Index::default();
    let mut scan = Scan::new(file, (HEADER, first), extent.until, extent.bound, SWEEP);
    while scan.expected < extent.bound {
        match scan.peek()? {
            Found::Frame(head) => {
                index.note(head.offset, scan.at);
                scan.step(&head);
            }
            Found::Gap if scan.skip()? => {}
            Found::Gap => break,
        }
    }
    Ok(index)
}
