//! From a sealed backup to a data folder: what can be read no more is left out, records as blank ones.

use super::Manifest;
use super::sealed::{JOURNAL, JournalHead, SECRETS, STATE, StateHead};
use crate::failure::Failure;
use anyhow::Context as _;
use gyre_journal::Piece;
use gyre_model::Partition;
use gyre_ports::{Error, ErrorKind, Result};
use gyre_seal::{Body, Opener, Ring, SealedWith, Session};
use gyre_state::{Cell, Row};
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;

const BUFFER: usize = 1 << 20;

/// What is fixed for a restore.
#[derive(Debug)]
struct Sealed<'a> {
    from: &'a Path,
    ring: Arc<Ring>,
    with: &'a SealedWith,
}

impl Sealed<'_> {
    fn open(&self, name: &str) -> Result<Opener<BufReader<File>>> {
        let file = File::open(self.from.join(name))
            .map_err(|error| Error::io("a sealed file cannot be read", error))?;
        let session = Session::new(Arc::clone(&self.ring), self.with.clone())?;
        Opener::new(BufReader::with_capacity(BUFFER, file), name, session)
    }
}

/// Fills a new folder; how many records and rows were left out because their keys were destroyed.
pub(super) async fn fill(
    from: &Path,
    part: &Path,
    manifest: &Manifest,
    with: &SealedWith,
    ring: Ring,
) -> anyhow::Result<u64> {
    let ring = Arc::new(ring);
    // Whether it is the right one is known before anything is written.
    let after = Ring::clone(&ring).restored(with, &manifest.journal).map_err(|error| {
        let hint = "pass the key ring of the data folder that the backup was made of, or a copy of it \
                    that is newer than its last restore: --keys FILE";
        Failure::new(error.to_string()).hint(hint)
    })?;
    let sealed = Sealed { from, ring: Arc::clone(&ring), with };
    let made = DirBuilder::new().mode(0o700).create(part);
    made.with_context(|| format!("the folder {} cannot be made", part.display()))?;
    let mut gone = journal(&sealed, part, manifest)?;
    gone += state(&sealed, part, manifest).await?;
    secrets(&sealed, part)?;
    DirBuilder::new().mode(0o700).create(part.join("lake")).context("the lake cannot be made")?;
    gyre_seal::write(part, &after)?;
    File::open(part).and_then(|folder| folder.sync_all()).context("the folder cannot be synced")?;
    Ok(gone)
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes)
        .map_err(|error| Error::new(ErrorKind::Corrupt, "a piece cannot be read").with(error))
}

fn journal(sealed: &Sealed<'_>, part: &Path, manifest: &Manifest) -> Result<u64> {
    let partitions = manifest.journal.len() as Partition;
    let mut journal = gyre_journal::Assembly::new(part.join("journal"), partitions)?;
    let mut pieces = sealed.open(JOURNAL)?;
    let mut gone = 0;
    while let Some(piece) = pieces.next_piece()? {
        gone += u64::from(piece.body == Body::Gone);
        let body = match &piece.body {
            Body::Whole(body) => Some(body.as_slice()),
            Body::Absent | Body::Gone => None,
        };
        match decoded(&piece.head)? {
            JournalHead::Segment { partition, first, header } => {
                journal.add(Piece::Segment { partition, first, header: &header })?;
            }
            JournalHead::Record { partition, offset, key, head } => {
                journal.add(Piece::Record { partition, offset, key, head: &head, body })?;
            }
            JournalHead::Gap { length } => journal.add(Piece::Gap { length })?,
        }
    }
    journal.finish(&manifest.journal)?;
    Ok(gone)
}

async fn state(sealed: &Sealed<'_>, part: &Path, manifest: &Manifest) -> Result<u64> {
    let mut pieces = sealed.open(STATE)?;
    let mut state = None;
    let mut gone = 0;
    while let Some(piece) = pieces.next_piece()? {
        match (decoded(&piece.head)?, piece.body, &mut state) {
            (StateHead::Form(form), _, None) => {
                state = Some(gyre_state::Assembly::new(&part.join("state.db"), &form).await?);
            }
            (StateHead::Row, Body::Gone, Some(_)) => gone += 1,
            (StateHead::Row, Body::Whole(body), Some(state)) => {
                let row: Row = decoded(&body)?;
                if !is_of_lake(&row) {
                    state.add(row).await?;
                }
            }
            _ => return Err(Error::new(ErrorKind::Corrupt, "the sealed state is in no order")),
        }
    }
    let Some(mut state) = state else {
        return Err(Error::new(ErrorKind::Corrupt, "the sealed state is empty"));
    };
    for place in sealed.ring.places(sealed.with, &manifest.journal)? {
        state.put(&place.workspace, &place.name, &place.value).await?;
    }
    state.finish().await?;
    Ok(gone)
}

/// How far the lake had come: it begins again.
fn is_of_lake(row: &Row) -> bool {
    let has = |is: &dyn Fn(&str) -> bool| {
        row.cells.iter().any(|cell| matches!(cell, Cell::Text(text) if is(text)))
    };
    match row.table.as_str() {
        "position" => has(&|text| text == gyre_ring::LAKE),
        "named_value" => has(&|text| text.starts_with(gyre_ring::LAKE_CAUSES)),
        _ => false,
    }
}

fn secrets(sealed: &Sealed<'_>, part: &Path) -> anyhow::Result<()> {
    let mut pieces = sealed.open(SECRETS)?;
    while let Some(piece) = pieces.next_piece()? {
        let name = String::from_utf8_lossy(&piece.head).into_owned();
        let known = super::HIDDEN.contains(&name.as_str());
        let (true, Body::Whole(bytes)) = (known, piece.body) else {
            anyhow::bail!("the backup has a secret that this version does not know");
        };
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(part.join(&name));
        let mut file = file.with_context(|| format!("the file {name} cannot be made"))?;
        file.write_all(&bytes).and_then(|()| file.sync_all())?;
    }
    Ok(())
}
