//! Checking everything: checksums, commitments, the chain, stamps, and that unused room is empty.

use crate::disk::File;
use crate::frame::{self, Digest};
use crate::partition::Shared;
use crate::scan::{Found, Scan};
use crate::segment::{HEADER, Header, SWEEP, Segment};
use gyre_model::{Offset, Partition, Timestamp};
use gyre_ports::journal::Damage;
use gyre_ports::{Error, Result};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What the record before left behind; `None` behind damage.
type Before = Option<(Timestamp, Digest)>;

/// All that is wrong, by offset. Blocks.
pub(crate) fn verify(shared: &Shared) -> Result<Vec<Damage>> {
    let segments: Vec<Arc<Segment>> = shared.segments.read().clone();
    let mut damages = Vec::new();
    let mut before = None;
    for segment in segments {
        let found = check(shared, &segment, &mut before, &mut damages);
        match found {
            Ok(()) => {}
            // Trimmed meanwhile.
            Err(_) if segment.first < shared.start() => before = None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                before = None;
                let what = "the segment is missing".to_owned();
                damages.push(Damage { offset: segment.first, what });
            }
            Err(error) => return Err(Error::io("a segment could not be read", error)),
        }
    }
    beside(shared, &mut damages)?;
    Ok(damages)
}

/// The two files beside the segments. Neither holds records: opening the journal makes them good.
fn beside(shared: &Shared, damages: &mut Vec<Damage>) -> Result<()> {
    let failed = |error| Error::io("a mark could not be read", error);
    let offset = shared.end();
    if !shared.commit.mark.is_whole().map_err(failed)? {
        damages.push(Damage { offset, what: "the mark is damaged".to_owned() });
    }
    if !shared.intent.lock().is_clear().map_err(failed)? {
        damages.push(Damage { offset, what: "the note of erasures is damaged".to_owned() });
    }
    Ok(())
}

fn check(
    shared: &Shared,
    segment: &Segment,
    before: &mut Before,
    damages: &mut Vec<Damage>,
) -> io::Result<()> {
    let (file, _, extent) = segment.locate(&*shared.disk, segment.first)?;
    let _still = shared.bodies.read();
    let mut report = |offset: Offset, what: &str| {
        damages.push(Damage { offset, what: what.to_owned() });
    };
    check_header(&*file, shared.number, segment.first, before, &mut report)?;
    let until = extent.until;
    let mut scan = Scan::new(&*file, (HEADER, segment.first), until, extent.bound, SWEEP);
    while scan.expected < extent.bound {
        let offset = scan.expected;
        let Found::Frame(head) = scan.peek()? else {
            report(offset, "no whole record where one should start");
            *before = None;
            if scan.skip()? {
                continue;
            }
            return Ok(());
        };
        let bytes = scan.frame(&head)?;
        if !frame::body_is_whole(&head, bytes) {
            report(offset, "the payload is not what was written");
        } else if !frame::keeps_commitment(&head, bytes) {
            report(offset, "the payload is not the one the head commits to");
        }
        if let Some((at, chain)) = *before {
            if frame::link(chain, &bytes[..head.body()]) != head.chain {
                report(offset, "the chain is broken");
            }
            if head.at < at {
                report(offset, "the stamp is before that of the record before");
            }
        }
        *before = Some((head.at, head.chain));
        scan.step(&head);
    }
    let behind = scan.at;
    check_empty(segment, &*file, behind, extent.bound, &mut report)
}

fn check_header(
    file: &dyn File,
    partition: Partition,
    first: Offset,
    before: &mut Before,
    report: &mut impl FnMut(Offset, &str),
) -> io::Result<()> {
    let header = Header::read(file, partition, first)?;
    match header {
        None => report(first, "the header of the segment is damaged"),
        Some(header) => {
            let follows = Some((header.at, header.chain));
            if before.is_some() && *before != follows {
                report(first, "the segment does not follow the one before");
            }
            *before = follows;
        }
    }
    Ok(())
}

/// Behind the last frame there are zeros, but for a write that is under way.
fn check_empty(
    segment: &Segment,
    file: &dyn File,
    behind: u64,
    bound: Offset,
    report: &mut impl FnMut(Offset, &str),
) -> io::Result<()> {
    let length = file.length()?;
    let mut scan = Scan::new(file, (behind, bound), length, Offset::MAX, SWEEP);
    let mut from = behind;
    while let Some(at) = scan.not_zero(from)? {
        // Looked up after reading: a write announces its reach before it starts.
        let reserved = segment.reserved.load(Ordering::SeqCst);
        if at >= reserved {
            report(bound, "there is something behind the last record");
            break;
        }
        from = reserved;
    }
    Ok(())
}
