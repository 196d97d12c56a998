//! The archivist: what the processor has dealt with becomes rows of the lake, each exactly once.

use crate::damage;
use crate::error::Result;
use crate::processor::{HOURS_PER_SPACE, Noted, Passed, TakenAs, known, message_of, noted};
use crate::shared::{Mark, Shared};
use crate::tables::Sheets;
use gyre_collect::plan::told_mut;
use gyre_collect::read;
use gyre_model::{Cause, Family, Offset, Partition, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::{Op, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The consumer's name in the state. Without its position, and without the values whose names begin with
/// [`CAUSES`], an empty lake is made again from the journal.
pub const CONSUMER: &str = "lake";
/// What the names of its high-water marks begin with, in the workspace of the system.
pub const CAUSES: &str = "lake.causes.";
const BATCH: usize = 4_096;

/// The highest cause seen per source partition: what is not above it was seen before.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct HighWater(BTreeMap<Partition, (Offset, u32)>);

impl HighWater {
    /// Whether a record with this cause is new; if so, remembers it.
    fn passes(&mut self, cause: Option<Cause>) -> bool {
        let Some(cause) = cause else { return true };
        let place = (cause.offset, cause.ordinal);
        if failpoint::mutant("archive.no_high_water") {
            return true;
        }
        match self.0.get(&cause.partition) {
            Some(seen) if *seen >= place => false,
            _ => {
                self.0.insert(cause.partition, place);
                true
            }
        }
    }
}

/// The archivist of one partition.
#[derive(Debug)]
pub(crate) struct Archivist {
    shared: Arc<Shared>,
    partition: Partition,
    next: Offset,
    high_water: HighWater,
    /// The stamp of the last record that was made visible.
    at: Option<Timestamp>,
}

impl Archivist {
    /// Opens the archivist where the last commit of the lake left off.
    pub(crate) async fn open(shared: Arc<Shared>, partition: Partition) -> Result<Self> {
        let position = shared.state.position(CONSUMER, partition).await?;
        let value = shared.state.value(&system(), &causes_key(partition)).await?;
        let next = position.map_or(0, |offset| offset + 1);
        shared.marks(partition).commit(next);
        shared.marks(partition).archive(next);
        let high_water =
            value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        Ok(Self { shared, partition, next, high_water, at: None })
    }

    /// Makes one batch of rows visible; `false` when there is nothing new.
    pub(crate) async fn step(&mut self) -> Result<bool> {
        let processed = self.shared.marks(self.partition).next();
        if processed <= self.next {
            return Ok(false);
        }
        let journal = self.shared.journal.as_ref();
        let mut records = damage::read(journal, self.partition, self.next, BATCH).await?;
        records.retain(|record| record.offset < processed);
        let Some((last, at)) = records.last().map(|record| (record.offset, record.at)) else {
            return Ok(false);
        };
        let mut sheets = Sheets::default();
        let mut high_water = self.high_water.clone();
        let rights = Arc::clone(&self.shared.rights.read());
        let mut passed = Passed::new(self.shared.fold.as_ref(), self.partition);
        for record in &records {
            if rights.blocks(record) {
                continue;
            }
            if record.is_erased() || !high_water.passes(record.entry.cause) {
                continue;
            }
            match record.entry.family {
                Family::Event => self.event(record, &mut passed, &mut sheets)?,
                _ if self.came_before(record)? => {}
                _ => sheets.record(record)?,
            }
        }
        self.shared.lake.append(sheets.finish()?).await?;
        self.high_water = high_water;
        self.next = last + 1;
        self.at = Some(at);
        self.shared.marks(self.partition).archive(self.next);
        self.shared.progress.notify_waiters();
        Ok(true)
    }

    /// Whether a fact from outside came before.
    fn came_before(&self, record: &Stored) -> Result<bool> {
        let Some(message) = message_of(record) else { return Ok(false) };
        Ok(match self.shared.marks(self.partition).of(record.offset) {
            Mark::Skipped => true,
            Mark::Taken | Mark::Stripped | Mark::Cleaned => false,
            Mark::Unknown => known(&self.shared, message, record)? == TakenAs::Skipped,
        })
    }

    fn event(&self, record: &Stored, passed: &mut Passed<'_>, sheets: &mut Sheets) -> Result<()> {
        let mark = self.shared.marks(self.partition).of(record.offset);
        if mark == Mark::Skipped {
            return Ok(());
        }
        let Ok(mut event) = read(record) else { return Ok(()) };
        let email = event.email.as_deref();
        if mark == Mark::Unknown
            && self.shared.rights.read().blocks_email(&record.entry.workspace, email, record.offset)
        {
            return Ok(());
        }
        let stripped = match mark {
            Mark::Unknown => match known(&self.shared, event.message, record)? {
                TakenAs::Skipped => return Ok(()),
                TakenAs::Stripped => true,
                TakenAs::Taken => false,
            },
            other => other == Mark::Stripped,
        };
        // A duplicate of an event that a plan kept out has no note of its own and is no row either.
        if mark != Mark::Taken {
            match noted(&self.shared, record)? {
                Noted::Nothing => {}
                Noted::Dropped => return Ok(()),
                Noted::Cleaned(told) => *told_mut(&mut event) = told,
            }
        }
        if stripped {
            sheets.nobodys_event(record, &event);
            return Ok(());
        }
        let people = &self.shared.people[self.partition as usize];
        let person = people.person_of(event.node)?.unwrap_or(event.node.as_person());
        sheets.event(record, &event, person, passed.has(record.offset)?);
        Ok(())
    }

    /// The position and causes to be remembered once the lake has committed what was appended so far, and
    /// the stamp of its last record, if this process made it visible.
    fn position(&self) -> Option<(Position, Op, Option<Timestamp>)> {
        let offset = self.next.checked_sub(1)?;
        let position =
            Position { consumer: CONSUMER.to_owned(), partition: self.partition, offset };
        let causes = Op::Put {
            workspace: system(),
            key: causes_key(self.partition),
            value: serde_json::to_value(&self.high_water).unwrap_or_default(),
        };
        Some((position, causes, self.at))
    }
}

/// Commits the lake and remembers how far it had come when this began. Meanwhile the archivists go on:
/// what they add is in this commit or in the next, and either way at or below its table's fence.
pub(crate) async fn commit(shared: &Shared, archivists: &Mutex<Vec<Archivist>>) -> Result<usize> {
    let positions: Vec<_> =
        archivists.lock().await.iter().filter_map(Archivist::position).collect();
    let committed = shared.lake.commit().await?;
    failpoint::reach("archive.after_lake");
    if committed.rows > 0 {
        for (position, causes, at) in positions {
            let (partition, offset) = (position.partition, position.offset);
            shared.state.commit(shared.epoch, Some(position), vec![causes]).await?;
            shared.marks(partition).commit(offset + 1);
            if let Some(at) = at {
                drop_hashes(shared, partition, at)?;
            }
        }
    }
    failpoint::reach("archive.after_state");
    Ok(committed.rows)
}

/// Drops message hashes that nobody asks for any more: those out of the window of the last record that was
/// committed, with a day to spare.
fn drop_hashes(shared: &Shared, partition: Partition, at: Timestamp) -> Result<()> {
    let oldest = (at - shared.options.dedup_window).hour() - 2 * HOURS_PER_SPACE;
    for hour in shared.fold.dedup_hours(partition)? {
        if hour < oldest {
            shared.fold.drop_dedup_hour(partition, hour)?;
        }
    }
    Ok(())
}

/// Values of the system live outside every user's workspace.
pub(crate) fn system() -> Workspace {
    Workspace::new("_system")
}

fn causes_key(partition: Partition) -> String {
    format!("{CAUSES}{partition}")
}
