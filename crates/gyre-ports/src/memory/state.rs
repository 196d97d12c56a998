//! The in-memory state: ordered maps, and an undo list for commits that fail in the middle.

use crate::error::{Error, ErrorKind, Result};
use crate::state::{
    ConsentRow, Contact, Epoch, Holdings, Intent, Op, OutboxRow, Phase, Position, Reservation,
    ResourceRow, Spend, State,
};
use async_trait::async_trait;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Entry, NodeId, Offset, Partition, SendId, Timestamp, Workspace};
use parking_lot::RwLock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Bound;

type ResourceKey = (Workspace, Kind, String);

#[derive(Debug, Default)]
struct Tables {
    positions: BTreeMap<(String, Partition), Offset>,
    resources: BTreeMap<ResourceKey, Vec<ResourceRow>>,
    outbox: BTreeMap<SendId, OutboxRow>,
    /// Waiting rows by when they are to be looked at.
    waiting: BTreeMap<(Timestamp, SendId), SendId>,
    sending: BTreeMap<SendId, SendId>,
    contacts: BTreeMap<SendId, (Workspace, Contact)>,
    contacts_of: BTreeMap<(Workspace, NodeId, Timestamp, SendId), SendId>,
    spends: BTreeMap<SendId, Vec<Spend>>,
    counters: BTreeMap<String, Decimal>,
    consent: BTreeMap<(Workspace, NodeId, String), ConsentRow>,
    decided: BTreeMap<Offset, Entry>,
    values: BTreeMap<(Workspace, String), Value>,
}

#[derive(Debug, Default)]
struct Content {
    epoch: u64,
    next_decided: Offset,
    tables: Tables,
}

/// A state in memory.
#[derive(Debug, Default)]
pub struct MemoryState {
    content: RwLock<Content>,
}

impl MemoryState {
    /// An empty state.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets how far a consumer came, and values whose names begin with `prefix`, as if what it writes were
    /// lost and had to be made again.
    pub fn forget(&self, consumer: &str, prefix: &str) {
        let tables = &mut self.content.write().tables;
        tables.positions.retain(|(known, _), _| known != consumer);
        tables.values.retain(|(_, name), _| !name.starts_with(prefix));
    }
}

type Undo = Box<dyn FnOnce(&mut Tables)>;

/// A commit under way: what it has written is taken back unless it comes to its end.
struct Commit<'a> {
    tables: &'a mut Tables,
    next_decided: Offset,
    undo: Vec<Undo>,
}

