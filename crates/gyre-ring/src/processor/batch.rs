//! One batch: an overlay over people and wheel that becomes visible only when everything is committed.

use super::consent::write_head;
use super::history::Wanted;
use super::known::Known;
use super::links::Overlay;
use super::passed;
use super::plan::encode_counts;
use super::standing::Entries;
use super::{Processor, SeenResources, encode_decided, encode_seen};
use crate::catalog::{Catalog, Catalogs};
use crate::error::Result;
use crate::people;
use crate::person::Person;
use crate::plans::PlanCounts;
use crate::subject::Rights;
use gyre_derive::Row;
use gyre_govern::ledger::Head;
use gyre_model::record::DECIDED;
use gyre_model::record::body::Body;
use gyre_model::{
    Cause, DecisionId, Entry, Family, MessageHash, NodeId, Offset, PersonId, Stored, Timestamp,
    Workspace,
};
use gyre_ports::failpoint;
use gyre_ports::fold::{self, Write};
use gyre_ports::state::Op;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What a batch changes.
pub(super) struct Changes {
    pub derived: Vec<Entry>,
    pub ops: Vec<Op>,
    pub writes: Vec<Write>,
    pub people: HashMap<PersonId, Option<Arc<Person>>>,
    pub wheel: BTreeSet<(Timestamp, PersonId)>,
    pub seen: Option<SeenResources>,
    pub catalogs: Catalogs,
    pub settled: Vec<(PersonId, DecisionId)>,
    pub skipped: Vec<Offset>,
    pub stripped: Vec<Offset>,
    pub gone: HashSet<NodeId>,
    /// What requests mean for people, if that changed.
    pub rights: Option<Arc<Rights>>,
    /// Whether the registrar has something to do.
    pub requested: bool,
    pub known: Known,
    pub cleaned: Vec<Offset>,
    pub plan_counts: Option<PlanCounts>,
    pub decided: Option<Offset>,
}

/// Whose row waits to be evaluated, all of a batch at once.
pub(super) struct Waiting {
    pub person: PersonId,
    pub workspace: Workspace,
    pub cause: (Offset, Timestamp),
    /// Whether what is known of the person may be used.
    pub profiled: bool,
}

