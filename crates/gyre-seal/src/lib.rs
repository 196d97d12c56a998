//! Sealed backups: what a backup holds of somebody is encrypted under keys that lie elsewhere and can be
//! destroyed.
//!
//! In: pieces of a backup, each with whom it names. Out: files that say nothing without the key ring, and
//! nothing of those whose keys were destroyed since. `keys` holds them, `tree` is how any number of them
//! follows from one secret and each can still be destroyed, `file` is the key ring on disk, `seal` and
//! `open` are the files of a backup. The ciphers are those of the crate ring.

mod file;
mod keys;
mod open;
mod seal;
mod secret;
mod session;
mod tree;

pub use file::{Begun, KeyFile, NAME, discard, read, write};
pub use keys::{Ring, SealedWith};
pub use open::{Body, Opened, Opener};
pub use seal::Sealer;
pub use session::Session;
