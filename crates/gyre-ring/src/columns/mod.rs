//! People as columns: everybody's features side by side, so that an audience over many people is a scan of
//! numbers and not a look at each person. Made when somebody first asks, and brought up to date at each question
//! by whoever changed since, and whoever changed by time alone.

mod basis;
mod chunk;
mod kept;

pub(crate) use basis::{consent_only, reachable};
pub(crate) use chunk::Part;

use crate::catalog::Catalog;
use crate::error::Result;
use crate::shared::Shared;
use basis::Maker;
use gyre_model::{Span, Timestamp, Workspace};
use kept::Kept;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns that nobody asked for so long are given up: they take memory.
const KEEP: Span = Span::hours(1);

/// One workspace's columns; whoever asks while they are made waits for them.
type Slot = Arc<tokio::sync::Mutex<Option<Kept>>>;

/// The columns of all workspaces.
#[derive(Debug, Default)]
pub(crate) struct Columns(Mutex<BTreeMap<Workspace, (Slot, Timestamp)>>);

impl Columns {
    /// Everybody of a workspace, and the instant they are right at; restricted people are among them.
    pub(crate) async fn of(
        &self,
        shared: &Shared,
        workspace: &Workspace,
        catalog: &Arc<Catalog>,
    ) -> Result<(Timestamp, Vec<Part>)> {
        let asked = shared.clock.now();
        self.release(asked);
        let slot = {
            let mut all = self.0.lock();
            let (slot, used) = all.entry(workspace.clone()).or_default();
            *used = asked;
            Arc::clone(slot)
        };
        let mut slot = slot.lock().await;
        // Whoever waited for others asks about now, not about when they came.
        let maker = Maker::new(Arc::clone(catalog), shared.clock.now());
        // Whatever fails on the way leaves nothing behind that is only half true.
        let kept = match slot.take() {
            Some(kept) if kept.basis() == maker.basis() => {
                kept.renewed(shared, workspace, &maker).await?
            }
            _ => None,
        };
        let kept = match kept {
            Some(kept) => kept,
            None => Kept::everybody(shared, workspace, &maker).await?,
        };
        Ok((maker.now, slot.insert(kept).parts()))
    }

    /// How many workspaces have columns.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Gives up what nobody asked for lately.
    pub(crate) fn release(&self, now: Timestamp) {
        self.0.lock().retain(|_, (_, used)| now - *used < KEEP);
    }
}
