//! Reading and writing what is known of accounts, and making secrets.

use crate::app::Server;
use crate::error::{Error, Result};
use gyre_model::Workspace;
use gyre_ports::state::Op;
use rustix::rand::{GetRandomFlags, getrandom};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Bytes of a session or token.
const SECRET_BYTES: usize = 32;

/// Values of the system live outside every user's workspace.
fn system() -> Workspace {
    Workspace::new("_system")
}

/// A value; `None` when there is none.
pub(super) async fn read<T: DeserializeOwned>(server: &Server, key: &str) -> Result<Option<T>> {
    let value = server.engine().shared.state.value(&system(), key).await?;
    value.map(|value| parse(value, key)).transpose()
}

/// All values whose key begins so, with what follows in the key.
pub(super) async fn all<T: DeserializeOwned>(
    server: &Server,
    prefix: &str,
) -> Result<Vec<(String, T)>> {
    let values = server.engine().shared.state.values(&system(), prefix).await?;
    values
        .into_iter()
        .map(|(key, value)| {
            let name = key.strip_prefix(prefix).unwrap_or(&key).to_owned();
            Ok((name, parse(value, prefix)?))
        })
        .collect()
}

fn parse<T: DeserializeOwned>(value: Value, what: &str) -> Result<T> {
    let what = what.split(':').next().unwrap_or_default().to_owned();
    serde_json::from_value(value).map_err(|why| {
        tracing::error!(what, "an account cannot be read");
        Error::internal("an account", &why)
    })
}

/// A value to be written.
pub(super) fn put<T: Serialize>(key: String, value: &T) -> Result<Op> {
    let value = serde_json::to_value(value).map_err(|why| Error::internal("an account", &why))?;
    Ok(Op::Put { workspace: system(), key, value })
}

/// A value to be removed.
pub(super) fn remove(key: String) -> Op {
    Op::Put { workspace: system(), key, value: Value::Null }
}

/// Writes everything or nothing.
pub(crate) async fn commit(server: &Server, ops: Vec<Op>) -> Result<()> {
    let shared = &server.engine().shared;
    shared.state.commit(shared.epoch, None, ops).await.map_err(|error| server.judge(error.into()))
}

/// A text that nobody can guess.
pub(crate) fn secret() -> Result<String> {
    Ok(hex(&random::<SECRET_BYTES>()?))
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += getrandom(rest, GetRandomFlags::empty())
            .map_err(|why| Error::internal("no secret can be made", &why))?;
    }
    Ok(bytes)
}

/// What of a secret is kept. It has 256 bits of chance, so a fast hash does.
pub(super) fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
