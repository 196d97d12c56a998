//! The process dies at the n-th write, for every n; what follows is what would have followed.
//!
//! A write that "dies" either never happens or happens without the caller hearing of it: both are what
//! a real crash looks like from outside.

use super::world::{SHOP, World, Wrapped, apply, identify, order, post, start};
use async_trait::async_trait;
use gyre_model::resource::Kind;
use gyre_model::{
    Cause, Decimal, Entry, Family, NodeId, Offset, Partition, SendId, Span, Stored, Timestamp,
    Workspace,
};
use gyre_ports::journal::Damage;
use gyre_ports::memory::journal::MemoryJournal;
use gyre_ports::memory::state::MemoryState;
use gyre_ports::state::{
    ConsentRow, Contact, Epoch, Holdings, Op, OutboxRow, Position, ResourceRow,
};
use gyre_ports::{Clock as _, Durability, Error, ErrorKind, Journal, Result, State};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts writes and dies at one of them.
#[derive(Debug)]
pub(super) struct Fuse {
    writes: AtomicUsize,
    dies_at: usize,
    /// Whether the fatal write still reaches the disk.
    reaches: bool,
}

impl Fuse {
    pub(super) fn new(dies_at: Option<usize>, reaches: bool) -> Self {
        Self { writes: AtomicUsize::new(0), dies_at: dies_at.unwrap_or(usize::MAX), reaches }
    }

    /// Whether this write happens, and whether its caller hears of it.
    fn burn(&self) -> (bool, bool) {
        let n = self.writes.fetch_add(1, Ordering::SeqCst);
        match n.cmp(&self.dies_at) {
            std::cmp::Ordering::Less => (true, true),
            std::cmp::Ordering::Equal => (self.reaches, false),
            std::cmp::Ordering::Greater => (false, false),
        }
    }
}

fn dead<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Fatal, "the process is dead"))
}

#[derive(Debug)]
pub(super) struct DyingJournal(Arc<dyn Journal>, Arc<Fuse>);

impl DyingJournal {
    pub(super) fn new(journal: &Arc<MemoryJournal>, fuse: &Arc<Fuse>) -> Self {
        Self(Arc::clone(journal) as _, Arc::clone(fuse))
    }
}

impl DyingState {
    pub(super) fn new(state: &Arc<MemoryState>, fuse: &Arc<Fuse>) -> Self {
        Self(Arc::clone(state) as _, Arc::clone(fuse))
    }
}

#[async_trait]
impl Journal for DyingJournal {
    fn partitions(&self) -> Partition {
        self.0.partitions()
    }
    async fn append(&self, p: Partition, entries: Vec<Entry>, d: Durability) -> Result<Offset> {
        let (happens, heard) = self.1.burn();
        let done = if happens { self.0.append(p, entries, d).await } else { dead() };
        if heard { done } else { dead() }
    }
    async fn read(&self, p: Partition, from: Offset, limit: usize) -> Result<Vec<Stored>> {
        self.0.read(p, from, limit).await
    }
    fn end(&self, p: Partition) -> Offset {
        self.0.end(p)
    }
    fn synced(&self, p: Partition) -> Offset {
        self.0.synced(p)
    }
    fn start(&self, p: Partition) -> Offset {
        self.0.start(p)
    }
    async fn wait(&self, p: Partition, offset: Offset) {
        self.0.wait(p, offset).await;
    }
    async fn sync(&self, p: Partition) -> Result<()> {
        self.0.sync(p).await
    }
    async fn trim(&self, p: Partition, offset: Offset) -> Result<()> {
        self.0.trim(p, offset).await
    }
    async fn blank(&self, p: Partition, offset: Offset) -> Result<()> {
        self.0.blank(p, offset).await
    }
    async fn verify(&self, p: Partition) -> Result<Vec<Damage>> {
        self.0.verify(p).await
    }
}

#[derive(Debug)]
pub(super) struct DyingState(Arc<dyn State>, Arc<Fuse>);

