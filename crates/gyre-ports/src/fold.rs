//! The fold: what follows from the journal.

use crate::error::Result;
use gyre_model::{Offset, Partition};

/// A part of the fold's key space. Codes are on disk: never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    /// Identity nodes: tiles, traits, arms, addresses.
    Node,
    /// People: memberships, due times.
    Person,
    /// Due times, ordered: (due, person).
    Wheel,
    /// Message hashes seen in one hour (hours since 1970); dropped whole.
    Dedup(i32),
    /// Everything small: high-water causes, counters.
    Meta,
    /// Identity edges, by the node they end at.
    Link,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts a value.
    Put(Space, Vec<u8>, Vec<u8>),
    /// Removes a key; one that is not there is no error.
    Delete(Space, Vec<u8>),
}

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What follows from the journal: it can be thrown away and derived again.
///
/// Promises: `commit` is atomic and carries the position; after a crash the fold is that of some
/// earlier commit, never of half a commit. It is not synced on its own: after a power cut it may be
/// older, and its position says so.
pub trait Fold: Send + Sync + std::fmt::Debug {
    /// The value of a key.
    fn get(&self, partition: Partition, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// At most `limit` pairs with `from <= key < to`, in order of the key's bytes; an empty `to` has
    /// no end.
    fn scan(
        &self,
        partition: Partition,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>>;

    /// Writes all of it or nothing, with the offset of the last record it follows from.
    fn commit(&self, partition: Partition, position: Offset, writes: Vec<Write>) -> Result<()>;

    /// The offset of the last record it follows from.
    fn position(&self, partition: Partition) -> Result<Option<Offset>>;

    /// The hours for which there are message hashes, ascending.
    fn dedup_hours(&self, partition: Partition) -> Result<Vec<i32>>;

    /// Drops the message hashes of an hour.
    fn drop_dedup_hour(&self, partition: Partition, hour: i32) -> Result<()>;

    /// Makes what was committed durable (a checkpoint).
    fn sync(&self) -> Result<()>;

    /// Throws everything of a partition away, so that it is derived again.
    fn clear(&self, partition: Partition) -> Result<()>;
}
