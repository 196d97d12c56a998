//! What the roles share: the ports, the options, and how far each has come.

use crate::catalog::{Catalog, Catalogs, Seen};
use crate::error::{Error, Result};
use crate::features::FeatureCheck;
use crate::gates::GateCounts;
use crate::pending::Pending;
use crate::people::People;
use crate::processor::SeenResources;
use crate::reserved::Reserved;
use crate::subject::{Rights, SubjectOptions};
use gyre_govern::Contacted;
use gyre_model::{Dice, NodeId, Offset, Partition, PersonId, Span, Workspace};
use gyre_ports::state::Epoch;
use gyre_ports::{Channel, Clock, Fold, Journal, Lake, Rules, State};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use tokio::sync::Notify;

/// What is fixed when the ring starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The workspace's dice.
    pub dice: Dice,
    /// The key that decision tokens are signed with.
    pub token_key: Vec<u8>,
    /// How long the same message counts as the same.
    pub dedup_window: Span,
    /// The least time between two instants of a manual clock.
    pub manual_step: Span,
    /// Where people reach this server, for links in messages; without it messages have none.
    pub public_url: Option<String>,
    /// What requests of people about their own data need.
    pub subjects: SubjectOptions,
}

/// The ports, chosen by the binary.
#[derive(Debug, Clone)]
pub struct Ports {
    /// What happened.
    pub journal: Arc<dyn Journal>,
    /// What we have committed to.
    pub state: Arc<dyn State>,
    /// What follows.
    pub fold: Arc<dyn Fold>,
    /// All of history.
    pub lake: Arc<dyn Lake>,
    /// Rules.
    pub rules: Arc<dyn Rules>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Channels for queued sends, by their names.
    pub channels: Vec<Arc<dyn Channel>>,
}

/// History that is looked up for new features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// Everything below was read.
    pub read: Offset,
    /// Up to here it is read.
    pub boundary: Offset,
    /// The features.
    pub features: Vec<(Workspace, String)>,
}

/// What the roles share.
#[derive(Debug)]
pub struct Shared {
    /// What happened.
    pub journal: Arc<dyn Journal>,
    /// What we have committed to.
    pub state: Arc<dyn State>,
    /// What follows.
    pub fold: Arc<dyn Fold>,
    /// All of history.
    pub lake: Arc<dyn Lake>,
    /// Rules.
    pub rules: Arc<dyn Rules>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Channels for queued sends.
    pub channels: Vec<Arc<dyn Channel>>,
    /// This writer's epoch.
    pub epoch: Epoch,
    /// What is fixed.
    pub options: Options,
    /// The compiled resources in effect.
    pub catalogs: RwLock<Catalogs>,
    /// People per partition.
    pub people: Vec<Arc<People>>,
    /// In-app decisions that the fold does not know yet.
    pub pending: Pending,
    /// Contacts reserved for queued sends.
    pub reserved: Reserved,
    /// What the gates of consent have said.
    pub gates: GateCounts,
    /// Whom gates did not let through, as questions to the lake leave them out.
    pub(crate) withheld: crate::consent::Found,
    /// People as columns, of workspaces where somebody asked for it.
    pub(crate) columns: crate::columns::Columns,
    /// What is kept between questions about metrics.
    pub(crate) metrics: crate::metrics::Kept,
    /// Who must not be collected again, and whose data must not be used.
    pub rights: RwLock<Arc<Rights>>,
    /// Whether the registrar has something to look at.
    pub requested: AtomicBool,
    /// Late records of erased people that were refused at the door and are not counted yet.
    pub refused: AtomicU64,
    /// What is in effect where the fold knows of nothing: of a replay, the rules of today.
    pub(crate) preset: SeenResources,
    /// History that is looked up for new features, if it is.
    pub backfill: RwLock<Option<Backfill>>,
    /// By workspace, what came of comparing features with the lake last.
    pub feature_checks: RwLock<BTreeMap<Workspace, FeatureCheck>>,
    /// Woken whenever a role has come further.
    pub progress: Notify,
    marks: Vec<Marks>,
}

