//! Facts from outside that have no cause: one that comes again counts once, as events do.

use super::batch::Batch;
use super::event::{HOURS_PER_SPACE, seen_at};
use crate::error::Result;
use gyre_model::record::body::Outside;
use gyre_model::{Family, MessageHash, Stored};
use gyre_ports::failpoint;
use gyre_ports::fold::{Space, Write};

/// What tells a fact from others; `None` for one that has a cause or no id of its own.
pub(crate) fn message_of(record: &Stored) -> Option<MessageHash> {
    let entry = &record.entry;
    let outside = entry.cause.is_none()
        && matches!(
            entry.family,
            Family::Enrollment
                | Family::Response
                | Family::Offline
                | Family::Content
                | Family::DeadLetter
        );
    if !outside || failpoint::mutant("processor.no_fact_dedup") {
        return None;
    }
    let fact: Outside = serde_json::from_slice(&entry.payload).ok()?;
    let workspace = entry.workspace.as_str().as_bytes();
    if entry.family != Family::DeadLetter {
        return Some(MessageHash::of(&[workspace, b"fact", fact.message_id?.as_bytes()]));
    }
    let replayed = fact.replayed_as.unwrap_or_default();
    // Letters of the collection routes are told apart by when they came.
    if replayed.is_empty() && fact.origin.is_none_or(|origin| origin.starts_with("source:")) {
        return None;
    }
    Some(MessageHash::of(&[workspace, b"letter", fact.id?.as_bytes(), replayed.as_bytes()]))
}

impl Batch<'_> {
    /// A fact: skipped if it came before.
    pub(super) fn outside(&mut self, record: &Stored) -> Result<()> {
        let Some(message) = message_of(record) else { return Ok(()) };
        if self.is_duplicate(message, record)? {
            self.seen_again(message, record)?;
            self.skipped.push(record.offset);
        }
        Ok(())
    }

    /// The window of a message begins anew where it was seen again, under the offset of the first: a row
    /// that is synced again every week counts once.
    pub(super) fn seen_again(&mut self, message: MessageHash, record: &Stored) -> Result<()> {
        let (fold, partition) = (&self.processor.shared.fold, self.processor.partition);
        let space = |hour: i32| Space::Dedup(hour - hour.rem_euclid(HOURS_PER_SPACE));
        let now = record.at.hour();
        let oldest = (record.at - self.processor.shared.options.dedup_window).hour();
        let mut hour = now;
        while hour >= oldest - HOURS_PER_SPACE {
            let found = fold.get(partition, space(hour), message.as_bytes())?;
            if let Some((first, _)) = found.as_deref().and_then(seen_at) {
                if space(hour) != space(now) {
                    let mut value = first.to_le_bytes().to_vec();
                    value.extend_from_slice(&record.at.0.to_le_bytes());
                    self.writes.push(Write::Put(space(now), message.as_bytes().to_vec(), value));
                }
                return Ok(());
            }
            hour -= HOURS_PER_SPACE;
        }
        Ok(())
    }
}
