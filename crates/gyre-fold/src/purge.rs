//! Making what was deleted unreadable on disk: fjall keeps it in its log until that is full, and in tables
//! until they happen to be compacted.

use crate::error::writing;
use crate::part::{self, Part};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use gyre_ports::{Error, ErrorKind, Result};
use std::time::{Duration, Instant};

/// fjall begins a new log only when the old one has more than 64 MB.
const LOG: usize = 66 << 20;
const PIECE: usize = 1 << 20;
/// The name of the keyspace that fills the log; opening removes one that a crash left.
const FILLER: &str = "filler";
/// How long old logs may take to go once everything in them was flushed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes everything of a log into tables, begins a new log, and rewrites the tables without what was
/// deleted. Others go on meanwhile.
pub(crate) fn purge(db: &Database, ledger: &Keyspace, parts: &[Part]) -> Result<()> {
    if gyre_ports::failpoint::mutant("fold.no_purge") {
        return Ok(());
    }
    let failed = writing("the fold can not be purged");
    let filler = part::keyspace(db, FILLER, || {
        KeyspaceCreateOptions::default().max_memtable_size(4 * LOG as u64)
    })?;
    let mut piece = noise();
    for number in 0..(LOG / PIECE) as u64 {
        piece[..8].copy_from_slice(&number.to_be_bytes());
        filler.insert(number.to_be_bytes(), piece.as_slice()).map_err(&failed)?;
    }
    // The first flush finds the log full and begins a new one; the old one goes when nothing is only in it.
    filler.rotate_memtable_and_wait().map_err(&failed)?;
    let tables: Vec<_> = parts.iter().map(Part::tables).collect();
    let keyspaces: Vec<&Keyspace> =
        tables.iter().flat_map(|tables| tables.keyspaces()).chain([ledger]).collect();
    for keyspace in &keyspaces {
        keyspace.rotate_memtable_and_wait().map_err(&failed)?;
    }
    for tables in &tables {
        tables.main.major_compact().map_err(&failed)?;
    }
    db.persist(PersistMode::SyncAll).map_err(&failed)?;
    db.delete_keyspace(filler).map_err(&failed)?;
    // Old logs are looked at when something is flushed.
    let began = Instant::now();
    while db.journal_count() > 1 {
        if began.elapsed() > PATIENCE {
            return Err(Error::new(ErrorKind::Busy, "an old log of the fold does not go"));
        }
        std::thread::sleep(Duration::from_millis(10));
        for keyspace in &keyspaces {
            keyspace.rotate_memtable().map_err(&failed)?;
        }
    }
    Ok(())
}

/// Bytes that do not compress.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(PIECE);
    while bytes.len() < PIECE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes
}
