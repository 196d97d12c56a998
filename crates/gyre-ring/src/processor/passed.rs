//! Events that were passed over when features were folded: duplicates, those that nobody may have, those of
//! people who did not consent to being profiled. The fold remembers which they were, so that a feature that
//! comes later, and whoever archives the event, pass over the same.

use crate::error::Result;
use gyre_model::{Offset, Partition};
use gyre_ports::Fold;
use gyre_ports::fold::{Space, Write};
use std::collections::{BTreeMap, HashSet};

/// What the keys begin with; behind it stands the number of a run of offsets.
const PASSED: &[u8] = b"passed/";
/// Offsets in a run.
const RUN: u64 = 4_096;

fn key(run: u64) -> Vec<u8> {
    [PASSED, &run.to_be_bytes()].concat()
}

/// What the fold must write for offsets that were passed over.
pub(super) fn write(
    fold: &dyn Fold,
    partition: Partition,
    offsets: impl Iterator<Item = Offset>,
    into: &mut Vec<Write>,
) -> Result<()> {
    let mut runs: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for offset in offsets {
        let place = (offset % RUN) as u16;
        runs.entry(offset / RUN).or_default().extend_from_slice(&place.to_le_bytes());
    }
    for (run, places) in runs {
        let key = key(run);
        let mut value = fold.get(partition, Space::Meta, &key)?.unwrap_or_default();
        value.extend_from_slice(&places);
        into.push(Write::Put(Space::Meta, key, value));
    }
    Ok(())
}

/// The events that were passed over, read a run at a time: ask in order of offsets.
pub(crate) struct Passed<'a> {
    fold: &'a dyn Fold,
    partition: Partition,
    run: Option<(u64, HashSet<u16>)>,
}

impl<'a> Passed<'a> {
    /// Those of a partition.
    pub(crate) fn new(fold: &'a dyn Fold, partition: Partition) -> Self {
        Self { fold, partition, run: None }
    }

    /// Whether the event of an offset was passed over.
    pub(crate) fn has(&mut self, offset: Offset) -> Result<bool> {
        let wanted = offset / RUN;
        if self.run.as_ref().is_none_or(|(run, _)| *run != wanted) {
            let bytes = self.fold.get(self.partition, Space::Meta, &key(wanted))?;
            let (places, _) = bytes.as_deref().unwrap_or_default().as_chunks::<2>();
            let places = places.iter().map(|place| u16::from_le_bytes(*place)).collect();
            self.run = Some((wanted, places));
        }
        let place = (offset % RUN) as u16;
        Ok(self.run.as_ref().is_some_and(|(_, places)| places.contains(&place)))
    }
}