#[async_trait]
impl State for DyingState {
    async fn begin(&self) -> Result<Epoch> {
        self.0.begin().await
    }
    async fn commit(&self, epoch: Epoch, position: Option<Position>, ops: Vec<Op>) -> Result<()> {
        let (happens, heard) = self.1.burn();
        let done = if happens { self.0.commit(epoch, position, ops).await } else { dead() };
        if heard { done } else { dead() }
    }
    async fn position(&self, consumer: &str, p: Partition) -> Result<Option<Offset>> {
        self.0.position(consumer, p).await
    }
    async fn resource(&self, w: &Workspace, k: Kind, n: &str) -> Result<Option<ResourceRow>> {
        self.0.resource(w, k, n).await
    }
    async fn resources(&self, w: &Workspace) -> Result<Vec<ResourceRow>> {
        self.0.resources(w).await
    }
    async fn history(&self, w: &Workspace, k: Kind, n: &str) -> Result<Vec<ResourceRow>> {
        self.0.history(w, k, n).await
    }
    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.0.workspaces().await
    }
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>> {
        self.0.due(now, limit).await
    }
    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.0.next_due().await
    }
    async fn sending(&self) -> Result<Vec<OutboxRow>> {
        self.0.sending().await
    }
    async fn outbox(&self, send: SendId) -> Result<Option<OutboxRow>> {
        self.0.outbox(send).await
    }
    async fn outbox_counts(&self) -> Result<[u64; 3]> {
        self.0.outbox_counts().await
    }
    async fn contacts(&self, w: &Workspace, n: &[NodeId], s: Timestamp) -> Result<Vec<Contact>> {
        self.0.contacts(w, n, s).await
    }
    async fn reserved(&self, w: &Workspace, since: Timestamp) -> Result<Vec<Contact>> {
        self.0.reserved(w, since).await
    }
    async fn consent(&self, w: &Workspace, nodes: &[NodeId]) -> Result<Vec<ConsentRow>> {
        self.0.consent(w, nodes).await
    }
    async fn spent(&self, counter: &str) -> Result<Decimal> {
        self.0.spent(counter).await
    }
    async fn decided(&self, after: Option<Offset>, limit: usize) -> Result<Vec<(Offset, Entry)>> {
        self.0.decided(after, limit).await
    }
    async fn forget_decided(&self, epoch: Epoch, upto: Offset) -> Result<()> {
        self.0.forget_decided(epoch, upto).await
    }
    async fn value(&self, w: &Workspace, key: &str) -> Result<Option<Value>> {
        self.0.value(w, key).await
    }
    async fn values(&self, w: &Workspace, prefix: &str) -> Result<Vec<(String, Value)>> {
        self.0.values(w, prefix).await
    }
    async fn holdings(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Holdings> {
        self.0.holdings(workspace, nodes).await
    }
    async fn erase(&self, epoch: Epoch, workspace: &Workspace, nodes: &[NodeId]) -> Result<()> {
        let (happens, heard) = self.1.burn();
        let done = if happens { self.0.erase(epoch, workspace, nodes).await } else { dead() };
        if heard { done } else { dead() }
    }
    async fn purge(&self) -> Result<()> {
        self.0.purge().await
    }
}

type Records = BTreeMap<Cause, (Family, String)>;

/// One life of the shop: dies at the n-th write if told to, is opened again and goes on.
async fn live(dies_at: Option<usize>, reaches: bool) -> (World, Records, bool) {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let events: Vec<_> = (0..6)
        .flat_map(|n| {
            let user = format!("u{n}");
            [identify(&user, &format!("i{n}")), order(&user, &format!("o{n}"))]
        })
        .collect();
    post(&engine, &events).await.unwrap();
    drop(engine);

    let fuse = Arc::new(Fuse::new(dies_at, reaches));
    let (engine, _) = world
        .open(|world| Wrapped {
            journal: Arc::new(DyingJournal(Arc::clone(&world.journal) as _, Arc::clone(&fuse))),
            state: Arc::new(DyingState(Arc::clone(&world.state) as _, Arc::clone(&fuse))),
        })
        .await;
    let died = engine.advance(start() + Span::days(22)).await.is_err();
    drop(engine);
    if died {
        world.journal.crash();
        let (engine, _) = world.open(Wrapped::plain).await;
        engine.advance(start() + Span::days(22)).await.unwrap();
    }
    let records = world.by_cause().await;
    (world, records, died)
}

