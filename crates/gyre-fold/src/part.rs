//! One partition: its keyspaces, and which hours of message hashes are alive.
//!
//! Creating or deleting a keyspace costs tens of milliseconds (fsyncs of its manifest and of fjall's
//! own), far too much for one an hour when months are replayed. So hashes lie in *bins*: a keyspace that
//! takes new hours until it is large. An hour is a tag that its keys begin with; dropping the hour is
//! one small write that forgets the tag, and a full bin with no hour left is deleted whole. A tag is
//! never given twice, so what a dropped hour left behind can not be read again.

use crate::error::{corrupt, invalid, reading, writing};
use crate::keys::{self, Prefix};
use crate::options::Options;
use fjall::config::{
    BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry, PartitioningPolicy,
};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};
use gyre_model::{Offset, Partition};
use gyre_ports::Result;
use gyre_ports::fold::Space;
use parking_lot::{Mutex, RwLock};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where one hour's hashes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hour {
    bin: u32,
    tag: u32,
}

/// The keyspaces of a partition as of one commit. Readers hold one of these; the writer swaps it.
#[derive(Clone)]
pub(crate) struct Tables {
    partition: Partition,
    pub(crate) generation: u64,
    pub(crate) main: Keyspace,
    pub(crate) hours: BTreeMap<i32, Hour>,
    bins: BTreeMap<u32, Keyspace>,
    next_tag: u32,
}

/// A partition: one writer at a time, readers beside it.
pub(crate) struct Part {
    pub(crate) writer: Mutex<()>,
    tables: RwLock<Arc<Tables>>,
}

impl Part {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { writer: Mutex::new(()), tables: RwLock::new(Arc::new(tables)) }
    }

    pub(crate) fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read())
    }

    pub(crate) fn swap(&self, tables: Tables) {
        *self.tables.write() = Arc::new(tables);
    }
}

impl Tables {
    /// What is on disk of a generation, created where it is missing.
    pub(crate) fn open(
        db: &Database,
        options: &Options,
        partition: Partition,
        generation: u64,
    ) -> Result<Self> {
        let main = keyspace(db, &keys::main(partition, generation), || main_options(options))?;
        let mut hours = BTreeMap::new();
        for pair in main.prefix(keys::HOURS) {
            let (key, value) = pair.into_inner().map_err(reading("the hours can not be read"))?;
            let (hour, place) = keys::hour_of(&key)
                .zip(Hour::decode(&value))
                .ok_or_else(|| corrupt("an hour of the fold is not readable"))?;
            hours.insert(hour, place);
        }
        let mut bins = BTreeMap::new();
        for name in db.list_keyspace_names() {
            if let Some(number) = keys::bin_of(partition, generation, &name) {
                bins.insert(number, keyspace(db, &name, || bin_options(options))?);
            }
        }
        if hours.values().any(|hour| !bins.contains_key(&hour.bin)) {
            return Err(corrupt("message hashes of a live hour are missing"));
        }
        let next_tag =
            match main.get(keys::NEXT_TAG).map_err(reading("the fold can not be read"))? {
                None => 0,
                Some(bytes) => number(&bytes)?,
            };
        Ok(Self { partition, generation, main, hours, bins, next_tag })
    }

    /// Where a space lies; `None` when it is an hour without hashes.
    pub(crate) fn place(&self, space: Space) -> Option<(&Keyspace, Prefix)> {
        if let Space::Dedup(hour) = space {
            let hour = self.hours.get(&hour)?;
            return Some((self.bins.get(&hour.bin)?, Prefix::Tag(hour.tag)));
        }
        Some((&self.main, Prefix::of(space)?))
    }

    pub(crate) fn position(&self) -> Result<Option<Offset>> {
        let bytes =
            self.main.get(keys::POSITION).map_err(reading("the position can not be read"))?;
        bytes.map(|bytes| offset(&bytes)).transpose()
    }

    /// Makes an hour alive in the commit that `batch` becomes.
    pub(crate) fn admit(
        &mut self,
        db: &Database,
        options: &Options,
        batch: &mut OwnedWriteBatch,
        hour: i32,
    ) -> Result<()> {
        let place = Hour { bin: self.open_bin(db, options)?, tag: self.next_tag };
        let next = self.next_tag.checked_add(1).filter(|next| *next < u32::MAX);
        self.next_tag = next.ok_or_else(|| invalid("the fold has no tag left for another hour"))?;
        batch.insert(&self.main, keys::hour(hour), place.encode());
        batch.insert(&self.main, keys::NEXT_TAG, self.next_tag.to_be_bytes());
        self.hours.insert(hour, place);
        Ok(())
    }

