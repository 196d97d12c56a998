//! Opening a partition: finding where writing goes on, and cutting what a power cut tore.

use crate::commit::{self, Commit};
use crate::disk::{Disk, File};
use crate::erase;
use crate::frame::{self, Digest};
use crate::mark::{Intent, Mark};
use crate::partition::Shared;
use crate::scan::{Found, Scan};
use crate::segment::{self, Extent, HEADER, Header, Index, SWEEP, Segment};
use crate::writer::{self, Place, Writer};
use gyre_model::{Offset, Partition, Timestamp};
use gyre_ports::{Clock, Error, ErrorKind, Result};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

/// Opens a partition, or makes it.
pub(crate) fn open(
    disk: &Arc<dyn Disk>,
    number: Partition,
    segment_bytes: u64,
    clock: Arc<dyn Clock>,
) -> Result<Writer> {
    let failed = |error| Error::io("a partition could not be opened", error);
    disk.create_directory(&number.to_string()).map_err(failed)?;
    let mark = Mark::open(&**disk, number).map_err(failed)?;
    let intent = Intent::open(&**disk, number).map_err(failed)?;
    let erasing = intent.get().map_err(failed)?;
    // A record is synced before it is blanked; the mark may be older than that.
    let last = erasing.iter().max().map_or(0, |offset| offset + 1);
    let known = Known { floor: mark.get().max(last), erasing: erasing.into_iter().collect() };

    let mut firsts = firsts(&**disk, number).map_err(failed)?;
    let newest = newest(&**disk, number, &mut firsts, known.floor).map_err(failed)?;
    let recovered = match &newest {
        Some((first, file)) => recover(&**file, number, *first, &known).map_err(failed)?,
        None if known.floor > 0 => {
            return Err(Error::new(ErrorKind::Corrupt, "the segments of a partition are gone"));
        }
        None => Recovered::default(),
    };
    let mut place = recovered.place;
    let mut index = recovered.index;
    let mut segments: Vec<Arc<Segment>> = Vec::new();
    let bounds = firsts.iter().skip(1).copied().chain([place.next]);
    for (first, bound) in firsts.iter().zip(bounds) {
        segments.push(Arc::new(Segment::full(number, *first, bound)));
    }
    let file = match newest {
        Some((_, file)) if recovered.whole => {
            segments.pop();
            file
        }
        _ => {
            place.position = HEADER;
            index = Index::default();
            writer::create((number, &**disk), &place, segment_bytes).map_err(failed)?
        }
    };
    let first = if recovered.whole { firsts.last().copied().unwrap_or(0) } else { place.next };
    let extent = Extent { bound: place.next, until: place.position };
    let active = Segment::active(number, first, Arc::clone(&file), extent, index);
    let segment = Arc::new(active);
    segments.push(Arc::clone(&segment));

    let allocated = file.length().map_err(failed)?;
    // What the last process only wrote may still be in memory; from here on it counts as synced.
    commit::sync(&*file)
        .map_err(|error| Error::new(ErrorKind::Fatal, "a sync failed while opening").with(error))?;
    let commit = Commit::new(Arc::clone(&file), place.next, mark);
    let place_in = (number, Arc::clone(disk));
    let shared = Arc::new(Shared::new(place_in, commit, segments, intent, place.next));
    erase::redo(&shared)?;
    Ok(Writer { shared, clock, segment_bytes, segment, file, allocated, place })
}

/// What is known of a partition beside its segments.
#[derive(Debug)]
struct Known {
    /// Everything below was synced.
    floor: Offset,
    /// Records that are half blanked, perhaps.
    erasing: BTreeSet<Offset>,
}

fn firsts(disk: &dyn Disk, number: Partition) -> io::Result<Vec<Offset>> {
    let names = disk.list(&number.to_string())?;
    let mut firsts: Vec<_> = names.iter().filter_map(|name| segment::first_of(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// The newest segment; removes one that a power cut left without a header.
fn newest(
    disk: &dyn Disk,
    number: Partition,
    firsts: &mut Vec<Offset>,
    floor: Offset,
) -> io::Result<Option<(Offset, Arc<dyn File>)>> {
    while let Some(first) = firsts.last().copied() {
        let name = segment::name(number, first);
        let file = disk.open(&name)?;
        let unborn = floor <= first && Header::read(&*file, number, first)?.is_none() && {
            let mut scan = Scan::new(&*file, (HEADER, first), file.length()?, Offset::MAX, SWEEP);
            matches!(scan.peek()?, Found::Gap) && !scan.skip()?
        };
        if !unborn {
            return Ok(Some((first, file)));
        }
        disk.remove(&name)?;
        disk.sync_directory(&number.to_string())?;
        firsts.pop();
    }
    Ok(None)
}

/// Where writing goes on.
#[derive(Debug)]
struct Recovered {
    place: Place,
    index: Index,
    /// Whether it goes on in the same segment: not behind damage.
    whole: bool,
}

impl Default for Recovered {
    fn default() -> Self {
        let place =
            Place { next: 0, at: Timestamp::MIN, chain: Digest::default(), position: HEADER };
        Self { place, index: Index::default(), whole: false }
    }
}

/// Walks the newest segment up to the first bad frame at or above the floor, and cuts there.
fn recover(
    file: &dyn File,
    number: Partition,
    first: Offset,
    known: &Known,
) -> io::Result<Recovered> {
    let length = file.length()?;
    let mut recovered = Recovered { whole: true, ..Recovered::default() };
    match Header::read(file, number, first)? {
        Some(header) => (recovered.place.at, recovered.place.chain) = (header.at, header.chain),
        None => recovered.whole = false,
    }
    let place = &mut recovered.place;
    place.next = first;
    let mut scan = Scan::new(file, (HEADER, first), length, Offset::MAX, SWEEP);
    loop {
        match scan.peek()? {
            Found::Frame(head) => {
                let bytes = scan.frame(&head)?;
                let whole =
                    frame::body_is_whole(&head, bytes) || known.erasing.contains(&head.offset);
                if !whole && head.offset >= known.floor {
                    break;
                }
                recovered.index.note(head.offset, scan.at);
                (place.at, place.chain) = (place.at.max(head.at), head.chain);
                scan.step(&head);
                (place.next, place.position) = (scan.expected, scan.at);
            }
            Found::Gap if scan.expected >= known.floor => break,
            Found::Gap => {
                recovered.whole = false;
                if !scan.skip()? {
                    break;
                }
            }
        }
    }
    if place.next < known.floor {
        // Records that were on disk are gone; their offsets are not used again.
        place.next = known.floor;
        recovered.whole = false;
    }
    if !recovered.whole {
        tracing::error!(partition = number, first, "segment is damaged and left as it is");
        return Ok(recovered);
    }
    let position = place.position;
    if let Some(at) = scan.not_zero(position)? {
        tracing::warn!(partition = number, next = place.next, at, "torn tail cut");
        file.set_length(position)?;
    }
    Ok(recovered)
}
