//! A sealed file, written: pieces in their order, in chunks of about a megabyte.
//!
//! ```text
//! "GySeal1\n"
//! chunk*
//!   length of the heads  4   little-endian
//!   heads                    sealed with a key that needs the common secret
//!   bodies                   each sealed with a key that needs those of all whom it names
//! ```
//!
//! The heads of a chunk say of each of its pieces what it is, which keys it needs, and how long its body
//! is; those of the last chunk say that it is the last. A body is as long as it was and a tag of 16 bytes.

use crate::session::{Session, nonce};
use gyre_model::{Offset, Partition};
use gyre_ports::{Error, ErrorKind, Result};
use ring::aead::{Aad, LessSafeKey};
use serde::{Deserialize, Serialize};
use std::io::Write;

pub(crate) const MAGIC: &[u8; 8] = b"GySeal1\n";
/// A chunk is written when its bodies are that long, or it has that many pieces.
const LONG: usize = 1 << 20;
const MANY: usize = 4_096;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Heads {
    pub(crate) is_last: bool,
    pub(crate) pieces: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) head: Vec<u8>,
    pub(crate) filed: Vec<(u64, u32)>,
    pub(crate) record: Option<(Partition, Offset)>,
    /// How long it is without its tag; `None` when there is none.
    pub(crate) body: Option<u32>,
}

/// Writes a sealed file.
#[derive(Debug)]
pub struct Sealer<W> {
    out: W,
    file: String,
    session: Session,
    heads: Heads,
    bodies: Vec<u8>,
    pieces: u64,
    chunks: u64,
}

fn failed(error: std::io::Error) -> Error {
    Error::io("a sealed file cannot be written", error)
}

/// Seals what stands in `bytes` from `from` on, with its tag behind it.
fn seal(key: &LessSafeKey, bytes: &mut Vec<u8>, from: usize) -> Result<()> {
    let tag = key
        .seal_in_place_separate_tag(
            nonce(),
            Aad::empty(),
            bytes.get_mut(from..).unwrap_or_default(),
        )
        .map_err(|_| Error::new(ErrorKind::Invalid, "a piece of a backup cannot be sealed"))?;
    bytes.extend_from_slice(tag.as_ref());
    Ok(())
}

impl<W: Write> Sealer<W> {
    /// Begins a file; its name is part of its keys.
    pub fn new(mut out: W, file: &str, session: Session) -> Result<Self> {
        out.write_all(MAGIC).map_err(failed)?;
        Ok(Self {
            out,
            file: file.to_owned(),
            session,
            heads: Heads::default(),
            bodies: Vec::new(),
            pieces: 0,
            chunks: 0,
        })
    }

    /// Adds a piece. Its head can be read by whoever has the key ring; its body, if it has one, by whoever
    /// has a key ring in which none of `keys`, nor that of the record, was destroyed.
    pub fn piece(
        &mut self,
        head: Vec<u8>,
        keys: &[u64],
        record: Option<(Partition, Offset)>,
        body: Option<&[u8]>,
    ) -> Result<()> {
        let number = self.pieces;
        self.pieces += 1;
        let mut piece = Entry { head, filed: Vec::new(), record, body: None };
        if let Some(body) = body {
            for key in keys {
                let generation = self.session.generation(*key);
                piece.filed.push((*key, generation));
            }
            piece.filed.sort_unstable();
            piece.filed.dedup();
            let key = self.session.of_piece(&self.file, number, &piece.filed, record)?;
            // Without a key it was destroyed already, and is gone.
            if let Some(key) = key {
                let from = self.bodies.len();
                self.bodies.extend_from_slice(body);
                seal(&key, &mut self.bodies, from)?;
                piece.body = Some(body.len() as u32);
            }
        }
        self.heads.pieces.push(piece);
        if self.bodies.len() >= LONG || self.heads.pieces.len() >= MANY {
            self.chunk()?;
        }
        Ok(())
    }

    /// Ends the file, and gives back what it was written to.
    pub fn finish(mut self) -> Result<W> {
        self.heads.is_last = true;
        self.chunk()?;
        self.out.flush().map_err(failed)?;
        Ok(self.out)
    }

    fn chunk(&mut self) -> Result<()> {
        let heads = std::mem::take(&mut self.heads);
        let mut heads = postcard::to_stdvec(&heads)
            .map_err(|error| Error::new(ErrorKind::Invalid, "heads of a backup").with(error))?;
        let key = self.session.of_heads(&self.file, self.chunks)?;
        self.chunks += 1;
        seal(&key, &mut heads, 0)?;
        let length = (heads.len() as u32).to_le_bytes();
        for part in [&length[..], &heads, &self.bodies] {
            self.out.write_all(part).map_err(failed)?;
        }
        self.bodies.clear();
        Ok(())
    }
}
