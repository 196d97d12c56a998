//! The processor: records of one partition, in order, become derived records, commitments and the fold.
//!
//! What it does is a function of the records and its own fold alone. It appends what it derived
//! (synced), then commits to the state, then to the fold; a crash between any two of them makes it
//! derive the same again, and consumers skip what they have by its cause.

mod batch;
pub(crate) mod consent;
mod evaluate;
mod event;
mod fact;
mod history;
mod identify;
mod known;
mod links;
mod outside;
mod passed;
mod plan;
mod rectify;
mod regroup;
mod stages;
mod standing;
mod subject;
mod taken;

use crate::catalog::{Catalog, Catalogs, Seen};
use crate::damage;
use crate::error::{Error, Result};
use crate::people::People;
use crate::person::FORM;
use crate::plans::{COUNTS_KEY, PlanCounts};
use crate::shared::Shared;
use crate::subject::Rights;
use batch::Batch;
pub(crate) use event::{HOURS_PER_SPACE, TakenAs, known};
use gyre_model::resource::Kind;
use gyre_model::{DecisionId, Offset, Partition, PersonId, Timestamp, Workspace};
use gyre_ports::fold::{Space, Write};
use gyre_ports::state::Position;
use gyre_ports::{Durability, failpoint};
use history::History;
use known::Known;
pub(crate) use links::decode as decode_links;
pub(crate) use outside::message_of;
pub(crate) use passed::Passed;
pub(crate) use plan::{Noted, noted};
use standing::Standing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The consumer's name in the state.
pub(crate) const CONSUMER: &str = "processor";
/// Records taken at once.
const BATCH: usize = 2_048;
const CATALOG_KEY: &[u8] = b"catalog";
/// The key of the form that people in the fold have.
const FORM_KEY: &[u8] = b"form";
/// The key of the sequence of the last decided record that was taken.
const DECIDED_KEY: &[u8] = b"decided";

/// What the processor has seen of resources, by workspace.
pub(crate) type SeenResources = BTreeMap<Workspace, BTreeMap<(Kind, String), Seen>>;

/// How far a step may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What is on disk by now.
    Synced,
    /// What was written, which is synced first.
    Written,
}

/// The processor of one partition.
#[derive(Debug)]
pub(crate) struct Processor {
    shared: Arc<Shared>,
    partition: Partition,
    people: Arc<People>,
    next: Offset,
    /// Up to here the journal went when the ring was opened.
    behind: Offset,
    wheel: BTreeSet<(Timestamp, PersonId)>,
    seen: SeenResources,
    catalogs: Catalogs,
    rights: Arc<Rights>,
    /// The last decided record that was taken.
    decided: Option<Offset>,
    /// What tracking plans counted.
    plan_counts: PlanCounts,
    /// In-app decisions that a commit under way makes known to the fold, and its last offset.
    unsettled: Option<(Offset, Vec<(PersonId, DecisionId)>)>,
    /// Identity edges heard before.
    known: Known,
    /// Entries of the consent ledger that stand in what is still to be derived from; `None` before it was
    /// looked for.
    standing: Option<Standing>,
    /// What features that take effect next are made of.
    history: Option<History>,
    /// Where the next batch ends, because what comes there wants to know what happened before.
    cut: Offset,
    /// What is kept in memory is not what the fold holds.
    lost: bool,
}

impl Processor {
    /// Opens the processor where the fold left off.
    pub(crate) fn open(
        shared: Arc<Shared>,
        partition: Partition,
        people: Arc<People>,
    ) -> Result<Self> {
        let mut processor = Self {
            shared,
            partition,
            people,
            next: 0,
            behind: 0,
            wheel: BTreeSet::new(),
            seen: SeenResources::new(),
            catalogs: Catalogs::default(),
            rights: Arc::default(),
            decided: None,
            plan_counts: PlanCounts::default(),
            unsettled: None,
            known: Known::default(),
            standing: None,
            history: None,
            cut: 0,
            lost: false,
        };
        processor.load()?;
        processor.publish_catalogs();
        processor.behind = processor.shared.journal.end(partition);
        processor.shared.marks(partition).start(processor.next);
        Ok(processor)
    }

