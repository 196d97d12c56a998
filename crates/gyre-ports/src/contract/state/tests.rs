//! The in-memory state keeps the contract, and the suite notices every way of breaking it.

use super::{Open, Opening, commit_nth, entry, intent, spend, suite, whole};
use crate::error::Result;
use crate::memory::state::MemoryState;
use crate::state::{
    ConsentRow, Contact, Epoch, Holdings, Op, OutboxRow, Position, ResourceRow, Spend, State,
};
use async_trait::async_trait;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Entry, NodeId, Offset, Partition, SendId, Span, Timestamp, Workspace};
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;

#[tokio::test]
async fn the_memory_state_keeps_the_contract() {
    suite(&|| place(None)).await;
}

#[tokio::test]
async fn the_suite_notices_every_flaw() {
    for flaw in Flaw::ALL {
        let noticed = tokio::spawn(async move { suite(&|| place(Some(flaw))).await }).await;
        assert!(noticed.is_err(), "the suite does not notice {flaw:?}");
    }
}

#[tokio::test]
async fn what_judges_crashes_notices_half_a_commit() {
    let judge = async |op: Op| {
        let state = MemoryState::new();
        let epoch = state.begin().await.unwrap();
        commit_nth(&state, epoch, 0).await.unwrap();
        state.commit(epoch, None, vec![op]).await.unwrap();
        tokio::spawn(async move { whole(&state).await }).await.is_err()
    };
    assert!(judge(Op::Decided(entry(1))).await);
    assert!(judge(Op::Enqueue(intent(1, 1))).await);
    assert!(judge(Op::Spend(spend("nth", 1, 9))).await);
}

fn place(flaw: Option<Flaw>) -> Open {
    let flawed = Flawed { inner: MemoryState::new(), flaw, epoch: Mutex::new(Epoch(0)) };
    let state = Arc::new(flawed);
    Box::new(move || {
        let state = Arc::<Flawed>::clone(&state) as Arc<dyn State>;
        Box::pin(std::future::ready(state)) as Opening
    })
}

/// One way of breaking a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    KeepsErased,
    ErasesNeighbours,
    IgnoresEpochs,
    ForgetsForAnybody,
    LosesPosition,
    HalfCommit,
    SkipsVersionCheck,
    ShowsRemoved,
    EnqueuesTwice,
    DueUnordered,
    DueTooEarly,
    DueIgnoresLimit,
    ReservesTwice,
    ReleasesNothing,
    ReleasesEverything,
    ContactsIgnoreSince,
    ContactsMixWorkspaces,
    IgnoresLimits,
    ConsentTieGrants,
    ConsentLastArrivalWins,
    ReusesSequence,
    DecidedIncludesAfter,
    ForgetsNothing,
    PrefixIsIgnored,
    NullIsAValue,
}

impl Flaw {
    const ALL: [Self; 25] = [
        Self::KeepsErased,
        Self::ErasesNeighbours,
        Self::IgnoresEpochs,
        Self::ForgetsForAnybody,
        Self::LosesPosition,
        Self::HalfCommit,
        Self::SkipsVersionCheck,
        Self::ShowsRemoved,
        Self::EnqueuesTwice,
        Self::DueUnordered,
        Self::DueTooEarly,
        Self::DueIgnoresLimit,
        Self::ReservesTwice,
        Self::ReleasesNothing,
        Self::ReleasesEverything,
        Self::ContactsIgnoreSince,
        Self::ContactsMixWorkspaces,
        Self::IgnoresLimits,
        Self::ConsentTieGrants,
        Self::ConsentLastArrivalWins,
        Self::ReusesSequence,
        Self::DecidedIncludesAfter,
        Self::ForgetsNothing,
        Self::PrefixIsIgnored,
        Self::NullIsAValue,
    ];
}

#[derive(Debug)]
struct Flawed {
    inner: MemoryState,
    flaw: Option<Flaw>,
    epoch: Mutex<Epoch>,
}

