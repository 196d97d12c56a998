//! `gyre fsck`: every record of a data folder, read and checked.

use crate::cli::DataArgs;
use crate::clock::SystemClock;
use crate::data::DataFolder;
use crate::failure::Failure;
use crate::print::number::count;
use crate::print::out;
use crate::print::say;
use crate::wiring::{self, PARTITIONS};
use gyre_fold::FjallFold;
use gyre_ports::lake::{Query, Sql};
use gyre_ports::{Clock, ErrorKind, Fold as _, Journal, Lake as _, State as _};
use gyre_state::SqliteState;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// How long counting a table may take.
const PATIENCE: Duration = Duration::from_hours(1);
/// Records read at once.
const BATCH: usize = 4_096;

pub(crate) fn run(args: &DataArgs) -> anyhow::Result<()> {
    let data = DataFolder::existing(&args.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let found = runtime.block_on(look(&data));
    let damage: usize = found.iter().map(|part| part.damage.len()).sum();
    let mut text = String::new();
    for part in &found {
        let word = if part.damage.is_empty() { "ok" } else { "DAMAGED" };
        say!(text, "{word:<7}  {:<8}  {}\n", part.name, part.read);
        for damage in &part.damage {
            say!(text, "         {damage}\n");
        }
    }
    out(&text)?;
    if damage > 0 {
        return Err(Failure::new(format!("{damage} damages found"))
            .hint("the fold and the lake can be made again from the journal; restore the rest from a backup")
            .into());
    }
    Ok(())
}

/// A part of the folder: what was read, and what is wrong.
struct Part {
    name: &'static str,
    read: String,
    damage: Vec<String>,
}

impl Part {
    fn new(name: &'static str, done: anyhow::Result<(String, Vec<String>)>) -> Self {
        match done {
            Ok((read, damage)) => Self { name, read, damage },
            Err(error) => {
                Self { name, read: "cannot be read".to_owned(), damage: vec![format!("{error:#}")] }
            }
        }
    }
}

async fn look(data: &DataFolder) -> Vec<Part> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let journal = wiring::journal(data, &clock);
    let journal_part = match &journal {
        Ok(journal) => records(journal).await,
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    let journal = journal.ok();
    vec![
        Part::new("journal", journal_part),
        Part::new(
            "state",
            state(data, journal.as_ref().map(|journal| journal as &dyn Journal)).await,
        ),
        Part::new("fold", fold(data, journal.as_ref().map(|journal| journal as &dyn Journal))),
        Part::new(
            "lake",
            lake(data, &clock, journal.as_ref().map(|one| one as &dyn Journal)).await,
        ),
    ]
}

async fn records(journal: &dyn Journal) -> anyhow::Result<(String, Vec<String>)> {
    let mut damage = Vec::new();
    let mut all = 0;
    for partition in 0..journal.partitions() {
        let (start, end) = (journal.start(partition), journal.end(partition));
        all += end - start;
        for one in journal.verify(partition).await? {
            damage.push(format!("partition {partition}, offset {}: {}", one.offset, one.what));
        }
    }
    let digest = digest(journal).await?;
    Ok((format!("{} records, digest {digest}", count(all)), damage))
}

/// A hash over all records as they are given out: two journals with the same one hold the same. What is
/// damaged is left out by its offset.
async fn digest(journal: &dyn Journal) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    for partition in 0..journal.partitions() {
        let mut next = journal.start(partition);
        while next < journal.end(partition) {
            let records = match journal.read(partition, next, BATCH).await {
                Err(error) if error.kind() == ErrorKind::Corrupt => {
                    next += 1;
                    continue;
                }
                records => records?,
            };
            for record in &records {
                hash.update(partition.to_le_bytes());
                hash.update(record.offset.to_le_bytes());
                hash.update(record.at.0.to_le_bytes());
                hash.update([record.entry.family.code()]);
                hash.update(record.entry.key.to_le_bytes());
                let cause = record.entry.cause;
                hash.update(cause.map_or_else(String::new, |cause| format!("{cause:?}")));
                hash.update(record.entry.workspace.as_str());
                hash.update((record.entry.payload.len() as u64).to_le_bytes());
                hash.update(&record.entry.payload);
            }
            next += records.len() as u64;
        }
    }
    let mut hex = format!("{:x}", hash.finalize());
    hex.truncate(16);
    Ok(hex)
}

