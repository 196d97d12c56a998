//! The embedded lake: Delta tables on local disk with a hot tail in memory.
//!
//! Rows are visible as soon as they are appended (the tail), and move into open files that other
//! engines read when they are committed. The whole argument why a query sees every row once:
//!
//! * A table keeps, per journal partition, a *fence*: the offset up to which its rows are committed.
//!   It is written in the same Delta commit as the rows (one application transaction per partition).
//! * A reader takes the tail first, then the committed snapshot, and keeps tail rows above the
//!   snapshot's fence.
//! * The committer commits, publishes the new snapshot, and trims the tail last.
//!
//! So whatever a reader misses in one place it finds in the other, and the fence removes what it
//! finds in both.
#![warn(missing_docs)]

mod columns;
mod copy;
mod delta;
mod fence;
mod front;
mod line;
mod live;
mod memory;
mod options;
mod query;
mod snapshot;
mod streaming;
mod tail;

pub use copy::copy;
pub use delta::DeltaLake;
pub use memory::MemoryLake;
pub use options::Options;

#[cfg(test)]
mod tests;