impl Shared {
    /// Begins a new epoch and opens the lake's tables.
    pub async fn open(ports: Ports, options: Options) -> Result<Self> {
        let Ports { journal, state, fold, lake, rules, clock, channels } = ports;
        let epoch = state.begin().await?;
        let partitions = journal.partitions();
        lake.open(&crate::tables::specs()).await?;
        Ok(Self {
            people: (0..partitions)
                .map(|partition| Arc::new(People::new(Arc::clone(&fold), partition)))
                .collect(),
            marks: (0..partitions).map(|_| Marks::default()).collect(),
            journal,
            state,
            fold,
            lake,
            rules,
            clock,
            channels,
            epoch,
            rights: RwLock::new(Arc::new(Rights::new(&options.subjects.key))),
            withheld: crate::consent::Found::default(),
            columns: crate::columns::Columns::default(),
            metrics: crate::metrics::Kept::default(),
            requested: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            options,
            catalogs: RwLock::default(),
            pending: Pending::default(),
            reserved: Reserved::default(),
            gates: GateCounts::default(),
            preset: SeenResources::new(),
            backfill: RwLock::default(),
            feature_checks: RwLock::default(),
            progress: Notify::new(),
        })
    }

    /// What was reserved before this process started counts towards caps, as far back as they look.
    pub(crate) async fn refill_reserved(&self) -> Result<()> {
        let catalogs = self.catalogs.read().clone();
        for (workspace, catalog) in &catalogs.0 {
            let horizon = self.clock.now() - catalog.longest_cap;
            for contact in self.state.reserved(workspace, horizon).await? {
                let reserved = Contacted { channel: contact.channel, at: contact.at };
                self.reserved.add(workspace, contact.node, reserved, horizon);
            }
        }
        Ok(())
    }

    /// Collecting goes by what is in effect, as the state knows it, while the fold is behind the journal:
    /// a key that is not known is refused, and clients throw away what is refused. What people are
    /// looked at by stays as the fold has it: nothing is decided by rules that nobody was looked at with.
    pub(crate) async fn foresee(&self) -> Result<()> {
        let mut foreseen = self.catalogs.read().clone();
        for workspace in self.state.workspaces().await? {
            let rows = self.state.resources(&workspace).await?.into_iter();
            let seen = rows.map(|row| ((row.kind, row.name.clone()), Seen::from(row))).collect();
            let Catalog { sources, plans, connectors, mappings, consent, identity, .. } =
                match Catalog::compile(self.rules.as_ref(), &seen) {
                    Ok(catalog) => catalog,
                    Err(why) => {
                        tracing::warn!(error = %why, "resources do not compile yet");
                        continue;
                    }
                };
            let folded = Catalog::clone(&foreseen.of(&workspace));
            let catalog =
                Catalog { sources, plans, connectors, mappings, consent, identity, ..folded };
            foreseen.0.insert(workspace, Arc::new(catalog));
        }
        *self.catalogs.write() = foreseen;
        Ok(())
    }

    /// How far the processor of a partition has come, and what it skipped.
    pub fn marks(&self, partition: Partition) -> &Marks {
        &self.marks[partition as usize]
    }

    /// People of the partition that a key belongs to.
    pub fn people_of(&self, key: u64) -> &Arc<People> {
        &self.people[self.journal.partition_of(key) as usize]
    }

    /// Who of a workspace has any of some nodes.
    pub(crate) fn people_with(
        &self,
        workspace: &Workspace,
        nodes: impl Iterator<Item = NodeId>,
    ) -> Result<BTreeSet<PersonId>> {
        let mut people = BTreeSet::new();
        for node in nodes {
            let person = self.people_of(node.key()).by_node(node)?;
            people.extend(person.filter(|one| one.workspace == *workspace).map(|one| one.id));
        }
        Ok(people)
    }

    /// Per partition, how many changes of people there were: from here on [`Self::changed_since`] tells what
    /// came after.
    pub(crate) fn changed_until(&self) -> Vec<u64> {
        self.people.iter().map(|people| people.changed_until()).collect()
    }