async fn state(
    data: &DataFolder,
    journal: Option<&dyn Journal>,
) -> anyhow::Result<(String, Vec<String>)> {
    let state = SqliteState::open(data.state()).await?;
    let mut damage = Vec::new();
    let mut resources = 0;
    for workspace in state.workspaces().await? {
        resources += state.resources(&workspace).await?.len();
    }
    let [waiting, sending, done] = state.outbox_counts().await?;
    for partition in 0..PARTITIONS {
        let position = state.position("processor", partition).await?;
        if let (Some(position), Some(journal)) = (position, journal)
            && position >= journal.end(partition)
        {
            damage.push(format!(
                "partition {partition}: the processor is at {position}, the journal ends at {}",
                journal.end(partition)
            ));
        }
    }
    state.close().await;
    let sends = count(waiting + sending + done);
    Ok((format!("{resources} resources, {sends} sends"), damage))
}

fn fold(data: &DataFolder, journal: Option<&dyn Journal>) -> anyhow::Result<(String, Vec<String>)> {
    let fold = FjallFold::open(data.fold(), PARTITIONS)?;
    let mut damage = Vec::new();
    let mut read = Vec::new();
    for partition in 0..PARTITIONS {
        let position = fold.position(partition)?;
        read.push(position.map_or_else(|| "empty".to_owned(), |at| format!("at offset {at}")));
        if let (Some(position), Some(journal)) = (position, journal)
            && position >= journal.end(partition)
        {
            damage.push(format!(
                "partition {partition}: the fold is at {position}, the journal ends at {}",
                journal.end(partition)
            ));
        }
    }
    Ok((read.join(", "), damage))
}

async fn lake(
    data: &DataFolder,
    clock: &Arc<dyn Clock>,
    journal: Option<&dyn Journal>,
) -> anyhow::Result<(String, Vec<String>)> {
    let lake = wiring::lake(data, clock, None)?;
    let tables = gyre_ring::tables();
    lake.open(&tables).await?;
    let mut damage = Vec::new();
    let mut rows = 0;
    for table in &tables {
        // Every column of every row is decoded, not only counted.
        let columns: Vec<String> = table
            .schema
            .fields()
            .iter()
            .map(|field| format!("count(\"{}\")", field.name()))
            .collect();
        let query = Query {
            sql: Sql::Text(format!("SELECT count(*), {} FROM {}", columns.join(", "), table.name)),
            parameters: Vec::new(),
            max_rows: 1,
            timeout: PATIENCE,
        };
        match lake.query(query).await {
            Ok(answer) => {
                let counted = gyre_ring::objects(&answer);
                let first = counted.first().and_then(serde_json::Value::as_object);
                let all =
                    first.and_then(|row| row.values().filter_map(serde_json::Value::as_u64).max());
                rows += all.unwrap_or_default();
            }
            Err(error) => damage.push(format!("table {}: {error}", table.name)),
        }
        for partition in 0..PARTITIONS {
            let fence = lake.fence(table.name, partition).await?;
            if let (Some(fence), Some(journal)) = (fence, journal)
                && fence >= journal.end(partition)
            {
                damage.push(format!(
                    "table {}, partition {partition}: rows up to offset {fence}, the journal ends at {}",
                    table.name,
                    journal.end(partition)
                ));
            }
        }
    }
    Ok((format!("{} rows in {} tables", count(rows), tables.len()), damage))
}
