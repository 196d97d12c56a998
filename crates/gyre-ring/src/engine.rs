//! The engine: the roles, each in its own task, and the way to drain them all.

use crate::archive::{self, Archivist};
use crate::decide::Decider;
use crate::error::{Error, Result};
use crate::notices::Notifier;
use crate::persons::Persons;
use crate::processor::{Processor, Reach, SeenResources};
use crate::publish::Publisher;
use crate::send::Sender;
use crate::shared::{Options, Ports, Shared};
use crate::subject::{Asked, Registrar};
use crate::turn::Turner;
use gyre_model::{Entry, Family, Timestamp, Workspace};
use gyre_ports::Durability;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};

/// How often a role looks though nothing woke it, in real time.
const IDLE: Duration = Duration::from_millis(200);
/// How often the tail of the lake is committed, in real time.
const COMMIT: Duration = Duration::from_secs(5);
/// How often its files are looked after if something was committed, in real time.
const MAINTAIN: Duration = Duration::from_mins(1);
/// Rows in the tail at which it is committed sooner.
const COMMIT_ROWS: usize = 200_000;

/// The ring, turning.
#[derive(Debug)]
pub struct Engine {
    /// What the roles share.
    pub shared: Arc<Shared>,
    /// Takes in-app decisions.
    pub decider: Decider,
    processors: Vec<Mutex<Processor>>,
    archivists: Mutex<Vec<Archivist>>,
    committing: Mutex<()>,
    publisher: Mutex<Publisher>,
    pub(crate) sender: Mutex<Sender>,
    turner: Mutex<Turner>,
    pub(crate) notifier: Mutex<Notifier>,
    pub(crate) registrar: Mutex<Registrar>,
    /// One request is written down at a time: it is compared with those before.
    pub(crate) asking: Mutex<Asked>,
    advancing: Mutex<()>,
    failed: watch::Sender<Option<String>>,
}

impl Engine {
    /// Opens the ring where it left off. Nothing turns yet.
    pub async fn open(ports: Ports, options: Options) -> Result<Arc<Self>> {
        Self::open_with(ports, options, SeenResources::new()).await
    }

    /// The same; a fold that is empty begins with these resources in effect.
    pub(crate) async fn open_with(
        ports: Ports,
        options: Options,
        preset: SeenResources,
    ) -> Result<Arc<Self>> {
        let mut shared = Shared::open(ports, options).await?;
        shared.preset = preset;
        let shared = Arc::new(shared);
        let mut processors = Vec::new();
        let mut archivists = Vec::new();
        for (partition, people) in (0u32..).zip(&shared.people) {
            let processor = Processor::open(Arc::clone(&shared), partition, Arc::clone(people))?;
            processors.push(Mutex::new(processor));
            archivists.push(Archivist::open(Arc::clone(&shared), partition).await?);
        }
        if let Some(first) = processors.first()
            && first.lock().await.is_behind()
        {
            shared.foresee().await?;
        }
        shared.refill_reserved().await?;
        shared.lake.show(Arc::new(Persons::new(&shared)));
        let publisher = Publisher::open(Arc::clone(&shared)).await?;
        let sender = Sender::open(Arc::clone(&shared)).await?;
        let turner = Turner::open(Arc::clone(&shared));
        let notifier = Notifier::open(Arc::clone(&shared)).await?;
        Ok(Arc::new(Self {
            decider: Decider::new(Arc::clone(&shared)),
            shared,
            processors,
            archivists: Mutex::new(archivists),
            committing: Mutex::default(),
            publisher: Mutex::new(publisher),
            sender: Mutex::new(sender),
            turner: Mutex::new(turner),
            notifier: Mutex::new(notifier),
            registrar: Mutex::default(),
            asking: Mutex::default(),
            advancing: Mutex::new(()),
            failed: watch::Sender::new(None),
        }))
    }

    /// Lets every role turn in a task of its own on `runtime` until the process ends. With a manual clock,
    /// what is sent and measured waits for [`Engine::advance`], so that two runs are alike.
    pub fn start(self: &Arc<Self>, runtime: &Handle) {
        let _entered = runtime.enter();
        let manual = self.shared.clock.is_manual();
        for index in 0..self.processors.len() {
            self.role("processor", move |engine| async move {
                engine.process(index, Reach::Written).await
            });
        }
        self.role("publisher", |engine| async move { engine.publish().await });
        self.role("archivist", |engine| async move { engine.archive().await });
        self.role("registrar", |engine| async move { engine.register().await });
        if !manual {
            self.role("sender", |engine| async move { engine.send().await });
            self.role("turner", |engine| async move { engine.turn().await });
            self.role("notifier", |engine| async move { engine.notify().await });
            self.ticker();
        }
        self.committer();
    }

