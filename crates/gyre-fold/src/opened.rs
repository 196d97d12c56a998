//! One opening of the fold's database: everything that is read from it and written to it.

use crate::error::{corrupt, invalid, reading, writing};
use crate::keys;
use crate::options::Options;
use crate::part::{self, Part, Tables};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};
use gyre_model::{Offset, Partition};
use gyre_ports::fold::{Pair, Space, Write};
use gyre_ports::{Fold, Result, failpoint};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::Path;

/// Threads that flush and compact. Two may be compacting for seconds (people and hashes), and who writes
/// waits when nobody flushes.
const WORKERS: usize = 4;
/// The form on disk that this code writes and reads.
const FORM: u32 = 2;

/// The fold as it was opened once. fjall takes no more writes after an error of IO: then this is closed
/// and opened again (see [`crate::FjallFold`]).
pub(crate) struct Opened {
    db: Database,
    ledger: Keyspace,
    parts: Vec<Part>,
    options: Options,
}

impl Opened {
    /// Opens or creates the fold of partitions `0..partitions`.
    pub(crate) fn open(path: &Path, partitions: Partition, options: Options) -> Result<Self> {
        let db = Database::builder(path)
            .cache_size(options.cache_bytes)
            .max_journaling_size(options.log())
            .worker_threads(WORKERS)
            .open()
            .map_err(reading("the fold can not be opened"))?;
        let ledger = part::keyspace(&db, keys::LEDGER, || {
            KeyspaceCreateOptions::default().max_memtable_size(1024 * 1024)
        })?;
        settle(&db, &ledger, partitions)?;
        let mut parts = Vec::new();
        for partition in 0..partitions {
            let generation = ledger
                .get(keys::generation(partition))
                .map_err(reading("a generation can not be read"))?
                .map_or(Ok(0), |bytes| part::offset(&bytes))?;
            let mut tables = Tables::open(&db, &options, partition, generation)?;
            // Left behind when the process died between forgetting an hour and deleting its bin.
            part::remove(&db, tables.empty_bins())?;
            parts.push(Part::new(tables));
        }
        let fold = Self { db, ledger, parts, options };
        fold.remove_strays()?;
        Ok(fold)
    }

    /// Deletes the keyspaces of generations that are over or never began.
    fn remove_strays(&self) -> Result<()> {
        let tables: Vec<_> = self.parts.iter().map(Part::tables).collect();
        let known: HashSet<&str> = tables
            .iter()
            .flat_map(|tables| tables.keyspaces())
            .chain([&self.ledger])
            .map(|one| &**one.name())
            .collect();
        let names = self.db.list_keyspace_names();
        let strays = names.iter().filter(|name| !known.contains(&***name));
        let strays: Result<Vec<_>> =
            strays.map(|name| part::keyspace(&self.db, name, Default::default)).collect();
        part::remove(&self.db, strays?)
    }

    /// How many keyspaces there are.
    #[cfg(test)]
    pub(crate) fn keyspaces(&self) -> usize {
        self.db.keyspace_count()
    }

    fn part(&self, partition: Partition) -> Result<&Part> {
        self.parts
            .get(partition as usize)
            .ok_or_else(|| invalid("the fold does not have this partition"))
    }
}

/// Writes form and number of partitions at creation, checks them afterwards.
fn settle(db: &Database, ledger: &Keyspace, partitions: Partition) -> Result<()> {
    let read = |key| {
        let bytes = ledger.get(key).map_err(reading("the ledger can not be read"))?;
        bytes.map(|bytes| part::number(&bytes)).transpose()
    };
    match (read(keys::FORM)?, read(keys::PARTITIONS)?) {
        (None, None) => {
            let mut batch = db.batch().durability(Some(PersistMode::SyncAll));
            batch.insert(ledger, keys::FORM, FORM.to_be_bytes());
            batch.insert(ledger, keys::PARTITIONS, partitions.to_be_bytes());
            batch.commit().map_err(writing("the ledger can not be written"))
        }
        (Some(FORM), Some(found)) if found == partitions => Ok(()),
        (Some(FORM), Some(_)) => Err(invalid("the fold has another number of partitions")),
        (Some(_), Some(_)) => Err(corrupt("the fold was written in another form")),
        _ => Err(corrupt("the ledger of the fold is not whole")),
    }
}

