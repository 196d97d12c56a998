//! Connectors: programs that read another system.

use crate::error::Result;
use async_trait::async_trait;
use gyre_config::kinds::Protocol;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// One run of a connector.
#[derive(Clone)]
pub struct Run {
    /// What it speaks.
    pub protocol: Protocol,
    /// The program's name.
    pub command: String,
    /// Its configuration, secrets included: never logged.
    pub config: Value,
    /// The catalog it is given; `None`: what it discovers.
    pub catalog: Option<Value>,
    /// The streams that are wanted.
    pub streams: Vec<String>,
    /// The column by which a stream is read on from where it stopped, where one is named.
    pub incremental: BTreeMap<String, String>,
    /// The state that was kept last.
    pub state: Option<Value>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("command", &self.command).finish_non_exhaustive()
    }
}

/// What a connector says, in its order.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A record of a stream.
    Record {
        /// The stream.
        stream: String,
        /// The record.
        record: Map<String, Value>,
    },
    /// Everything said so far need not be said again, once it is on disk, if a run begins with this.
    State(Value),
    /// Something for people. It may hold anything that the program writes.
    Log(String),
}

/// Runs connectors.
///
/// Promises: what the program says is given on in its order and not faster than it is taken; the program
/// has ended when `run` returns, and it ends when the future is dropped. An error tells that it did not
/// end well; what was said before stays said.
#[async_trait]
pub trait Connector: Send + Sync + std::fmt::Debug {
    /// Runs a program to its end.
    async fn run(&self, run: Run, said: mpsc::Sender<Said>) -> Result<()>;
}
