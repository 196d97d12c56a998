//! The nouns of Gyre: ids, time, money, and the records that stages exchange.
//!
//! Nothing here does IO, reads a clock or throws dice. Types that are serialised here are journal
//! records (one of the four serialised boundaries); HTTP bodies, YAML resources and state rows have
//! their own types elsewhere.
#![warn(missing_docs)]

pub mod decimal;
pub mod dice;
pub mod event;
pub mod id;
pub mod name;
pub mod placeholder;
pub mod record;
pub mod resource;
pub mod time;
pub mod verdict;

pub use decimal::Decimal;
pub use dice::Dice;
pub use id::{DecisionId, MessageHash, NodeId, NodeKind, PersonId, RecordId, SendId};
pub use name::{DEFAULT_WORKSPACE, Workspace};
pub use placeholder::is_placeholder;
pub use record::{Cause, Entry, Family, Offset, Partition, Stored};
pub use time::{Span, Timestamp};
pub use verdict::{Refusal, RefusalReason};

#[cfg(test)]
mod tests;
