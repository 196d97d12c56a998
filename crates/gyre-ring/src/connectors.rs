//! Connectors: programs run when they are due, what they say mapped and appended, and their state kept
//! only when everything before it is on disk.

use crate::engine::Engine;
use crate::error::{Error, Result};
use gyre_collect::webhook::Taken;
use gyre_config::kinds::Connector as Spec;
use gyre_model::{Entry, Timestamp, Workspace};
use gyre_ports::Secrets;
use gyre_ports::connector::{Connector, Run, Said};
use gyre_ports::failpoint;
use gyre_ports::state::Op;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Records appended at once.
const BATCH: usize = 1_000;
/// How long the first of them may wait for others.
const WAIT: Duration = Duration::from_secs(1);
/// Log lines kept per connector.
const LOGS: usize = 1_000;
/// How often schedules are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How a connector fares. Survives the server, but for what it logged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectorProgress {
    /// Where the next run begins.
    #[serde(default)]
    pub state: Option<Value>,
    /// When the last run began.
    #[serde(default)]
    pub began: Option<Timestamp>,
    /// When it ended; absent while it runs, and where the server died.
    #[serde(default)]
    pub ended: Option<Timestamp>,
    /// Why it did not end well.
    #[serde(default)]
    pub error: Option<String>,
    /// Rows that it read and that became records, in the last run.
    #[serde(default)]
    pub accepted: u64,
    /// Rows that became dead letters.
    #[serde(default)]
    pub rejected: u64,
    /// Rows that no mapping is about.
    #[serde(default)]
    pub ignored: u64,
}

/// A line that a connector logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// A connector as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectorView {
    /// Its name.
    pub name: String,
    /// Whether it runs now.
    pub running: bool,
    /// How it fares.
    pub progress: ConnectorProgress,
}

type Key = (Workspace, String);

#[derive(Debug, Default)]
struct Seen {
    running: bool,
    logs: VecDeque<LogLine>,
}

/// Runs connectors.
#[derive(Debug)]
pub struct Connectors {
    engine: Arc<Engine>,
    runner: Option<Arc<dyn Connector>>,
    secrets: Arc<dyn Secrets>,
    seen: Mutex<BTreeMap<Key, Seen>>,
}

impl Connectors {
    /// Without a runner connectors are known and none runs.
    pub fn new(
        engine: Arc<Engine>,
        runner: Option<Arc<dyn Connector>>,
        secrets: Arc<dyn Secrets>,
    ) -> Arc<Self> {
        Arc::new(Self { engine, runner, secrets, seen: Mutex::default() })
    }