impl Flawed {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn newest_epoch(&self) -> Epoch {
        *self.epoch.lock()
    }

    /// The op as a flawed state would understand it; `None` when it would not do it at all.
    async fn twist(&self, op: Op) -> Option<Op> {
        Some(match op {
            Op::PutResource(row) if self.has(Flaw::SkipsVersionCheck) => {
                let before = self.inner.history(&row.workspace, row.kind, &row.name).await;
                let version = before.map_or(1, |rows| rows.len() as u64 + 1);
                Op::PutResource(ResourceRow { version, ..row })
            }
            Op::Enqueue(mut intent) if self.has(Flaw::EnqueuesTwice) => {
                while self.inner.outbox(intent.send).await.is_ok_and(|row| row.is_some()) {
                    intent.send.0[0] += 1;
                }
                Op::Enqueue(intent)
            }
            Op::Reserve(one) if self.has(Flaw::ReservesTwice) => {
                let row = self.inner.outbox(one.send).await.ok().flatten();
                if row.is_some_and(|row| row.attempt >= one.attempt) {
                    return None;
                }
                Op::Reserve(one)
            }
            Op::Finish { send, .. } if self.has(Flaw::ReleasesNothing) => {
                Op::Finish { send, release: false }
            }
            Op::Finish { send, .. } if self.has(Flaw::ReleasesEverything) => {
                Op::Finish { send, release: true }
            }
            Op::Spend(spend) if self.has(Flaw::IgnoresLimits) => {
                Op::Spend(Spend { limit: Decimal(i64::MAX), ..spend })
            }
            Op::Consent(row) if row.granted && self.has(Flaw::ConsentTieGrants) => {
                Op::Consent(ConsentRow { occurred_at: row.occurred_at + Span(1), ..row })
            }
            Op::Consent(row) if self.has(Flaw::ConsentLastArrivalWins) => {
                let before = self.inner.consent(&row.workspace, &[row.node]).await;
                let latest = before.into_iter().flatten().map(|before| before.occurred_at).max();
                let latest = latest.map_or(Timestamp::MIN, |latest| latest + Span(1));
                Op::Consent(ConsentRow { occurred_at: row.occurred_at.max(latest), ..row })
            }
            Op::Put { workspace, key, value } if self.has(Flaw::NullIsAValue) => {
                let value = if value.is_null() { Value::Bool(false) } else { value };
                Op::Put { workspace, key, value }
            }
            other => other,
        })
    }
}

#[async_trait]
impl State for Flawed {
    async fn begin(&self) -> Result<Epoch> {
        let epoch = self.inner.begin().await?;
        *self.epoch.lock() = epoch;
        Ok(epoch)
    }

    async fn commit(
        &self,
        mut epoch: Epoch,
        mut position: Option<Position>,
        ops: Vec<Op>,
    ) -> Result<()> {
        if self.has(Flaw::IgnoresEpochs) {
            epoch = self.newest_epoch();
        }
        if self.has(Flaw::LosesPosition) {
            position = None;
        }
        let mut twisted = Vec::new();
        for op in ops {
            let Some(op) = self.twist(op).await else { continue };
            if self.has(Flaw::HalfCommit) {
                self.inner.commit(epoch, None, vec![op]).await?;
            } else {
                twisted.push(op);
            }
        }
        self.inner.commit(epoch, position, twisted).await
    }

    async fn position(&self, consumer: &str, partition: Partition) -> Result<Option<Offset>> {
        self.inner.position(consumer, partition).await
    }

