//! How an embedded lake runs.

use gyre_datafusion::Limits;
use gyre_ports::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How an embedded lake runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// What `now()` gives in queries.
    pub clock: Arc<dyn Clock>,
    /// Where queries, commits and compaction run; the caller's runtime when absent.
    pub runtime: Option<Handle>,
    /// What queries may use, all together.
    pub limits: Limits,
    /// How many threads one query may keep busy.
    pub query_partitions: usize,
    /// A day of a table is compacted when it has more small files than this.
    pub compact_above: usize,
    /// A file below this many bytes is small.
    pub small_file: u64,
    /// Compaction aims at files of this many bytes.
    pub target_file: u64,
    /// A day that is over is put in order when it has more files than its bytes need by this many.
    pub order_above: usize,
    /// A day of more bytes than this stays in the order in which it came: putting it in order would take too
    /// much of a small machine.
    pub order_below: u64,
    /// Files that are no longer part of a table are kept this long, for readers in other processes.
    /// Erased rows are gone from disk after this and the next `maintain`.
    pub retention: Duration,
}

impl Options {
    /// What suits two cores and a few gigabytes of memory.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            runtime: None,
            limits: Limits::default(),
            query_partitions: 2,
            compact_above: 64,
            small_file: 16 << 20,
            target_file: 128 << 20,
            order_above: 8,
            order_below: 512 << 20,
            retention: Duration::from_secs(12 * 3600),
        }
    }
}
