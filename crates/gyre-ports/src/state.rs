//! The state: what we have committed to.

use crate::error::Result;
use async_trait::async_trait;
use gyre_model::resource::Kind;
use gyre_model::{Cause, Decimal, Entry, NodeId, Offset, Partition, SendId, Timestamp, Workspace};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A writer's number; a writer with an older one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// How far a consumer has come in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The consumer's name, for example `processor`.
    pub consumer: String,
    /// The partition ([`gyre_model::record::DECIDED`] for the publisher of decided records).
    pub partition: Partition,
    /// The last offset it has dealt with.
    pub offset: Offset,
}

/// A version of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceRow {
    /// The workspace.
    pub workspace: Workspace,
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// From 1; the newest is in effect.
    pub version: u64,
    /// What people own; `Null` when it was removed.
    pub spec: Value,
    /// What the loop owns.
    pub managed: Value,
    /// Name, description, labels.
    pub metadata: Value,
    /// Who wrote it: `people` or `loop:<name>`.
    pub by: String,
    /// When it took effect.
    pub at: Timestamp,
}

/// A send that is meant to happen: drawn only when its time comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its id: a function of what caused it.
    pub send: SendId,
    /// The workspace.
    pub workspace: Workspace,
    /// The campaign.
    pub campaign: String,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The channel.
    pub channel: String,
    /// When it is due.
    pub due: Timestamp,
    /// After this it is refused as expired.
    pub expires: Timestamp,
    /// What it follows from.
    pub cause: Cause,
}

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Not begun, or waiting for another attempt.
    Waiting,
    /// A permit was minted; if found so at start, it is uncertain whether it left.
    Sending,
    /// Over.
    Done,
}

/// An intent with how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// The intent.
    pub intent: Intent,
    /// Where it stands.
    pub phase: Phase,
    /// Attempts begun.
    pub attempt: u32,
    /// When it is to be looked at next: `due`, or the time of the next attempt.
    pub next_at: Timestamp,
    /// The decision record as it was drawn (JSON of [`gyre_model::record::body::Decision`]); a retry
    /// never draws anew.
    pub decision: Option<Vec<u8>>,
}

/// Consent of a node for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRow {
    /// The workspace.
    pub workspace: Workspace,
    /// The node that spoke.
    pub node: NodeId,
    /// The channel, or `*`.
    pub channel: String,
    /// Given or taken back.
    pub granted: bool,
    /// When the person said so. A later one wins; of two at the same time, the refusal.
    pub occurred_at: Timestamp,
}

/// A contact that was reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The node it was reserved for.
    pub node: NodeId,
    /// The channel.
    pub channel: String,
    /// When.
    pub at: Timestamp,
}

/// Something taken from a limit. Committing fails with kind `Denied` if the limit does not allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// What is limited, for example `offer:free_shipping:stock`.
    pub counter: String,
    /// How much is taken: whole units or millionths of money.
    pub amount: Decimal,
    /// How much there is in all.
    pub limit: Decimal,
}

/// One attempt to send, with all it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// The send.
    pub send: SendId,
    /// The attempt, from 1. Reserving the same attempt twice is kind `Conflict`.
    pub attempt: u32,
    /// The workspace.
    pub workspace: Workspace,
    /// The node that stands for the person.
    pub node: NodeId,
    /// The channel.
    pub channel: String,
    /// When.
    pub at: Timestamp,
    /// What it takes from budgets and stocks; only with the first attempt.
    pub spends: Vec<Spend>,
    /// The decision record, kept for retries.
    pub decision: Vec<u8>,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A new version of a resource; its number must be one above the newest, else kind `Conflict`.
    PutResource(ResourceRow),
    /// A send that is meant to happen; nothing if its id is known.
    Enqueue(Intent),
    /// Reserves an attempt and marks the row `Sending`; the row must be `Waiting` and the attempt the
    /// next one, else kind `Conflict`.
    Reserve(Reservation),
    /// An attempt is over and no more will be made. `release` gives back what it had taken, because
    /// nothing left.
    Finish {
        /// The send.
        send: SendId,
        /// Whether nothing left.
        release: bool,
    },
    /// An attempt is over and another is to be made.
    Retry {
        /// The send.
        send: SendId,
        /// When.
        next_at: Timestamp,
    },
    /// Consent.
    Consent(ConsentRow),
    /// Takes from a limit outside a send (leases for in-app).
    Spend(Spend),
    /// A decided record: gets the next sequence number, and is appended to the journal from here.
    Decided(Entry),
    /// A small value under a name (progress of imports, the loop's next turn).
    Put {
        /// The workspace.
        workspace: Workspace,
        /// The name.
        key: String,
        /// The value; `Null` removes it.
        value: Value,
    },
}

