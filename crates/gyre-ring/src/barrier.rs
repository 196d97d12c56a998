//! What must be folded before anything more is sent.

use crate::shared::Shared;
use gyre_model::Offset;
use gyre_ports::failpoint;

/// Up to where the partitions must be folded before the next batch is sent: whoever was told that they
/// are not written to any more is not.
#[derive(Debug, Default)]
pub(crate) struct Barrier(Option<Vec<Offset>>);

impl Barrier {
    /// Whether everything that was acknowledged before this batch is folded; the next batch asks anew.
    pub(crate) fn is_passed(&mut self, shared: &Shared) -> bool {
        let journal = &shared.journal;
        let partitions = 0..journal.partitions();
        let ends =
            self.0.get_or_insert_with(|| partitions.clone().map(|one| journal.end(one)).collect());
        let folded = partitions
            .zip(ends.iter())
            .all(|(partition, end)| shared.marks(partition).next() >= *end);
        if folded || failpoint::mutant("sender.before_the_fold") {
            self.0 = None;
        }
        self.0.is_none()
    }

    /// Whether something waits for the fold.
    pub(crate) fn waits(&self) -> bool {
        self.0.is_some()
    }
}
