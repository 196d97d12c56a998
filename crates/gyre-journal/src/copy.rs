//! Copying a journal that is in use: what was written when the copy began is in it, whole; what came
//! later may be. The copy is a journal of its own.

use crate::disk::{Disk, File};
use crate::mark::{Intent, Mark};
use crate::partition::Shared;
use crate::segment::{SWEEP, Segment};
use gyre_model::Offset;
use gyre_ports::{Error, Result};
use std::io;
use std::sync::Arc;

/// Copies a partition onto an empty disk, and gives the offset below which records are in the copy.
/// Blocks. Damage is copied as it is: a copy is no worse and no better.
pub(crate) fn copy(shared: &Shared, to: &dyn Disk) -> Result<Offset> {
    let failed = |error| Error::io("the journal could not be copied", error);
    // Nothing is erased or trimmed meanwhile: half an erasure would be damage in the copy.
    let _alone = shared.intent.lock();
    let segments: Vec<Arc<Segment>> = shared.segments.read().clone();
    let directory = shared.number.to_string();
    to.create_directory(&directory).map_err(failed)?;
    let mut bound = 0;
    for segment in segments {
        let (file, extent) = segment.whole(&*shared.disk).map_err(failed)?;
        let target = to.create(&segment.name).map_err(failed)?;
        write(&*file, &*target, extent.until).map_err(failed)?;
        bound = extent.bound;
    }
    // The mark comes when everything below it is on disk.
    let mark = Mark::open(to, shared.number).map_err(failed)?;
    mark.raise(bound);
    mark.sync().map_err(failed)?;
    drop(Intent::open(to, shared.number).map_err(failed)?);
    to.sync_directory(&directory).map_err(failed)?;
    Ok(bound)
}

/// Copies the first `length` bytes, durably.
fn write(from: &dyn File, to: &dyn File, length: u64) -> io::Result<()> {
    let mut piece = vec![0; SWEEP];
    let mut at = 0;
    while at < length {
        let wanted = (length - at).min(SWEEP as u64) as usize;
        let read = from.read_at(at, &mut piece[..wanted])?;
        if read == 0 {
            break;
        }
        to.write_at(at, &piece[..read])?;
        at += read as u64;
    }
    to.sync()
}