/// What of people a state holds, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// Rows of consent.
    pub consent: u64,
    /// Contacts that were reserved.
    pub contacts: u64,
    /// Sends, in every phase.
    pub outbox: u64,
    /// Decided records that were not forgotten yet.
    pub decided: u64,
}

/// What we have committed to.
///
/// Promises: `commit` writes everything or nothing, carries the consumer's position, and is on disk
/// when it returns. A writer whose epoch is not the newest is refused with kind `Conflict` and nothing
/// is written. Reads see all commits that have returned.
#[async_trait]
pub trait State: Send + Sync + std::fmt::Debug {
    /// Begins a new epoch; every older writer is refused from now on.
    async fn begin(&self) -> Result<Epoch>;

    /// Writes everything or nothing.
    async fn commit(&self, epoch: Epoch, position: Option<Position>, ops: Vec<Op>) -> Result<()>;

    /// The last offset a consumer has dealt with.
    async fn position(&self, consumer: &str, partition: Partition) -> Result<Option<Offset>>;

    /// The newest version of a resource; `None` when it never was or was removed.
    async fn resource(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Option<ResourceRow>>;

    /// The newest versions of all resources that were not removed, by kind and name.
    async fn resources(&self, workspace: &Workspace) -> Result<Vec<ResourceRow>>;

    /// All versions of a resource, oldest first.
    async fn history(
        &self,
        workspace: &Workspace,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<ResourceRow>>;

    /// All workspaces that have resources.
    async fn workspaces(&self) -> Result<Vec<Workspace>>;

    /// Waiting rows with `next_at` at or before `now`, by (next_at, send), at most `limit`.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>>;

    /// The earliest `next_at` of a waiting row.
    async fn next_due(&self) -> Result<Option<Timestamp>>;

    /// All rows in phase `Sending`.
    async fn sending(&self) -> Result<Vec<OutboxRow>>;

    /// One row.
    async fn outbox(&self, send: SendId) -> Result<Option<OutboxRow>>;

    /// How many rows are in each phase: waiting, sending, done.
    async fn outbox_counts(&self) -> Result<[u64; 3]>;

    /// Contacts reserved for any of the nodes at or after `since`.
    async fn contacts(
        &self,
        workspace: &Workspace,
        nodes: &[NodeId],
        since: Timestamp,
    ) -> Result<Vec<Contact>>;

    /// All contacts reserved in a workspace at or after `since`, oldest first.
    async fn reserved(&self, workspace: &Workspace, since: Timestamp) -> Result<Vec<Contact>>;

    /// Consent of any of the nodes.
    async fn consent(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Vec<ConsentRow>>;

    /// How much of a limit was taken.
    async fn spent(&self, counter: &str) -> Result<Decimal>;

    /// Decided records with a sequence number above `after`, in sequence, at most `limit`.
    async fn decided(&self, after: Option<Offset>, limit: usize) -> Result<Vec<(Offset, Entry)>>;

    /// Forgets decided records at or below a sequence number (they are in the journal, synced).
    async fn forget_decided(&self, epoch: Epoch, upto: Offset) -> Result<()>;

    /// The value under a name.
    async fn value(&self, workspace: &Workspace, key: &str) -> Result<Option<Value>>;

    /// All values whose name begins with `prefix`, by name.
    async fn values(&self, workspace: &Workspace, prefix: &str) -> Result<Vec<(String, Value)>>;

    /// What is held of these nodes.
    async fn holdings(&self, workspace: &Workspace, nodes: &[NodeId]) -> Result<Holdings>;

    /// Removes what is held of these nodes: consent, contacts, sends in every phase with what they keep
    /// for a release, and decided records with their keys. What was spent stays spent.
    async fn erase(&self, epoch: Epoch, workspace: &Workspace, nodes: &[NodeId]) -> Result<()>;

    /// Makes what was removed so far unreadable on disk too.
    async fn purge(&self) -> Result<()>;
}
