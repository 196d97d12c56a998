//! A file's bytes, looked at in a window that moves forward line by line.

use std::io::{self, Read};

const BLOCK: usize = 64 << 10;

/// A window over a file. What is before it is gone.
#[derive(Debug)]
pub(super) struct Window<R> {
    file: R,
    bytes: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<R: Read> Window<R> {
    /// A window at the beginning of a file; a byte order mark is passed over.
    pub(super) fn new(file: R) -> Self {
        Self { file, bytes: Vec::new(), start: 0, ended: false }
    }

    /// Passes over a byte order mark.
    pub(super) fn skip_mark(&mut self) -> io::Result<()> {
        while self.seen().len() < 3 && self.grow()? {}
        if self.seen().starts_with(b"\xef\xbb\xbf") {
            self.pass(3);
        }
        Ok(())
    }

    /// What can be seen.
    pub(super) fn seen(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Lets more be seen; false at the end of the file.
    pub(super) fn grow(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        let before = self.bytes.len();
        self.bytes.resize(before + BLOCK, 0);
        let read = loop {
            match self.file.read(self.bytes.get_mut(before..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes.truncate(before + read.as_ref().map_or(0, |read| *read));
        self.ended = read? == 0;
        Ok(!self.ended)
    }

    /// Moves forward.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.bytes.len());
    }

    /// The length of the line at the window's beginning with its end; 0 at the end of the file. Only
    /// the first `most` bytes of a longer one are looked at: then its length is unknown (`None`).
    pub(super) fn line(&mut self, most: usize) -> io::Result<Option<usize>> {
        let mut looked = 0;
        loop {
            let new = self.seen().get(looked..).unwrap_or_default();
            if let Some(end) = new.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(looked + end + 1));
            }
            looked = self.seen().len();
            if looked > most {
                return Ok(None);
            }
            if !self.grow()? {
                return Ok(Some(looked));
            }
        }
    }

    /// Passes over the rest of a line, however long it is.
    pub(super) fn pass_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(end) = self.seen().iter().position(|byte| *byte == b'\n') {
                self.pass(end + 1);
                return Ok(());
            }
            self.pass(self.seen().len());
            if !self.grow()? {
                return Ok(());
            }
        }
    }
}
