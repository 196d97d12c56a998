//! The rights of people over their own data: to see it, to take it along, to have it put right, to have
//! it left alone, to have it gone.
//!
//! A request is a row of the state and, at every step, a record. What it means for people follows in the
//! order of the journal, in the processor; what has to be removed elsewhere is removed by the registrar,
//! step by step, each written down before the next, so that it goes on where a crash left it.

mod again;
mod ask;
mod asked;
mod backups;
mod certificate;
mod erase;
mod export;
mod find;
mod rectify;
mod registrar;
mod request;
mod retention;
mod rights;
mod written;

pub use ask::{Asking, Identifier};
pub use rectify::{Corrected, Correcting};
pub use registrar::Registrar;
pub use request::{Removed, Request};
pub use retention::{Retention, RetentionReport};
pub use rights::{Rights, SubjectKey};

pub(crate) use asked::Asked;
pub(crate) use erase::blocked_key;
pub(crate) use rectify::{Settled, settled_key};
pub(crate) use request::found_key;
pub(crate) use rights::{Change, Period};

use gyre_model::Span;
use gyre_ports::backup_keys::{BackupKeys, NoBackupKeys};
use gyre_ports::memory::exports::{HashSigner, MemoryExports};
use gyre_ports::{Exports, Signer};
use std::sync::Arc;

/// What requests need that is fixed when the ring starts.
#[derive(Debug, Clone)]
pub struct SubjectOptions {
    /// The key of the hashes that stay of erased identifiers.
    pub key: Vec<u8>,
    /// Signs certificates.
    pub signer: Arc<dyn Signer>,
    /// What backups are sealed with.
    pub backups: Arc<dyn BackupKeys>,
    /// Where exports are kept.
    pub exports: Arc<dyn Exports>,
    /// Within what time a request has to be carried out.
    pub due: Span,
    /// How long an export can be fetched.
    pub keep_exports: Span,
    /// How long records are kept.
    pub retention: Retention,
}

impl SubjectOptions {
    /// Everything in memory, and a signature that proves nothing: for tests.
    pub fn in_memory() -> Self {
        Self {
            key: b"subjects".to_vec(),
            signer: Arc::new(HashSigner),
            backups: Arc::new(NoBackupKeys),
            exports: Arc::new(MemoryExports::default()),
            due: Span::days(30),
            keep_exports: Span::days(7),
            retention: Retention::default(),
        }
    }
}
