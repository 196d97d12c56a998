//! Chance that can be told again: keyed hashes of who, what for and how many before.

use crate::id::hash64;
use serde::{Deserialize, Serialize};

/// The dice of a workspace. Two with the same salt fall alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dice {
    salt: Vec<u8>,
}

impl Dice {
    /// Dice with a salt; the salt is made once per data folder and kept secret.
    pub fn new(salt: &[u8]) -> Self {
        Self { salt: salt.to_vec() }
    }
    /// Sixty-four bits for (who, purpose, ordinal): never a function of offsets or batch cuts.
    pub fn bits(&self, who: &[u8], purpose: &str, ordinal: u64) -> u64 {
        hash64(&[&self.salt, who, purpose.as_bytes(), &ordinal.to_le_bytes()])
    }
    /// The same as a uniform number in [0, 1) with 53 bits.
    pub fn uniform(&self, who: &[u8], purpose: &str, ordinal: u64) -> f64 {
        (self.bits(who, purpose, ordinal) >> 11) as f64 / (1u64 << 53) as f64
    }
}
