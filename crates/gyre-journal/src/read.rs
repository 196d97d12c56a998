//! Reading records, from the tail in memory or from segments on disk.

use crate::frame::{self, Decoder};
use crate::partition::{Shared, trimmed};
use crate::scan::{Found, Scan};
use crate::segment::Segment;
use crate::tail::Block;
use gyre_model::{Offset, Stored};
use gyre_ports::{Error, ErrorKind, Result};
use std::io;
use std::sync::Arc;

/// How much is read from disk at once.
const CHUNK: usize = 128 << 10;

/// The error of reading a damaged record.
fn corrupt(offset: Offset) -> Error {
    Error::new(ErrorKind::Corrupt, format!("record {offset} is damaged"))
}

/// Reads at most `limit` records; the caller has checked that `from` is below the end.
pub(crate) async fn read(shared: &Arc<Shared>, from: Offset, limit: usize) -> Result<Vec<Stored>> {
    let blocks = shared.tail.lock().from(from, limit);
    if !blocks.is_empty() {
        return decode(shared, &blocks, from, limit);
    }
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || read_disk(&shared, from, limit))
        .await
        .map_err(|error| Error::new(ErrorKind::Unavailable, "a read was stopped").with(error))?
}

fn decode(shared: &Shared, blocks: &[Block], from: Offset, limit: usize) -> Result<Vec<Stored>> {
    let there = blocks.last().map_or(0, |block| block.end.saturating_sub(from));
    let mut out = Vec::with_capacity(limit.min(there as usize));
    let mut decoder = Decoder::new(shared.number);
    for block in blocks {
        let mut rest = &block.frames[block.before(from)..];
        while let Some(length) = frame::head_length(rest) {
            if out.len() == limit {
                return Ok(out);
            }
            let head = frame::head(&rest[..length]).ok_or_else(|| corrupt(block.first))?;
            let (bytes, behind) = rest.split_at(head.length());
            if head.offset >= from {
                out.push(decoder.decode(&head, bytes).ok_or_else(|| corrupt(head.offset))?);
            }
            rest = behind;
        }
    }
    Ok(out)
}

fn read_disk(shared: &Shared, from: Offset, limit: usize) -> Result<Vec<Stored>> {
    let end = shared.end();
    let mut out: Vec<Stored> = Vec::with_capacity(limit.min((end - from).min(1024) as usize));
    let mut decoder = Decoder::new(shared.number);
    loop {
        let next = from + out.len() as u64;
        if next >= end || out.len() >= limit {
            return Ok(out);
        }
        let before = out.len();
        let segment = shared.segment(next)?;
        match read_segment(shared, &segment, &mut decoder, next, limit, &mut out) {
            // What was read before the damage is good; the next call runs into it.
            Err(_) if out.len() > before || before > 0 => return Ok(out),
            Err(_) if next < shared.start() => return Err(trimmed()),
            Err(error) => return Err(error),
            Ok(()) if out.len() == before => return Err(corrupt(next)),
            Ok(()) => {}
        }
    }
}

fn read_segment(
    shared: &Shared,
    segment: &Segment,
    decoder: &mut Decoder,
    from: Offset,
    limit: usize,
    out: &mut Vec<Stored>,
) -> Result<()> {
    let failed = |error: io::Error| Error::io("a segment could not be read", error);
    let (file, place, extent) = segment.locate(&*shared.disk, from).map_err(failed)?;
    let _still = shared.bodies.read();
    let mut scan = Scan::new(&*file, place, extent.until, extent.bound, CHUNK);
    while out.len() < limit && scan.expected < extent.bound {
        match scan.peek().map_err(failed)? {
            Found::Frame(head) if head.offset < from => scan.step(&head),
            Found::Frame(head) => {
                let bytes = scan.frame(&head).map_err(failed)?;
                if !frame::body_is_whole(&head, bytes) {
                    return Err(corrupt(head.offset));
                }
                out.push(decoder.decode(&head, bytes).ok_or_else(|| corrupt(head.offset))?);
                scan.step(&head);
            }
            Found::Gap if scan.expected >= from => return Err(corrupt(scan.expected)),
            // Damage before what is asked for.
            Found::Gap => {
                if !scan.skip().map_err(failed)? || scan.expected > from {
                    return Err(corrupt(from));
                }
            }
        }
    }
    Ok(())
}
