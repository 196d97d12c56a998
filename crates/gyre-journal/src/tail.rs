//! The newest frames in memory, so that who follows the tail does not read the disk.

use gyre_model::Offset;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many bytes of frames are kept per partition.
const KEPT: usize = 16 << 20;

/// Frames written at once.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) first: Offset,
    pub(crate) end: Offset,
    pub(crate) frames: Arc<Vec<u8>>,
    /// Offsets and positions within `frames` of some of them, the first among them.
    pub(crate) places: Arc<[(Offset, u64)]>,
}

impl Block {
    /// A position at or before the frame of `offset`.
    pub(crate) fn before(&self, offset: Offset) -> usize {
        let place = self.places.partition_point(|(noted, _)| *noted <= offset);
        place.checked_sub(1).map_or(0, |place| self.places[place].1 as usize)
    }
}

/// Consecutive blocks up to the end.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    blocks: VecDeque<Block>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn push(&mut self, block: Block) {
        self.bytes += block.frames.len();
        self.blocks.push_back(block);
        while self.bytes > KEPT && self.blocks.len() > 1 {
            self.pop();
        }
    }

    fn pop(&mut self) {
        if let Some(block) = self.blocks.pop_front() {
            self.bytes -= block.frames.len();
        }
    }

    /// The blocks that hold `limit` records from `from` on; none when they are on disk only.
    pub(crate) fn from(&self, from: Offset, limit: usize) -> Vec<Block> {
        if self.blocks.front().is_none_or(|block| from < block.first) {
            return Vec::new();
        }
        let past = from.saturating_add(limit as u64);
        let start = self.blocks.partition_point(|block| block.end <= from);
        self.blocks.range(start..).take_while(|block| block.first < past).cloned().collect()
    }

    /// Forgets the block that holds `offset`, and those before it.
    pub(crate) fn forget(&mut self, offset: Offset) {
        while self.blocks.front().is_some_and(|block| block.first <= offset) {
            self.pop();
        }
    }
}
