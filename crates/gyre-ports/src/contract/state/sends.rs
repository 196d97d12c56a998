//! The outbox, contacts, limits and consent.

use super::{at, commit, contact, intent, node, refused, reservation, send, spend};
use crate::error::ErrorKind;
use crate::state::{ConsentRow, Contact, Epoch, Intent, Op, OutboxRow, Phase, Reservation, State};
use gyre_model::{Decimal, NodeId, Timestamp, Workspace};
use std::sync::Arc;

async fn row(state: &dyn State, n: u64) -> OutboxRow {
    state.outbox(send(n)).await.unwrap().unwrap()
}

fn numbers(rows: &[OutboxRow]) -> Vec<u64> {
    let number = |row: &OutboxRow| u128::from_be_bytes(row.intent.send.0) as u64;
    rows.iter().map(number).collect()
}

pub(super) async fn a_send_is_enqueued_once(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let other = Intent { campaign: "another".into(), due: at(99), ..intent(1, 10) };
    commit(state, epoch, vec![Op::Enqueue(intent(1, 10)), Op::Enqueue(other.clone())]).await;
    commit(state, epoch, vec![Op::Enqueue(other.clone()), Op::Enqueue(intent(2, 10))]).await;
    let expected = OutboxRow {
        intent: intent(1, 10),
        phase: Phase::Waiting,
        attempt: 0,
        next_at: at(10),
        decision: None,
    };
    assert_eq!(row(state, 1).await, expected, "a known send was enqueued again");
    assert_eq!(state.outbox_counts().await.unwrap(), [2, 0, 0]);
    commit(state, epoch, vec![Op::Reserve(reservation(1, 1))]).await;
    commit(state, epoch, vec![Op::Enqueue(other.clone())]).await;
    assert_eq!(row(state, 1).await.phase, Phase::Sending);
    commit(state, epoch, vec![Op::Finish { send: send(1), release: false }]).await;
    commit(state, epoch, vec![Op::Enqueue(other)]).await;
    assert_eq!(row(state, 1).await.phase, Phase::Done, "a send that is over began anew");
    assert_eq!(state.outbox_counts().await.unwrap(), [1, 0, 1]);
}

pub(super) async fn what_is_due_comes_in_order(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let due = [(5, 30), (1, 20), (4, 10), (2, 20), (3, 10), (6, -5)];
    commit(state, epoch, due.map(|(n, due)| Op::Enqueue(intent(n, due))).into()).await;
    let find = async |now: Timestamp, limit| numbers(&state.due(now, limit).await.unwrap());
    assert_eq!(find(Timestamp::MAX, 99).await, [6, 3, 4, 1, 2, 5], "by (next_at, send)");
    assert_eq!(find(at(20), 99).await, [6, 3, 4, 1, 2], "now itself is due");
    assert_eq!(find(at(19), 99).await, [6, 3, 4], "what comes later is not due");
    assert_eq!(find(at(20), 2).await, [6, 3], "no more than asked for");
    assert_eq!(find(at(-6), 2).await, [0; 0]);
    assert_eq!(state.next_due().await.unwrap(), Some(at(-5)));
    let ops = vec![
        Op::Reserve(reservation(6, 1)),
        Op::Reserve(reservation(3, 1)),
        Op::Retry { send: send(3), next_at: at(40) },
        Op::Retry { send: send(4), next_at: at(25) },
        Op::Finish { send: send(1), release: false },
    ];
    commit(state, epoch, ops).await;
    assert_eq!(find(Timestamp::MAX, 99).await, [2, 4, 5, 3], "waiting rows only, by the next time");
    assert_eq!(state.next_due().await.unwrap(), Some(at(20)));
    assert_eq!(numbers(&state.sending().await.unwrap()), [6]);
    assert_eq!(state.outbox_counts().await.unwrap(), [4, 1, 1]);
    assert_eq!(state.due(at(20), 1).await.unwrap(), [row(state, 2).await]);
}

