//! Sources: their write keys, what came from each, and how it is limited.
//!
//! Keys stand in the resource, in the clear or as a hash, or are made here: then only their hash is
//! kept, in the state, and the text is shown once. What came is counted in memory.

pub(crate) mod counters;
mod index;
pub(crate) mod keys;
mod limit;
pub(crate) mod list;
pub(crate) mod manage;
pub(crate) mod snippet;

pub(crate) use index::{Index, Known, Sources};