    /// Takes everything kept in memory from the fold.
    fn load(&mut self) -> Result<()> {
        let fold = &self.shared.fold;
        let form = fold.get(self.partition, Space::Meta, FORM_KEY)?;
        if fold.position(self.partition)?.is_some() && form.as_deref() != Some(&[FORM]) {
            // It follows from the journal, and does so in the form of today.
            tracing::warn!("the fold is of another version; it is derived again from the journal");
            fold.clear(self.partition)?;
            self.people.forget();
        }
        let position = fold.position(self.partition)?;
        let seen = match fold.get(self.partition, Space::Meta, CATALOG_KEY)? {
            Some(bytes) => decode_seen(&bytes)?,
            None => self.shared.preset.clone(),
        };
        self.plan_counts = match fold.get(self.partition, Space::Meta, COUNTS_KEY)? {
            Some(bytes) => {
                serde_json::from_slice(&bytes).map_err(|why| Error::corrupt("plan counts", why))?
            }
            None => PlanCounts::default(),
        };
        self.decided = match fold.get(self.partition, Space::Meta, DECIDED_KEY)? {
            Some(bytes) => Some(decode_decided(&bytes)?),
            None => None,
        };
        self.wheel = self.people.wheel()?.into_iter().collect();
        self.next = position.map_or(0, |offset| offset + 1);
        self.seen = seen;
        self.catalogs = Catalogs::default();
        self.known = Known::default();
        self.standing = None;
        let workspaces: Vec<Workspace> = self.seen.keys().cloned().collect();
        for workspace in workspaces {
            self.compile(&workspace)?;
        }
        let secret = &self.shared.options.subjects.key;
        let rights = Rights::load(secret, self.shared.fold.as_ref(), self.partition)?;
        self.rights = Arc::new(rights);
        self.publish_rights();
        Ok(())
    }

    /// After an error it is not known what the fold holds: a commit that failed may be in it.
    fn recover(&mut self) -> Result<()> {
        self.lost = true;
        self.people.forget();
        self.load()?;
        if !self.is_behind() {
            self.publish_catalogs();
        }
        if let Some((last, settled)) = self.unsettled.take()
            && last < self.next
        {
            self.shared.pending.settle(&settled);
        }
        self.shared.marks(self.partition).restart(self.next);
        self.lost = false;
        Ok(())
    }

