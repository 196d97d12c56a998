//! Erasing: everything of people is found and written down, then removed from every store, then looked
//! for again, then certified.

use super::certificate;
use super::find::{Sought, scan};
use super::request::{self, FoundNode, Plan, Removed, Request, found_key};
use crate::archive::system;
use crate::consent::keep_place;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::shared::Shared;
use gyre_model::record::body::SubjectRequestState;
use gyre_model::{Family, NodeId, Offset, Partition, RecordId, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::{Holdings, Op};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How often it is tried, before a person has to look at it.
const TRIES: u32 = 3;
/// How often old files of the lake are tried to be deleted while queries read them.
const PURGES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);
const BLOCKED: &str = "subject-blocked:";
const COUNTER: &str = "subject-blocked-count";

/// Under which name the processor leaves a record that it did not take.
pub(crate) fn blocked_key(partition: Partition, offset: Offset) -> String {
    format!("{BLOCKED}{partition}:{offset:020}")
}

/// A request with what the processor found of the person.
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) nodes: Vec<(NodeId, String)>,
}

impl Job {
    fn ids(&self) -> Vec<NodeId> {
        self.nodes.iter().map(|(node, _)| *node).collect()
    }

    /// What was found of the person in the journal.
    fn records(&self) -> impl Iterator<Item = (Partition, Offset)> + '_ {
        self.request.plan.iter().flat_map(|plan| plan.records.iter().flatten().copied())
    }
}

/// All requests of each workspace, read once: a thousand erasures would otherwise read a thousand each.
#[derive(Debug, Default)]
struct Others(HashMap<Workspace, Vec<Request>>);

impl Others {
    async fn of(&mut self, shared: &Shared, workspace: &Workspace) -> Result<&mut Vec<Request>> {
        if !self.0.contains_key(workspace) {
            self.0.insert(workspace.clone(), request::all(shared, workspace).await?);
        }
        Ok(self.0.entry(workspace.clone()).or_default())
    }
}

impl Engine {
    /// Carries out erasures, all that are ready together: one pass over the journal serves them all.
    pub(super) async fn erase_people(&self, requests: Vec<Request>) -> Result<bool> {
        let mut jobs = Vec::new();
        for request in requests {
            if let Some(job) = self.job(request).await? {
                jobs.push(job);
            }
        }
        if jobs.is_empty() {
            return Ok(false);
        }
        self.erase_state(&mut jobs).await?;
        self.locate(&mut jobs).await?;
        self.remove(&jobs).await?;
        self.shared.metrics.forget_answers();
        let mut rows = self.rows_left(&jobs).await?;
        // Until the state has forgotten whom it was about, no backup begins to read it.
        let _no_backup_begins = self.shared.options.subjects.backups.hold().await;
        let has_backups = self.destroy_keys(&jobs).await?;
        let mut others = Others::default();
        let mut first_error = None;
        for job in jobs {
            let rows = rows.remove(&job.request.id).unwrap_or(0);
            if let Err(error) = self.certify(job, rows, has_backups, &mut others).await {
                first_error = first_error.or(Some(error));
            }
        }
        // Last, since the list of what was found names the identifiers until it is done.
        self.shared.state.purge().await?;
        failpoint::reach("subject.after_purge");
        first_error.map_or(Ok(true), Err)
    }

    /// A request that the processor has dealt with, and whose people are gone from the fold for good.
    async fn job(&self, request: Request) -> Result<Option<Job>> {
        let shared = &self.shared;
        let found = shared.state.value(&request.workspace, &found_key(request.id)).await?;
        let Some(found) = found else { return Ok(None) };
        let found: Vec<FoundNode> =
            serde_json::from_value(found).map_err(|why| Error::corrupt("what was found", why))?;
        let rights = shared.rights.read().clone();
        let passed = failpoint::mutant("subject.no_suppression")
            || found
                .iter()
                .all(|one| rights.period(rights.key_of(&request.workspace, one.node)).is_some());
        if !passed {
            return Ok(None);
        }
        let nodes = found.into_iter().map(|one| (one.node, one.identifier)).collect();
        Ok(Some(Job { request, nodes }))
    }

