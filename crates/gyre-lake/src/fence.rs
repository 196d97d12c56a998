//! Fences: up to which offset a table has committed the rows of a partition.

use gyre_model::{Offset, Partition};
use gyre_ports::failpoint;
use std::collections::BTreeMap;

/// The fences of one table, for the partitions that were asked about so far.
///
/// A partition that is not known is not a partition without rows: it must be looked up first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fences(BTreeMap<Partition, Option<Offset>>);

impl Fences {
    /// Whether the partition was looked up.
    pub(crate) fn knows(&self, partition: Partition) -> bool {
        self.0.contains_key(&partition)
    }
    /// The fence of a known partition.
    pub(crate) fn get(&self, partition: Partition) -> Option<Offset> {
        self.0.get(&partition).copied().flatten()
    }
    /// Sets what was looked up or committed.
    pub(crate) fn set(&mut self, partition: Partition, fence: Option<Offset>) {
        self.0.insert(partition, fence);
    }
    /// The known partitions.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = Partition> + '_ {
        self.0.keys().copied()
    }
}

/// The Delta application id of a partition's fence.
pub(crate) fn app_id(partition: Partition) -> String {
    format!("gyre-{partition}")
}

/// Whether a row at `offset` is above the fence. Every place that drops rows asks here.
pub(crate) fn above(offset: Offset, fence: Option<Offset>) -> bool {
    failpoint::mutant("lake.no_fence") || fence.is_none_or(|fence| offset > fence)
}