pub(super) async fn an_attempt_is_reserved_once(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    commit(state, epoch, vec![Op::Enqueue(intent(1, 10))]).await;
    let reserve = |attempt| vec![Op::Reserve(reservation(1, attempt))];
    for attempt in [0, 2] {
        let kind = refused(state, epoch, reserve(attempt)).await;
        assert_eq!(kind, ErrorKind::Conflict, "attempt {attempt} was the first");
    }
    let twice = [reserve(1), reserve(1)].concat();
    assert_eq!(refused(state, epoch, twice).await, ErrorKind::Conflict);
    commit(state, epoch, reserve(1)).await;
    let begun = row(state, 1).await;
    assert_eq!((begun.phase, begun.attempt), (Phase::Sending, 1));
    assert_eq!(begun.decision, Some(reservation(1, 1).decision));
    assert_eq!(state.sending().await.unwrap(), [begun]);
    for attempt in [1, 2] {
        let kind = refused(state, epoch, reserve(attempt)).await;
        assert_eq!(kind, ErrorKind::Conflict, "attempt {attempt} while the first is under way");
    }
    commit(state, epoch, vec![Op::Retry { send: send(1), next_at: at(50) }]).await;
    let waiting = row(state, 1).await;
    assert_eq!((waiting.phase, waiting.attempt, waiting.next_at), (Phase::Waiting, 1, at(50)));
    assert_eq!(refused(state, epoch, reserve(1)).await, ErrorKind::Conflict, "the first again");
    let taking = Reservation { spends: vec![spend("s", 1, 9)], ..reservation(1, 2) };
    let kind = refused(state, epoch, vec![Op::Reserve(taking)]).await;
    assert_eq!(kind, ErrorKind::Invalid, "only the first attempt takes from limits");
    commit(state, epoch, reserve(2)).await;
    let second = row(state, 1).await;
    assert_eq!((second.phase, second.attempt), (Phase::Sending, 2));
    assert_eq!(second.decision, Some(reservation(1, 1).decision), "a retry never draws anew");
    commit(state, epoch, vec![Op::Finish { send: send(1), release: false }]).await;
    for op in [
        Op::Reserve(reservation(1, 3)),
        Op::Retry { send: send(1), next_at: at(60) },
        Op::Finish { send: send(1), release: true },
    ] {
        let kind = refused(state, epoch, vec![op.clone()]).await;
        assert_eq!(kind, ErrorKind::Conflict, "{op:?} after the send was over");
    }
    assert_eq!(state.sending().await.unwrap(), []);
    // An intent that is refused or expires is over without an attempt.
    let ops = vec![Op::Enqueue(intent(2, 10)), Op::Finish { send: send(2), release: true }];
    commit(state, epoch, ops).await;
    assert_eq!(row(state, 2).await.phase, Phase::Done);
}

async fn contacts(state: &dyn State, nodes: &[NodeId], since: i64) -> Vec<Contact> {
    state.contacts(&Workspace::default(), nodes, at(since)).await.unwrap()
}