    fn role<F, T>(self: &Arc<Self>, name: &'static str, step: F)
    where
        F: Fn(Arc<Self>) -> T + Send + 'static,
        T: Future<Output = Result<bool>> + Send,
    {
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let woken = engine.shared.progress.notified();
                match step(Arc::clone(&engine)).await {
                    Ok(true) => {}
                    Ok(false) => {
                        let end = engine.shared.journal.end(0);
                        tokio::select! {
                            () = woken => {}
                            () = engine.shared.journal.wait(0, end) => {}
                            () = tokio::time::sleep(IDLE) => {}
                        }
                    }
                    Err(error) => {
                        if engine.give_up(name, &error) {
                            return;
                        }
                        tokio::time::sleep(IDLE * 5).await;
                    }
                }
            }
        });
    }

    /// Ticks are records: they carry time to every partition when nothing else does.
    fn ticker(self: &Arc<Self>) {
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE).await;
                let due = engine.wheel_due().await;
                if due.is_some_and(|due| due <= engine.shared.clock.now())
                    && let Err(error) = engine.tick().await
                    && engine.give_up("ticker", &error)
                {
                    return;
                }
            }
        });
    }

    fn committer(self: &Arc<Self>) {
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            let (mut committed, mut maintained) = (Instant::now(), Instant::now());
            let mut rows = 0;
            loop {
                tokio::time::sleep(IDLE).await;
                let full = engine.shared.lake.tail_rows() >= COMMIT_ROWS;
                if !full && committed.elapsed() < COMMIT {
                    continue;
                }
                committed = Instant::now();
                let done = async {
                    rows += engine.commit_lake().await?;
                    engine.shared.columns.release(engine.shared.clock.now());
                    if rows > 0 && maintained.elapsed() >= MAINTAIN {
                        engine.maintain_lake().await?;
                        (rows, maintained) = (0, Instant::now());
                    }
                    Ok(())
                };
                if let Err(error) = done.await
                    && engine.give_up("committer", &error)
                {
                    return;
                }
            }
        });
    }

    /// Logs an error of a role; whether the process must end.
    fn give_up(&self, role: &'static str, error: &Error) -> bool {
        if error.is_fatal() {
            tracing::error!(role, %error, "a write may be lost; stopping");
            self.failed.send_replace(Some(format!("{role}: {error}")));
            return true;
        }
        tracing::warn!(role, %error, "a role could not turn; it tries again");
        false
    }

    /// Returns when a role failed in a way that must end the process; why.
    pub async fn failed(&self) -> String {
        let mut failed = self.failed.subscribe();
        loop {
            if let Some(why) = failed.borrow_and_update().clone() {
                return why;
            }
            if failed.changed().await.is_err() {
                return "the engine is gone".to_owned();
            }
        }
    }

    /// Tells the process to end because an append could not be made durable.
    pub fn fail(&self, why: &str) {
        self.failed.send_replace(Some(why.to_owned()));
    }

    async fn process(&self, index: usize, reach: Reach) -> Result<bool> {
        match self.processors.get(index) {
            Some(processor) => processor.lock().await.step(reach).await,
            None => Ok(false),
        }
    }

    async fn publish(&self) -> Result<bool> {
        self.publisher.lock().await.step().await
    }

    async fn archive(&self) -> Result<bool> {
        let mut moved = false;
        for archivist in self.archivists.lock().await.iter_mut() {
            moved |= archivist.step().await?;
        }
        Ok(moved)
    }

    async fn send(&self) -> Result<bool> {
        self.sender.lock().await.step().await
    }

    async fn turn(&self) -> Result<bool> {
        self.turner.lock().await.step().await
    }

    /// Commits the tail of the lake, so that other engines see it.
    pub async fn commit_lake(&self) -> Result<usize> {
        // One at a time: the position of a commit must not go back behind that of a later one.
        let _one = self.committing.lock().await;
        archive::commit(&self.shared, &self.archivists).await
    }

    /// Keeps the files of the lake few, and deletes those that nobody needs.
    pub async fn maintain_lake(&self) -> Result<()> {
        Ok(self.shared.lake.maintain().await?)
    }

    /// Returns when everything acknowledged so far is folded, and may be decided on. In-app decisions
    /// that are not on disk yet are not waited for: the next decision counts them anyway.
    pub async fn caught_up(&self) -> Result<()> {
        for index in 0..self.processors.len() {
            while self.process(index, Reach::Synced).await? {}
        }
        Ok(())
    }

    /// Returns when what was decided so far is folded.
    pub async fn settle(&self) -> Result<()> {
        while self.publish().await? {}
        for index in 0..self.processors.len() {
            while self.process(index, Reach::Written).await? {}
        }
        Ok(())
    }

    /// Returns when everything appended so far can be queried.
    pub async fn visible(&self) -> Result<()> {
        self.settle().await?;
        while self.archive().await? {}
        Ok(())
    }

    /// Lets the processor and the archivist go through everything there is; nobody else takes a step.
    pub(crate) async fn reprocess(&self) -> Result<()> {
        loop {
            let mut moved = false;
            for index in 0..self.processors.len() {
                moved |= self.process(index, Reach::Written).await?;
            }
            moved |= self.archive().await?;
            if self.shared.lake.tail_rows() >= COMMIT_ROWS {
                self.commit_lake().await?;
            }
            if !moved {
                self.commit_lake().await?;
                return Ok(());
            }
        }
    }

    /// Lets every role turn until none has anything to do.
    pub async fn drain(&self) -> Result<()> {
        loop {
            let mut moved = false;
            while self.publish().await? {
                moved = true;
            }
            for index in 0..self.processors.len() {
                while self.process(index, Reach::Written).await? {
                    moved = true;
                }
            }
            while self.archive().await? {
                moved = true;
            }
            moved |= self.send().await?;
            // Something came in meanwhile that must be folded before it is sent.
            moved |= self.sender.lock().await.waits();
            moved |= self.register().await?;
            if !moved {
                // A turn measures what everything else has come to.
                moved = self.turn().await?;
            }
            if !moved {
                // What is told is told of what the turn has come to as well.
                moved = self.notify().await?;
            }
            if !moved {
                return Ok(());
            }
        }
    }

    /// Moves a manual clock to `to`, by way of every instant at which something is due, and drains the
    /// roles at each. Returns how many instants there were.
    pub async fn advance(&self, to: Timestamp) -> Result<u64> {
        if !self.shared.clock.is_manual() {
            return Err(Error::Invalid {
                message: "the clock of this server is not manual".to_owned(),
                hint: Some("start it with --clock manual".to_owned()),
            });
        }
        let _one = self.advancing.lock().await;
        let mut instants = 0;
        let mut again = None;
        self.drain().await?;
        while let Some(due) = self.next_due().await? {
            let now = self.shared.clock.now();
            // What fell due at an instant that was already reached (the process died there) is done at
            // that instant; what cannot be done there must not hold time up.
            let next = if due <= now && again != Some(now) {
                again = Some(now);
                now
            } else {
                due.max(now + self.shared.options.manual_step)
            };
            if due > to || next > to {
                break;
            }
            self.shared.clock.set(next);
            instants += 1;
            self.tick().await?;
            self.drain().await?;
        }
        self.shared.clock.set(to);
        self.tick().await?;
        self.drain().await?;
        Ok(instants + 1)
    }

    async fn wheel_due(&self) -> Option<Timestamp> {
        let mut next = None;
        for processor in &self.processors {
            let due = processor.lock().await.next_due();
            next = match (next, due) {
                (Some(a), Some(b)) => Some(std::cmp::min::<Timestamp>(a, b)),
                (a, b) => a.or(b),
            };
        }
        next
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        let wheel = self.wheel_due().await;
        let send = self.shared.state.next_due().await?;
        let turn = self.turner.lock().await.next_due().await?;
        let notice = self.notifier.lock().await.next_due();
        Ok([wheel, send, turn, notice].into_iter().flatten().min())
    }

    async fn tick(&self) -> Result<()> {
        for partition in 0..self.shared.journal.partitions() {
            let tick = Entry {
                workspace: Workspace::default(),
                family: Family::Tick,
                key: u64::from(partition),
                cause: None,
                payload: Vec::new(),
            };
            self.shared.journal.append(partition, vec![tick], Durability::Synced).await?;
        }
        Ok(())
    }

    /// Lets time be told to the partitions.
    #[cfg(test)]
    pub(crate) async fn tick_for_tests(&self) {
        self.tick().await.unwrap();
    }

    /// One step of the sender alone.
    #[cfg(test)]
    pub(crate) async fn send_for_tests(&self) -> bool {
        self.send().await.unwrap()
    }
}
