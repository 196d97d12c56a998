//! What is held of people, and that it goes.

use super::{Open, at, commit, dump, entry, intent, node, reservation, send, spend};
use crate::error::ErrorKind;
use crate::state::{ConsentRow, Epoch, Holdings, Intent, Op, Reservation};
use gyre_model::{Decimal, Entry, Timestamp, Workspace};

pub(super) async fn nothing_is_held_of_who_was_erased(open: &Open) {
    let state = open().await;
    let epoch = state.begin().await.unwrap();
    let (main, other) = (Workspace::default(), Workspace::new("other"));
    let consent = |workspace: &Workspace, n: u64| {
        Op::Consent(ConsentRow {
            workspace: workspace.clone(),
            node: node(n),
            channel: "email".into(),
            granted: true,
            occurred_at: at(1),
        })
    };
    let sent = |n: u64, of: u64| Op::Enqueue(Intent { node: node(of), ..intent(n, 10) });
    let reserved = |n: u64, of: u64| {
        let spends = vec![spend("budget", 3, 100)];
        Op::Reserve(Reservation { node: node(of), spends, ..reservation(n, 1) })
    };
    let decided = |n: u64, of: u64| {
        Op::Decided(Entry { workspace: main.clone(), key: node(of).key(), ..entry(n) })
    };
    let ops = vec![
        consent(&main, 1),
        consent(&main, 2),
        consent(&main, 3),
        consent(&other, 1),
        sent(1, 1),
        sent(2, 2),
        sent(3, 3),
        reserved(1, 1),
        reserved(3, 3),
        decided(1, 1),
        decided(3, 3),
    ];
    commit(&*state, epoch, ops).await;
    let gone = [node(1), node(2)];
    let held = Holdings { consent: 2, contacts: 1, outbox: 2, decided: 1 };
    assert_eq!(state.holdings(&main, &gone).await.unwrap(), held);
    let before = dump(&*state).await;
    let stale = state.erase(Epoch(epoch.0 + 1), &main, &gone).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Conflict);
    assert_eq!(dump(&*state).await, before, "a refused writer erased");

    state.erase(epoch, &main, &gone).await.unwrap();
    state.erase(epoch, &main, &gone).await.unwrap();
    state.purge().await.unwrap();
    drop(state);
    let state = open().await;
    assert_eq!(state.holdings(&main, &gone).await.unwrap(), Holdings::default());
    let kept = Holdings { consent: 1, contacts: 1, outbox: 1, decided: 1 };
    assert_eq!(state.holdings(&main, &[node(3)]).await.unwrap(), kept, "somebody else was erased");
    let elsewhere = Holdings { consent: 1, ..Holdings::default() };
    assert_eq!(state.holdings(&other, &gone).await.unwrap(), elsewhere, "in another workspace");
    assert_eq!(state.consent(&main, &gone).await.unwrap(), []);
    assert_eq!(state.outbox(send(1)).await.unwrap(), None);
    assert_eq!(state.contacts(&main, &gone, Timestamp::MIN).await.unwrap(), []);
    assert_eq!(state.due(Timestamp::MAX, 9).await.unwrap(), []);
    assert_eq!(state.sending().await.unwrap().len(), 1);
    assert_eq!(state.decided(None, 9).await.unwrap().len(), 1);
    assert_eq!(state.spent("budget").await.unwrap(), Decimal::whole(6), "what was spent was spent");
}
