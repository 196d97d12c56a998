//! What is served, and how work is handed to the engine.

use crate::auth::SecretToken;
use crate::error::{Error, Result};
use crate::sources::Sources;
use gyre_ports::Secrets;
use gyre_ring::{Connectors, Engine};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinError, JoinSet};

/// What is served.
#[derive(Debug, Clone)]
pub struct App {
    /// The ring.
    pub engine: Arc<Engine>,
    /// What every route but collection and `/healthz` asks for.
    pub token: SecretToken,
    /// Where queries, reports and whatever else may take long run. With a runtime of its own it cannot
    /// delay a decision.
    pub analytics: Handle,
    /// How much a request may hold.
    pub limits: Limits,
    /// Where secrets are read.
    pub secrets: Arc<dyn Secrets>,
    /// Programs that read other systems.
    pub connectors: Arc<Connectors>,
    /// How collection behaves.
    pub collection: Collection,
    /// Makes backups; without it there are none.
    pub backups: Option<Arc<dyn crate::Backups>>,
}

/// How collection behaves.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// Where clients reach this server, such as `https://events.shop.example`; without one, what they
    /// called it.
    pub public_url: Option<String>,
    /// What is answered to a key that no source has.
    pub unknown_keys: UnknownKeys,
}

/// What is answered to a write key that no source has. Nothing of such a request is kept, and it is
/// counted either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownKeys {
    /// 401, so that the client notices.
    #[default]
    Refuse,
    /// 200, as Segment does, for clients that would not stop trying.
    Accept,
}

/// How much a request may hold, in bytes, and how long its body may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A collection body as it comes over the wire.
    pub collected: usize,
    /// The body of any other request.
    pub command: usize,
    /// A body after decompression.
    pub unpacked: usize,
    /// How many times larger than on the wire a body may become, beyond the first megabyte.
    pub ratio: usize,
    /// How long a body may take to arrive.
    pub patience: Duration,
    /// Bodies that were read for collection and are not on disk yet, all together: above it nobody
    /// else's is taken.
    pub waiting: usize,
    /// How late tasks may run before nothing is collected.
    pub late: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            collected: 4 * MIB,
            command: 16 * MIB,
            unpacked: 16 * MIB,
            ratio: 200,
            patience: Duration::from_mins(1),
            waiting: 16 * MIB,
            late: Duration::from_millis(250),
        }
    }
}

/// The app with what the handlers share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) app: App,
    /// Write keys and what came with them.
    pub(crate) sources: Sources,
    /// One chunk of one import at a time: each reads the progress and writes it back.
    pub(crate) imports: Mutex<()>,
    /// One change of accounts at a time: what is true of all of them is checked before writing.
    pub(crate) accounts: Mutex<()>,
    /// Who is let in to collect.
    pub(crate) gate: crate::gate::Gate,
    /// Set when the server stops: streams without an end then end.
    pub(crate) closing: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn new(app: App) -> Arc<Self> {
        Arc::new(Self {
            app,
            sources: Sources::default(),
            imports: Mutex::default(),
            accounts: Mutex::default(),
            gate: crate::gate::Gate::default(),
            closing: watch::Sender::new(false),
        })
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.app.engine
    }

    /// Work of a decision: on this runtime, to its end though the caller hangs up. A future of the
    /// engine must not be dropped between two writes that belong together.
    pub(crate) async fn soon<F, T>(&self, work: impl FnOnce(Arc<Engine>) -> F) -> Result<T>
    where
        F: Future<Output = gyre_ring::Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let task = tokio::spawn(work(Arc::clone(self.engine())));
        self.ended(task.await)
    }

    /// Work that may take long: on the runtime for that, to its end though the caller hangs up.
    pub(crate) async fn apart<F, T, E>(&self, work: impl FnOnce(Arc<Engine>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        let task = self.app.analytics.spawn(work(Arc::clone(self.engine())));
        self.ended(task.await)
    }

    /// The same for what only reads: it ends when the caller hangs up, so that nobody waits in line for
    /// an answer that is not wanted any more.
    pub(crate) async fn ask<F, T, E>(&self, work: impl FnOnce(Arc<Engine>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        // With a manual clock whoever reads may take steps of the ring first: those are not broken off.
        if self.engine().shared.clock.is_manual() {
            return self.apart(work).await;
        }
        let mut task = JoinSet::new();
        task.spawn_on(work(Arc::clone(self.engine())), &self.app.analytics);
        match task.join_next().await {
            Some(ended) => self.ended(ended),
            None => Err(Error::internal("a task was not started", &"it is gone")),
        }
    }

    /// What came of a task.
    fn ended<T, E: Into<Error>>(&self, task: Result<Result<T, E>, JoinError>) -> Result<T> {
        match task {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.judge(error.into())),
            Err(error) => Err(Error::internal("a task ended early", &error)),
        }
    }

    /// Tells the process to end when a write may be lost.
    pub(crate) fn judge(&self, error: Error) -> Error {
        if let Error::Fatal { why } = &error {
            self.engine().fail(why);
        }
        error
    }
}
