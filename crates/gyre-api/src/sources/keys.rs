//! Write keys that were made here: only their hash is kept, so a copy of the state lets nobody write.

use crate::accounts::store;
use crate::app::Server;
use crate::error::{Error, Result};
use gyre_model::{Timestamp, Workspace};
use gyre_ports::state::Op;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What every key that is made begins with, so that one that leaked is recognised.
const BEGINS: &str = "gwk_";
const PREFIX: &str = "source-key:";
/// How much of a hash names a key.
const ID: usize = 12;

/// The SHA-256 of a key.
pub(crate) type KeyHash = [u8; 32];

/// A key that was made, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Who made it.
    pub(crate) by: String,
    pub(crate) created_at: Timestamp,
    /// From when on it is no key any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
}

/// A key that was made, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) workspace: Workspace,
    pub(crate) source: String,
    pub(crate) hash: KeyHash,
    pub(crate) kept: Kept,
}

impl Made {
    /// Writes it.
    pub(crate) fn put(&self) -> Result<Op> {
        let value =
            serde_json::to_value(&self.kept).map_err(|why| Error::internal("a write key", &why))?;
        Ok(self.op(value))
    }

    /// Removes it.
    pub(crate) fn remove(&self) -> Op {
        self.op(Value::Null)
    }

    fn op(&self, value: Value) -> Op {
        let key = format!("{PREFIX}{}:{}", self.source, store::hex(&self.hash));
        Op::Put { workspace: self.workspace.clone(), key, value }
    }
}

/// A new key and its hash.
pub(crate) fn make() -> Result<(String, KeyHash)> {
    let text = format!("{BEGINS}{}", store::secret()?);
    let hash = hash(&text);
    Ok((text, hash))
}

/// The hash of a key.
pub(crate) fn hash(key: &str) -> KeyHash {
    Sha256::digest(key.as_bytes()).into()
}

/// The hash that a resource names: `sha256:` and its digits, or a key in the clear.
pub(crate) fn declared(text: &str) -> Option<KeyHash> {
    let Some(digits) = text.strip_prefix("sha256:") else { return Some(hash(text)) };
    unhex(digits)
}

/// What names a key in lists: the beginning of its hash.
pub(crate) fn id(hash: &KeyHash) -> String {
    let mut text = store::hex(hash);
    text.truncate(ID);
    text
}

/// All keys that were made, in every workspace.
pub(crate) async fn all(server: &Server) -> Result<Vec<Made>> {
    let state = &server.engine().shared.state;
    let mut made = Vec::new();
    for workspace in state.workspaces().await? {
        for (key, value) in state.values(&workspace, PREFIX).await? {
            let parts = key.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once(':'));
            let read = parts.and_then(|(source, digits)| {
                let kept = serde_json::from_value(value).ok()?;
                Some(Made {
                    workspace: workspace.clone(),
                    source: source.to_owned(),
                    hash: unhex(digits)?,
                    kept,
                })
            });
            match read {
                Some(one) => made.push(one),
                None => tracing::error!("a write key cannot be read and does not count"),
            }
        }
    }
    Ok(made)
}

fn unhex(digits: &str) -> Option<KeyHash> {
    let mut hash = KeyHash::default();
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}
