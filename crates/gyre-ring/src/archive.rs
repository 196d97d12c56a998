//! The archivist: what the processor has dealt with becomes rows of the lake, each exactly once.

use crate::error::Result;
use crate::processor::{HOURS_PER_SPACE, is_known_duplicate};
use crate::shared::{Mark, Shared};
use crate::tables::Sheets;
use gyre_collect::read;
use gyre_model::{Cause, Family, Offset, Partition, Stored, Timestamp, Workspace};
use gyre_ports::failpoint;
use gyre_ports::state::{Op, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The consumer's name in the state.
pub(crate) const CONSUMER: &str = "lake";
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
        let high_water =
            value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        Ok(Self {
            shared,
            partition,
            next: position.map_or(0, |offset| offset + 1),
            high_water,
            at: None,
        })
    }

    /// Makes one batch of rows visible; `false` when there is nothing new.
    pub(crate) async fn step(&mut self) -> Result<bool> {
        let processed = self.shared.marks(self.partition).next();
        if processed <= self.next {
            return Ok(false);
        }
        let mut records = self.shared.journal.read(self.partition, self.next, BATCH).await?;
        records.retain(|record| record.offset < processed);
        let Some((last, at)) = records.last().map(|record| (record.offset, record.at)) else {
            return Ok(false);
        };
        let mut sheets = Sheets::default();
        let mut high_water = self.high_water.clone();
        for record in &records {
            if record.is_erased() || !high_water.passes(record.entry.cause) {
                continue;
            }
            match record.entry.family {
                Family::Event => self.event(record, &mut sheets)?,
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

    fn event(&self, record: &Stored, sheets: &mut Sheets) -> Result<()> {
        let mark = self.shared.marks(self.partition).of(record.offset);
        if mark == Mark::Skipped {
            return Ok(());
        }
        let Ok(event) = read(record) else { return Ok(()) };
        if mark == Mark::Unknown && is_known_duplicate(&self.shared, event.message, record)? {
            return Ok(());
        }
        let people = &self.shared.people[self.partition as usize];
        let person = people.person_of(event.node)?.unwrap_or(event.node.as_person());
        sheets.event(record, &event, person);
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
            let partition = position.partition;
            shared.state.commit(shared.epoch, Some(position), vec![causes]).await?;
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
    format!("lake.causes.{partition}")
}
