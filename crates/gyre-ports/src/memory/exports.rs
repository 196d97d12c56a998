//! The in-memory exports, and a signer for tests that anybody can imitate.

use crate::error::{Error, ErrorKind, Result};
use crate::exports::{Exports, Signer};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Exports in memory: an archive is its parts, each behind its name.
#[derive(Debug, Default)]
pub struct MemoryExports {
    open: Mutex<BTreeMap<(String, String), Vec<u8>>>,
    finished: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryExports {
    /// The names of finished archives.
    pub fn names(&self) -> Vec<String> {
        self.finished.lock().keys().cloned().collect()
    }
}

#[async_trait]
impl Exports for MemoryExports {
    async fn add(&self, export: &str, part: &str, bytes: &[u8]) -> Result<()> {
        let key = (export.to_owned(), part.to_owned());
        self.open.lock().entry(key).or_default().extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(&self, export: &str) -> Result<u64> {
        let mut open = self.open.lock();
        let mut whole = Vec::new();
        for ((_, part), bytes) in open.iter().filter(|((of, _), _)| of == export) {
            whole.extend_from_slice(part.as_bytes());
            whole.push(b'\n');
            whole.extend_from_slice(bytes);
        }
        open.retain(|(of, _), _| of != export);
        let size = whole.len() as u64;
        self.finished.lock().insert(export.to_owned(), whole);
        Ok(size)
    }

    async fn read(&self, export: &str, from: u64, limit: usize) -> Result<Vec<u8>> {
        let finished = self.finished.lock();
        let whole = finished
            .get(export)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no such export"))?;
        Ok(whole.iter().skip(from as usize).take(limit).copied().collect())
    }

    async fn discard(&self, export: &str) -> Result<u64> {
        self.open.lock().retain(|(of, _), _| of != export);
        Ok(self.finished.lock().remove(export).map_or(0, |whole| whole.len() as u64))
    }
}

/// Signs with a hash that has no key: for tests only.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashSigner;

impl Signer for HashSigner {
    fn algorithm(&self) -> &'static str {
        "hash"
    }
    fn public_key(&self) -> Vec<u8> {
        Vec::new()
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        gyre_model::id::hash128(&[message]).to_vec()
    }
}
