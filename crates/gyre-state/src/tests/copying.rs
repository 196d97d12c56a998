//! A copy of a state in use is what was committed, and sends of a copy can be held.

use crate::SqliteState;
use gyre_model::{Cause, NodeId, SendId, Timestamp, Workspace};
use gyre_ports::State;
use gyre_ports::contract::state::{commit_nth, whole};
use gyre_ports::state::{Intent, Op};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_beside_commits_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let state =
        std::sync::Arc::new(SqliteState::open(folder.path().join("state.db")).await.unwrap());
    let epoch = state.begin().await.unwrap();
    commit_nth(state.as_ref(), epoch, 0).await.unwrap();
    let writing = {
        let state = std::sync::Arc::clone(&state);
        tokio::spawn(async move {
            for n in 1..60 {
                commit_nth(state.as_ref(), epoch, n).await.unwrap();
            }
        })
    };
    let mut last = 0;
    for copy in 0..5 {
        let before = state.position("nth", 0).await.unwrap().unwrap();
        let path = folder.path().join(format!("copy-{copy}.db"));
        state.copy_to(&path).await.unwrap();
        let copied = SqliteState::open(&path).await.unwrap();
        last = whole(&copied).await.unwrap();
        assert!(last >= before, "the copy is older than when it began");
        copied.close().await;
        state.copy_to(&path).await.unwrap_err();
    }
    writing.await.unwrap();
    assert!(last < 60);
}

#[tokio::test]
async fn sends_that_were_due_are_held_and_others_wait() {
    let folder = tempfile::tempdir().unwrap();
    let state = SqliteState::open(folder.path().join("state.db")).await.unwrap();
    let epoch = state.begin().await.unwrap();
    let intent = |number: u8, due: i64| Intent {
        send: SendId([number; 16]),
        workspace: Workspace::default(),
        campaign: "one".to_owned(),
        node: NodeId([number; 16]),
        channel: "email".to_owned(),
        due: Timestamp(due),
        expires: Timestamp(due + 100),
        cause: Cause { partition: 0, offset: u64::from(number), ordinal: 0 },
    };
    let ops = vec![Op::Enqueue(intent(1, 10)), Op::Enqueue(intent(2, 20))];
    state.commit(epoch, None, ops).await.unwrap();
    assert_eq!(state.hold_sends(Timestamp(20)).await.unwrap(), 1);
    let sending = state.sending().await.unwrap();
    assert_eq!(sending.iter().map(|row| row.intent.send.0[0]).collect::<Vec<_>>(), [1]);
    let due = state.due(Timestamp(1_000), 10).await.unwrap();
    assert_eq!(due.iter().map(|row| row.intent.send.0[0]).collect::<Vec<_>>(), [2]);
    assert_eq!(state.hold_sends(Timestamp(20)).await.unwrap(), 0);
}