    /// When somebody's row may change next by time alone.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.wheel.first().map(|(due, _)| *due)
    }

    /// Whether something that was in the journal when the ring was opened is not folded yet: after a
    /// crash the last of it, after a restore all of it.
    pub(crate) fn is_behind(&self) -> bool {
        self.next < self.behind
    }

    /// Takes one batch; `false` when there is nothing to take. After an error nothing of the batch is
    /// kept in memory: the next step derives it again.
    pub(crate) async fn step(&mut self, reach: Reach) -> Result<bool> {
        if self.lost {
            self.recover()?;
        }
        let done = self.take_batch(reach).await;
        if let Err(error) = &done
            && !error.is_fatal()
        {
            self.recover()?;
        }
        done
    }

    async fn take_batch(&mut self, reach: Reach) -> Result<bool> {
        let journal = Arc::clone(&self.shared.journal);
        if journal.end(self.partition) <= self.next {
            return Ok(false);
        }
        if journal.synced(self.partition) <= self.next {
            if reach == Reach::Synced {
                return Ok(false);
            }
            // A decision was written and not yet synced: nothing may follow from it before it is.
            journal.sync(self.partition).await?;
        }
        let synced = journal.synced(self.partition);
        let mut records = damage::read(journal.as_ref(), self.partition, self.next, BATCH).await?;
        let end = if self.cut > self.next { synced.min(self.cut) } else { synced };
        records.retain(|record| record.offset < end);
        let Some(last) = records.last().map(|record| record.offset) else { return Ok(false) };

        let entries = self.standing_entries(&records).await?;
        let wheel = std::mem::take(&mut self.wheel);
        let known = std::mem::take(&mut self.known);
        let mut batch = Batch::new(self, wheel, known);
        batch.entries = entries;
        for record in &records {
            batch.take(record)?;
            if batch.wanted.is_some() {
                break;
            }
        }
        if let Some(wanted) = batch.wanted.take() {
            drop(batch);
            return self.give_up_for(wanted).await;
        }
        batch.flush()?;
        batch.forget_notes()?;
        let mut changes = batch.finish()?;
        if self.next == 0 {
            changes.writes.push(Write::Put(Space::Meta, FORM_KEY.to_vec(), vec![FORM]));
        }

        failpoint::reach("processor.before_append");
        if !changes.derived.is_empty() {
            journal.append(self.partition, changes.derived, Durability::Synced).await?;
        }
        failpoint::reach("processor.after_append");
        if !changes.ops.is_empty() {
            let position =
                Position { consumer: CONSUMER.to_owned(), partition: self.partition, offset: last };
            let epoch = self.shared.epoch;
            self.shared.state.commit(epoch, Some(position), changes.ops).await?;
        }
        failpoint::reach("processor.after_state");
        self.unsettled = Some((last, changes.settled));
        self.shared.fold.commit(self.partition, last, changes.writes)?;
        failpoint::reach("processor.after_fold");

        self.people.publish(&changes.people);
        self.people.forget_nodes(changes.gone.iter());
        if let Some(rights) = changes.rights {
            self.rights = rights;
            self.publish_rights();
        }
        if let Some((_, settled)) = self.unsettled.take() {
            self.shared.pending.settle(&settled);
        }
        self.wheel = changes.wheel;
        self.known = changes.known;
        let is_new = self.is_behind() || changes.seen.is_some();
        self.next = last + 1;
        self.forget_history();
        if let Some(seen) = changes.seen {
            self.seen = seen;
            self.catalogs = changes.catalogs;
        }
        // What it comes by on its way through an old journal was in effect once.
        if is_new && !self.is_behind() {
            self.publish_catalogs();
        }
        self.decided = changes.decided;
        if let Some(counts) = changes.plan_counts {
            self.plan_counts = counts;
        }
        let marks = self.shared.marks(self.partition);
        marks.advance(self.next, &changes.skipped, &changes.stripped, &changes.cleaned);
        if changes.requested {
            self.shared.requested.store(true, Ordering::SeqCst);
        }
        self.shared.progress.notify_waiters();
        Ok(true)
    }

    /// What came before the record that wants history is taken first; then history is looked up.
    async fn give_up_for(&mut self, wanted: history::Wanted) -> Result<bool> {
        self.recover()?;
        if wanted.offset > self.next {
            self.cut = wanted.offset;
        } else {
            self.look_back(wanted).await?;
        }
        Ok(true)
    }

    fn compile(&mut self, workspace: &Workspace) -> Result<()> {
        let catalog = match self.seen.get(workspace) {
            Some(seen) => Catalog::compile(self.shared.rules.as_ref(), seen)?,
            None => Catalog::default(),
        };
        self.catalogs.0.insert(workspace.clone(), Arc::new(catalog));
        Ok(())
    }

    fn publish_rights(&self) {
        // Requests are appended to every partition, too.
        if self.partition == 0 {
            *self.shared.rights.write() = Arc::clone(&self.rights);
        }
    }

    fn publish_catalogs(&self) {
        // Partition 0 speaks for all: resources are appended to every partition.
        if self.partition == 0 {
            *self.shared.catalogs.write() = self.catalogs.clone();
        }
    }
}

fn decode_decided(bytes: &[u8]) -> Result<Offset> {
    let bytes = bytes.try_into().map_err(|why| Error::corrupt("the last decided record", why))?;
    Ok(Offset::from_be_bytes(bytes))
}

fn encode_decided(sequence: Offset) -> Write {
    Write::Put(Space::Meta, DECIDED_KEY.to_vec(), sequence.to_be_bytes().to_vec())
}

fn decode_seen(bytes: &[u8]) -> Result<SeenResources> {
    let flat: Vec<(Workspace, Seen)> =
        serde_json::from_slice(bytes).map_err(|why| Error::corrupt("catalog", why))?;
    let mut seen = SeenResources::new();
    for (workspace, one) in flat {
        seen.entry(workspace).or_default().insert((one.kind, one.name.clone()), one);
    }
    Ok(seen)
}

fn encode_seen(seen: &SeenResources) -> Result<Write> {
    let flat: Vec<(&Workspace, &Seen)> = seen
        .iter()
        .flat_map(|(workspace, ones)| ones.values().map(move |one| (workspace, one)))
        .collect();
    let bytes = serde_json::to_vec(&flat).map_err(|why| Error::corrupt("catalog", why))?;
    Ok(Write::Put(Space::Meta, CATALOG_KEY.to_vec(), bytes))
}