    /// Per partition, whoever changed since; `seen` goes on to where that is told. Nothing where not all of it
    /// is remembered.
    pub(crate) fn changed_since(&self, seen: &mut [u64]) -> Option<Vec<BTreeSet<PersonId>>> {
        let changed = self.people.iter().zip(seen).map(|(people, seen)| {
            let (ids, until) = people.changed_since(*seen)?;
            *seen = until;
            Some(ids.into_iter().collect())
        });
        changed.collect()
    }

    /// The compiled resources of a workspace.
    pub fn catalog(&self, workspace: &Workspace) -> Arc<Catalog> {
        self.catalogs.read().of(workspace)
    }

    /// A channel by name.
    pub fn channel(&self, name: &str) -> Result<&Arc<dyn Channel>> {
        self.channels
            .iter()
            .find(|channel| channel.name() == name)
            .ok_or_else(|| Error::NotFound { what: "channel", name: name.to_owned() })
    }
}

/// How far the processor has come, and which events it skipped since it started (duplicates and
/// unreadable ones): what archives events must skip the same.
#[derive(Debug, Default)]
pub struct Marks {
    inner: Mutex<MarksInner>,
}

#[derive(Debug, Default)]
struct MarksInner {
    since: Offset,
    next: Offset,
    skipped: BTreeSet<Offset>,
    stripped: BTreeSet<Offset>,
    cleaned: BTreeSet<Offset>,
    archived: Offset,
    committed: Offset,
}

/// Whether an event was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It counts.
    Taken,
    /// It counts, with what a cleaning rule made of it: ask the fold.
    Cleaned,
    /// It does not.
    Skipped,
    /// It counts, but not as anybody's.
    Stripped,
    /// It was processed before this process started: ask the fold.
    Unknown,
}

impl Marks {
    /// The processor starts at an offset.
    pub fn start(&self, since: Offset) {
        let mut inner = self.inner.lock();
        let (committed, archived) = (inner.committed, inner.archived);
        *inner = MarksInner { since, next: since, committed, archived, ..MarksInner::default() };
    }
    /// The processor went back to what the fold holds: what it knew of offsets before is not sure.
    pub fn restart(&self, next: Offset) {
        let mut inner = self.inner.lock();
        inner.since = inner.since.max(next);
        inner.next = next;
    }
    /// The processor has come to an offset.
    pub fn advance(
        &self,
        next: Offset,
        skipped: &[Offset],
        stripped: &[Offset],
        cleaned: &[Offset],
    ) {
        let mut inner = self.inner.lock();
        inner.next = next;
        inner.skipped.extend(skipped);
        inner.stripped.extend(stripped);
        inner.cleaned.extend(cleaned);
    }
    /// Everything below was processed.
    pub fn next(&self) -> Offset {
        self.inner.lock().next
    }
    /// Whether an event was skipped.
    pub fn of(&self, offset: Offset) -> Mark {
        let inner = self.inner.lock();
        if offset < inner.since {
            Mark::Unknown
        } else if inner.skipped.contains(&offset) {
            Mark::Skipped
        } else if inner.stripped.contains(&offset) {
            Mark::Stripped
        } else if inner.cleaned.contains(&offset) {
            Mark::Cleaned
        } else {
            Mark::Taken
        }
    }
    /// Everything below can be queried.
    pub fn archived(&self) -> Offset {
        self.inner.lock().archived
    }
    /// Everything below is in the lake for good, and is not archived again.
    pub fn committed(&self) -> Offset {
        self.inner.lock().committed
    }
    /// The lake has committed everything below an offset.
    pub fn commit(&self, offset: Offset) {
        let mut inner = self.inner.lock();
        inner.committed = inner.committed.max(offset);
    }
    /// The archivist has come to an offset: nobody will ask below it any more.
    pub fn archive(&self, offset: Offset) {
        let mut inner = self.inner.lock();
        inner.archived = offset;
        inner.skipped = inner.skipped.split_off(&offset);
        inner.stripped = inner.stripped.split_off(&offset);
        inner.cleaned = inner.cleaned.split_off(&offset);
    }
}
