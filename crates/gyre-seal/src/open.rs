//! A sealed file, read: its pieces in their order, of which some can be read no more.

use crate::seal::{Entry, Heads, MAGIC};
use crate::session::{Session, nonce};
use gyre_ports::{Error, ErrorKind, Result};
use ring::aead::{Aad, LessSafeKey};
use std::io::Read;

/// No chunk has heads that are longer: whatever says so is damaged.
const LONGEST_HEADS: usize = 256 << 20;
const LONGEST_BODY: usize = 1 << 30;

/// What is left of the body of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// As it was.
    Whole(Vec<u8>),
    /// There was none when it was sealed.
    Absent,
    /// A key that it needs was destroyed since.
    Gone,
}

/// A piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it is.
    pub head: Vec<u8>,
    /// What it says.
    pub body: Body,
}

/// Reads a sealed file.
#[derive(Debug)]
pub struct Opener<R> {
    from: R,
    file: String,
    session: Session,
    /// The pieces of the chunk, the next one last.
    heads: Vec<Entry>,
    is_last: bool,
    pieces: u64,
    chunks: u64,
}

fn corrupt(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

fn read<const N: usize>(from: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    exact(from, &mut bytes)?;
    Ok(bytes)
}

fn exact(from: &mut impl Read, bytes: &mut [u8]) -> Result<()> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => corrupt("a sealed file is cut short"),
        _ => Error::io("a sealed file cannot be read", error),
    })
}

