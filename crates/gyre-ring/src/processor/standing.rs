//! The ledger when it is derived again: entries that stand in the journal are taken as they stand.
//!
//! An entry says what was known when it was written: who the person was, what the node had said before. Some
//! of that is gone when people were erased and old records were removed, so an entry derived anew could be
//! another one. The ledger is written once: what is in it keeps its words, its place and its hash, also
//! where the event behind it is gone, and what is not in it is not put among what was written later.

use super::Processor;
use super::batch::Batch;
use crate::consent::{erased_places, removal};
use crate::damage;
use crate::error::{Error, Result};
use crate::person::{KeptWord, Node, Person};
use crate::shared::Shared;
use gyre_govern::ledger::Head;
use gyre_model::event::Event;
use gyre_model::record::body::{Body as _, Consent};
use gyre_model::{
    Cause, Family, NodeId, Offset, Partition, PersonId, RecordId, Stored, Topic, Workspace,
};
use gyre_ports::failpoint;
use std::collections::{BTreeMap, HashMap};

/// Records read at once.
const BATCH: usize = 8_192;

/// What the journal had of the ledger when it began to be derived again.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Where entries stand, by the offset of the event that they follow from.
    places: BTreeMap<Offset, Vec<Offset>>,
    /// The last thing that was derived from this partition: what follows from the records up to it was
    /// written down once.
    through: Option<(Offset, u32)>,
    /// The ends of the chains.
    heads: HashMap<Workspace, Head>,
}

/// The entries of one batch, by the offset of their events.
pub(super) type Entries = HashMap<Offset, Vec<Consent>>;

impl Standing {
    /// Looks through what of the journal is still to be derived from.
    async fn find(shared: &Shared, partition: Partition, from: Offset) -> Result<Self> {
        let mut standing = Self::default();
        let mut next = from;
        while next < shared.journal.end(partition) {
            let records = damage::read(shared.journal.as_ref(), partition, next, BATCH).await?;
            let Some(last) = records.last() else { break };
            next = last.offset + 1;
            for record in &records {
                standing.look(record, from);
            }
        }
        // Entries that are gone on purpose keep their places: nobody else gets them. Also where this begins in
        // the middle, after a crash: the fold may not have come to them yet.
        for workspace in shared.state.workspaces().await? {
            let places = erased_places(shared, &workspace, partition).await?;
            let ends = places.into_iter().map(|place| place.link);
            let ends = ends.map(|link| Head { number: link.number, hash: link.hash });
            let removed = removal(shared, &workspace, partition).await?;
            let removed = removed.map(|one| Head { number: one.number, hash: one.hash });
            for head in ends.chain(removed) {
                standing.ends_at(&workspace, head);
            }
        }
        Ok(standing)
    }

    fn look(&mut self, record: &Stored, from: Offset) {
        let Some(cause) = record.entry.cause.filter(|one| one.partition == record.partition) else {
            return;
        };
        if record.entry.family == Family::Delivery || cause.offset < from {
            return;
        }
        self.through = self.through.max(Some((cause.offset, cause.ordinal)));
        if record.entry.family != Family::Consent || record.is_erased() {
            return;
        }
        let Ok(entry) = Consent::decode(&record.entry.payload) else { return };
        let Some(link) = entry.chain else { return };
        self.ends_at(&record.entry.workspace, Head { number: link.number, hash: link.hash });
        self.places.entry(cause.offset).or_default().push(record.offset);
    }

    fn ends_at(&mut self, workspace: &Workspace, head: Head) {
        let known = self.heads.entry(workspace.clone()).or_default();
        if head.number > known.number {
            *known = head;
        }
    }

    /// The end of a chain, if it is behind the one that the fold has.
    pub(super) fn head(&self, workspace: &Workspace, folded: Head) -> Head {
        match self.heads.get(workspace) {
            Some(known) if known.number > folded.number => known.clone(),
            _ => folded,
        }
    }

    /// Whether what would be derived at a place was derived before.
    pub(super) fn is_written(&self, place: Cause) -> bool {
        self.through.is_some_and(|through| (place.offset, place.ordinal) <= through)
    }
}

impl Processor {
    /// The entries that follow from the records of a batch and stand in the journal.
    pub(super) async fn standing_entries(&mut self, records: &[Stored]) -> Result<Entries> {
        if failpoint::mutant("ledger.derived_anew") {
            self.standing.get_or_insert_default();
            return Ok(Entries::new());
        }
        let mut standing = match self.standing.take() {
            Some(standing) => standing,
            None => Standing::find(&self.shared, self.partition, self.next).await?,
        };
        let mut entries = Entries::new();
        if let Some(last) = records.last() {
            let later = standing.places.split_off(&(last.offset + 1));
            let mut wanted: Vec<Offset> =
                std::mem::replace(&mut standing.places, later).into_values().flatten().collect();
            wanted.sort_unstable();
            self.read_entries(&wanted, &mut entries).await?;
        }
        self.standing = Some(standing);
        Ok(entries)
    }

