//! One record on disk.
//!
//! ```text
//!  0 magic            4   "GyF1", the version with it
//!  4 head checksum    4   CRC32C of bytes 8..88 and the workspace
//!  8 payload length   4
//! 12 family           1
//! 13 has a cause      1
//! 14 workspace length 1
//! 15 zero             1
//! 16 offset           8
//! 24 stamp            8
//! 32 key              8
//! 40 cause           16   offset 8, partition 4, ordinal 4
//! 56 commitment      16   SHA-256(nonce, payload), shortened
//! 72 chain           16   SHA-256(chain before, bytes 8..72, workspace), shortened
//! 88 workspace        n
//!    nonce           16   random, never zero
//!    body checksum    4   CRC32C of nonce and payload
//!    payload
//! ```
//!
//! Numbers are little-endian. Everything up to the workspace is the head and never changes; the rest
//! is the body. Erasing overwrites the body with zeros (and the checksum of zeros): the chain runs
//! over the heads only, so it still verifies, and the commitment that stays says nothing about the
//! payload once its nonce is gone. A nonce of zeros is what tells a blanked body.

use gyre_model::{Cause, Entry, Family, Offset, Partition, Stored, Timestamp, Workspace};
use sha2::{Digest as _, Sha256};

const MAGIC: [u8; 4] = *b"GyF1";
/// Length of the head without the workspace: what must be read to know the length of the frame.
pub(crate) const HEAD: usize = 88;
const NONCE: usize = 16;
/// Length of the body without the payload.
const BODY: usize = NONCE + 4;
/// The longest payload.
pub(crate) const MAX_PAYLOAD: usize = 64 << 20;
/// The longest name of a workspace.
pub(crate) const MAX_WORKSPACE: usize = 255;

/// A shortened SHA-256.
pub(crate) type Digest = [u8; 16];

/// What stands in a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) offset: Offset,
    pub(crate) at: Timestamp,
    pub(crate) chain: Digest,
    commitment: Digest,
    family: u8,
    key: u64,
    cause: Option<Cause>,
    workspace: usize,
    payload: usize,
}

impl Head {
    /// Length of the whole frame.
    pub(crate) fn length(&self) -> usize {
        self.body() + BODY + self.payload
    }
    /// The key that the record is filed under.
    pub(crate) fn key(&self) -> u64 {
        self.key
    }
    /// Where the body starts within the frame.
    pub(crate) fn body(&self) -> usize {
        HEAD + self.workspace
    }
}

/// Length of the frame of an entry.
pub(crate) fn length(entry: &Entry) -> usize {
    HEAD + entry.workspace.as_str().len() + BODY + entry.payload.len()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

fn short(hasher: Sha256) -> Digest {
    array(&hasher.finalize(), 0)
}

/// Writes the frame of an entry but for what only the writer knows: see [`seal`].
pub(crate) fn encode(out: &mut Vec<u8>, entry: &Entry, nonce: &mut [u8; NONCE]) {
    nonce[0] |= 1;
    let workspace = entry.workspace.as_str().as_bytes();
    let cause = entry.cause.unwrap_or(Cause { partition: 0, offset: 0, ordinal: 0 });
    let mut head = [0u8; HEAD];
    head[..4].copy_from_slice(&MAGIC);
    head[8..12].copy_from_slice(&(entry.payload.len() as u32).to_le_bytes());
    head[12] = entry.family.code();
    head[13] = u8::from(entry.cause.is_some());
    head[14] = workspace.len() as u8;
    head[32..40].copy_from_slice(&entry.key.to_le_bytes());
    head[40..48].copy_from_slice(&cause.offset.to_le_bytes());
    head[48..52].copy_from_slice(&cause.partition.to_le_bytes());
    head[52..56].copy_from_slice(&cause.ordinal.to_le_bytes());
    head[56..72].copy_from_slice(&commit(nonce, &entry.payload));
    let checksum = crc32c::crc32c_append(crc32c::crc32c(nonce), &entry.payload);
    out.extend_from_slice(&head);
    out.extend_from_slice(workspace);
    out.extend_from_slice(nonce);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&entry.payload);
}

