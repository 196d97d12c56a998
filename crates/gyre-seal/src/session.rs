//! The keys of one backup: each piece has one of its own, which needs the keys of all whom it names.

use crate::keys::{Ring, SealedWith};
use crate::secret::Secret;
use crate::tree::Path;
use gyre_model::{Offset, Partition};
use gyre_ports::{Error, ErrorKind, Result};
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use std::collections::HashMap;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Keys kept at hand; beyond it all are forgotten and made again.
const MOST: usize = 1 << 18;

/// The keys of one backup.
#[derive(Debug)]
pub struct Session {
    ring: Arc<Ring>,
    sealed: SealedWith,
    line: usize,
    filed: HashMap<(u64, u32), Secret>,
    generations: HashMap<u64, u32>,
    filed_path: Path,
    record_path: Path,
}

impl Session {
    /// The keys of a backup. Kind `Denied` when it was sealed with others.
    pub fn new(ring: Arc<Ring>, sealed: SealedWith) -> Result<Self> {
        let line = ring.line_of(&sealed)?;
        Ok(Self {
            ring,
            sealed,
            line,
            filed: HashMap::new(),
            generations: HashMap::new(),
            filed_path: Path::default(),
            record_path: Path::default(),
        })
    }

    /// The generation of a key that new pieces are sealed with.
    pub(crate) fn generation(&mut self, key: u64) -> u32 {
        if self.generations.len() >= MOST {
            self.generations.clear();
        }
        *self.generations.entry(key).or_insert_with(|| self.ring.generation(key))
    }

    /// The key of the heads of a chunk.
    pub(crate) fn of_heads(&self, file: &str, chunk: u64) -> Result<LessSafeKey> {
        let material = Zeroizing::new(self.ring.common().bytes().to_vec());
        self.derive(&material, b"gyre sealed heads 1", file, chunk)
    }

    /// The key of a piece; `None` when one that it needs was destroyed.
    pub(crate) fn of_piece(
        &mut self,
        file: &str,
        number: u64,
        filed: &[(u64, u32)],
        record: Option<(Partition, Offset)>,
    ) -> Result<Option<LessSafeKey>> {
        // All of them go in: without any one nothing can be said of the key.
        let mut material = Zeroizing::new(Vec::with_capacity(32 * (filed.len() + 2)));
        material.extend_from_slice(self.ring.common().bytes());
        for (key, generation) in filed {
            let Some(secret) = self.filed(*key, *generation) else { return Ok(None) };
            material.extend_from_slice(secret.bytes());
        }
        if let Some(record) = record {
            let secret = self.ring.record(&mut self.record_path, self.line, record);
            let Some(secret) = secret else { return Ok(None) };
            material.extend_from_slice(secret.bytes());
        }
        self.derive(&material, b"gyre sealed piece 1", file, number).map(Some)
    }

    fn filed(&mut self, key: u64, generation: u32) -> Option<Secret> {
        if let Some(secret) = self.filed.get(&(key, generation)) {
            return Some(secret.clone());
        }
        let secret = self.ring.filed(&mut self.filed_path, key, generation)?;
        if self.filed.len() >= MOST {
            self.filed.clear();
        }
        self.filed.insert((key, generation), secret.clone());
        Some(secret)
    }

    fn derive(&self, material: &[u8], use_: &[u8], file: &str, number: u64) -> Result<LessSafeKey> {
        let salt = Salt::new(HKDF_SHA256, self.sealed.backup.as_bytes());
        let number = number.to_le_bytes();
        let info: [&[u8]; 5] = [use_, b"\0", file.as_bytes(), b"\0", &number];
        let key = salt.extract(material);
        let key = key.expand(&info, &CHACHA20_POLY1305).map(UnboundKey::from);
        key.map(LessSafeKey::new).map_err(|_| Error::new(ErrorKind::Invalid, "no key can be made"))
    }
}

/// Every key seals one thing, once.
pub(crate) fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