    /// Reads entries at ascending offsets. They stand close to one another, behind the records of a batch.
    async fn read_entries(&self, wanted: &[Offset], entries: &mut Entries) -> Result<()> {
        let mut rest = wanted;
        while let Some(&first) = rest.first() {
            let near = rest.partition_point(|offset| *offset < first + BATCH as u64);
            let limit = (rest[near - 1] - first + 1) as usize;
            let read =
                damage::read(self.shared.journal.as_ref(), self.partition, first, limit).await?;
            let Some(last) = read.last().map(|record| record.offset) else { return Ok(()) };
            for record in read.iter().filter(|record| rest.binary_search(&record.offset).is_ok()) {
                let Some(cause) = record.entry.cause.filter(|_| !record.is_erased()) else {
                    continue;
                };
                let entry = Consent::decode(&record.entry.payload)
                    .map_err(|why| Error::corrupt("entry of the consent ledger", why))?;
                let of = entries.entry(cause.offset).or_default();
                // A crash may have written it twice.
                if of.iter().all(|known: &Consent| known.chain != entry.chain) {
                    of.push(entry);
                }
            }
            rest = &rest[rest.partition_point(|offset| *offset <= last)..];
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// The entry as it stands in the journal, if it is there.
    pub(super) fn standing_entry(&mut self, offset: Offset, id: RecordId) -> Option<Consent> {
        let entries = self.entries.get_mut(&offset)?;
        let is_it = |entry: &Consent| entry.chain.as_ref().is_some_and(|link| link.id == id);
        let place = entries.iter().position(is_it)?;
        Some(entries.swap_remove(place))
    }

    /// Hears the entries whose event is gone: what somebody said holds longer than the event is kept.
    pub(super) fn hear_standing(&mut self, record: &Stored) -> Result<()> {
        let Some(mut entries) = self.entries.remove(&record.offset) else { return Ok(()) };
        if failpoint::mutant("ledger.words_go_with_events") {
            return Ok(());
        }
        entries.sort_by_key(|entry| entry.chain.as_ref().map(|link| link.number));
        for entry in entries {
            let at = entry.received_at.unwrap_or(record.at);
            let id = match self.person_of(entry.node)? {
                Some(id) => id,
                None => {
                    let node = Node::new("", at);
                    self.put(Person::new(&record.entry.workspace, entry.node, node));
                    entry.node.as_person()
                }
            };
            let Some(word) = word_of(&entry) else { continue };
            if let Some(node) = self.person_mut(id)?.and_then(|it| it.nodes.get_mut(&entry.node)) {
                remember_repeated(node, &entry);
                node.keep(word);
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Nodes that were known by their words alone get the identifiers that an event has.
    pub(super) fn name_nodes(
        &mut self,
        workspace: &Workspace,
        event: &Event,
        id: PersonId,
        named: &[NodeId],
    ) -> Result<()> {
        let catalog = self.catalog(workspace);
        let Some(person) = self.person_mut(id)? else { return Ok(()) };
        let is_nameless =
            |node: &NodeId| person.nodes.get(node).is_some_and(|known| known.identifier.is_empty());
        if !named.iter().any(is_nameless) {
            return Ok(());
        }
        for one in catalog.identity.identifiers(workspace.as_str(), event) {
            if let Some(node) =
                person.nodes.get_mut(&one.node).filter(|it| it.identifier.is_empty())
            {
                node.identifier = one.value;
            }
        }
        Ok(())
    }
}

/// What a node keeps of an entry.
pub(super) fn word_of(entry: &Consent) -> Option<KeptWord> {
    Some(KeptWord {
        id: entry.chain.as_ref()?.id,
        topic: entry.topic(),
        decision: entry.decision(),
        at: entry.occurred_at,
        expires_at: entry.expires_at,
    })
}

/// What a client sent along once does not count as said anew.
fn remember_repeated(node: &mut Node, entry: &Consent) {
    let Some(method) = entry.evidence.method.as_deref() else { return };
    let key = repeated_key(method, &entry.topic());
    let last = node.repeated.entry(key).or_insert((entry.granted, entry.occurred_at));
    if last.1 <= entry.occurred_at {
        *last = (entry.granted, entry.occurred_at);
    }
}

/// Under what is kept what clients sent along last.
pub(super) fn repeated_key(method: &str, topic: &Topic) -> String {
    format!("{method} {topic}")
}
