//! The embedded fold: what follows from the journal, in fjall.
//!
//! In: the writes of each batch with the offset they follow from. Out: the same, whole, after a crash.
//! `keys.rs` says how it lies on disk, `part.rs` how hours of message hashes come and go.

mod error;
mod fold;
mod keys;
mod opened;
mod options;
mod part;
mod purge;
#[cfg(test)]
mod tests;

pub use fold::FjallFold;
pub use options::Options;
