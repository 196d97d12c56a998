//! Walking the frames of a segment file, past damage too.

use crate::disk::File;
use crate::frame::{self, Head};
use gyre_model::Offset;
use std::io;

const ZEROS: [u8; 4096] = [0; 4096];

/// A moving window over a file.
#[derive(Debug)]
struct Window<'f> {
    file: &'f dyn File,
    until: u64,
    chunk: usize,
    base: u64,
    data: Vec<u8>,
}

impl Window<'_> {
    /// The bytes at `at`, fewer than `length` only at the end.
    fn get(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let length = length.min(self.until.saturating_sub(at) as usize);
        let inside = at >= self.base && at + length as u64 <= self.base + self.data.len() as u64;
        if !inside {
            let room = self.until.saturating_sub(at) as usize;
            self.data.resize(self.chunk.max(length).min(room), 0);
            let count = self.file.read_at(at, &mut self.data)?;
            self.data.truncate(count);
            self.base = at;
        }
        let start = ((at - self.base) as usize).min(self.data.len());
        Ok(&self.data[start..(start + length).min(self.data.len())])
    }

    /// How many bytes at `at` are there at once, at least one unless at the end.
    fn some(&mut self, at: u64) -> io::Result<&[u8]> {
        self.get(at, 1)?;
        let start = ((at - self.base) as usize).min(self.data.len());
        Ok(&self.data[start..])
    }
}

/// What comes next in a segment.
#[derive(Debug)]
pub(crate) enum Found {
    /// A frame with a good head that is the next in line; its body may be damaged.
    Frame(Head),
    /// No good frame of the expected offset here.
    Gap,
}

/// Walks frames from a position on.
#[derive(Debug)]
pub(crate) struct Scan<'f> {
    window: Window<'f>,
    /// Where the next frame starts.
    pub(crate) at: u64,
    /// The offset it should have.
    pub(crate) expected: Offset,
    /// Frames at or above this offset are not of this segment.
    bound: Offset,
}

impl<'f> Scan<'f> {
    /// Starts at position `at`, where the frame of `expected` should be; reads up to position
    /// `until`, in pieces of about `chunk` bytes.
    pub(crate) fn new(
        file: &'f dyn File,
        (at, expected): (u64, Offset),
        until: u64,
        bound: Offset,
        chunk: usize,
    ) -> Self {
        let window = Window { file, until, chunk, base: 0, data: Vec::new() };
        Self { window, at, expected, bound }
    }

    fn head_at(&mut self, at: u64) -> io::Result<Option<Head>> {
        let Some(length) = frame::head_length(self.window.get(at, frame::HEAD)?) else {
            return Ok(None);
        };
        let bytes = self.window.get(at, length)?;
        let head = (bytes.len() == length).then(|| frame::head(bytes)).flatten();
        Ok(head.filter(|head| at + head.length() as u64 <= self.window.until))
    }

    /// What is at the current position.
    pub(crate) fn peek(&mut self) -> io::Result<Found> {
        let expected = self.expected;
        let head = self.head_at(self.at)?.filter(|head| head.offset == expected);
        Ok(head.map_or(Found::Gap, Found::Frame))
    }

    /// The bytes of the frame that was peeked.
    pub(crate) fn frame(&mut self, head: &Head) -> io::Result<&[u8]> {
        let bytes = self.window.get(self.at, head.length())?;
        if bytes.len() < head.length() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// Goes behind the frame that was peeked.
    pub(crate) fn step(&mut self, head: &Head) {
        self.at += head.length() as u64;
        self.expected = head.offset + 1;
    }

    /// Goes to the next good head behind a gap; false when there is none.
    pub(crate) fn skip(&mut self) -> io::Result<bool> {
        let mut at = self.at + 1;
        let until = self.window.until;
        loop {
            let bytes = self.window.some(at)?;
            let length = bytes.len() as u64;
            let at_the_end = bytes.len() < frame::HEAD && at + length >= until;
            if bytes.is_empty() || at_the_end {
                return Ok(false);
            }
            let Some(place) = frame::find(bytes) else {
                // A magic may straddle the edge of the window.
                at += length.saturating_sub(3).max(1);
                continue;
            };
            at += place as u64;
            let range = self.expected..self.bound;
            if let Some(head) = self.head_at(at)?.filter(|head| range.contains(&head.offset)) {
                self.at = at;
                self.expected = head.offset;
                return Ok(true);
            }
            at += 1;
        }
    }

    /// The position of the first byte at or behind `at` that is not zero.
    pub(crate) fn not_zero(&mut self, mut at: u64) -> io::Result<Option<u64>> {
        while at < self.window.until {
            let bytes = self.window.some(at)?;
            if bytes.is_empty() {
                break;
            }
            // Whole pieces first: a new segment is all zeros, and comparing slices is fast.
            for piece in bytes.chunks(ZEROS.len()) {
                if *piece != ZEROS[..piece.len()] {
                    let place = piece.iter().position(|byte| *byte != 0).unwrap_or(0);
                    return Ok(Some(at + place as u64));
                }
                at += piece.len() as u64;
            }
        }
        Ok(None)
    }
}