impl Commit<'_> {
    /// Sets or removes one key of one table.
    fn set<K, V>(&mut self, table: fn(&mut Tables) -> &mut BTreeMap<K, V>, key: K, value: Option<V>)
    where
        K: Ord + Clone + 'static,
        V: 'static,
    {
        fn put<K: Ord, V>(table: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
            match value {
                Some(value) => table.insert(key, value),
                None => table.remove(&key),
            }
        }
        let before = put(table(self.tables), key.clone(), value);
        self.undo.push(Box::new(move |tables| {
            put(table(tables), key, before);
        }));
    }

    fn take_back(self) {
        for undo in self.undo.into_iter().rev() {
            undo(self.tables);
        }
    }

    fn apply(&mut self, op: Op) -> Result<()> {
        match op {
            Op::PutResource(row) => self.put_resource(row),
            Op::Enqueue(intent) => {
                self.enqueue(intent);
                Ok(())
            }
            Op::Reserve(reservation) => self.reserve(reservation),
            Op::Finish { send, release } => self.finish(send, release),
            Op::Retry { send, next_at } => {
                let row = self.open_row(send)?;
                self.set_row(OutboxRow { phase: Phase::Waiting, next_at, ..row });
                Ok(())
            }
            Op::Consent(row) => {
                self.consent(row);
                Ok(())
            }
            Op::Spend(spend) => self.take(&spend),
            Op::Decided(entry) => {
                self.set(|tables| &mut tables.decided, self.next_decided, Some(entry));
                self.next_decided += 1;
                Ok(())
            }
            Op::Put { workspace, key, value } => {
                let value = (!value.is_null()).then_some(value);
                self.set(|tables| &mut tables.values, (workspace, key), value);
                Ok(())
            }
        }
    }

    fn put_resource(&mut self, row: ResourceRow) -> Result<()> {
        let key = (row.workspace.clone(), row.kind, row.name.clone());
        let mut versions = self.tables.resources.get(&key).cloned().unwrap_or_default();
        if row.version != versions.last().map_or(0, |newest| newest.version) + 1 {
            return Err(conflict("the version of a resource is not the next one"));
        }
        versions.push(row);
        self.set(|tables| &mut tables.resources, key, Some(versions));
        Ok(())
    }

    fn enqueue(&mut self, intent: Intent) {
        if !self.tables.outbox.contains_key(&intent.send) {
            let next_at = intent.due;
            let (phase, attempt, decision) = (Phase::Waiting, 0, None);
            self.set_row(OutboxRow { intent, phase, attempt, next_at, decision });
        }
    }

    /// Writes a row and what is looked up by its phase.
    fn set_row(&mut self, row: OutboxRow) {
        let send = row.intent.send;
        if let Some(before) = self.tables.outbox.get(&send) {
            let next_at = before.next_at;
            self.set(|tables| &mut tables.waiting, (next_at, send), None);
            self.set(|tables| &mut tables.sending, send, None);
        }
        match row.phase {
            Phase::Waiting => {
                self.set(|tables| &mut tables.waiting, (row.next_at, send), Some(send));
            }
            Phase::Sending => self.set(|tables| &mut tables.sending, send, Some(send)),
            Phase::Done => {}
        }
        self.set(|tables| &mut tables.outbox, send, Some(row));
    }

    /// A row that is not over.
    fn open_row(&self, send: SendId) -> Result<OutboxRow> {
        let row = self.tables.outbox.get(&send).filter(|row| row.phase != Phase::Done);
        row.cloned().ok_or_else(|| conflict("the send is not open"))
    }

    fn reserve(&mut self, one: Reservation) -> Result<()> {
        if one.attempt > 1 && !one.spends.is_empty() {
            return Err(invalid("only the first attempt takes from limits"));
        }
        let row = self.open_row(one.send)?;
        if row.phase != Phase::Waiting || one.attempt != row.attempt + 1 {
            return Err(conflict("the attempt is not the next one of a waiting send"));
        }
        let decision = row.decision.clone().or(Some(one.decision));
        self.set_row(OutboxRow { phase: Phase::Sending, attempt: one.attempt, decision, ..row });
        self.remove_contact(one.send);
        let contact = Contact { node: one.node, channel: one.channel, at: one.at };
        let key = (one.workspace.clone(), one.node, one.at, one.send);
        self.set(|tables| &mut tables.contacts_of, key, Some(one.send));
        self.set(|tables| &mut tables.contacts, one.send, Some((one.workspace, contact)));
        if !one.spends.is_empty() {
            one.spends.iter().try_for_each(|spend| self.take(spend))?;
            self.set(|tables| &mut tables.spends, one.send, Some(one.spends));
        }
        Ok(())
    }

    fn finish(&mut self, send: SendId, release: bool) -> Result<()> {
        let row = self.open_row(send)?;
        self.set_row(OutboxRow { phase: Phase::Done, ..row });
        let spends = self.tables.spends.get(&send).cloned().unwrap_or_default();
        self.set(|tables| &mut tables.spends, send, None);
        if release {
            self.remove_contact(send);
            for spend in spends {
                self.add(spend.counter, -spend.amount)?;
            }
        }
        Ok(())
    }

    fn remove_contact(&mut self, send: SendId) {
        if let Some((workspace, contact)) = self.tables.contacts.get(&send) {
            let key = (workspace.clone(), contact.node, contact.at, send);
            self.set(|tables| &mut tables.contacts_of, key, None);
            self.set(|tables| &mut tables.contacts, send, None);
        }
    }

    fn take(&mut self, spend: &Spend) -> Result<()> {
        let after = self.add(spend.counter.clone(), spend.amount)?;
        if spend.amount > Decimal::ZERO && after > spend.limit {
            return Err(Error::new(ErrorKind::Denied, "a limit does not allow it"));
        }
        Ok(())
    }

    /// Adds to a counter and says what it is then.
    fn add(&mut self, counter: String, amount: Decimal) -> Result<Decimal> {
        let before = self.tables.counters.get(&counter).copied().unwrap_or_default();
        let after = before.0.checked_add(amount.0).map(Decimal);
        let after = after.ok_or_else(|| invalid("a limit is out of range"))?;
        self.set(|tables| &mut tables.counters, counter, Some(after));
        Ok(after)
    }

    fn consent(&mut self, row: ConsentRow) {
        let key = (row.workspace.clone(), row.node, row.channel.clone());
        let wins = self.tables.consent.get(&key).is_none_or(|before| {
            (row.occurred_at, !row.granted) > (before.occurred_at, !before.granted)
        });
        if wins {
            self.set(|tables| &mut tables.consent, key, Some(row));
        }
    }
}