    /// Looks at schedules on `runtime` until the process ends.
    pub fn start(self: &Arc<Self>, runtime: &Handle) {
        if self.runner.is_none() || self.engine.shared.clock.is_manual() {
            return;
        }
        let all = Arc::clone(self);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                for (workspace, name) in all.due().await {
                    if let Err(error) = all.run(&workspace, &name) {
                        tracing::warn!(name, %error, "a connector cannot run");
                    }
                }
            }
        });
    }

    /// The connectors of a workspace.
    pub async fn list(&self, workspace: &Workspace) -> Result<Vec<ConnectorView>> {
        let catalog = self.engine.shared.catalog(workspace);
        let mut views = Vec::new();
        for name in catalog.connectors.keys() {
            let progress = self.progress(workspace, name).await?;
            let key = (workspace.clone(), name.clone());
            let running = self.seen.lock().get(&key).is_some_and(|seen| seen.running);
            views.push(ConnectorView { name: name.clone(), running, progress });
        }
        Ok(views)
    }

    /// What a connector logged since the server began, oldest first.
    pub fn logs(&self, workspace: &Workspace, name: &str) -> Vec<LogLine> {
        let key = (workspace.clone(), name.to_owned());
        self.seen
            .lock()
            .get(&key)
            .map(|seen| seen.logs.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Begins a run; the run goes on when this returns.
    pub fn run(self: &Arc<Self>, workspace: &Workspace, name: &str) -> Result<()> {
        let catalog = self.engine.shared.catalog(workspace);
        let missing = || Error::NotFound { what: "connector", name: name.to_owned() };
        let spec = catalog.connectors.get(name).ok_or_else(missing)?.clone();
        let runner = self.runner.clone().ok_or_else(|| Error::Invalid {
            message: "this server runs no connectors".to_owned(),
            hint: Some("start it with --connectors and the folder of their programs".to_owned()),
        })?;
        let key = (workspace.clone(), name.to_owned());
        {
            let mut seen = self.seen.lock();
            let seen = seen.entry(key.clone()).or_default();
            if std::mem::replace(&mut seen.running, true) {
                return Err(Error::invalid("the connector is running already"));
            }
        }
        let all = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = all.whole(&key, &spec, runner).await {
                all.log(&key, format!("gyre: {error}"));
                tracing::warn!(name = key.1, %error, "a connector did not run to its end");
            }
            if let Some(seen) = all.seen.lock().get_mut(&key) {
                seen.running = false;
            }
        });
        Ok(())
    }

    /// Those whose schedule says so now.
    pub(crate) async fn due(&self) -> Vec<Key> {
        let catalogs = self.engine.shared.catalogs.read().clone();
        let now = self.engine.shared.clock.now();
        let mut due = Vec::new();
        for (workspace, catalog) in &catalogs.0 {
            for (name, spec) in &catalog.connectors {
                let key = (workspace.clone(), name.clone());
                let running = self.seen.lock().get(&key).is_some_and(|seen| seen.running);
                let Some(every) = spec.every.filter(|_| spec.enabled && !running) else { continue };
                let began = match self.progress(workspace, name).await {
                    // A run that the server's death ended goes on at once.
                    Ok(progress) => progress.began.filter(|_| {
                        progress.ended.is_some() && !failpoint::mutant("connector.forgets")
                    }),
                    Err(_) => continue,
                };
                if began.is_none_or(|began| began + every <= now) {
                    due.push(key);
                }
            }
        }
        due
    }

    async fn whole(&self, key: &Key, spec: &Spec, runner: Arc<dyn Connector>) -> Result<()> {
        let (workspace, name) = key;
        let state = self.progress(workspace, name).await?.state;
        let mut progress = ConnectorProgress {
            state: state.clone(),
            began: Some(self.engine.shared.clock.now()),
            ..ConnectorProgress::default()
        };
        self.keep(workspace, name, &progress).await?;
        let ended = match self.config(spec) {
            Err(error) => Err(error),
            Ok(config) => {
                let run = Run {
                    protocol: spec.protocol,
                    command: spec.command.clone(),
                    config,
                    catalog: spec.catalog.clone().map(Value::Object),
                    streams: spec.streams.keys().cloned().collect(),
                    incremental: spec.incremental.clone(),
                    state,
                };
                let (sender, receiver) = mpsc::channel(BATCH);
                let running = tokio::spawn(async move { runner.run(run, sender).await });
                let taken = self.take(key, spec, receiver, &mut progress).await;
                let run = match &taken {
                    // Nobody listens any more, and the program ends with that.
                    Err(_) => running.await.map(|_| Ok(())),
                    Ok(()) => running.await,
                };
                let run = run
                    .map_err(|_| Error::invalid("the run was given up"))
                    .and_then(|run| run.map_err(Error::from));
                taken.and(run)
            }
        };
        progress.ended = Some(self.engine.shared.clock.now());
        progress.error = ended.as_ref().err().map(ToString::to_string);
        self.keep(workspace, name, &progress).await?;
        ended
    }

    /// Takes what a program says to its end.
    async fn take(
        &self,
        key: &Key,
        spec: &Spec,
        mut said: mpsc::Receiver<Said>,
        progress: &mut ConnectorProgress,
    ) -> Result<()> {
        let mut batch: Vec<(String, Map<String, Value>)> = Vec::new();
        loop {
            let next = if batch.is_empty() {
                said.recv().await
            } else {
                match tokio::time::timeout(WAIT, said.recv()).await {
                    Ok(next) => next,
                    Err(_) => {
                        self.flush(key, spec, &mut batch, progress).await?;
                        continue;
                    }
                }
            };
            match next {
                None => return self.flush(key, spec, &mut batch, progress).await,
                Some(Said::Record { stream, record }) => {
                    if spec.streams.contains_key(&stream) {
                        batch.push((stream, record));
                    } else {
                        progress.ignored += 1;
                    }
                    if batch.len() >= BATCH {
                        self.flush(key, spec, &mut batch, progress).await?;
                    }
                }
                Some(Said::Log(text)) => self.log(key, text),
                Some(Said::State(state)) => {
                    if !failpoint::mutant("connector.state_before_data") {
                        self.flush(key, spec, &mut batch, progress).await?;
                    }
                    failpoint::reach("connector.before_state");
                    progress.state = Some(state);
                    self.keep(&key.0, &key.1, progress).await?;
                    failpoint::reach("connector.after_state");
                }
            }
        }
    }

    /// Maps and appends records; on disk when it returns. One that comes again counts once.
    async fn flush(
        &self,
        (workspace, _): &Key,
        spec: &Spec,
        batch: &mut Vec<(String, Map<String, Value>)>,
        progress: &mut ConnectorProgress,
    ) -> Result<()> {
        let mut entries: Vec<Entry> = Vec::new();
        for (stream, record) in batch.drain(..) {
            let taken = self.mapped(workspace, spec, &stream, record)?;
            progress.accepted += taken.accepted as u64;
            progress.rejected += taken.rejected.len() as u64;
            progress.ignored += taken.ignored as u64;
            entries.extend(taken.entries);
        }
        self.engine.ingest(entries).await?;
        failpoint::reach("connector.after_batch");
        Ok(())
    }

    fn mapped(
        &self,
        workspace: &Workspace,
        spec: &Spec,
        stream: &str,
        record: Map<String, Value>,
    ) -> Result<Taken> {
        let name = spec.streams.get(stream).map(String::as_str).unwrap_or_default();
        let catalog = self.engine.shared.catalog(workspace);
        let missing = || Error::NotFound { what: "mapping", name: name.to_owned() };
        let source = catalog.mappings.get(name).ok_or_else(missing)?.source.clone();
        let (none, body) = (Map::new(), Value::Object(record));
        Ok(self.engine.map_only(workspace, &source, &none, &body, (None, Some(name))))
    }

    /// The configuration with its secrets.
    fn config(&self, spec: &Spec) -> Result<Value> {
        let mut config = Value::Object(spec.config.clone());
        for (path, secret) in &spec.secrets {
            let mut place = &mut config;
            for part in path.split('.') {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = &mut place[part];
            }
            *place = Value::String(self.secrets.read(secret)?);
        }
        Ok(config)
    }

    async fn progress(&self, workspace: &Workspace, name: &str) -> Result<ConnectorProgress> {
        let value = self.engine.shared.state.value(workspace, &state_key(name)).await?;
        match value {
            None => Ok(ConnectorProgress::default()),
            Some(value) => serde_json::from_value(value)
                .map_err(|why| Error::corrupt("connector progress", why)),
        }
    }

    async fn keep(
        &self,
        workspace: &Workspace,
        name: &str,
        progress: &ConnectorProgress,
    ) -> Result<()> {
        let op = Op::Put {
            workspace: workspace.clone(),
            key: state_key(name),
            value: serde_json::to_value(progress).unwrap_or_default(),
        };
        let shared = &self.engine.shared;
        Ok(shared.state.commit(shared.epoch, None, vec![op]).await?)
    }

    fn log(&self, key: &Key, text: String) {
        let at = self.engine.shared.clock.now();
        let mut seen = self.seen.lock();
        let logs = &mut seen.entry(key.clone()).or_default().logs;
        if logs.len() >= LOGS {
            logs.pop_front();
        }
        logs.push_back(LogLine { at, text });
    }
}

fn state_key(name: &str) -> String {
    format!("connector:{name}")
}
