//! What Gyre asks of the world: one trait per port, with its promise in the trait's documentation,
//! error kinds a caller can act on, in-memory adapters, and a contract suite per port that every
//! adapter passes.
#![warn(missing_docs)]

pub mod backup_keys;
pub mod channel;
pub mod clock;
pub mod connector;
pub mod contract;
pub mod error;
pub mod exports;
pub mod failpoint;
pub mod fold;
pub mod journal;
pub mod lake;
pub mod memory;
pub mod permit;
pub mod rules;
pub mod secrets;
pub mod state;

pub use backup_keys::{BackupKeys, Destroyed, KeptPlace};
pub use channel::{Channel, Message, Sent};
pub use clock::Clock;
pub use connector::Connector;
pub use error::{Error, ErrorKind, Result};
pub use exports::{Exports, Signer};
pub use fold::Fold;
pub use journal::{Durability, Journal};
pub use lake::Lake;
pub use permit::{Permit, redeem, redeem_notices};
pub use rules::{Rule, Rules};
pub use secrets::Secrets;
pub use state::State;
