//! All people of a partition: a cache over the fold that the processor writes and decisions read.

use crate::error::{Error, Result};
use crate::person::Person;
use gyre_model::{NodeId, Partition, PersonId, Timestamp};
use gyre_ports::Fold;
use gyre_ports::fold::{Space, Write};
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

const SHARDS: usize = 64;
/// People kept decoded per shard; beyond it a shard is emptied and fills again from the fold.
const PER_SHARD: usize = 4_000;

/// Changes remembered for those who follow them; who is further behind looks at everybody.
const CHANGES: usize = 200_000;

/// Who changed, in order, as far as it is remembered.
#[derive(Debug, Default)]
struct Changes {
    /// How many are forgotten.
    before: u64,
    ids: VecDeque<PersonId>,
}

impl Changes {
    fn end(&self) -> u64 {
        self.before + self.ids.len() as u64
    }
}

#[derive(Debug, Default)]
struct Shard {
    nodes: HashMap<NodeId, PersonId>,
    people: HashMap<PersonId, Arc<Person>>,
}

/// All people of a partition, as of the last commit of the fold.
#[derive(Debug)]
pub struct People {
    fold: Arc<dyn Fold>,
    partition: Partition,
    shards: Vec<RwLock<Shard>>,
    changes: Mutex<Changes>,
}

impl People {
    /// People over a fold.
    pub fn new(fold: Arc<dyn Fold>, partition: Partition) -> Self {
        let shards = (0..SHARDS).map(|_| RwLock::default()).collect();
        Self { fold, partition, shards, changes: Mutex::default() }
    }

    fn shard(&self, id: &[u8; 16]) -> &RwLock<Shard> {
        &self.shards[usize::from(id[15]) % SHARDS]
    }

    /// The person a node belongs to.
    pub fn person_of(&self, node: NodeId) -> Result<Option<PersonId>> {
        if let Some(person) = self.shard(&node.0).read().nodes.get(&node) {
            return Ok(Some(*person));
        }
        let Some(bytes) = self.fold.get(self.partition, Space::Node, &node.0)? else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(bytes.as_slice())
            .map_err(|_| Error::corrupt("node", "not sixteen bytes"))?;
        self.shard(&node.0).write().nodes.insert(node, PersonId(id));
        Ok(Some(PersonId(id)))
    }

    /// A person by id.
    pub fn get(&self, id: PersonId) -> Result<Option<Arc<Person>>> {
        if let Some(person) = self.shard(&id.0).read().people.get(&id) {
            return Ok(Some(Arc::clone(person)));
        }
        let Some(bytes) = self.fold.get(self.partition, Space::Person, &id.0)? else {
            return Ok(None);
        };
        let person = Arc::new(Person::decode(&bytes)?);
        let mut shard = self.shard(&id.0).write();
        if shard.people.len() >= PER_SHARD {
            shard.people.clear();
        }
        // Somebody may have published a newer one meanwhile: that one counts.
        Ok(Some(Arc::clone(shard.people.entry(id).or_insert(person))))
    }

    /// The person of a node.
    pub fn by_node(&self, node: NodeId) -> Result<Option<Arc<Person>>> {
        match self.person_of(node)? {
            Some(id) => self.get(id),
            None => Ok(None),
        }
    }

