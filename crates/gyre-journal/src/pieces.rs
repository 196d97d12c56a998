//! A journal in pieces: read while it is in use, and put together again elsewhere. In between somebody may
//! take the bodies of records away: they are blank then, as if they were erased.

use crate::disk::{Disk, File, OsDisk};
use crate::frame;
use crate::mark::{Intent, Mark};
use crate::partition::Shared;
use crate::scan::{Found, Scan};
use crate::segment::{self, HEADER, SWEEP, Segment};
use gyre_model::{Offset, Partition};
use gyre_ports::{Error, ErrorKind, Result};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// How much is written at once.
const CHUNK: usize = 1 << 20;

/// A piece of a journal, in the order in which they stand.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Here a segment begins.
    Segment {
        /// Its partition.
        partition: Partition,
        /// The offset of its first record.
        first: Offset,
        /// What it starts from.
        header: &'a [u8],
    },
    /// A record.
    Record {
        /// Its partition.
        partition: Partition,
        /// Its offset.
        offset: Offset,
        /// The key that it is filed under.
        key: u64,
        /// What never changes of it.
        head: &'a [u8],
        /// The rest; `None` when it is blank.
        body: Option<&'a [u8]>,
    },
    /// Bytes that are none of a record: room that was not used, or damage. They are left out.
    Gap {
        /// How many.
        length: u64,
    },
}

/// Reads a partition; gives the offset below which its records were among the pieces. Blocks.
pub(crate) fn read(
    shared: &Shared,
    each: &mut dyn FnMut(Piece<'_>) -> Result<()>,
) -> Result<Offset> {
    // Nothing is erased or trimmed meanwhile.
    let _alone = shared.intent.lock();
    let segments: Vec<Arc<Segment>> = shared.segments.read().clone();
    let mut bound = 0;
    for segment in segments {
        bound = read_segment(shared, &segment, each)?;
    }
    Ok(bound)
}

fn read_segment(
    shared: &Shared,
    segment: &Segment,
    each: &mut dyn FnMut(Piece<'_>) -> Result<()>,
) -> Result<Offset> {
    let failed = |error| Error::io("the journal could not be read", error);
    let (partition, first) = (shared.number, segment.first);
    let (file, extent) = segment.whole(&*shared.disk).map_err(failed)?;
    let mut header = [0; HEADER as usize];
    file.read_at(0, &mut header).map_err(failed)?;
    each(Piece::Segment { partition, first, header: &header })?;
    let mut scan = Scan::new(&*file, (HEADER, first), extent.until, extent.bound, SWEEP);
    while scan.expected < extent.bound {
        let at = scan.at;
        match scan.peek().map_err(failed)? {
            Found::Frame(head) => {
                let frame = scan.frame(&head).map_err(failed)?;
                let (start, body) = frame.split_at(head.body());
                let body = (!frame::is_blank(&head, frame)).then_some(body);
                let (offset, key) = (head.offset, head.key());
                each(Piece::Record { partition, offset, key, head: start, body })?;
                scan.step(&head);
            }
            Found::Gap if scan.skip().map_err(failed)? => {
                each(Piece::Gap { length: scan.at - at })?;
            }
            Found::Gap => break,
        }
    }
    let length = extent.until.saturating_sub(scan.at);
    if length > 0 {
        each(Piece::Gap { length })?;
    }
    Ok(extent.bound)
}

/// Puts a journal together in an empty directory.
#[derive(Debug)]
pub struct Assembly {
    disk: OsDisk,
    partitions: Partition,
    file: Option<Arc<dyn File>>,
    /// Where the next bytes go, and those that were not written yet.
    at: u64,
    pending: Vec<u8>,
}

fn failed(error: io::Error) -> Error {
    Error::io("the journal could not be put together", error)
}

impl Assembly {
    /// Begins. Kind `Conflict` when there is a journal already.
    pub fn new(directory: impl Into<PathBuf>, partitions: Partition) -> Result<Self> {
        let disk = OsDisk::new(directory.into()).map_err(failed)?;
        crate::journal::check_new(&disk, partitions)?;
        for partition in 0..partitions {
            disk.create_directory(&partition.to_string()).map_err(failed)?;
        }
        Ok(Self { disk, partitions, file: None, at: 0, pending: Vec::new() })
    }

    /// Adds a piece. A record without a body becomes a blank one. Kind `Corrupt` when it is none.
    pub fn add(&mut self, piece: Piece<'_>) -> Result<()> {
        match piece {
            Piece::Segment { partition, first, header } => {
                self.end_segment()?;
                let name = segment::name(partition, first);
                self.file = Some(self.disk.create(&name).map_err(failed)?);
                self.pending.extend_from_slice(header);
            }
            Piece::Record { head, body, .. } => {
                self.pending.extend_from_slice(head);
                match body {
                    Some(body) => self.pending.extend_from_slice(body),
                    None => {
                        let whole = frame::head_length(head).filter(|length| *length == head.len());
                        let parsed = whole.and_then(|_| frame::head(head)).ok_or_else(|| {
                            Error::new(ErrorKind::Corrupt, "the head of a record is damaged")
                        })?;
                        self.pending.extend_from_slice(&frame::blank_body(&parsed));
                    }
                }
            }
            Piece::Gap { length } => {
                self.write()?;
                self.at += length;
            }
        }
        if self.pending.len() >= CHUNK { self.write() } else { Ok(()) }
    }

    /// Ends it, durably: records below these offsets are in it, by partition.
    pub fn finish(mut self, ends: &[Offset]) -> Result<()> {
        self.end_segment()?;
        for partition in 0..self.partitions {
            let mark = Mark::open(&self.disk, partition).map_err(failed)?;
            mark.raise(ends.get(partition as usize).copied().unwrap_or(0));
            mark.sync().map_err(failed)?;
            drop(Intent::open(&self.disk, partition).map_err(failed)?);
            self.disk.sync_directory(&partition.to_string()).map_err(failed)?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        if let Some(file) = &self.file {
            file.write_at(self.at, &self.pending).map_err(failed)?;
        }
        self.at += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    fn end_segment(&mut self) -> Result<()> {
        self.write()?;
        if let Some(file) = self.file.take() {
            file.set_length(self.at).map_err(failed)?;
            file.sync().map_err(failed)?;
        }
        self.at = 0;
        Ok(())
    }
}