/// Completes the frame at the start of `bytes`; returns its length and moves the chain on.
pub(crate) fn seal(bytes: &mut [u8], offset: Offset, at: Timestamp, chain: &mut Digest) -> usize {
    let body = HEAD + usize::from(bytes[14]);
    let payload = u32::from_le_bytes(array(bytes, 8)) as usize;
    bytes[16..24].copy_from_slice(&offset.to_le_bytes());
    bytes[24..32].copy_from_slice(&at.0.to_le_bytes());
    *chain = link(*chain, &bytes[..body]);
    bytes[72..88].copy_from_slice(chain);
    let checksum = crc32c::crc32c(&bytes[8..body]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    body + BODY + payload
}

fn commit(nonce: &[u8], payload: &[u8]) -> Digest {
    short(Sha256::new().chain_update(nonce).chain_update(payload))
}

/// The chain after a head, given the chain before it.
pub(crate) fn link(before: Digest, head: &[u8]) -> Digest {
    short(Sha256::new().chain_update(before).chain_update(&head[8..72]).chain_update(&head[HEAD..]))
}

/// How many bytes the head at the start of `bytes` has, if it looks like one ([`HEAD`] bytes).
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    (bytes.len() >= HEAD && bytes[..4] == MAGIC).then(|| HEAD + usize::from(bytes[14]))
}

/// Where the next frame might start: the first magic in `bytes`.
pub(crate) fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MAGIC.len()).position(|window| window == MAGIC)
}

/// Reads a head of the length that [`head_length`] told; `None` when it is damaged.
pub(crate) fn head(bytes: &[u8]) -> Option<Head> {
    let whole = crc32c::crc32c(&bytes[8..]) == u32::from_le_bytes(array(bytes, 4));
    if !whole && !gyre_ports::failpoint::mutant("journal.no_crc") {
        return None;
    }
    let cause = (bytes[13] == 1).then(|| Cause {
        offset: u64::from_le_bytes(array(bytes, 40)),
        partition: u32::from_le_bytes(array(bytes, 48)),
        ordinal: u32::from_le_bytes(array(bytes, 52)),
    });
    let payload = u32::from_le_bytes(array(bytes, 8)) as usize;
    (payload <= MAX_PAYLOAD).then(|| Head {
        offset: u64::from_le_bytes(array(bytes, 16)),
        at: Timestamp(i64::from_le_bytes(array(bytes, 24))),
        chain: array(bytes, 72),
        commitment: array(bytes, 56),
        family: bytes[12],
        key: u64::from_le_bytes(array(bytes, 32)),
        cause,
        workspace: usize::from(bytes[14]),
        payload,
    })
}

/// Whether the body of a whole frame is what was written, or was blanked.
pub(crate) fn body_is_whole(head: &Head, frame: &[u8]) -> bool {
    let body = &frame[head.body()..];
    let sum = crc32c::crc32c_append(crc32c::crc32c(&body[..NONCE]), &body[BODY..]);
    sum == u32::from_le_bytes(array(body, NONCE)) || gyre_ports::failpoint::mutant("journal.no_crc")
}

/// Whether the body is the one that the head commits to, or is wholly blank.
pub(crate) fn keeps_commitment(head: &Head, frame: &[u8]) -> bool {
    let body = &frame[head.body()..];
    if is_blank(head, frame) {
        return body[BODY..].iter().all(|byte| *byte == 0);
    }
    commit(&body[..NONCE], &body[BODY..]) == head.commitment
}

/// Whether the payload was blanked.
pub(crate) fn is_blank(head: &Head, frame: &[u8]) -> bool {
    frame[head.body()..][..NONCE] == [0; NONCE]
}

/// The body of a blanked frame.
pub(crate) fn blank_body(head: &Head) -> Vec<u8> {
    let mut body = vec![0; BODY + head.payload];
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&[0; NONCE]), &body[BODY..]);
    body[NONCE..BODY].copy_from_slice(&checksum.to_le_bytes());
    body
}

/// Makes records of frames; keeps the last workspace, since neighbours mostly share it.
#[derive(Debug)]
pub(crate) struct Decoder {
    partition: Partition,
    workspace: Workspace,
}

impl Decoder {
    pub(crate) fn new(partition: Partition) -> Self {
        Self { partition, workspace: Workspace::default() }
    }

    /// The record of a whole frame; `None` when it is of a kind this version does not know.
    pub(crate) fn decode(&mut self, head: &Head, frame: &[u8]) -> Option<Stored> {
        let workspace = std::str::from_utf8(&frame[HEAD..head.body()]).ok()?;
        if self.workspace.as_str() != workspace {
            self.workspace = Workspace::new(workspace);
        }
        let blank = is_blank(head, frame);
        let payload = if blank { &[] } else { &frame[head.body() + BODY..] };
        let entry = Entry {
            workspace: self.workspace.clone(),
            family: Family::from_code(head.family)?,
            key: head.key,
            cause: head.cause,
            payload: payload.to_vec(),
        };
        Some(Stored { partition: self.partition, offset: head.offset, at: head.at, entry })
    }
}
