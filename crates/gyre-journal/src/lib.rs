//! The embedded journal: one directory of segment files per partition.
//!
//! Callers encode their records; one writer per partition numbers, stamps, chains and writes all
//! that is queued at once, and one syncer makes it durable, so that many appends share a sync and
//! who only waits for the write does not wait for the disk. Records that nobody waited for are
//! synced a few milliseconds later.
//!
//! Files are made with their full length, so that appending does not change metadata. Opening cuts
//! a torn tail. Damage below what is known to be synced is never cut: the segment is left as it is,
//! writing goes on in a new one, reading the damaged record is kind `Corrupt`, and `verify` tells
//! its offset. How a record looks on disk, and how it is erased, stands in `frame`.

mod commit;
mod copy;
pub mod disk;
mod erase;
mod frame;
mod journal;
mod mark;
mod partition;
mod pieces;
mod queue;
mod read;
mod recover;
mod scan;
mod segment;
pub mod sim;
mod sync;
mod tail;
mod verify;
mod writer;

pub use journal::{Options, SegmentJournal};
pub use pieces::{Assembly, Piece};

#[cfg(test)]
mod tests;