impl Content {
    fn check(&self, epoch: Epoch) -> Result<()> {
        if epoch.0 == self.epoch {
            return Ok(());
        }
        Err(conflict("the writer's epoch is not the newest"))
    }
}

fn conflict(what: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, what)
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, what)
}

fn newest(versions: &[ResourceRow]) -> Option<&ResourceRow> {
    versions.last().filter(|row| !row.spec.is_null())
}

#[async_trait]
impl State for MemoryState {
    async fn begin(&self) -> Result<Epoch> {
        let mut content = self.content.write();
        content.epoch += 1;
        Ok(Epoch(content.epoch))
    }

    async fn commit(&self, epoch: Epoch, position: Option<Position>, ops: Vec<Op>) -> Result<()> {
        let mut content = self.content.write();
        content.check(epoch)?;
        let Content { next_decided, tables, .. } = &mut *content;
        let mut commit = Commit { tables, next_decided: *next_decided, undo: Vec::new() };
        if let Err(error) = ops.into_iter().try_for_each(|op| commit.apply(op)) {
            commit.take_back();
            return Err(error);
        }
        *next_decided = commit.next_decided;
        if let Some(position) = position {
            let key = (position.consumer, position.partition);
            tables.positions.insert(key, position.offset);
        }
        Ok(())
    }

    async fn position(&self, consumer: &str, partition: Partition) -> Result<Option<Offset>> {
        let key = (consumer.to_owned(), partition);
        Ok(self.content.read().tables.positions.get(&key).copied())
    }

