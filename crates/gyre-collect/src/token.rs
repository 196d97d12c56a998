//! The decision token: handed out with what is shown or sent, it comes back with the response and says
//! which decision it answers. It is signed, so that nobody can answer a decision that was not theirs,
//! and carries no personal data.
//!
//! Base64url without padding of: version (1 byte), decision (16), node (16), campaign, `0xFF`, variant,
//! tag (the first 16 bytes of an HMAC-SHA256 over all before it). `0xFF` does not occur in UTF-8.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gyre_model::{DecisionId, NodeId};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 33;
const SEPARATOR: u8 = 0xFF;
const DOMAIN: &[u8] = b"gyre decision token";

/// Which decision a response answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The decision.
    pub decision: DecisionId,
    /// The campaign.
    pub campaign: String,
    /// The variant that was drawn.
    pub variant: String,
    /// The node the decision was for.
    pub node: NodeId,
}

/// Why a token was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token.
    #[error("not a decision token")]
    Malformed,
    /// It was changed, or sealed with another key.
    #[error("the decision token's signature does not match")]
    Forged,
    /// It was sealed by a newer Gyre.
    #[error("the decision token has version {0}")]
    Version(u8),
}

impl Token {
    /// Seals it with the workspace's key, of any length but secret.
    pub fn seal(&self, key: &[u8]) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(self.decision.as_bytes());
        bytes.extend_from_slice(self.node.as_bytes());
        bytes.extend_from_slice(self.campaign.as_bytes());
        bytes.push(SEPARATOR);
        bytes.extend_from_slice(self.variant.as_bytes());
        let tag = mac(DOMAIN, &bytes, key).finalize().into_bytes();
        bytes.extend(tag.into_iter().take(TAG_BYTES));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a token sealed with this key. Comparing takes the same time wherever the tags differ.
    pub fn open(text: &str, key: &[u8]) -> Result<Self, TokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| TokenError::Malformed)?;
        let (signed, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(TokenError::Malformed)?;
        mac(DOMAIN, signed, key).verify_truncated_left(tag).map_err(|_| TokenError::Forged)?;
        let (head, names) =
            signed.split_first_chunk::<HEAD_BYTES>().ok_or(TokenError::Malformed)?;
        if head[0] != VERSION {
            return Err(TokenError::Version(head[0]));
        }
        let mut names = names.split(|&byte| byte == SEPARATOR).map(std::str::from_utf8);
        let (Some(Ok(campaign)), Some(Ok(variant)), None) =
            (names.next(), names.next(), names.next())
        else {
            return Err(TokenError::Malformed);
        };
        let id = |from: usize| {
            head.get(from..from + 16)
                .and_then(|bytes| <[u8; 16]>::try_from(bytes).ok())
                .ok_or(TokenError::Malformed)
        };
        Ok(Self {
            decision: DecisionId(id(1)?),
            node: NodeId(id(17)?),
            campaign: campaign.to_owned(),
            variant: variant.to_owned(),
        })
    }
}

/// HMAC-SHA256 under the hash of domain and key: of fixed length, so that no key is refused, and what is
/// sealed for one domain is not opened in another.
pub(crate) fn mac(domain: &[u8], message: &[u8], key: &[u8]) -> Hmac<Sha256> {
    use hmac::digest::KeyInit;
    let mut hash = Sha256::new();
    hash.update(domain);
    hash.update(key);
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(hash.finalize()) {
        *slot = byte;
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(message);
    mac
}
