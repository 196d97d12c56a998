//! What numbers rest on, per workspace: asked of the lake now and then, and kept. An answer does not wait for
//! it, but for a moment where nothing is kept.

use crate::shared::Shared;
use gyre_metrics::{Coverage, Facts};
use gyre_model::{Span, Timestamp, Workspace};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// For how long it is not asked again.
const FRESH: Span = Span(5 * Span::MINUTE.0);
/// What is older is not told any more.
const OLD: Span = Span::HOUR;
/// The longest an answer waits where nothing is kept.
const GRACE: Duration = Duration::from_millis(250);
/// What asking may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What was found, by workspace.
#[derive(Debug, Default)]
pub(crate) struct Coverages(Mutex<BTreeMap<Workspace, Kept>>);

#[derive(Debug, Default, Clone, Copy)]
struct Kept {
    /// When somebody began to ask last, whatever came of it.
    asked: Option<Timestamp>,
    is_asked: bool,
    found: Option<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    at: Timestamp,
    /// Nothing where nothing happened.
    coverage: Option<Coverage>,
}

impl Coverages {
    /// Whether it is time, and nobody asks: then the caller does.
    fn begin(&self, workspace: &Workspace, now: Timestamp) -> bool {
        let mut all = self.0.lock();
        let kept = all.entry(workspace.clone()).or_default();
        let fresh = kept.asked.is_some_and(|asked| asked <= now && now < asked + FRESH);
        if kept.is_asked || fresh {
            return false;
        }
        (kept.asked, kept.is_asked) = (Some(now), true);
        true
    }

    fn end(&self, workspace: &Workspace, found: Option<Found>) {
        if let Some(kept) = self.0.lock().get_mut(workspace) {
            kept.is_asked = false;
            kept.found = found.or(kept.found);
        }
    }

    /// What is kept and not too old.
    fn of(&self, workspace: &Workspace, now: Timestamp) -> Option<Found> {
        let found = self.0.lock().get(workspace)?.found?;
        (found.at <= now && now < found.at + OLD).then_some(found)
    }
}

/// Ends asking, however it ended.
struct Asking {
    shared: Arc<Shared>,
    workspace: Workspace,
    found: Option<Found>,
}

impl Asking {
    fn keep(&mut self, found: Found) {
        self.found = Some(found);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.shared.metrics.coverages.end(&self.workspace, self.found);
    }
}

/// Begins to ask beside the question whose facts these are, where it is time and nobody does.
pub(crate) fn renew(shared: &Arc<Shared>, facts: &Facts) -> Option<JoinHandle<()>> {
    let now = shared.clock.now();
    if !shared.metrics.coverages.begin(&facts.workspace, now) {
        return None;
    }
    let workspace = facts.workspace.clone();
    let mut asking = Asking { shared: Arc::clone(shared), workspace, found: None };
    let query = Coverage::asked(facts, TIMEOUT);
    Some(tokio::spawn(async move {
        let found = async {
            let rows = asking.shared.lake.query(query.map_err(super::told)?).await?;
            Coverage::read(&rows.batches).map_err(super::told)
        };
        match found.await {
            Ok(coverage) => asking.keep(Found { at: now, coverage }),
            Err(error) => tracing::warn!(%error, "what numbers rest on is not known"),
        }
    }))
}

/// What is known. With a manual clock it is waited for, so that two runs are alike.
pub(crate) async fn known(
    shared: &Shared,
    workspace: &Workspace,
    renewing: Option<JoinHandle<()>>,
) -> Option<Coverage> {
    let coverages = &shared.metrics.coverages;
    if let Some(renewing) = renewing {
        if shared.clock.is_manual() {
            drop(renewing.await);
        } else if coverages.of(workspace, shared.clock.now()).is_none() {
            drop(tokio::time::timeout(GRACE, renewing).await);
        }
    }
    coverages.of(workspace, shared.clock.now())?.coverage
}

/// What is kept, without asking.
pub(crate) fn kept(shared: &Shared, workspace: &Workspace) -> Option<Coverage> {
    shared.metrics.coverages.of(workspace, shared.clock.now())?.coverage
}

#[cfg(test)]
mod tests {
    use super::{Coverages, FRESH, Found, OLD};
    use gyre_model::{Span, Timestamp, Workspace};

    #[test]
    fn one_asks_at_a_time_and_not_at_every_question() {
        let (all, here) = (Coverages::default(), Workspace::default());
        let at = Timestamp(1_000_000_000_000_000);
        assert!(all.begin(&here, at));
        assert!(!all.begin(&here, at + FRESH + FRESH), "somebody asks");
        assert!(all.begin(&Workspace::new("other"), at), "workspaces do not wait for one another");
        let found = Some(Found { at, coverage: None });
        all.end(&here, found);
        assert_eq!(all.of(&here, at), found);
        assert!(!all.begin(&here, at + Span(FRESH.0 - 1)));
        assert!(all.begin(&here, at + FRESH));
        // What failed leaves what was known, until it is too old.
        all.end(&here, None);
        assert_eq!(all.of(&here, at + FRESH), found);
        assert!(!all.begin(&here, at + FRESH), "what failed is not tried at every question either");
        assert_eq!(all.of(&here, at + OLD), None);
    }
}
