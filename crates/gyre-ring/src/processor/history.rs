//! History: what a new feature is made of that happened before it.
//!
//! A feature takes effect at the offset of the record that brings it. Everything below counts from the
//! journal, read once more, everything from there on as it comes: nothing is counted twice and nothing left
//! out. What is found is installed with that record in one commit, so whoever dies on the way begins again
//! and comes to the same. It is a function of the journal up to the record and of the fold below it.

use super::batch::Batch;
use super::passed::Passed;
use super::{BATCH, Processor};
use crate::catalog::Catalog;
use crate::damage;
use crate::error::{Error, Result};
use crate::shared::Backfill;
use gyre_collect::plan::Plans;
use gyre_collect::read;
use gyre_config::Spec;
use gyre_config::kinds::TrackingPlan;
use gyre_derive::{Definition, Definitions, Tiles};
use gyre_model::record::body::{Body as _, Orchestration};
use gyre_model::resource::Kind;
use gyre_model::{Family, NodeId, Offset, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use std::collections::{BTreeMap, HashMap};

/// Records read at once.
const READ: usize = 8_192;
/// People looked at per page.
const PAGE: usize = 1_000;

/// Features that take effect at an offset and want to know what happened before.
#[derive(Debug)]
pub(super) struct Wanted {
    pub offset: Offset,
    pub workspace: Workspace,
    pub definitions: Vec<Definition>,
}

/// What new features are made of, as far as the journal was looked through.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Everything below was looked through.
    through: Offset,
    /// The last record that brings one of the features.
    last: Offset,
    wanted: BTreeMap<Workspace, Definitions>,
    tiles: HashMap<NodeId, Tiles>,
    /// Tracking plans, as they were where the journal was looked through.
    plans: BTreeMap<Workspace, BTreeMap<String, TrackingPlan>>,
    compiled: BTreeMap<Workspace, Plans>,
}

impl History {
    fn has(&self, wanted: &Wanted) -> bool {
        let known = self.wanted.get(&wanted.workspace);
        known.is_some_and(|known| wanted.definitions.iter().all(|one| known.has(one.key)))
    }

    fn want(&mut self, workspace: &Workspace, definitions: impl IntoIterator<Item = Definition>) {
        let known = self.wanted.entry(workspace.clone()).or_default();
        let mut all = known.all().to_vec();
        all.extend(definitions.into_iter().filter(|one| !known.has(one.key)));
        *known = Definitions::new(all);
    }

    fn plan(&mut self, workspace: &Workspace, name: String, spec: Option<serde_json::Value>) {
        let plans = self.plans.entry(workspace.clone()).or_default();
        match spec.map(|spec| Spec::from_json(Kind::TrackingPlan, spec)) {
            Some(Ok(Spec::TrackingPlan(plan))) => drop(plans.insert(name, plan)),
            _ => drop(plans.remove(&name)),
        }
        let all = plans.iter().map(|(name, plan)| (name.clone(), plan.clone())).collect();
        self.compiled.insert(workspace.clone(), Plans::new(all));
    }

    fn take(&mut self, record: &Stored, kept: &Kept) {
        let workspace = &record.entry.workspace;
        if record.entry.family == Family::Orchestration {
            if let Ok(version) = Orchestration::decode(&record.entry.payload)
                && version.kind == Kind::TrackingPlan
            {
                self.plan(workspace, version.name, version.spec);
            }
            return;
        }
        let Some(definitions) = self.wanted.get(workspace) else { return };
        let Ok(mut event) = read(record) else { return };
        if !definitions.all().iter().any(|one| one.may_concern(&event)) {
            return;
        }
        if let Some(plans) = self.compiled.get(workspace) {
            drop(plans.judge(workspace, &mut event));
        }
        let node = kept.holder(event.node, record.offset);
        let tiles = self.tiles.entry(node).or_default();
        tiles
            .add_where(definitions, &event, |one| !kept.is_corrected(node, event.occurred_at, one));
    }
}

/// What was put right about people: it holds for what happened before it, too.
#[derive(Debug, Default)]
struct Kept(HashMap<NodeId, PutRight>);

/// What was put right about an identifier.
#[derive(Debug)]
struct PutRight {
    /// Which took its place, and where.
    replaced: Vec<(Offset, NodeId)>,
    /// Traits, and when.
    corrected: BTreeMap<String, Timestamp>,
}

impl Kept {
    /// The node that an event of a node belongs to now.
    fn holder(&self, mut node: NodeId, mut offset: Offset) -> NodeId {
        while let Some(known) = self.0.get(&node)
            && let Some((at, to)) = known.replaced.iter().filter(|(at, _)| *at > offset).min()
        {
            (node, offset) = (*to, *at);
        }
        node
    }

    fn is_corrected(&self, node: NodeId, at: Timestamp, definition: &Definition) -> bool {
        self.0.get(&node).is_some_and(|known| {
            known.corrected.iter().any(|(name, since)| *since >= at && definition.reads_trait(name))
        })
    }
}

