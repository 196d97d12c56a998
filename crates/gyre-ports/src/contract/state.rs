//! The contract of the state.
//!
//! A *place* is where one state lives: it starts empty, and can be opened again after the state that
//! was open there has been dropped.
#![expect(clippy::unwrap_used, reason = "a contract suite panics on a broken promise")]

use crate::error::{ErrorKind, Result};
use crate::state::{Contact, Epoch, Intent, Op, Position, Reservation, ResourceRow, Spend, State};
use gyre_model::resource::Kind;
use gyre_model::{Cause, Decimal, Entry, Family, NodeId, SendId, Timestamp, Workspace};
use serde_json::{Value, json};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

mod ledger;
mod people;
mod sends;
#[cfg(test)]
mod tests;

/// A state on its way.
pub type Opening = Pin<Box<dyn Future<Output = Arc<dyn State>> + Send>>;
/// Opens what is at one place.
pub type Open = Box<dyn Fn() -> Opening + Send + Sync>;

/// Checks every promise; panics on a broken one. `place` gives an empty place each time.
pub async fn suite(place: &(dyn Fn() -> Open + Send + Sync)) {
    ledger::an_empty_state_has_nothing(&*place()().await).await;
    ledger::an_older_writer_is_refused(&place()).await;
    ledger::a_commit_carries_the_position(&place()).await;
    ledger::a_commit_that_fails_leaves_nothing(&place()).await;
    ledger::everything_is_there_after_reopening(&place()).await;
    ledger::resources_have_versions(&*place()().await).await;
    ledger::decided_records_have_a_sequence_that_is_never_reused(&place()).await;
    ledger::values_are_kept_by_name(&*place()().await).await;
    sends::a_send_is_enqueued_once(&*place()().await).await;
    sends::what_is_due_comes_in_order(&*place()().await).await;
    sends::an_attempt_is_reserved_once(&*place()().await).await;
    sends::contacts_are_found_by_node_and_time(&*place()().await).await;
    sends::a_limit_is_never_exceeded(&*place()().await).await;
    sends::what_was_not_used_is_given_back(&*place()().await).await;
    sends::writers_at_once_do_not_exceed_a_limit(place()().await).await;
    sends::the_later_word_about_consent_wins(&*place()().await).await;
    people::nothing_is_held_of_who_was_erased(&place()).await;
}

/// Commits one of every kind of thing; what a crash test does over and over. `n` makes it different
/// from the others; position `n` is carried.
pub async fn commit_nth(state: &dyn State, epoch: Epoch, n: u64) -> Result<()> {
    let send = send(n);
    let ops = vec![
        Op::Put { workspace: Workspace::default(), key: "n".into(), value: json!(n) },
        Op::Enqueue(intent(n, 10)),
        Op::Reserve(Reservation { spends: vec![spend("nth", 1, i64::MAX)], ..reservation(n, 1) }),
        Op::Decided(entry(n)),
        Op::Finish { send, release: false },
    ];
    let position = Position { consumer: "nth".into(), partition: 0, offset: n };
    state.commit(epoch, Some(position), ops).await
}

/// Checks that the state holds exactly what the commits of [`commit_nth`] from 0 to some number left,
/// and says which was the last.
pub async fn whole(state: &dyn State) -> Option<u64> {
    let position = state.position("nth", 0).await.unwrap();
    let count = position.map_or(0, |n| n + 1);
    let value = state.value(&Workspace::default(), "n").await.unwrap();
    assert_eq!(value, position.map(|n| json!(n)));
    assert_eq!(state.outbox_counts().await.unwrap(), [0, 0, count]);
    assert_eq!(state.spent("nth").await.unwrap(), Decimal::whole(count as i64));
    let decided = state.decided(None, usize::MAX >> 1).await.unwrap();
    let expected: Vec<_> = (0..count).map(|n| (n, entry(n))).collect();
    assert_eq!(decided, expected);
    position
}

fn send(n: u64) -> SendId {
    SendId(u128::from(n).to_be_bytes())
}

fn node(n: u64) -> NodeId {
    NodeId(u128::from(n).to_be_bytes())
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000_000)
}

fn intent(n: u64, due: i64) -> Intent {
    Intent {
        send: send(n),
        workspace: Workspace::default(),
        campaign: format!("campaign {n}"),
        node: node(n),
        channel: "email".into(),
        due: at(due),
        expires: at(due + 60),
        cause: Cause { partition: 1, offset: u64::MAX - n, ordinal: 2 },
    }
}

fn reservation(n: u64, attempt: u32) -> Reservation {
    Reservation {
        send: send(n),
        attempt,
        workspace: Workspace::default(),
        node: node(n),
        channel: "email".into(),
        at: at(100 + n as i64),
        spends: Vec::new(),
        decision: format!("decision {n} of attempt {attempt}").into_bytes(),
    }
}

fn spend(counter: &str, amount: i64, limit: i64) -> Spend {
    let counter = counter.to_owned();
    Spend { counter, amount: Decimal::whole(amount), limit: Decimal::whole(limit) }
}

fn entry(n: u64) -> Entry {
    Entry {
        workspace: Workspace::new("other"),
        family: Family::Decision,
        key: u64::MAX - n,
        cause: n.is_multiple_of(2).then_some(Cause { partition: 3, offset: n, ordinal: 4 }),
        payload: if n == 3 { Vec::new() } else { vec![0, n as u8, 255] },
    }
}

fn resource(kind: Kind, name: &str, version: u64, spec: Value) -> ResourceRow {
    ResourceRow {
        workspace: Workspace::default(),
        kind,
        name: name.into(),
        version,
        spec,
        managed: json!({ "share": 0.25 }),
        metadata: json!({ "labels": { "team": "growth" } }),
        by: "people".into(),
        at: at(version as i64),
    }
}

fn contact(n: u64, channel: &str, seconds: i64) -> Contact {
    Contact { node: node(n), channel: channel.into(), at: at(seconds) }
}

async fn commit(state: &dyn State, epoch: Epoch, ops: Vec<Op>) {
    state.commit(epoch, None, ops).await.unwrap();
}

async fn refused(state: &dyn State, epoch: Epoch, ops: Vec<Op>) -> ErrorKind {
    state.commit(epoch, None, ops).await.unwrap_err().kind()
}

/// Everything that can be read, as text.
async fn dump(state: &dyn State) -> String {
    let main = Workspace::default();
    let nodes: Vec<NodeId> = (0..20).map(node).collect();
    let mut outbox = Vec::new();
    for n in 0..20 {
        outbox.push(state.outbox(send(n)).await.unwrap());
    }
    let mut history = Vec::new();
    for kind in Kind::ALL {
        history.push(state.history(&main, kind, "a").await.unwrap());
    }
    let mut spent = Vec::new();
    for counter in ["nth", "stock", "budget"] {
        spent.push(state.spent(counter).await.unwrap());
    }
    let mut positions = Vec::new();
    for consumer in ["a", "b", "nth"] {
        positions.push(state.position(consumer, 0).await.unwrap());
    }
    format!(
        "{outbox:#?} {history:#?} {spent:?} {positions:?} {:#?} {:#?} {:#?} {:?} {:?} {:?} {:?}",
        state.contacts(&main, &nodes, Timestamp::MIN).await.unwrap(),
        state.consent(&main, &nodes).await.unwrap(),
        state.decided(None, 1000).await.unwrap(),
        state.values(&main, "").await.unwrap(),
        state.outbox_counts().await.unwrap(),
        state.due(Timestamp::MAX, 1000).await.unwrap(),
        state.sending().await.unwrap(),
    )
}
