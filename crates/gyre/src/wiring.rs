//! Which adapters are in use: the only place that knows.

use crate::data::DataFolder;
use anyhow::Context as _;
use gyre_datafusion::{Limits, Tables, gyre_config, gyre_runtime, gyre_state};
use gyre_fold::FjallFold;
use gyre_journal::SegmentJournal;
use gyre_lake::DeltaLake;
use gyre_model::{Partition, Timestamp};
use gyre_ports::{Clock, ErrorKind, Fold, Journal, Lake, Rules};
use gyre_rules::DataFusionRules;
use gyre_state::SqliteState;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Partitions of an embedded journal.
pub(crate) const PARTITIONS: Partition = 1;

/// The adapters of a data folder.
#[derive(Debug)]
pub(crate) struct Adapters {
    pub(crate) journal: Arc<SegmentJournal>,
    pub(crate) state: Arc<SqliteState>,
    pub(crate) fold: Arc<dyn Fold>,
    pub(crate) lake: Arc<dyn Lake>,
    /// The same lake, for what plans by itself.
    pub(crate) tables: Arc<dyn Tables>,
}

impl Adapters {
    /// Opens what the folder holds; heavy work of the lake runs on `analytics`.
    pub(crate) async fn open(
        data: &DataFolder,
        clock: &Arc<dyn Clock>,
        analytics: Option<Handle>,
    ) -> anyhow::Result<Self> {
        let journal = journal(data, clock)?;
        let state = SqliteState::open(data.state()).await.context("the state cannot be opened")?;
        let fold = fold(data)?;
        let lake = Arc::new(lake(data, clock, analytics)?);
        Ok(Self {
            journal: Arc::new(journal),
            state: Arc::new(state),
            fold: Arc::new(fold),
            lake: Arc::clone(&lake) as _,
            tables: lake,
        })
    }
}

/// The fold of a data folder. One that cannot be read is thrown away: it follows from the journal.
fn fold(data: &DataFolder) -> anyhow::Result<FjallFold> {
    let opened = FjallFold::open(data.fold(), PARTITIONS);
    let unreadable = matches!(&opened, Err(error) if error.kind() == ErrorKind::Corrupt);
    if !unreadable {
        return opened.context("the fold cannot be opened");
    }
    if let Err(error) = opened {
        tracing::warn!(%error, "the fold cannot be read; it is derived again from the journal");
    }
    std::fs::remove_dir_all(data.fold()).context("the unreadable fold cannot be removed")?;
    FjallFold::open(data.fold(), PARTITIONS).context("the fold cannot be opened")
}

/// The journal of a data folder.
pub(crate) fn journal(data: &DataFolder, clock: &Arc<dyn Clock>) -> anyhow::Result<SegmentJournal> {
    let mut options = gyre_journal::Options::new(data.journal(), Arc::clone(clock));
    options.partitions = PARTITIONS;
    SegmentJournal::open(&options).context("the journal cannot be opened")
}

/// The lake of a data folder.
pub(crate) fn lake(
    data: &DataFolder,
    clock: &Arc<dyn Clock>,
    analytics: Option<Handle>,
) -> anyhow::Result<DeltaLake> {
    let mut options = gyre_lake::Options::new(Arc::clone(clock));
    options.runtime = analytics;
    DeltaLake::open_at(data.lake(), options).context("the lake cannot be opened")
}

/// The compiler of rules, with the functions that queries know.
pub(crate) fn rules() -> anyhow::Result<Arc<dyn Rules>> {
    let runtime = gyre_runtime(&Limits::default()).context("rules cannot be compiled")?;
    Ok(Arc::new(DataFusionRules::new(Arc::new(gyre_state(gyre_config(1), runtime)))))
}

/// The stamp of the newest record of a journal.
pub(crate) async fn newest(journal: &dyn Journal) -> anyhow::Result<Option<Timestamp>> {
    let mut newest = None;
    for partition in 0..journal.partitions() {
        for last in (journal.start(partition)..journal.end(partition)).rev() {
            match journal.read(partition, last, 1).await {
                // The one before it will do.
                Err(error) if error.kind() == ErrorKind::Corrupt => {}
                records => {
                    newest = newest.max(records?.first().map(|record| record.at));
                    break;
                }
            }
        }
    }
    Ok(newest)
}
