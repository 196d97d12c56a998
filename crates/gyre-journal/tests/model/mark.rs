//! The mark, which may be old and never too high.

use crate::disk::Platter;
use std::io;

#[derive(Debug)]
pub(crate) struct Mark(Platter);

impl Mark {
    pub(crate) fn new(platter: Platter) -> Self {
        Self(platter)
    }
    pub(crate) fn raise(&self, below: u64) {
        assert!(below <= self.0.durable(), "the mark is above what is on disk");
    }
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as the real one")]
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