    /// The ids of all people after `after`, at most `limit`, in order.
    pub fn page(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<PersonId>> {
        let from = after.map_or_else(Vec::new, |id| {
            let mut key = id.0.to_vec();
            key.push(0);
            key
        });
        let pairs = self.fold.scan(self.partition, Space::Person, &from, &[], limit)?;
        pairs
            .into_iter()
            .map(|(key, _)| {
                <[u8; 16]>::try_from(key.as_slice())
                    .map(PersonId)
                    .map_err(|_| Error::corrupt("person key", "not sixteen bytes"))
            })
            .collect()
    }

    /// People after `after`, at most `limit`, in order, as the fold has them. Whoever reads everybody does not
    /// push out of memory whom others ask about.
    pub(crate) fn read_page(&self, after: Option<PersonId>, limit: usize) -> Result<Vec<Person>> {
        let from = after.map_or_else(Vec::new, |id| {
            let mut key = id.0.to_vec();
            key.push(0);
            key
        });
        let pairs = self.fold.scan(self.partition, Space::Person, &from, &[], limit)?;
        pairs.iter().map(|(_, value)| Person::decode(value)).collect()
    }

    /// All due times, for the wheel.
    pub fn wheel(&self) -> Result<Vec<(Timestamp, PersonId)>> {
        let mut due = Vec::new();
        let mut from = Vec::new();
        loop {
            let page = self.fold.scan(self.partition, Space::Wheel, &from, &[], 10_000)?;
            let Some((last, _)) = page.last() else { return Ok(due) };
            from.clone_from(last);
            from.push(0);
            for (key, _) in &page {
                due.push(parse_wheel_key(key)?);
            }
        }
    }

    /// Makes people visible to readers, once the fold has them.
    pub fn publish(&self, changed: &HashMap<PersonId, Option<Arc<Person>>>) {
        for (id, person) in changed {
            let mut shard = self.shard(&id.0).write();
            match person {
                Some(person) => {
                    shard.people.insert(*id, Arc::clone(person));
                }
                None => {
                    shard.people.remove(id);
                }
            }
        }
        for person in changed.values().flatten() {
            for node in person.nodes.keys() {
                self.shard(&node.0).write().nodes.insert(*node, person.id);
            }
        }
        // Last: whoever learns of a change finds it done.
        let mut changes = self.changes.lock();
        changes.ids.extend(changed.keys());
        let over = changes.ids.len().saturating_sub(CHANGES);
        changes.ids.drain(..over);
        changes.before += over as u64;
    }

    /// How many changes there were: from here on [`Self::changed_since`] tells what came after.
    pub(crate) fn changed_until(&self) -> u64 {
        self.changes.lock().end()
    }

    /// Whoever changed since, and up to where that is told; nothing where not all of it is remembered.
    pub(crate) fn changed_since(&self, since: u64) -> Option<(Vec<PersonId>, u64)> {
        let changes = self.changes.lock();
        let skip = since.checked_sub(changes.before)?;
        let ids = changes.ids.iter().skip(usize::try_from(skip).ok()?).copied().collect();
        Some((ids, changes.end()))
    }

    /// Forgets nodes that belong to nobody any more.
    pub fn forget_nodes<'a>(&self, gone: impl Iterator<Item = &'a NodeId>) {
        for node in gone {
            self.shard(&node.0).write().nodes.remove(node);
        }
    }

    /// Forgets everything cached (the fold was cleared).
    pub fn forget(&self) {
        for shard in &self.shards {
            *shard.write() = Shard::default();
        }
        let mut changes = self.changes.lock();
        // One more than there were, so that nobody who followed them goes on as if nothing had happened.
        *changes = Changes { before: changes.end() + 1, ids: VecDeque::new() };
    }
}

/// What the fold must write for a changed person; `before` is what it had.
pub(crate) fn writes(
    id: PersonId,
    before: Option<&Person>,
    after: Option<&Person>,
    into: &mut Vec<Write>,
) -> Result<()> {
    let (was_due, is_due) =
        (before.and_then(|person| person.due), after.and_then(|person| person.due));
    if was_due != is_due {
        if let Some(due) = was_due {
            into.push(Write::Delete(Space::Wheel, wheel_key(due, id)));
        }
        if let Some(due) = is_due {
            into.push(Write::Put(Space::Wheel, wheel_key(due, id), Vec::new()));
        }
    }
    let Some(after) = after else {
        into.push(Write::Delete(Space::Person, id.0.to_vec()));
        return Ok(());
    };
    into.push(Write::Put(Space::Person, id.0.to_vec(), after.encode()?));
    for node in after.nodes.keys() {
        if before.is_none_or(|before| !before.nodes.contains_key(node)) {
            into.push(Write::Put(Space::Node, node.0.to_vec(), id.0.to_vec()));
        }
    }
    Ok(())
}

/// Due time first, so that the bytes sort as time does.
fn wheel_key(due: Timestamp, id: PersonId) -> Vec<u8> {
    let mut key = ((due.0 as u64) ^ (1 << 63)).to_be_bytes().to_vec();
    key.extend_from_slice(&id.0);
    key
}

fn parse_wheel_key(key: &[u8]) -> Result<(Timestamp, PersonId)> {
    let wrong = |_| Error::corrupt("wheel key", "not twenty-four bytes");
    let (due, id) = key.split_at_checked(8).ok_or_else(|| wrong(()))?;
    let due = u64::from_be_bytes(<[u8; 8]>::try_from(due).map_err(|_| wrong(()))?);
    let id = <[u8; 16]>::try_from(id).map_err(|_| wrong(()))?;
    Ok((Timestamp((due ^ (1 << 63)) as i64), PersonId(id)))
}
