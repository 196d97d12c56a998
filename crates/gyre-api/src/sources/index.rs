//! Which source a write key belongs to, found by the key's hash: one look-up, whose time tells nothing
//! of the keys there are.

use super::counters::{Counters, Unknown};
use super::keys::{self, KeyHash, Made};
use super::limit::Limit;
use crate::app::Server;
use crate::error::Result;
use gyre_collect::SourceFacts;
use gyre_config::kinds::Source;
use gyre_model::{Timestamp, Workspace};
use gyre_ring::Catalog;
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source that a key was found to belong to.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) facts: SourceFacts,
    pub(crate) source: Arc<Source>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limit: Option<Arc<Limit>>,
    used: Arc<AtomicI64>,
    expires_at: Option<Timestamp>,
}

impl Known {
    /// Notes that its key was used.
    pub(crate) fn used(&self, at: Timestamp) {
        self.used.store(at.0, Ordering::Relaxed);
    }
}

/// The keys of one version of the resources.
#[derive(Debug)]
pub(crate) struct Index {
    catalogs: Vec<(Workspace, Arc<Catalog>)>,
    by_hash: HashMap<KeyHash, Known>,
    made: Vec<Made>,
}

impl Index {
    /// The source of a key, unless it has expired.
    pub(crate) fn find(&self, hash: &KeyHash, now: Timestamp) -> Option<&Known> {
        let known = self.by_hash.get(hash)?;
        known.expires_at.is_none_or(|expires| now < expires).then_some(known)
    }

    /// The keys of a source that were made here.
    pub(crate) fn made<'a>(
        &'a self,
        workspace: &'a Workspace,
        source: &'a str,
    ) -> impl Iterator<Item = &'a Made> {
        self.made.iter().filter(move |made| made.workspace == *workspace && made.source == source)
    }

    fn is_of(&self, catalogs: &BTreeMap<Workspace, Arc<Catalog>>) -> bool {
        self.catalogs.len() == catalogs.len()
            && self
                .catalogs
                .iter()
                .zip(catalogs)
                .all(|((own, held), (other, catalog))| own == other && Arc::ptr_eq(held, catalog))
    }
}

/// What is known of sources beside the resources.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) unknown: Unknown,
    index: RwLock<Option<Arc<Index>>>,
    /// One change of keys at a time, and none while they are read.
    changing: tokio::sync::Mutex<()>,
    counters: Mutex<BTreeMap<(Workspace, String), Arc<Counters>>>,
    limits: Mutex<BTreeMap<(Workspace, String), Arc<Limit>>>,
    used: Mutex<HashMap<KeyHash, Arc<AtomicI64>>>,
}

impl Sources {
    /// The keys of now. Nothing is read unless resources or keys have changed.
    pub(crate) async fn index(&self, server: &Server) -> Result<Arc<Index>> {
        if let Some(index) = self.current(server) {
            return Ok(index);
        }
        let _one = self.changing.lock().await;
        if let Some(index) = self.current(server) {
            return Ok(index);
        }
        let made = keys::all(server).await?;
        let catalogs = server.engine().shared.catalogs.read().0.clone();
        let index = Arc::new(self.build(catalogs, made));
        *self.index.write() = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Changes keys; the next request is judged by what there is then.
    pub(crate) async fn change<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let _one = self.changing.lock().await;
        let done = work.await;
        *self.index.write() = None;
        done
    }

    /// The counts of a source.
    pub(crate) fn counters(&self, workspace: &Workspace, name: &str) -> Arc<Counters> {
        let key = (workspace.clone(), name.to_owned());
        Arc::clone(self.counters.lock().entry(key).or_default())
    }

    /// When a key was last used, since the server started.
    pub(crate) fn last_used(&self, hash: &KeyHash) -> Option<Timestamp> {
        let at = self.used.lock().get(hash)?.load(Ordering::Relaxed);
        (at > 0).then_some(Timestamp(at))
    }

    fn current(&self, server: &Server) -> Option<Arc<Index>> {
        let held = self.index.read().clone()?;
        let catalogs = server.engine().shared.catalogs.read();
        held.is_of(&catalogs.0).then_some(held)
    }

    fn build(&self, catalogs: BTreeMap<Workspace, Arc<Catalog>>, made: Vec<Made>) -> Index {
        let mut by_hash = HashMap::new();
        for (workspace, catalog) in &catalogs {
            for (name, source) in &catalog.sources {
                let declared = source.write_keys.iter().filter_map(|key| keys::declared(key));
                let mine =
                    made.iter().filter(|one| one.workspace == *workspace && one.source == *name);
                let all = declared
                    .map(|hash| (hash, None))
                    .chain(mine.map(|one| (one.hash, one.kept.expires_at)));
                let (counters, limit) =
                    (self.counters(workspace, name), self.limit(workspace, name, source));
                let (facts, source) =
                    (SourceFacts::new(workspace, name, source), Arc::new(source.clone()));
                for (hash, expires_at) in all {
                    // Of two sources with one key the first counts, as it always did.
                    by_hash.entry(hash).or_insert_with(|| Known {
                        facts: facts.clone(),
                        source: Arc::clone(&source),
                        counters: Arc::clone(&counters),
                        limit: limit.clone(),
                        used: Arc::clone(self.used.lock().entry(hash).or_default()),
                        expires_at,
                    });
                }
            }
        }
        Index { catalogs: catalogs.into_iter().collect(), by_hash, made }
    }

    /// The limit of a source; what was used of it stays used when something else of the source changes.
    fn limit(&self, workspace: &Workspace, name: &str, source: &Source) -> Option<Arc<Limit>> {
        let key = (workspace.clone(), name.to_owned());
        let mut limits = self.limits.lock();
        let Some(rate) = source.rate_limit else {
            limits.remove(&key);
            return None;
        };
        if let Some(limit) = limits.get(&key).filter(|limit| limit.rate() == rate) {
            return Some(Arc::clone(limit));
        }
        let limit = Arc::new(Limit::new(rate)?);
        limits.insert(key, Arc::clone(&limit));
        Some(limit)
    }
}
