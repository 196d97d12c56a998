//! Blanking a payload in place, so that it survives a power cut in the middle.

use crate::commit;
use crate::frame;
use crate::partition::Shared;
use crate::scan::{Found, Scan};
use crate::segment::SWEEP;
use gyre_model::Offset;
use gyre_ports::{Error, ErrorKind, Result};

/// Blanks a record that is synced. Blocks.
pub(crate) fn blank(shared: &Shared, offset: Offset) -> Result<()> {
    let intent = shared.intent.lock();
    let failed = |error| Error::io("an erasure could not be noted", error);
    // Noted first: a power cut between here and the last sync leaves half a payload, which opening
    // then finishes to blank instead of taking it for damage.
    intent.set(offset).map_err(failed)?;
    let done = overwrite(shared, offset);
    if matches!(&done, Err(error) if error.kind() == ErrorKind::Fatal) {
        return done;
    }
    intent.clear().map_err(failed)?;
    done
}

/// Finishes the erasure that a power cut interrupted, if there was one.
pub(crate) fn redo(shared: &Shared) -> Result<()> {
    let intent = shared.intent.lock();
    let failed = |error| Error::io("the note of an erasure could not be read", error);
    let Some(offset) = intent.get().map_err(failed)? else {
        // A note that a power cut tore was of an erasure that had not begun.
        return if intent.is_clear().map_err(failed)? {
            Ok(())
        } else {
            intent.clear().map_err(failed)
        };
    };
    if (shared.start()..shared.end()).contains(&offset) {
        overwrite(shared, offset)?;
    }
    intent.clear().map_err(failed)
}

fn overwrite(shared: &Shared, offset: Offset) -> Result<()> {
    let failed = |error| Error::io("a segment could not be read", error);
    let lost = || Error::new(ErrorKind::Corrupt, format!("record {offset} is damaged"));
    let segment = shared.segment(offset)?;
    let (file, place, extent) = segment.locate(&*shared.disk, offset).map_err(failed)?;
    let mut scan = Scan::new(&*file, place, extent.until, extent.bound, SWEEP);
    let head = loop {
        match scan.peek().map_err(failed)? {
            Found::Frame(head) if head.offset == offset => break head,
            Found::Frame(head) => scan.step(&head),
            Found::Gap if scan.expected < offset && scan.skip().map_err(failed)? => {}
            Found::Gap => return Err(lost()),
        }
        if scan.expected > offset {
            return Err(lost());
        }
    };
    let body = frame::blank_body(&head);
    let tried = {
        let _alone = shared.bodies.write();
        file.write_at(scan.at + head.body() as u64, &body)
    };
    shared.tail.lock().forget(offset);
    if let Err(error) = tried.and_then(|()| commit::sync(&*file)) {
        let what = "an erasure failed";
        shared.commit.poison_with(what, &error);
        return Err(commit::fatal(what));
    }
    Ok(())
}