pub(super) async fn contacts_are_found_by_node_and_time(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let other = Workspace::new("other");
    let reserve = |n, who, channel: &str, seconds| {
        let (node, channel, at) = (node(who), channel.to_owned(), at(seconds));
        Reservation { node, channel, at, ..reservation(n, 1) }
    };
    let mut ops: Vec<Op> = (1..=5).map(|n| Op::Enqueue(intent(n, 1))).collect();
    ops.extend([
        Op::Reserve(reserve(1, 1, "email", 10)),
        Op::Reserve(reserve(2, 1, "push", 20)),
        Op::Reserve(reserve(3, 2, "email", 30)),
        Op::Reserve(reserve(4, 3, "email", 40)),
        Op::Reserve(Reservation { workspace: other, ..reserve(5, 1, "email", 50) }),
    ]);
    commit(state, epoch, ops).await;
    let all = [contact(1, "email", 10), contact(1, "push", 20), contact(2, "email", 30)];
    assert_eq!(contacts(state, &[node(1), node(2), node(9)], 0).await, all);
    assert_eq!(contacts(state, &[node(2), node(1)], 20).await, all[1..], "since is included");
    assert_eq!(contacts(state, &[node(1)], 21).await, [], "an earlier contact was counted");
    assert_eq!(contacts(state, &[], 0).await, []);
    let main = Workspace::default();
    let everybody = state.reserved(&main, at(20)).await.unwrap();
    assert_eq!(everybody, [all[1].clone(), all[2].clone(), contact(3, "email", 40)]);
    assert_eq!(state.reserved(&main, at(41)).await.unwrap(), []);
    let retry = vec![
        Op::Retry { send: send(1), next_at: at(60) },
        Op::Reserve(Reservation { attempt: 2, ..reserve(1, 1, "email", 60) }),
    ];
    commit(state, epoch, retry).await;
    let expected = [contact(1, "push", 20), contact(1, "email", 60)];
    assert_eq!(contacts(state, &[node(1)], 0).await, expected, "a retry is no second contact");
    let finish = vec![
        Op::Finish { send: send(1), release: true },
        Op::Finish { send: send(2), release: false },
    ];
    commit(state, epoch, finish).await;
    let left = contacts(state, &[node(1)], 0).await;
    assert_eq!(left, [contact(1, "push", 20)], "what did not leave is no contact, the rest is");
}

pub(super) async fn a_limit_is_never_exceeded(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let take = |amount, limit| Op::Spend(spend("stock", amount, limit));
    assert_eq!(refused(state, epoch, vec![take(11, 10)]).await, ErrorKind::Denied);
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::ZERO, "what was denied was taken");
    commit(state, epoch, vec![take(4, 10), take(4, 10)]).await;
    assert_eq!(refused(state, epoch, vec![take(3, 10)]).await, ErrorKind::Denied);
    let both = vec![take(1, 10), take(2, 10)];
    assert_eq!(refused(state, epoch, both).await, ErrorKind::Denied, "together it is too much");
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::whole(8));
    commit(state, epoch, vec![take(2, 10)]).await;
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::whole(10), "the limit itself is in");
    assert_eq!(refused(state, epoch, vec![take(1, 10)]).await, ErrorKind::Denied);
    assert_eq!(state.spent("other").await.unwrap(), Decimal::ZERO);
    // Giving back works even when the limit was lowered meanwhile.
    commit(state, epoch, vec![take(-3, 5)]).await;
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::whole(7));
    assert_eq!(refused(state, epoch, vec![take(1, 5)]).await, ErrorKind::Denied);

    let taking = Reservation { spends: vec![spend("stock", 4, 10)], ..reservation(1, 1) };
    let ops = vec![Op::Enqueue(intent(1, 1)), Op::Reserve(taking)];
    assert_eq!(refused(state, epoch, ops).await, ErrorKind::Denied);
    assert_eq!(state.outbox(send(1)).await.unwrap(), None);
    assert_eq!(contacts(state, &[node(1)], 0).await, []);
}

pub(super) async fn what_was_not_used_is_given_back(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let spends = vec![spend("stock", 1, 10), spend("budget", 3, 10), spend("stock", 2, 10)];
    let mut ops = Vec::new();
    for n in 1..=3 {
        ops.push(Op::Enqueue(intent(n, 1)));
        ops.push(Op::Reserve(Reservation { spends: spends.clone(), ..reservation(n, 1) }));
    }
    commit(state, epoch, ops).await;
    let spent = async || {
        (
            state.spent("stock").await.unwrap().0 / Decimal::SCALE,
            state.spent("budget").await.unwrap().0 / Decimal::SCALE,
        )
    };
    assert_eq!(spent().await, (9, 9));
    commit(state, epoch, vec![Op::Retry { send: send(1), next_at: at(5) }]).await;
    assert_eq!(spent().await, (9, 9), "a retry keeps what it took");
    commit(state, epoch, vec![Op::Reserve(reservation(1, 2))]).await;
    assert_eq!(spent().await, (9, 9));
    commit(state, epoch, vec![Op::Finish { send: send(2), release: false }]).await;
    assert_eq!(spent().await, (9, 9), "what was sent is spent");
    commit(state, epoch, vec![Op::Finish { send: send(1), release: true }]).await;
    assert_eq!(spent().await, (6, 6), "what was not sent is given back, once");
    let again = vec![Op::Finish { send: send(1), release: true }];
    assert_eq!(refused(state, epoch, again).await, ErrorKind::Conflict);
    assert_eq!(spent().await, (6, 6));
}