impl Fold for Opened {
    fn get(&self, partition: Partition, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let tables = self.part(partition)?.tables();
        let Some((keyspace, prefix)) = tables.place(space) else { return Ok(None) };
        if key.len() > keys::LONGEST {
            return Ok(None);
        }
        // A snapshot, so that a commit under way is not seen half.
        let value = self.db.snapshot().get(keyspace, prefix.key(key));
        Ok(value.map_err(reading("the fold can not be read"))?.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        partition: Partition,
        space: Space,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<Pair>> {
        let tables = self.part(partition)?.tables();
        let Some((keyspace, prefix)) = tables.place(space) else { return Ok(Vec::new()) };
        if limit == 0 || (!to.is_empty() && from >= to) {
            return Ok(Vec::new());
        }
        let end = if to.is_empty() { prefix.end() } else { prefix.key(to) };
        let pairs = self.db.snapshot().range(keyspace, prefix.key(from)..end);
        pairs
            .take(limit)
            .map(|pair| {
                let (key, value) =
                    pair.into_inner().map_err(reading("the fold can not be read"))?;
                let key = key.get(prefix.len()..).ok_or_else(|| corrupt("a key is too short"))?;
                Ok((key.to_vec(), value.to_vec()))
            })
            .collect()
    }

    fn commit(&self, partition: Partition, position: Offset, writes: Vec<Write>) -> Result<()> {
        let part = self.part(partition)?;
        if writes.iter().any(|write| key_of(write).1.len() > keys::LONGEST) {
            return Err(invalid("a key of the fold is too long"));
        }
        let _writer = part.writer.lock();
        let tables = part.tables();
        let mut batch = self.db.batch();
        let mut grown = None;
        for hour in new_hours(&tables, &writes) {
            let grown = grown.get_or_insert_with(|| Tables::clone(&tables));
            grown.admit(&self.db, &self.options, &mut batch, hour)?;
        }
        let places = grown.as_ref().unwrap_or(&tables);
        let last = last_of_each_key(&writes);
        for (write, last) in writes.into_iter().zip(last) {
            let (Write::Put(space, ..) | Write::Delete(space, _)) = write;
            // An hour without hashes has nothing to delete.
            let Some((keyspace, prefix)) = places.place(space).filter(|_| last) else { continue };
            match write {
                Write::Put(_, key, value) => batch.insert(keyspace, prefix.key(&key), value),
                Write::Delete(_, key) => batch.remove(keyspace, prefix.key(&key)),
            }
        }
        batch.insert(&places.main, keys::POSITION, position.to_be_bytes());
        failpoint::reach("fold.before_commit");
        batch.commit().map_err(writing("the fold can not be written"))?;
        if let Some(grown) = grown {
            part.swap(grown);
        }
        failpoint::reach("fold.after_commit");
        Ok(())
    }

    fn position(&self, partition: Partition) -> Result<Option<Offset>> {
        self.part(partition)?.tables().position()
    }

    fn dedup_hours(&self, partition: Partition) -> Result<Vec<i32>> {
        Ok(self.part(partition)?.tables().hours.keys().copied().collect())
    }

    fn drop_dedup_hour(&self, partition: Partition, hour: i32) -> Result<()> {
        let part = self.part(partition)?;
        let _writer = part.writer.lock();
        let mut tables = Tables::clone(&part.tables());
        if tables.hours.remove(&hour).is_none() {
            return Ok(());
        }
        let mut batch = self.db.batch();
        batch.remove(&tables.main, keys::hour(hour));
        batch.commit().map_err(writing("an hour can not be dropped"))?;
        let empty = tables.empty_bins();
        part.swap(tables);
        part::remove(&self.db, empty)
    }

    fn sync(&self) -> Result<()> {
        self.db.persist(PersistMode::SyncAll).map_err(writing("the fold can not be synced"))
    }

    fn clear(&self, partition: Partition) -> Result<()> {
        let part = self.part(partition)?;
        let _writer = part.writer.lock();
        let old = part.tables();
        // One write begins an empty generation; the old one is deleted behind it, and at the next start
        // if the process dies before.
        let new = Tables::open(&self.db, &self.options, partition, old.generation + 1)?;
        let mut batch = self.db.batch();
        let generation = new.generation.to_be_bytes();
        batch.insert(&self.ledger, keys::generation(partition), generation);
        batch.commit().map_err(writing("a partition can not be cleared"))?;
        part.swap(new);
        part::remove(&self.db, old.keyspaces().cloned().collect())
    }
}

fn key_of(write: &Write) -> (Space, &[u8]) {
    let (Write::Put(space, key, _) | Write::Delete(space, key)) = write;
    (*space, key)
}

/// The hours that get their first hash.
fn new_hours(tables: &Tables, writes: &[Write]) -> BTreeSet<i32> {
    let hours = writes.iter().filter_map(|write| match write {
        Write::Put(Space::Dedup(hour), ..) => Some(*hour),
        _ => None,
    });
    hours.filter(|hour| !tables.hours.contains_key(hour)).collect()
}

/// Whether each write is the last of its key: in one batch of fjall all writes have the same age, so
/// only one of a key may go in.
fn last_of_each_key(writes: &[Write]) -> Vec<bool> {
    let mut seen = HashSet::with_capacity(writes.len());
    let mut last: Vec<bool> = writes.iter().rev().map(|write| seen.insert(key_of(write))).collect();
    last.reverse();
    last
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("partitions", &self.parts.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
