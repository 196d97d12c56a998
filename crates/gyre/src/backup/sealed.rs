//! Sealed backups: journal, state and secrets in pieces, each under the keys of all whom it names. The lake
//! is not in them: it follows from the journal, as the fold does.

use super::{HIDDEN, Manifest, Source};
use anyhow::Context as _;
use gyre_journal::Piece;
use gyre_model::{Offset, Partition};
use gyre_ports::{Error, ErrorKind, Result};
use gyre_seal::{Begun, Sealer};
use gyre_state::{Form, Part, Row};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// The files of a sealed backup.
pub(super) const JOURNAL: &str = "journal.sealed";
pub(super) const STATE: &str = "state.sealed";
pub(super) const SECRETS: &str = "secrets.sealed";
const BUFFER: usize = 1 << 20;

/// What a piece of a journal is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum JournalHead {
    Segment { partition: Partition, first: Offset, header: Vec<u8> },
    Record { partition: Partition, offset: Offset, key: u64, head: Vec<u8> },
    Gap { length: u64 },
}

/// What a piece of a state is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum StateHead {
    Form(Form),
    Row,
}

type File = Sealer<BufWriter<fs::File>>;

impl Source {
    /// The state is read first and the journal last, so that the state is not ahead of it.
    pub(super) async fn seal_into(&self, part: &Path) -> anyhow::Result<Manifest> {
        let mut begun = self.keys.begin().await.context("there is no key ring")?;
        let snapshot = self.state.snapshot().await?;
        let mut state = begin(part, STATE, &begun)?;
        snapshot.read(&mut |one| add_part(&mut state, one)).await?;
        end(state)?;
        // Only now: as long as it is read, an erasure could not empty the state's log.
        begun.reads();
        let journal = begin(part, JOURNAL, &begun)?;
        let source = Arc::clone(&self.journal);
        let read = move || {
            let mut journal = journal;
            let ends = source.pieces(&mut |piece| add_piece(&mut journal, piece))?;
            end(journal)?;
            anyhow::Ok(ends)
        };
        let ends = tokio::task::spawn_blocking(read).await??;
        begun.seals(&ends).await.context("the key ring cannot be kept")?;
        let secrets = begin(part, SECRETS, &begun)?;
        let (root, part, made_at) = (self.root.clone(), part.to_owned(), self.clock.now());
        let sealed = begun.sealed_with().clone();
        tokio::task::spawn_blocking(move || {
            let mut secrets = secrets;
            for name in HIDDEN {
                let bytes = fs::read(root.join(name))
                    .with_context(|| format!("the file {name} cannot be read"))?;
                secrets.piece(name.as_bytes().to_vec(), &[], None, Some(&bytes))?;
            }
            end(secrets)?;
            let manifest = Manifest::of(&part, made_at, ends, Some(sealed))?;
            manifest.write(&part).context("the manifest cannot be written")?;
            Ok(manifest)
        })
        .await?
    }
}

fn begin(part: &Path, name: &str, begun: &Begun) -> Result<File> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(part.join(name));
    let file = file.map_err(|error| Error::io("a sealed file cannot be made", error))?;
    Sealer::new(BufWriter::with_capacity(BUFFER, file), name, begun.session()?)
}

fn end(file: File) -> Result<()> {
    let synced = file.finish()?.get_ref().sync_all();
    synced.map_err(|error| Error::io("a sealed file cannot be synced", error))
}

fn encoded(value: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_stdvec(value)
        .map_err(|error| Error::new(ErrorKind::Invalid, "a piece cannot be encoded").with(error))
}

fn add_piece(file: &mut File, piece: Piece<'_>) -> Result<()> {
    match piece {
        Piece::Segment { partition, first, header } => {
            let head = JournalHead::Segment { partition, first, header: header.to_vec() };
            file.piece(encoded(&head)?, &[], None, None)
        }
        Piece::Record { partition, offset, key, head, body } => {
            let head = JournalHead::Record { partition, offset, key, head: head.to_vec() };
            file.piece(encoded(&head)?, &[key], Some((partition, offset)), body)
        }
        Piece::Gap { length } => {
            file.piece(encoded(&JournalHead::Gap { length })?, &[], None, None)
        }
    }
}

fn add_part(file: &mut File, part: Part) -> Result<()> {
    match part {
        Part::Form(form) => file.piece(encoded(&StateHead::Form(form))?, &[], None, None),
        Part::Row(row) => {
            let Row { keys, .. } = &row;
            file.piece(encoded(&StateHead::Row)?, keys, None, Some(&encoded(&row)?))
        }
    }
}