/// Many writers of one epoch at once: just as many succeed as the limit allows.
pub(super) async fn writers_at_once_do_not_exceed_a_limit(state: Arc<dyn State>) {
    let epoch = state.begin().await.unwrap();
    let tasks: Vec<_> =
        (0..20).map(|_| tokio::spawn(take_one(Arc::clone(&state), epoch))).collect();
    let mut taken = 0;
    for task in tasks {
        taken += u64::from(task.await.unwrap());
    }
    assert_eq!(taken, 7);
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::whole(7));
    assert_eq!(state.decided(None, 99).await.unwrap().len(), 7);
}

async fn take_one(state: Arc<dyn State>, epoch: Epoch) -> bool {
    loop {
        let ops = vec![Op::Decided(super::entry(1)), Op::Spend(spend("stock", 1, 7))];
        match state.commit(epoch, None, ops).await {
            Ok(()) => return true,
            Err(error) if error.kind().is_retryable() => tokio::task::yield_now().await,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Denied);
                return false;
            }
        }
    }
}

pub(super) async fn the_later_word_about_consent_wins(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let main = Workspace::default();
    let say = |who, channel: &str, granted, seconds| ConsentRow {
        workspace: main.clone(),
        node: node(who),
        channel: channel.into(),
        granted,
        occurred_at: at(seconds),
    };
    let steps = [
        (say(1, "email", true, 10), (true, 10), "the first word counts"),
        (say(1, "email", false, 20), (false, 20), "a later refusal wins"),
        (say(1, "email", true, 15), (false, 20), "an earlier word that comes late is nothing"),
        (say(1, "email", true, 20), (false, 20), "of two at the same time, the refusal"),
        (say(1, "email", true, 30), (true, 30), "a later grant wins"),
        (say(1, "email", false, 30), (false, 30), "a refusal at the same time wins"),
    ];
    for (row, expected, why) in steps {
        commit(state, epoch, vec![Op::Consent(row)]).await;
        let rows = state.consent(&main, &[node(1)]).await.unwrap();
        let found: Vec<_> = rows.iter().map(|row| (row.granted, row.occurred_at)).collect();
        assert_eq!(found, [(expected.0, at(expected.1))], "{why}");
    }
    let (a, b) = (say(2, "*", false, 1), say(2, "push", true, 2));
    let elsewhere = ConsentRow { workspace: Workspace::new("other"), ..say(2, "email", true, 3) };
    let ops = [&a, &b, &elsewhere].map(|row| Op::Consent(row.clone()));
    commit(state, epoch, ops.into()).await;
    let found = state.consent(&main, &[node(2), node(9)]).await.unwrap();
    assert_eq!(found, [a.clone(), b.clone()], "by node and channel");
    assert_eq!(state.consent(&main, &[]).await.unwrap(), []);
    let found = state.consent(&main, &[node(2), node(1)]).await.unwrap();
    assert_eq!(found, [say(1, "email", false, 30), a, b]);
    // Within one commit the order of arrival does not matter either.
    let ops = vec![Op::Consent(say(3, "x", false, 9)), Op::Consent(say(3, "x", true, 8))];
    commit(state, epoch, ops).await;
    let found = state.consent(&main, &[node(3)]).await.unwrap();
    assert_eq!(found, [say(3, "x", false, 9)]);
}