/// Opens in place and takes the tag off.
fn open(key: &LessSafeKey, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let length = key.open_in_place(nonce(), Aad::empty(), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

impl<R: Read> Opener<R> {
    /// Begins to read a file.
    pub fn new(mut from: R, file: &str, session: Session) -> Result<Self> {
        if read(&mut from)? != *MAGIC {
            return Err(corrupt("a file of the backup is no sealed one"));
        }
        Ok(Self {
            from,
            file: file.to_owned(),
            session,
            heads: Vec::new(),
            is_last: false,
            pieces: 0,
            chunks: 0,
        })
    }

    /// The next piece; `None` behind the last. Kind `Corrupt` when it is not what was sealed.
    pub fn next_piece(&mut self) -> Result<Option<Opened>> {
        while self.heads.is_empty() {
            if self.is_last {
                return Ok(None);
            }
            self.chunk()?;
        }
        let Some(Entry { head, filed, record, body }) = self.heads.pop() else { return Ok(None) };
        let number = self.pieces;
        self.pieces += 1;
        let Some(length) = body else { return Ok(Some(Opened { head, body: Body::Absent })) };
        if length as usize > LONGEST_BODY {
            return Err(corrupt("a sealed file is damaged"));
        }
        let mut bytes = vec![0; length as usize + 16];
        exact(&mut self.from, &mut bytes)?;
        let Some(key) = self.session.of_piece(&self.file, number, &filed, record)? else {
            return Ok(Some(Opened { head, body: Body::Gone }));
        };
        let bytes = open(&key, bytes).ok_or_else(|| corrupt("a piece of the backup is damaged"))?;
        Ok(Some(Opened { head, body: Body::Whole(bytes) }))
    }

    fn chunk(&mut self) -> Result<()> {
        let length = u32::from_le_bytes(read(&mut self.from)?) as usize;
        if length > LONGEST_HEADS {
            return Err(corrupt("a sealed file is damaged"));
        }
        let mut heads = vec![0; length];
        exact(&mut self.from, &mut heads)?;
        let key = self.session.of_heads(&self.file, self.chunks)?;
        self.chunks += 1;
        let heads = open(&key, heads)
            .ok_or_else(|| corrupt("the key ring does not open the backup, or it is damaged"))?;
        let heads: Heads = postcard::from_bytes(&heads)
            .map_err(|error| corrupt("heads of a sealed file cannot be read").with(error))?;
        self.is_last = heads.is_last;
        self.heads = heads.pieces;
        self.heads.reverse();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Opener};
    use crate::keys::{Ring, SealedWith};
    use crate::seal::Sealer;
    use crate::session::Session;
    use gyre_ports::backup_keys::Destroyed;
    use gyre_ports::{ErrorKind, Result};
    use std::sync::Arc;

    const TEXT: &[u8] = b"zelda@example.org";

    fn sealed(ring: &Ring, times: u64) -> (SealedWith, Vec<u8>) {
        let with = ring.next_backup().unwrap();
        let session = Session::new(Arc::new(ring.clone()), with.clone()).unwrap();
        let mut sealer = Sealer::new(Vec::new(), "state", session).unwrap();
        for n in 0..times {
            sealer.piece(vec![1], &[1, 2], Some((0, n)), Some(TEXT)).unwrap();
            sealer.piece(vec![2], &[2], None, Some(TEXT)).unwrap();
            sealer.piece(vec![3], &[], None, None).unwrap();
        }
        (with, sealer.finish().unwrap())
    }

    fn opened(ring: &Ring, with: &SealedWith, bytes: &[u8]) -> Result<Vec<Body>> {
        let session = Session::new(Arc::new(ring.clone()), with.clone())?;
        let mut opener = Opener::new(bytes, "state", session)?;
        let mut bodies = Vec::new();
        while let Some(piece) = opener.next_piece()? {
            bodies.push(piece.body);
        }
        Ok(bodies)
    }

    fn destroyed(ring: &Ring, keys: Vec<u64>, records: Vec<(u32, u64)>) -> Ring {
        let mut ring = ring.clone();
        ring.destroy(&Destroyed { keys, records, places: Vec::new() }, true);
        ring
    }

    #[test]
    fn what_names_several_goes_with_any_of_them() {
        let ring = Ring::random().unwrap();
        let (with, bytes) = sealed(&ring, 1);
        assert!(!bytes.windows(TEXT.len()).any(|window| window == TEXT));
        let whole = || Body::Whole(TEXT.to_vec());
        let look = |ring: &Ring| opened(ring, &with, &bytes).unwrap();
        assert_eq!(look(&ring), [whole(), whole(), Body::Absent]);
        assert_eq!(
            look(&destroyed(&ring, vec![1], Vec::new())),
            [Body::Gone, whole(), Body::Absent]
        );
        assert_eq!(
            look(&destroyed(&ring, vec![2], Vec::new())),
            [Body::Gone, Body::Gone, Body::Absent]
        );
        let by_record = destroyed(&ring, Vec::new(), vec![(0, 0)]);
        assert_eq!(look(&by_record), [Body::Gone, whole(), Body::Absent]);
        assert_eq!(look(&destroyed(&ring, vec![3], vec![(0, 1), (1, 0)])), look(&ring));
    }

    #[test]
    fn many_pieces_come_back_in_their_order() {
        let ring = Ring::random().unwrap();
        let (with, bytes) = sealed(&ring, 3_000);
        let bodies = opened(&ring, &with, &bytes).unwrap();
        assert_eq!(bodies.len(), 9_000);
        assert!(bodies.iter().skip(2).step_by(3).all(|body| *body == Body::Absent));
        let whole = bodies.iter().filter(|body| matches!(body, Body::Whole(text) if text == TEXT));
        assert_eq!(whole.count(), 6_000);
    }

    #[test]
    fn whatever_was_changed_or_cut_is_told() {
        let ring = Ring::random().unwrap();
        let (with, bytes) = sealed(&ring, 2);
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let error = opened(&ring, &with, &changed).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "byte {place}");
            let error = opened(&ring, &with, &bytes[..place]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "cut at {place}");
        }
        let other = Ring::random().unwrap();
        assert_eq!(opened(&other, &with, &bytes).unwrap_err().kind(), ErrorKind::Denied);
    }
}
