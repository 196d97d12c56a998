//! Blanking payloads in place, so that it survives a power cut in the middle.

use crate::commit;
use crate::disk::File;
use crate::frame;
use crate::partition::Shared;
use crate::scan::{Found, Scan};
use gyre_model::Offset;
use gyre_ports::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many records are noted, blanked and synced together.
const TOGETHER: usize = 4_096;
/// How much is read around a record to find it: a little more than what lies between two noted places.
const AROUND: usize = 32 << 10;

/// Blanks a record that is synced. Blocks.
pub(crate) fn blank(shared: &Shared, offset: Offset) -> Result<()> {
    blank_all(shared, &[offset])
}

/// Blanks records that are synced. Blocks.
pub(crate) fn blank_all(shared: &Shared, offsets: &[Offset]) -> Result<()> {
    let intent = shared.intent.lock();
    let failed = |error| Error::io("an erasure could not be noted", error);
    for some in offsets.chunks(TOGETHER) {
        // Noted first: a power cut between here and the last sync leaves half a payload, which opening
        // then finishes to blank instead of taking it for damage.
        intent.set(some).map_err(failed)?;
        let done = overwrite_all(shared, some);
        if matches!(&done, Err(error) if error.kind() == ErrorKind::Fatal) {
            return done;
        }
        intent.clear(some.len()).map_err(failed)?;
        done?;
    }
    Ok(())
}

/// Finishes the erasure that a power cut interrupted, if there was one.
pub(crate) fn redo(shared: &Shared) -> Result<()> {
    let intent = shared.intent.lock();
    let failed = |error| Error::io("the note of an erasure could not be read", error);
    let mut offsets = intent.get().map_err(failed)?;
    let noted = offsets.len();
    offsets.retain(|offset| (shared.start()..shared.end()).contains(offset));
    overwrite_all(shared, &offsets)?;
    intent.clear(noted).map_err(failed)
}

/// Overwrites the bodies, then makes all of it durable.
fn overwrite_all(shared: &Shared, offsets: &[Offset]) -> Result<()> {
    let mut touched: BTreeMap<Offset, Arc<dyn File>> = BTreeMap::new();
    let mut first_error = None;
    for offset in offsets {
        match overwrite(shared, *offset) {
            Ok((first, file)) => drop(touched.insert(first, file)),
            Err(error) if error.kind() == ErrorKind::Fatal => return Err(error),
            // The others are blanked all the same.
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    for file in touched.values() {
        if let Err(error) = commit::sync(&**file) {
            return Err(lost(shared, &error));
        }
    }
    first_error.map_or(Ok(()), Err)
}

/// Whether the bytes of a body are on disk is not known.
fn lost(shared: &Shared, error: &std::io::Error) -> Error {
    let what = "an erasure failed";
    shared.commit.poison_with(what, error);
    commit::fatal(what)
}

/// Overwrites a body; the first offset of its segment, and the file, which is not synced yet.
fn overwrite(shared: &Shared, offset: Offset) -> Result<(Offset, Arc<dyn File>)> {
    let failed = |error| Error::io("a segment could not be read", error);
    let damaged = || Error::new(ErrorKind::Corrupt, format!("record {offset} is damaged"));
    let segment = shared.segment(offset)?;
    let (file, place, extent) = segment.locate(&*shared.disk, offset).map_err(failed)?;
    let mut scan = Scan::new(&*file, place, extent.until, extent.bound, AROUND);
    let head = loop {
        match scan.peek().map_err(failed)? {
            Found::Frame(head) if head.offset == offset => break head,
            Found::Frame(head) => scan.step(&head),
            Found::Gap if scan.expected < offset && scan.skip().map_err(failed)? => {}
            Found::Gap => return Err(damaged()),
        }
        if scan.expected > offset {
            return Err(damaged());
        }
    };
    let body = frame::blank_body(&head);
    let at = scan.at + head.body() as u64;
    let tried = {
        let _alone = shared.bodies.write();
        file.write_at(at, &body)
    };
    shared.tail.lock().forget(offset);
    match tried {
        Ok(()) => Ok((segment.first, file)),
        Err(error) => Err(lost(shared, &error)),
    }
}
