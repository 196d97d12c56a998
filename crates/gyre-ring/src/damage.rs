//! Records that the disk damaged: left out like erased ones, loudly, so that one of them does not hold
//! up all that come after it.

use crate::error::Result;
use gyre_model::{Entry, Family, Offset, Partition, Stored, Timestamp, Workspace};
use gyre_ports::{ErrorKind, Journal, failpoint};

/// Reads as the journal does; in place of a damaged record comes a blank one, alone, that is taken for
/// erased. By its stamp nobody is due and nothing is out of a window.
pub(crate) async fn read(
    journal: &dyn Journal,
    partition: Partition,
    from: Offset,
    limit: usize,
) -> Result<Vec<Stored>> {
    match journal.read(partition, from, limit).await {
        Err(error)
            if error.kind() == ErrorKind::Corrupt
                && from < journal.end(partition)
                && !failpoint::mutant("ring.stop_at_damage") =>
        {
            tracing::error!(partition, offset = from, "a damaged record is left out");
            Ok(vec![blank(partition, from)])
        }
        read => Ok(read?),
    }
}

fn blank(partition: Partition, offset: Offset) -> Stored {
    let entry = Entry {
        workspace: Workspace::default(),
        family: Family::Event,
        key: 0,
        cause: None,
        payload: Vec::new(),
    };
    Stored { partition, offset, at: Timestamp(0), entry }
}

#[cfg(test)]
mod tests {
    use super::blank;

    #[test]
    fn a_blank_record_counts_as_erased() {
        assert!(blank(0, 7).is_erased());
    }
}
