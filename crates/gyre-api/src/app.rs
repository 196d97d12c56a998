//! What is served, and how work is handed to the engine.

use crate::auth::SecretToken;
use crate::error::{Error, Result};
use gyre_ports::Secrets;
use gyre_ring::{Connectors, Engine};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

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
        }
    }
}

/// The app with what the handlers share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) app: App,
    /// One chunk of one import at a time: each reads the progress and writes it back.
    pub(crate) imports: Mutex<()>,
    /// One change of accounts at a time: what is true of all of them is checked before writing.
    pub(crate) accounts: Mutex<()>,
    /// Set when the server stops: streams without an end then end.
    pub(crate) closing: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn new(app: App) -> Arc<Self> {
        Arc::new(Self {
            app,
            imports: Mutex::default(),
            accounts: Mutex::default(),
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
        self.answer(task).await
    }

    /// Work that may take long: on the runtime for that, to its end though the caller hangs up.
    pub(crate) async fn apart<F, T, E>(&self, work: impl FnOnce(Arc<Engine>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        let task = self.app.analytics.spawn(work(Arc::clone(self.engine())));
        self.answer(task).await
    }

    async fn answer<T, E: Into<Error>>(&self, task: JoinHandle<Result<T, E>>) -> Result<T> {
        match task.await {
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
