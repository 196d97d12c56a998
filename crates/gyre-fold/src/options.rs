//! How much memory and disk a fold may use.

/// How a fold is opened. None of this is on disk; it can change from one start to the next.
#[derive(Debug, Clone)]
pub struct Options {
    /// Block cache, in bytes, filled as it is read.
    pub cache_bytes: u64,
    /// What the keyspace of a partition holds in memory before it goes to disk, in bytes. A person is
    /// written anew with every event of theirs, so that the more it holds, the less goes to disk twice.
    pub memtable_bytes: u64,
    /// The same for a bin of message hashes: they are written once.
    pub bin_memtable_bytes: u64,
    /// From this size on, message hashes of a new hour begin a new bin, in bytes; about as much as this
    /// stays on disk after its hours were dropped.
    pub bin_bytes: u64,
    /// fjall's own log, in bytes: what is read again at most when it opens; not under 64 MiB.
    pub log_bytes: u64,
}

const MIB: u64 = 1024 * 1024;
/// What fjall accepts.
const LEAST_LOG: u64 = 64 * MIB;

impl Options {
    /// For a server with a memory budget of 150 MB.
    pub fn small() -> Self {
        Self {
            cache_bytes: 64 * MIB,
            memtable_bytes: 32 * MIB,
            bin_memtable_bytes: 8 * MIB,
            bin_bytes: 256 * MIB,
            log_bytes: 128 * MIB,
        }
    }

    pub(crate) fn log(&self) -> u64 {
        self.log_bytes.max(LEAST_LOG)
    }
}