/// The facts that must not depend on what died: who entered what, what was drawn for whom.
fn derived(records: &Records) -> Vec<&(Family, String)> {
    let mut facts: Vec<_> = records
        .values()
        .filter(|(family, _)| {
            matches!(
                family,
                Family::Enrollment | Family::Identity | Family::Consent | Family::Decision
            )
        })
        .collect();
    facts.sort();
    facts
}

#[tokio::test]
async fn whatever_write_dies_nothing_is_lost_and_nothing_is_sent_twice() {
    let (calm, undisturbed, _) = live(None, true).await;
    let sent = calm.channel.received().len();
    assert!(sent > 0);
    let mut deaths = 0;
    for reaches in [false, true] {
        for n in 0.. {
            let (world, records, died) = live(Some(n), reaches).await;
            if !died {
                break;
            }
            deaths += 1;
            let (found, wanted) = (derived(&records), derived(&undisturbed));
            let odd = found.iter().zip(&wanted).find(|(a, b)| a != b);
            assert!(
                found.len() == wanted.len() && odd.is_none(),
                "died at write {n}, {reaches}: {odd:?}"
            );
            assert_eq!(world.channel.duplicates(), 0, "died at write {n}");
            let [waiting, sending, done] = world.state.outbox_counts().await.unwrap();
            assert_eq!((waiting, sending), (0, 0), "died at write {n}");
            assert_eq!(done, 6);
            let uncertain =
                records.values().filter(|(_, text)| text.contains("\"uncertain\"")).count();
            let arrived = world.channel.received().len();
            assert!(
                arrived <= sent && arrived + uncertain >= sent,
                "died at write {n}: {arrived} + {uncertain}"
            );
        }
    }
    assert!(deaths > 20, "only {deaths} places to die");
}

/// The mutant: an outbox whose sends are given out again after a crash must be noticed by the test
/// above; here it is, with its safety off.
#[tokio::test]
async fn a_ring_that_sends_again_what_is_uncertain_would_be_noticed() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("u1", "i"), order("u1", "o"), identify("u2", "j"), order("u2", "p")])
        .await
        .unwrap();
    engine.advance(start() + Span::days(22)).await.unwrap();
    let before = world.channel.received();
    assert!(!before.is_empty());
    // Forget that they were sent, as a state without the phase would.
    let permits = before.iter().map(|message| message.send).collect::<Vec<_>>();
    let fresh = MemoryStateWithout::outbox(&world);
    let (engine, _) = fresh.open(Wrapped::plain).await;
    apply(&engine, SHOP).await;
    fresh.fold_again(&engine).await;
    let after = fresh.channel.received();
    assert!(after.len() > before.len() && fresh.channel.duplicates() >= permits.len());
}

struct MemoryStateWithout;

impl MemoryStateWithout {
    /// The same world, but what we had committed to is forgotten.
    fn outbox(world: &World) -> World {
        World {
            state: Arc::new(MemoryState::new()),
            fold: Arc::new(gyre_ports::memory::fold::MemoryFold::new()),
            ..world.clone()
        }
    }
}

impl World {
    async fn fold_again(&self, engine: &crate::Engine) {
        engine.advance(start() + Span::days(23)).await.unwrap();
    }
}

#[tokio::test]
async fn after_a_restart_what_was_committed_can_be_queried_up_to_now() {
    let world = World::new();
    {
        let (engine, _) = world.open(Wrapped::plain).await;
        apply(&engine, SHOP).await;
        post(&engine, &[identify("ada", "m1"), order("ada", "m2")]).await.unwrap();
        engine.visible().await.unwrap();
        // As the lake's commit leaves it; this lake commits nothing.
        let offset = engine.shared.journal.end(0) - 1;
        let committed = Position { consumer: crate::LAKE.to_owned(), partition: 0, offset };
        engine.shared.state.commit(engine.shared.epoch, Some(committed), vec![]).await.unwrap();
    }
    world.clock.set(start() + Span::days(1));
    let (engine, _) = world.open(Wrapped::plain).await;
    assert_eq!(engine.shared.marks(0).archived(), engine.shared.journal.end(0));
    assert_eq!(engine.watermark().await.unwrap(), start() + Span::days(1));
}
