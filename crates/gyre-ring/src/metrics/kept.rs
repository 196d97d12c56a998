//! What is kept between questions about metrics: the catalogue of each workspace as long as nothing is
//! applied, and what numbers rest on.

use super::answers::Answers;
use super::coverage::Coverages;
use gyre_metrics::{Answer, Catalogue, FunnelAnswer};
use gyre_model::Workspace;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is kept between questions about metrics.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What numbers rest on.
    pub(crate) coverages: Coverages,
    /// Answers to questions about metrics.
    pub(crate) answers: Arc<Answers<Answer>>,
    /// Answers to funnels.
    pub(crate) funnels: Arc<Answers<FunnelAnswer>>,
    /// How often something was applied since the process began.
    applied: AtomicU64,
    /// By workspace, after how many times, and what the catalogue was then.
    catalogues: Mutex<BTreeMap<Workspace, (u64, Arc<Catalogue>)>>,
}

impl Kept {
    /// Something was applied, and stands in the state.
    pub(crate) fn changed(&self) {
        self.applied.fetch_add(1, Ordering::SeqCst);
    }

    /// Somebody was erased, who may have been counted.
    pub(crate) fn forget_answers(&self) {
        self.answers.forget();
        self.funnels.forget();
    }

    /// How often something was applied: to be read before the state is.
    pub(crate) fn version(&self) -> u64 {
        self.applied.load(Ordering::SeqCst)
    }

    /// The catalogue of a workspace, where nothing was applied since.
    pub(crate) fn catalogue(&self, workspace: &Workspace) -> Option<Arc<Catalogue>> {
        let version = self.version();
        let all = self.catalogues.lock();
        all.get(workspace).filter(|(at, _)| *at == version).map(|(_, kept)| Arc::clone(kept))
    }

    /// Keeps the catalogue of a workspace, as it was when the state was read after `version`.
    pub(crate) fn keep(&self, workspace: &Workspace, version: u64, of: &Arc<Catalogue>) {
        self.catalogues.lock().insert(workspace.clone(), (version, Arc::clone(of)));
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use gyre_metrics::Catalogue;
    use gyre_model::Workspace;
    use std::sync::Arc;

    #[test]
    fn a_catalogue_is_kept_until_something_is_applied() {
        let (kept, here) = (Kept::default(), Workspace::default());
        let one = Arc::new(Catalogue::new([]));
        kept.keep(&here, kept.version(), &one);
        assert!(kept.catalogue(&here).is_some_and(|known| Arc::ptr_eq(&known, &one)));
        assert!(kept.catalogue(&Workspace::new("other")).is_none());
        kept.changed();
        assert!(kept.catalogue(&here).is_none());
        // What was read before something was applied is not kept for after.
        let version = kept.version();
        kept.changed();
        kept.keep(&here, version, &one);
        assert!(kept.catalogue(&here).is_none());
    }
}
