//! Certificates are signed with Ed25519: whoever has the public key can check one, without this server and
//! without being able to make one.

use anyhow::Context as _;
use gyre_ports::Signer;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// The name of the algorithm, in certificates.
pub(crate) const ALGORITHM: &str = "ed25519";

/// Signs with a key that follows from the secret of the data folder.
pub(crate) struct Ed25519Signer(Ed25519KeyPair);

impl Ed25519Signer {
    /// The signer of a seed.
    pub(crate) fn new(seed: &[u8; 32]) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        Ok(Self(pair.ok().context("no key for certificates")?))
    }
}

impl std::fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ed25519Signer")
    }
}

impl Signer for Ed25519Signer {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }
    fn public_key(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

/// Whether a signature is that of a message.
pub(crate) fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Ed25519Signer, is_signed};
    use gyre_ports::Signer as _;

    #[test]
    fn a_changed_message_is_not_what_was_signed() {
        let signer = Ed25519Signer::new(&[7; 32]).unwrap();
        let (key, signature) = (signer.public_key(), signer.sign(b"all gone"));
        assert!(is_signed(&key, b"all gone", &signature));
        assert!(!is_signed(&key, b"all kept", &signature));
        let other = Ed25519Signer::new(&[8; 32]).unwrap().public_key();
        assert!(!is_signed(&other, b"all gone", &signature));
    }
}