    async fn resource(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Option<ResourceRow>> {
        let key = (workspace.clone(), kind, name.to_owned());
        let content = self.content.read();
        Ok(content.tables.resources.get(&key).and_then(|versions| newest(versions)).cloned())
    }

    async fn resources(&self, workspace: &Workspace) -> Result<Vec<ResourceRow>> {
        let content = self.content.read();
        let all = content.tables.resources.iter().filter(|((of, ..), _)| of == workspace);
        Ok(all.filter_map(|(_, versions)| newest(versions)).cloned().collect())
    }

    async fn history(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<ResourceRow>> {
        let key = (workspace.clone(), kind, name.to_owned());
        Ok(self.content.read().tables.resources.get(&key).cloned().unwrap_or_default())
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        let content = self.content.read();
        let live = content.tables.resources.values().filter_map(|versions| newest(versions));
        let mut workspaces: Vec<_> = live.map(|row| row.workspace.clone()).collect();
        workspaces.dedup();
        Ok(workspaces)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>> {
        let content = self.content.read();
        let due = content.tables.waiting.keys().take_while(|(next_at, _)| *next_at <= now);
        let rows = due.take(limit).filter_map(|(_, send)| content.tables.outbox.get(send));
        Ok(rows.cloned().collect())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        let content = self.content.read();
        Ok(content.tables.waiting.first_key_value().map(|((next_at, _), _)| *next_at))
    }

    async fn sending(&self) -> Result<Vec<OutboxRow>> {
        let content = self.content.read();
        let sends = content.tables.sending.keys();
        Ok(sends.filter_map(|send| content.tables.outbox.get(send)).cloned().collect())
    }

    async fn outbox(&self, send: SendId) -> Result<Option<OutboxRow>> {
        Ok(self.content.read().tables.outbox.get(&send).cloned())
    }

    async fn outbox_counts(&self) -> Result<[u64; 3]> {
        let content = self.content.read();
        let tables = &content.tables;
        let (waiting, sending) = (tables.waiting.len(), tables.sending.len());
        let done = tables.outbox.len() - waiting - sending;
        Ok([waiting, sending, done].map(|count| count as u64))
    }

    async fn contacts(
        &self,
        workspace: &Workspace,
        nodes: &[NodeId],
        since: Timestamp,
    ) -> Result<Vec<Contact>> {
        let content = self.content.read();
        let mut found = BTreeMap::new();
        for node in nodes {
            let from = (workspace.clone(), *node, since, SendId([0; 16]));
            let keys = content.tables.contacts_of.range(from..).map(|(key, _)| key);
            let of_node = keys.take_while(|(of, who, ..)| of == workspace && who == node);
            for (_, _, at, send) in of_node {
                if let Some((_, contact)) = content.tables.contacts.get(send) {
                    found.insert((*at, *send), contact.clone());
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn reserved(&self, workspace: &Workspace, since: Timestamp) -> Result<Vec<Contact>> {
        let content = self.content.read();
        let mut found = BTreeMap::new();
        for (send, (of, contact)) in &content.tables.contacts {
            if of == workspace && contact.at >= since {
                found.insert((contact.at, *send), contact.clone());
            }
        }
        Ok(found.into_values().collect())
    }

    async fn consent(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Vec<ConsentRow>> {
        let content = self.content.read();
        let mut found = BTreeMap::new();
        for node in nodes {
            let from = (workspace.clone(), *node, String::new());
            let rows = content.tables.consent.range(from..);
            let of_node = rows.take_while(|((of, who, _), _)| of == workspace && who == node);
            found.extend(of_node);
        }
        Ok(found.into_values().cloned().collect())
    }

    async fn spent(&self, counter: &str) -> Result<Decimal> {
        Ok(self.content.read().tables.counters.get(counter).copied().unwrap_or_default())
    }

    async fn decided(&self, after: Option<Offset>, limit: usize) -> Result<Vec<(Offset, Entry)>> {
        let content = self.content.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = content.tables.decided.range((from, Bound::Unbounded)).take(limit);
        Ok(rows.map(|(sequence, entry)| (*sequence, entry.clone())).collect())
    }

    async fn forget_decided(&self, epoch: Epoch, upto: Offset) -> Result<()> {
        let mut content = self.content.write();
        content.check(epoch)?;
        content.tables.decided.retain(|sequence, _| *sequence > upto);
        Ok(())
    }

    async fn value(&self, workspace: &Workspace, key: &str) -> Result<Option<Value>> {
        let key = (workspace.clone(), key.to_owned());
        Ok(self.content.read().tables.values.get(&key).cloned())
    }

    async fn values(&self, workspace: &Workspace, prefix: &str) -> Result<Vec<(String, Value)>> {
        let content = self.content.read();
        let rows = content.tables.values.range((workspace.clone(), prefix.to_owned())..);
        let found = rows.take_while(|((of, key), _)| of == workspace && key.starts_with(prefix));
        Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
    }

    async fn holdings(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Holdings> {
        let content = self.content.read();
        let tables = &content.tables;
        let of = |place: &Workspace, node: &NodeId| place == workspace && nodes.contains(node);
        let keys: Vec<u64> = nodes.iter().map(NodeId::key).collect();
        let count = |rows: usize| rows as u64;
        Ok(Holdings {
            consent: count(tables.consent.keys().filter(|(w, node, _)| of(w, node)).count()),
            contacts: count(tables.contacts_of.keys().filter(|(w, node, ..)| of(w, node)).count()),
            outbox: count(
                tables
                    .outbox
                    .values()
                    .filter(|row| of(&row.intent.workspace, &row.intent.node))
                    .count(),
            ),
            decided: count(
                tables
                    .decided
                    .values()
                    .filter(|entry| entry.workspace == *workspace && keys.contains(&entry.key))
                    .count(),
            ),
        })
    }

    async fn erase(&self, epoch: Epoch, workspace: &Workspace, nodes: &[NodeId]) -> Result<()> {
        let mut content = self.content.write();
        content.check(epoch)?;
        let tables = &mut content.tables;
        let of = |place: &Workspace, node: &NodeId| place == workspace && nodes.contains(node);
        tables.consent.retain(|(w, node, _), _| !of(w, node));
        tables.contacts_of.retain(|(w, node, ..), _| !of(w, node));
        tables.contacts.retain(|_, (w, contact)| !of(w, &contact.node));
        let sends: Vec<SendId> = tables
            .outbox
            .values()
            .filter(|row| of(&row.intent.workspace, &row.intent.node))
            .map(|row| row.intent.send)
            .collect();
        for send in sends {
            if let Some(row) = tables.outbox.remove(&send) {
                tables.waiting.remove(&(row.next_at, send));
            }
            tables.sending.remove(&send);
            tables.spends.remove(&send);
        }
        let keys: Vec<u64> = nodes.iter().map(NodeId::key).collect();
        tables
            .decided
            .retain(|_, entry| entry.workspace != *workspace || !keys.contains(&entry.key));
        Ok(())
    }

    async fn purge(&self) -> Result<()> {
        Ok(())
    }
}