    /// The newest bin, or a new one when that is full.
    fn open_bin(&mut self, db: &Database, options: &Options) -> Result<u32> {
        let newest = self.bins.last_key_value().map(|(number, bin)| (*number, bin.clone()));
        let number = match newest {
            Some((number, bin)) if bin.disk_space() < options.bin_bytes => return Ok(number),
            Some((number, full)) => {
                // Nothing new comes here but late events: what is in memory goes to disk.
                full.rotate_memtable().map_err(writing("a bin can not be flushed"))?;
                number + 1
            }
            None => 0,
        };
        let name = keys::bin(self.partition, self.generation, number);
        self.bins.insert(number, keyspace(db, &name, || bin_options(options))?);
        Ok(number)
    }

    /// Takes the bins out that no live hour needs, but for the newest: it takes the next hours.
    pub(crate) fn empty_bins(&mut self) -> Vec<Keyspace> {
        let Some(newest) = self.bins.keys().next_back().copied() else { return Vec::new() };
        let hours = &self.hours;
        let unused =
            |number: &u32| *number != newest && hours.values().all(|hour| hour.bin != *number);
        let numbers: Vec<u32> = self.bins.keys().copied().filter(unused).collect();
        numbers.iter().filter_map(|number| self.bins.remove(number)).collect()
    }

    /// All keyspaces.
    pub(crate) fn keyspaces(&self) -> impl Iterator<Item = &Keyspace> {
        self.bins.values().chain([&self.main])
    }
}

impl Hour {
    fn encode(self) -> Vec<u8> {
        [self.bin.to_be_bytes(), self.tag.to_be_bytes()].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (bin, tag) = bytes.split_first_chunk()?;
        Some(Self { bin: u32::from_be_bytes(*bin), tag: u32::from_be_bytes(tag.try_into().ok()?) })
    }
}

/// Deletes keyspaces for good.
pub(crate) fn remove(db: &Database, keyspaces: Vec<Keyspace>) -> Result<()> {
    if keyspaces.is_empty() {
        return Ok(());
    }
    // Deleting is durable at once. What says that they are not needed has to be durable before, or a
    // power cut would bring back a fold that misses them.
    db.persist(PersistMode::SyncAll).map_err(writing("the fold can not be synced"))?;
    keyspaces
        .into_iter()
        .try_for_each(|one| db.delete_keyspace(one))
        .map_err(writing("a keyspace can not be deleted"))
}

pub(crate) fn keyspace(
    db: &Database,
    name: &str,
    options: impl FnOnce() -> KeyspaceCreateOptions,
) -> Result<Keyspace> {
    db.keyspace(name, options).map_err(writing("a keyspace can not be opened"))
}

/// Eight bytes as an offset.
pub(crate) fn offset(bytes: &[u8]) -> Result<Offset> {
    bytes
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| corrupt("a number of the fold is not whole"))
}

/// Four bytes as a number.
pub(crate) fn number(bytes: &[u8]) -> Result<u32> {
    bytes
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| corrupt("a number of the fold is not whole"))
}

fn main_options(options: &Options) -> KeyspaceCreateOptions {
    in_small_blocks().max_memtable_size(options.memtable_bytes)
}

/// Filters and indexes in blocks of some kilobytes. fjall makes one block of a table's whole filter in the
/// upper levels: of message hashes that is megabytes, more than the cache takes, so that every look-up
/// read them anew.
fn in_small_blocks() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .filter_block_partitioning_policy(PartitioningPolicy::all(true))
        .index_block_partitioning_policy(PartitioningPolicy::all(true))
}

fn bin_options(options: &Options) -> KeyspaceCreateOptions {
    // Hashes do not compress, and most look-ups are for a hash that is not there.
    let bloom = BloomConstructionPolicy::FalsePositiveRate(0.001);
    in_small_blocks()
        .max_memtable_size(options.bin_memtable_bytes)
        .data_block_compression_policy(CompressionPolicy::disabled())
        .filter_policy(FilterPolicy::all(FilterPolicyEntry::Bloom(bloom)))
}