    async fn resource(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Option<ResourceRow>> {
        if self.has(Flaw::ShowsRemoved) {
            return Ok(self.inner.history(workspace, kind, name).await?.pop());
        }
        self.inner.resource(workspace, kind, name).await
    }

    async fn resources(&self, workspace: &Workspace) -> Result<Vec<ResourceRow>> {
        self.inner.resources(workspace).await
    }

    async fn history(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<ResourceRow>> {
        self.inner.history(workspace, kind, name).await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.inner.workspaces().await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>> {
        let now = if self.has(Flaw::DueTooEarly) { now + Span::SECOND } else { now };
        let limit = if self.has(Flaw::DueIgnoresLimit) { usize::MAX } else { limit };
        let mut rows = self.inner.due(now, limit).await?;
        if self.has(Flaw::DueUnordered) {
            rows.sort_by_key(|row| row.intent.send);
        }
        Ok(rows)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>> {
        self.inner.next_due().await
    }

    async fn sending(&self) -> Result<Vec<OutboxRow>> {
        self.inner.sending().await
    }

    async fn outbox(&self, send: SendId) -> Result<Option<OutboxRow>> {
        self.inner.outbox(send).await
    }

    async fn outbox_counts(&self) -> Result<[u64; 3]> {
        self.inner.outbox_counts().await
    }

    async fn contacts(
        &self,
        workspace: &Workspace,
        nodes: &[NodeId],
        since: Timestamp,
    ) -> Result<Vec<Contact>> {
        let since = if self.has(Flaw::ContactsIgnoreSince) { Timestamp::MIN } else { since };
        let mut found = self.inner.contacts(workspace, nodes, since).await?;
        if self.has(Flaw::ContactsMixWorkspaces) {
            let other = Workspace::new("other");
            found.extend(self.inner.contacts(&other, nodes, since).await?);
        }
        Ok(found)
    }

    async fn reserved(&self, workspace: &Workspace, since: Timestamp) -> Result<Vec<Contact>> {
        self.inner.reserved(workspace, since).await
    }

    async fn consent(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Vec<ConsentRow>> {
        self.inner.consent(workspace, nodes).await
    }

    async fn spent(&self, counter: &str) -> Result<Decimal> {
        self.inner.spent(counter).await
    }

    async fn decided(&self, after: Option<Offset>, limit: usize) -> Result<Vec<(Offset, Entry)>> {
        let after = match after {
            Some(after) if self.has(Flaw::DecidedIncludesAfter) => after.checked_sub(1),
            other => other,
        };
        let mut rows = self.inner.decided(after, limit).await?;
        if self.has(Flaw::ReusesSequence) {
            let first = self.inner.decided(None, 1).await?.first().map_or(0, |(first, _)| *first);
            for (sequence, _) in &mut rows {
                *sequence -= first;
            }
        }
        Ok(rows)
    }

    async fn forget_decided(&self, mut epoch: Epoch, upto: Offset) -> Result<()> {
        if self.has(Flaw::ForgetsNothing) {
            let forgets = epoch != self.newest_epoch();
            return if forgets { self.inner.forget_decided(epoch, upto).await } else { Ok(()) };
        }
        if self.has(Flaw::ForgetsForAnybody) {
            epoch = self.newest_epoch();
        }
        self.inner.forget_decided(epoch, upto).await
    }

    async fn value(&self, workspace: &Workspace, key: &str) -> Result<Option<Value>> {
        self.inner.value(workspace, key).await
    }

    async fn values(&self, workspace: &Workspace, prefix: &str) -> Result<Vec<(String, Value)>> {
        let prefix = if self.has(Flaw::PrefixIsIgnored) { "" } else { prefix };
        self.inner.values(workspace, prefix).await
    }

    async fn holdings(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Holdings> {
        self.inner.holdings(workspace, nodes).await
    }
    async fn erase(&self, epoch: Epoch, workspace: &Workspace, nodes: &[NodeId]) -> Result<()> {
        if self.has(Flaw::KeepsErased) {
            return Ok(());
        }
        let mut nodes = nodes.to_vec();
        if self.has(Flaw::ErasesNeighbours) {
            nodes.push(super::node(3));
        }
        self.inner.erase(epoch, workspace, &nodes).await
    }
    async fn purge(&self) -> Result<()> {
        self.inner.purge().await
    }
}
