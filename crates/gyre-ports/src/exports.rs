//! Exports: archives made for a person, kept until they are fetched, grow old, or the person is erased.

use crate::error::Result;
use async_trait::async_trait;

/// Archives made for people, by name.
///
/// Promises: what was added to a part is in it in the order of the calls. `finish` makes one archive of
/// all parts, on disk when it returns; before, nothing can be read. After `discard` nothing is left of
/// it, finished or not; one that is not there is no error. Names are made of hexadecimal digits, names of
/// parts are file names; neither says anything of a person.
#[async_trait]
pub trait Exports: Send + Sync + std::fmt::Debug {
    /// Adds to a part of an archive that is being made.
    async fn add(&self, export: &str, part: &str, bytes: &[u8]) -> Result<()>;

    /// Makes the archive; its size in bytes.
    async fn finish(&self, export: &str) -> Result<u64>;

    /// Reads at most `limit` bytes from `from` on; none at its end. Kind `NotFound` when there is no such
    /// archive.
    async fn read(&self, export: &str, from: u64, limit: usize) -> Result<Vec<u8>>;

    /// Removes an archive and whatever there is of it; how many bytes that were.
    async fn discard(&self, export: &str) -> Result<u64>;
}

/// Signs certificates.
pub trait Signer: Send + Sync + std::fmt::Debug {
    /// The name of the algorithm.
    fn algorithm(&self) -> &'static str;
    /// What signatures are checked with.
    fn public_key(&self) -> Vec<u8>;
    /// Signs a message.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}