/// A batch under way.
pub(super) struct Batch<'a> {
    pub processor: &'a Processor,
    pub people: HashMap<PersonId, Option<Person>>,
    pub moved: HashMap<NodeId, PersonId>,
    pub wheel: BTreeSet<(Timestamp, PersonId)>,
    pub waiting: Vec<(Waiting, Row)>,
    pub hashes: HashMap<MessageHash, Offset>,
    pub writes: Vec<Write>,
    pub ops: Vec<Op>,
    pub seen: Option<SeenResources>,
    pub catalogs: Catalogs,
    pub settled: Vec<(PersonId, DecisionId)>,
    pub skipped: Vec<Offset>,
    pub stripped: Vec<Offset>,
    /// The ends of the consent ledgers that this batch looked at.
    pub chains: HashMap<Workspace, Head>,
    /// Nodes that belong to nobody any more.
    pub gone: HashSet<NodeId>,
    pub rights: Arc<Rights>,
    pub rights_changed: bool,
    pub blocked: bool,
    pub known: Known,
    pub links: Overlay,
    pub cleaned: Vec<Offset>,
    pub plan_counts: Option<PlanCounts>,
    /// The last decided record that was taken.
    pub decided: Option<Offset>,
    /// Entries of the ledger that stand in the journal and follow from records of this batch.
    pub entries: Entries,
    /// The least instant at which something may end that rows that wait may begin.
    pub first_end: Option<Timestamp>,
    /// Events that features do not hear of, since nobody consented to it.
    pub withheld: Vec<Offset>,
    /// History that is needed before this batch can be taken.
    pub wanted: Option<Wanted>,
    /// Whether anything but rules and time was taken.
    pub has_facts: bool,
    derived: Vec<Entry>,
    ordinals: HashMap<Offset, u32>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        processor: &'a Processor,
        wheel: BTreeSet<(Timestamp, PersonId)>,
        known: Known,
    ) -> Self {
        Self {
            processor,
            people: HashMap::new(),
            moved: HashMap::new(),
            wheel,
            waiting: Vec::new(),
            hashes: HashMap::new(),
            writes: Vec::new(),
            ops: Vec::new(),
            seen: None,
            catalogs: processor.catalogs.clone(),
            settled: Vec::new(),
            skipped: Vec::new(),
            stripped: Vec::new(),
            chains: HashMap::new(),
            gone: HashSet::new(),
            rights: Arc::clone(&processor.rights),
            rights_changed: false,
            blocked: false,
            known,
            links: Overlay::default(),
            cleaned: Vec::new(),
            plan_counts: None,
            decided: processor.decided,
            entries: Entries::new(),
            first_end: None,
            withheld: Vec::new(),
            wanted: None,
            has_facts: false,
            derived: Vec::new(),
            ordinals: HashMap::new(),
        }
    }

    /// Takes one record: whoever is due by its stamp runs before it.
    pub(super) fn take(&mut self, record: &Stored) -> Result<()> {
        self.has_facts |= !matches!(record.entry.family, Family::Orchestration | Family::Tick);
        self.run_due(record)?;
        if record.is_erased() {
            return self.hear_standing(record);
        }
        if self.rights.blocks(record) {
            self.block(record);
            return Ok(());
        }
        if self.came_before(record) {
            return Ok(());
        }
        match record.entry.family {
            Family::Event => self.event(record),
            Family::Decision => self.decision(record),
            Family::Orchestration => self.orchestration(record),
            Family::SubjectRequest => self.subject_request(record),
            Family::Enrollment
            | Family::Response
            | Family::Offline
            | Family::Content
            | Family::DeadLetter => self.outside(record),
            Family::Separation => self.separation(record),
            // What this processor derived itself was applied when it was derived; the rest tells the
            // fold nothing.
            _ => Ok(()),
        }
    }

    /// Whether a decided record was published before: after a crash the publisher appends its last ones
    /// again, in their sequence.
    fn came_before(&mut self, record: &Stored) -> bool {
        let Some(cause) = record.entry.cause.filter(|cause| cause.partition == DECIDED) else {
            return false;
        };
        if failpoint::mutant("processor.no_sequence") {
            return false;
        }
        let is_new = self.decided.is_none_or(|last| cause.offset > last);
        self.decided = self.decided.max(Some(cause.offset));
        !is_new
    }

    pub(super) fn catalog(&self, workspace: &Workspace) -> Arc<Catalog> {
        self.catalogs.of(workspace)
    }

    /// Adds a derived record.
    pub(super) fn derive<B: Body>(
        &mut self,
        workspace: &Workspace,
        offset: Offset,
        key: u64,
        body: &B,
    ) {
        let ordinal = self.ordinals.entry(offset).or_insert(0);
        let cause = Cause { partition: self.processor.partition, offset, ordinal: *ordinal };
        *ordinal += 1;
        self.derived.push(Entry {
            workspace: workspace.clone(),
            family: B::FAMILY,
            key,
            cause: Some(cause),
            payload: body.encode(),
        });
    }

    /// Leaves out a derived record, which keeps its place.
    pub(super) fn pass_over(&mut self, offset: Offset) {
        *self.ordinals.entry(offset).or_insert(0) += 1;
    }

    /// The cause that the next derived record of an offset would have.
    pub(super) fn next_cause(&self, offset: Offset) -> Cause {
        let ordinal = self.ordinals.get(&offset).copied().unwrap_or(0);
        Cause { partition: self.processor.partition, offset, ordinal }
    }

    /// The person a node belongs to, this batch's changes included.
    pub(super) fn person_of(&self, node: NodeId) -> Result<Option<PersonId>> {
        match self.moved.get(&node) {
            Some(person) => Ok(Some(*person)),
            None if self.gone.contains(&node) => Ok(None),
            None => self.processor.people.person_of(node),
        }
    }

    /// A person, this batch's changes included.
    pub(super) fn person(&self, id: PersonId) -> Result<Option<Person>> {
        match self.people.get(&id) {
            Some(person) => Ok(person.clone()),
            None => Ok(self.processor.people.get(id)?.map(|person| (*person).clone())),
        }
    }

    /// A person to be changed.
    pub(super) fn person_mut(&mut self, id: PersonId) -> Result<Option<&mut Person>> {
        if !self.people.contains_key(&id) {
            let known = self.processor.people.get(id)?.map(|person| (*person).clone());
            if known.is_none() {
                return Ok(None);
            }
            self.people.insert(id, known);
        }
        Ok(self.people.get_mut(&id).and_then(Option::as_mut))
    }

    /// Puts a person.
    pub(super) fn put(&mut self, person: Person) {
        for node in person.nodes.keys() {
            self.moved.insert(*node, person.id);
            self.gone.remove(node);
        }
        self.people.insert(person.id, Some(person));
    }

    /// Removes a person.
    pub(super) fn remove(&mut self, id: PersonId) {
        if let Some(Some(person)) = self.people.get(&id)
            && let Some(due) = person.due
        {
            self.wheel.remove(&(due, id));
        }
        self.people.insert(id, None);
    }

    pub(super) fn finish(self) -> Result<Changes> {
        let mut writes = self.writes;
        let mut published = HashMap::with_capacity(self.people.len());
        for (id, after) in self.people {
            let before = self.processor.people.get(id)?;
            if before.is_none() && after.is_none() {
                continue;
            }
            people::writes(id, before.as_deref(), after.as_ref(), &mut writes)?;
            // A node that moved is rewritten even where its new person already had others.
            published.insert(id, after.map(Arc::new));
        }
        for (node, person) in &self.moved {
            if self.processor.people.person_of(*node)? != Some(*person) {
                writes.push(Write::Put(fold::Space::Node, node.0.to_vec(), person.0.to_vec()));
            }
        }
        for (workspace, head) in &self.chains {
            writes.push(write_head(workspace, head));
        }
        writes
            .extend(self.gone.iter().map(|node| Write::Delete(fold::Space::Node, node.0.to_vec())));
        self.links.writes(&mut writes)?;
        let fold = self.processor.shared.fold.as_ref();
        let passed_over = [&self.skipped, &self.stripped, &self.withheld].into_iter().flatten();
        passed::write(fold, self.processor.partition, passed_over.copied(), &mut writes)?;
        if let Some(seen) = &self.seen {
            writes.push(encode_seen(seen)?);
        }
        if let Some(counts) = &self.plan_counts {
            writes.push(encode_counts(counts));
        }
        if let Some(sequence) = self.decided.filter(|_| self.decided != self.processor.decided) {
            writes.push(encode_decided(sequence));
        }
        let mut derived = self.derived;
        derived.sort_by_key(|entry| entry.cause);
        Ok(Changes {
            derived,
            ops: self.ops,
            writes,
            people: published,
            wheel: self.wheel,
            seen: self.seen,
            catalogs: self.catalogs,
            settled: self.settled,
            skipped: self.skipped,
            stripped: self.stripped,
            gone: self.gone,
            rights: self.rights_changed.then_some(self.rights),
            requested: self.blocked,
            known: self.known,
            cleaned: self.cleaned,
            plan_counts: self.plan_counts,
            decided: self.decided,
        })
    }
}
