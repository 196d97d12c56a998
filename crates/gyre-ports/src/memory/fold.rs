//! The in-memory fold: ordered maps, with the last synced content kept aside so that a power cut can
//! be played.

use crate::error::Result;
use crate::fold::{Fold, Pair, Space, Write};
use gyre_model::{Offset, Partition};
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::ops::Bound;

#[derive(Debug, Clone, Default)]
struct Part {
    position: Option<Offset>,
    spaces: BTreeMap<Space, BTreeMap<Vec<u8>, Vec<u8>>>,
}

#[derive(Debug, Default)]
struct Content {
    now: BTreeMap<Partition, Part>,
    synced: BTreeMap<Partition, Part>,
}

/// A fold in memory. Any partition exists as soon as something is written to it.
#[derive(Debug, Default)]
pub struct MemoryFold {
    content: RwLock<Content>,
}

impl MemoryFold {
    /// An empty fold.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a power cut does at worst: everything since the last `sync` is gone.
    pub fn crash(&self) {
        let mut content = self.content.write();
        content.now = content.synced.clone();
    }
}

impl Fold for MemoryFold {
    fn get(&self, partition: Partition, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let content = self.content.read();
        let pairs = content.now.get(&partition).and_then(|part| part.spaces.get(&space));
        Ok(pairs.and_then(|pairs| pairs.get(key)).cloned())
    }

    fn scan(
        &self,
        partition: Partition,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>> {
        if !to.is_empty() && from >= to {
            return Ok(Vec::new());
        }
        let content = self.content.read();
        let Some(pairs) = content.now.get(&partition).and_then(|part| part.spaces.get(&space))
        else {
            return Ok(Vec::new());
        };
        let end = if to.is_empty() { Bound::Unbounded } else { Bound::Excluded(to) };
        let range = pairs.range::<[u8], _>((Bound::Included(from), end));
        Ok(range.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn commit(&self, partition: Partition, position: Offset, writes: Vec<Write>) -> Result<()> {
        let mut content = self.content.write();
        let part = content.now.entry(partition).or_default();
        for write in writes {
            match write {
                Write::Put(space, key, value) => {
                    part.spaces.entry(space).or_default().insert(key, value);
                }
                Write::Delete(space, key) => {
                    if let Some(pairs) = part.spaces.get_mut(&space) {
                        pairs.remove(&key);
                    }
                }
            }
        }
        part.position = Some(position);
        Ok(())
    }

    fn position(&self, partition: Partition) -> Result<Option<Offset>> {
        Ok(self.content.read().now.get(&partition).and_then(|part| part.position))
    }

    fn dedup_hours(&self, partition: Partition) -> Result<Vec<i32>> {
        let content = self.content.read();
        let spaces = content.now.get(&partition).into_iter().flat_map(|part| part.spaces.keys());
        Ok(spaces
            .filter_map(|space| match space {
                Space::Dedup(hour) => Some(*hour),
                _ => None,
            })
            .collect())
    }

    fn drop_dedup_hour(&self, partition: Partition, hour: i32) -> Result<()> {
        if let Some(part) = self.content.write().now.get_mut(&partition) {
            part.spaces.remove(&Space::Dedup(hour));
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let mut content = self.content.write();
        content.synced = content.now.clone();
        Ok(())
    }

    fn purge(&self) -> Result<()> {
        self.sync()
    }

    fn clear(&self, partition: Partition) -> Result<()> {
        self.content.write().now.remove(&partition);
        Ok(())
    }
}
