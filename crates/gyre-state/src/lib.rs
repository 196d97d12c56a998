//! The embedded state: commitments in SQLite.
//!
//! In: everything that has to be true together, as one commit. Out: the same, after a power cut.
//! `schema/` holds the tables, `write.rs` what a commit does, `state.rs` the transaction and the reads.

mod error;
mod parts;
mod people;
mod rows;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod write;

pub use parts::{Assembly, Cell, Form, Part, Row, Snapshot};
pub use state::SqliteState;