impl Processor {
    /// Looks the journal through up to the record that brings the features.
    pub(super) async fn look_back(&mut self, wanted: Wanted) -> Result<()> {
        let mut history = match self.history.take() {
            Some(history) if history.has(&wanted) => history,
            _ => self.begin_history(&wanted).await?,
        };
        let shared = std::sync::Arc::clone(&self.shared);
        let kept = self.kept()?;
        let journal = shared.journal.as_ref();
        let mut passed = Passed::new(shared.fold.as_ref(), self.partition);
        let end = if failpoint::mutant("history.no_boundary") {
            journal.synced(self.partition)
        } else {
            wanted.offset
        };
        while history.through < end {
            self.show(&history, wanted.offset);
            let records = damage::read(journal, self.partition, history.through, READ).await?;
            let Some(last) = records.last().map(|record| record.offset) else { break };
            for record in records.iter().filter(|record| record.offset < end) {
                let is_left_out = record.is_erased() || self.rights.blocks(record);
                let is_passed = record.entry.family == Family::Event
                    && passed.has(record.offset)?
                    && !failpoint::mutant("history.all_events");
                if !is_left_out && !is_passed {
                    history.take(record, &kept);
                }
            }
            history.through = last + 1;
            failpoint::reach("processor.history");
            tokio::task::yield_now().await;
        }
        history.through = wanted.offset;
        self.show(&history, wanted.offset);
        self.history = Some(history);
        Ok(())
    }

    /// Also for the features that follow close behind: an apply brings several.
    async fn begin_history(&self, wanted: &Wanted) -> Result<History> {
        let mut history = History {
            through: self.shared.journal.start(self.partition),
            last: wanted.offset,
            ..History::default()
        };
        history.want(&wanted.workspace, wanted.definitions.iter().cloned());
        for (workspace, seen) in &self.shared.preset {
            for one in seen.values().filter(|one| one.kind == Kind::TrackingPlan) {
                history.plan(workspace, one.name.clone(), Some(one.spec.clone()));
            }
        }
        let journal = self.shared.journal.as_ref();
        for record in damage::read(journal, self.partition, wanted.offset, BATCH).await? {
            if record.is_erased() || record.entry.family != Family::Orchestration {
                continue;
            }
            let version = Orchestration::decode(&record.entry.payload)
                .map_err(|why| Error::corrupt("orchestration", why))?;
            let Some(spec) = version.spec.filter(|_| version.history) else { continue };
            let Ok(Spec::Feature(spec)) = Spec::from_json(version.kind, spec) else { continue };
            let Ok(definition) = Definition::compile(&version.name, &spec) else { continue };
            let workspace = &record.entry.workspace;
            if !self.catalogs.of(workspace).definitions.has(definition.key) {
                history.want(workspace, [definition]);
                history.last = record.offset;
            }
        }
        Ok(history)
    }

    fn kept(&self) -> Result<Kept> {
        let mut kept = Kept::default();
        let mut after = None;
        loop {
            let page = self.people.page(after, PAGE)?;
            let Some(&last) = page.last() else { return Ok(kept) };
            after = Some(last);
            for id in page {
                let Some(person) = self.people.get(id)? else { continue };
                if !person.is_rectified() {
                    continue;
                }
                for (node, known) in &person.nodes {
                    let (replaced, corrected) = (known.replaced.clone(), known.corrected.clone());
                    kept.0.insert(*node, PutRight { replaced, corrected });
                }
            }
        }
    }

    fn show(&self, history: &History, boundary: Offset) {
        let features = history.wanted.iter().flat_map(|(workspace, definitions)| {
            definitions.all().iter().map(move |one| (workspace.clone(), one.name.clone()))
        });
        *self.shared.backfill.write() =
            Some(Backfill { read: history.through, boundary, features: features.collect() });
    }

    /// Forgets history that nobody wants any more.
    pub(super) fn forget_history(&mut self) {
        if self.history.as_ref().is_some_and(|history| history.last < self.next) {
            self.history = None;
            *self.shared.backfill.write() = None;
        }
    }
}

impl Batch<'_> {
    /// Gives features that a record brings what happened before it; `false` where that has to be looked up
    /// first: then this batch is given up, and taken again once it is known.
    pub(super) fn install_history(
        &mut self,
        record: &Stored,
        before: &Catalog,
        compiled: &Catalog,
    ) -> Result<bool> {
        let fresh =
            |one: &&Definition| one.counts_from.is_none() && !before.definitions.has(one.key);
        let definitions: Vec<Definition> =
            compiled.definitions.all().iter().filter(fresh).cloned().collect();
        if definitions.is_empty() || failpoint::mutant("history.none") {
            return Ok(true);
        }
        let workspace = record.entry.workspace.clone();
        let wanted = Wanted { offset: record.offset, workspace, definitions };
        let processor = self.processor;
        // Rules that follow one another have the same history.
        let first = if self.has_facts { record.offset } else { processor.next };
        let known = processor.history.as_ref();
        let ready = known.filter(|one| one.through == first && one.has(&wanted));
        let Some(history) = ready else {
            self.wanted = Some(wanted);
            return Ok(false);
        };
        let definitions = Definitions::new(wanted.definitions);
        for id in self.everybody()? {
            let same = self.person(id)?.is_some_and(|one| one.workspace == wanted.workspace);
            let Some(person) = self.person_mut(id)?.filter(|_| same) else { continue };
            for (node, known) in &mut person.nodes {
                for definition in definitions.all() {
                    known.tiles.replace(definition, history.tiles.get(node));
                }
                for (name, (value, at)) in &known.said {
                    let value = serde_json::from_str(value)
                        .map_err(|why| Error::corrupt("a trait that was put right", why))?;
                    known.tiles.put_trait(&definitions, name, &value, *at);
                }
            }
        }
        Ok(true)
    }
}