    /// Nothing more is sent to them, and what was decided about them so far is in the journal and the lake.
    async fn erase_state(&self, jobs: &mut [Job]) -> Result<()> {
        let shared = &self.shared;
        let mut ops = Vec::new();
        for job in jobs.iter_mut().filter(|job| job.request.plan.is_none()) {
            let nodes = job.ids();
            let holdings = shared.state.holdings(&job.request.workspace, &nodes).await?;
            let count = nodes.len() as u64;
            job.request.plan = Some(Plan { holdings, nodes: count, ..Plan::default() });
            ops.push(job.request.row()?);
        }
        if !ops.is_empty() {
            shared.state.commit(shared.epoch, None, ops).await?;
        }
        failpoint::reach("subject.after_holdings");
        {
            let _nobody_sends = self.sender.lock().await;
            self.visible().await?;
            if !failpoint::mutant("state.no_erase") {
                for (workspace, nodes) in by_workspace(jobs) {
                    shared.state.erase(shared.epoch, workspace, &nodes).await?;
                    shared.reserved.forget(workspace, &nodes);
                }
            }
        }
        failpoint::reach("subject.after_state");
        self.visible().await?;
        self.commit_lake().await?;
        Ok(())
    }

    /// Writes down where everything is, so that a crash in the middle of removing it loses no track of it.
    async fn locate(&self, jobs: &mut [Job]) -> Result<()> {
        let shared = &self.shared;
        let missing: Vec<usize> = (0..jobs.len())
            .filter(|place| {
                jobs[*place].request.plan.as_ref().is_none_or(|plan| plan.records.is_none())
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let people: Vec<_> = missing.iter().map(|place| jobs[*place].nodes.clone()).collect();
        let sought = Sought::new(&people)?;
        let mut ops = Vec::new();
        let mut plans = vec![Plan { records: Some(Vec::new()), ..Plan::default() }; missing.len()];
        for partition in 0..shared.journal.partitions() {
            let below = shared.marks(partition).archived();
            let found = scan(shared, partition, &sought, below).await?;
            let whose: HashMap<Offset, usize> =
                found.iter().map(|one| (one.record.offset, one.person)).collect();
            for one in &found {
                let plan = &mut plans[one.person];
                plan.records.get_or_insert_default().push((partition, one.record.offset));
                let family = family(one.record.entry.family);
                let (count, bytes) = plan.families.entry(family).or_default();
                *count += 1;
                *bytes += one.record.entry.payload.len() as u64;
                let job = &jobs[missing[one.person]];
                if !job.has_key(one.record.entry.key) {
                    plan.named.push((partition, one.record.offset));
                }
                if let Some(place) = keep_place(shared, &one.record, job.request.id) {
                    if let Op::Put { key, .. } = &place {
                        plan.places.push((partition, one.record.offset, key.clone()));
                    }
                    ops.push(place);
                }
            }
            let offsets: Vec<Offset> = found.iter().map(|one| one.record.offset).collect();
            for (table, offset) in shared.lake.find_records(partition, &offsets).await? {
                if let Some(person) = whose.get(&offset) {
                    *plans[*person].rows.entry(table.to_owned()).or_default() += 1;
                }
            }
        }
        let mut others = Others::default();
        for (place, mut plan) in missing.into_iter().zip(plans) {
            let job = &mut jobs[place];
            if let Some(before) = &job.request.plan {
                (plan.holdings, plan.nodes) = (before.holdings, before.nodes);
            }
            for other in others.of(shared, &job.request.workspace).await? {
                if other.shares_subject(&job.request)
                    && let Some(bytes) = other.export_bytes
                {
                    plan.exports.insert(other.export_name(), bytes);
                }
            }
            job.request.plan = Some(plan);
            ops.push(job.request.row()?);
        }
        shared.state.commit(shared.epoch, None, ops).await?;
        failpoint::reach("subject.after_plan");
        Ok(())
    }

    /// Removes everything that was found. Doing it again does no harm.
    async fn remove(&self, jobs: &[Job]) -> Result<()> {
        let shared = &self.shared;
        let mut records: BTreeMap<Partition, Vec<Offset>> = BTreeMap::new();
        let plans = || jobs.iter().filter_map(|job| job.request.plan.as_ref());
        for (partition, offset) in jobs.iter().flat_map(Job::records) {
            records.entry(partition).or_default().push(offset);
        }
        for (partition, offsets) in &records {
            shared.lake.erase_records(*partition, offsets).await?;
        }
        failpoint::reach("subject.after_lake");
        // The fold has to be without them for good before the records are that it follows from.
        let fold = std::sync::Arc::clone(&shared.fold);
        apart(move || fold.sync()).await?;
        if !failpoint::mutant("journal.no_erase") {
            for (partition, offsets) in &records {
                shared.journal.blank_all(*partition, offsets).await?;
            }
        }
        failpoint::reach("subject.after_journal");
        if !failpoint::mutant("exports.no_erase") {
            for name in plans().flat_map(|plan| plan.exports.keys()) {
                shared.options.subjects.exports.discard(name).await?;
            }
        }
        failpoint::reach("subject.after_exports");
        let mut tries = 0;
        while !shared.lake.purge().await? {
            tries += 1;
            if tries > PURGES {
                let what = "a query reads files of the lake that have to go";
                return Err(gyre_ports::Error::new(gyre_ports::ErrorKind::Busy, what).into());
            }
            tokio::time::sleep(PAUSE).await;
        }
        failpoint::reach("subject.after_vacuum");
        let fold = std::sync::Arc::clone(&shared.fold);
        apart(move || fold.purge()).await?;
        failpoint::reach("subject.after_fold");
        Ok(())
    }

    /// Looks whether anything is left, then says that it is done.
    async fn certify(
        &self,
        job: Job,
        rows: usize,
        has_backups: bool,
        others: &mut Others,
    ) -> Result<()> {
        let shared = &self.shared;
        let mut request = job.request.clone();
        let workspace = request.workspace.clone();
        if let Some(left) = self.left(&job, rows).await? {
            request.failures += 1;
            request.detail = Some(left.to_owned());
            if request.failures >= TRIES {
                request.state = SubjectRequestState::Failed;
            }
            tracing::warn!(request = %request.id, left, "an erasure is not complete");
            let ops = if request.state == SubjectRequestState::Failed {
                request.step(shared.clock.now())?
            } else {
                vec![request.row()?]
            };
            shared.state.commit(shared.epoch, None, ops).await?;
            return Ok(());
        }
        let at = shared.clock.now();
        let plan = request.plan.take().unwrap_or_default();
        request.removed = removed(&plan);
        if has_backups {
            request.removed.extend(job.keys_removed());
        }
        // Every identifier that turned out to be the person's is barred, not only those asked by.
        let rights = shared.rights.read().clone();
        let of_nodes = job.nodes.iter().map(|(node, _)| rights.key_of(&workspace, *node));
        request.subject.extend(of_nodes.map(|key| key.to_string()));
        request.subject.sort_unstable();
        request.subject.dedup();
        self.asking.lock().await.note(&request);
        request.nodes = Vec::new();
        request.state = SubjectRequestState::Done;
        request.done_at = Some(at);
        request.detail = None;
        request.certificate =
            Some(certificate::sign(&request, at, shared.options.subjects.signer.as_ref())?);
        let mut ops = request.step(at)?;
        for other in others.of(shared, &workspace).await? {
            if other.id == request.id {
                other.clone_from(&request);
            } else if plan.exports.contains_key(&other.export_name()) {
                (other.export_bytes, other.export_until) = (None, None);
                other.nodes = Vec::new();
                ops.push(other.row()?);
            } else if other.shares_subject(&request) {
                other.nodes = Vec::new();
                other.corrections = Vec::new();
                ops.push(other.row()?);
            }
        }
        ops.push(Op::Put { workspace, key: found_key(request.id), value: Value::Null });
        shared.state.commit(shared.epoch, None, ops).await?;
        failpoint::reach("subject.after_done");
        tracing::info!(request = %request.id, "an erasure is done");
        Ok(())
    }

    /// How many records of each request still have rows in the lake: one look for all of them.
    async fn rows_left(&self, jobs: &[Job]) -> Result<HashMap<RecordId, usize>> {
        let mut whose: BTreeMap<Partition, HashMap<Offset, RecordId>> = BTreeMap::new();
        for job in jobs {
            for (partition, offset) in job.records() {
                whose.entry(partition).or_default().insert(offset, job.request.id);
            }
        }
        let mut left: HashMap<RecordId, usize> = HashMap::new();
        for (partition, whose) in whose {
            let offsets: Vec<Offset> = whose.keys().copied().collect();
            for (_, offset) in self.shared.lake.find_records(partition, &offsets).await? {
                if let Some(request) = whose.get(&offset) {
                    *left.entry(*request).or_default() += 1;
                }
            }
        }
        Ok(left)
    }

    /// What is left of a person, if anything.
    async fn left(&self, job: &Job, rows: usize) -> Result<Option<&'static str>> {
        let shared = &self.shared;
        let nodes = job.ids();
        for node in &nodes {
            if shared.people_of(node.key()).person_of(*node)?.is_some() {
                return Ok(Some("the fold still has a node"));
            }
        }
        if shared.state.holdings(&job.request.workspace, &nodes).await? != Holdings::default() {
            return Ok(Some("the state still has rows"));
        }
        if rows > 0 {
            return Ok(Some("the lake still has rows"));
        }
        for (partition, offset) in job.records() {
            let read = shared.journal.read(partition, offset, 1).await?;
            if read.iter().any(|record| !record.is_erased()) {
                return Ok(Some("the journal still has a record"));
            }
        }
        Ok(None)
    }

    /// Blanks records that the processor did not take because their people are erased, and counts them.
    pub(super) async fn sweep_blocked(&self) -> Result<bool> {
        let shared = &self.shared;
        let refused = shared.refused.swap(0, std::sync::atomic::Ordering::SeqCst);
        let values = shared.state.values(&system(), BLOCKED).await?;
        if refused == 0 && values.is_empty() {
            return Ok(false);
        }
        let mut by_partition: BTreeMap<Partition, Vec<Offset>> = BTreeMap::new();
        for (key, _) in &values {
            let named = key.strip_prefix(BLOCKED).and_then(|rest| rest.split_once(':'));
            let Some((partition, offset)) = named else { continue };
            if let (Ok(partition), Ok(offset)) = (partition.parse(), offset.parse()) {
                by_partition.entry(partition).or_default().push(offset);
            }
        }
        for (partition, offsets) in by_partition {
            // Only what the archivist has passed: it must see the same as the processor.
            if offsets.iter().any(|offset| *offset >= shared.marks(partition).archived()) {
                self.visible().await?;
            }
            shared.journal.blank_all(partition, &offsets).await?;
            self.destroy_records(partition, &offsets).await?;
        }
        failpoint::reach("subject.after_sweep");
        let before = self.blocked().await?;
        let mut ops: Vec<Op> = values
            .iter()
            .map(|(key, _)| Op::Put { workspace: system(), key: key.clone(), value: Value::Null })
            .collect();
        ops.push(Op::Put {
            workspace: system(),
            key: COUNTER.to_owned(),
            value: (before + refused + values.len() as u64).into(),
        });
        shared.state.commit(shared.epoch, None, ops).await?;
        Ok(true)
    }

    /// How many late records of erased people were not taken.
    pub async fn blocked(&self) -> Result<u64> {
        let value = self.shared.state.value(&system(), COUNTER).await?;
        Ok(value.and_then(|value| value.as_u64()).unwrap_or(0))
    }
}

fn by_workspace(jobs: &[Job]) -> BTreeMap<&Workspace, Vec<NodeId>> {
    let mut nodes: BTreeMap<&Workspace, Vec<NodeId>> = BTreeMap::new();
    for job in jobs {
        nodes.entry(&job.request.workspace).or_default().extend(job.ids());
    }
    nodes
}

fn family(family: Family) -> String {
    let name = serde_json::to_value(family).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn removed(plan: &Plan) -> Vec<Removed> {
    let one = |store: &str, table: &str, count: u64, bytes: Option<u64>| Removed {
        store: store.to_owned(),
        table: table.to_owned(),
        count,
        bytes,
    };
    let mut removed = Vec::new();
    for (family, (count, bytes)) in &plan.families {
        removed.push(one("journal", family, *count, Some(*bytes)));
    }
    for (table, count) in &plan.rows {
        removed.push(one("lake", table, *count, None));
    }
    let Holdings { consent, contacts, outbox, decided } = plan.holdings;
    for (table, count) in
        [("consent", consent), ("contacts", contacts), ("outbox", outbox), ("decided", decided)]
    {
        if count > 0 {
            removed.push(one("state", table, count, None));
        }
    }
    removed.push(one("fold", "nodes", plan.nodes, None));
    for bytes in plan.exports.values() {
        removed.push(one("exports", "archives", 1, Some(*bytes)));
    }
    removed
}

/// Runs what blocks where it delays nobody.
async fn apart(work: impl FnOnce() -> gyre_ports::Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|why| Error::corrupt("a task of an erasure", why))??)
}
