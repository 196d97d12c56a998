//! Epochs, positions, atomicity, resources, decided records and values.

use super::{
    Open, at, commit, commit_nth, contact, dump, entry, intent, node, refused, reservation,
    resource, send, spend, whole,
};
use crate::error::ErrorKind;
use crate::state::{ConsentRow, Epoch, Op, Position, Reservation, ResourceRow, State};
use gyre_model::record::DECIDED;
use gyre_model::resource::Kind;
use gyre_model::{Decimal, Entry, Offset, Timestamp, Workspace};
use serde_json::{Value, json};

pub(super) async fn an_empty_state_has_nothing(state: &dyn State) {
    let main = Workspace::default();
    assert_eq!(whole(state).await, None);
    assert_eq!(state.resources(&main).await.unwrap(), []);
    assert_eq!(state.resource(&main, Kind::Loop, "a").await.unwrap(), None);
    assert_eq!(state.history(&main, Kind::Loop, "a").await.unwrap(), []);
    assert_eq!(state.workspaces().await.unwrap(), []);
    assert_eq!(state.due(Timestamp::MAX, 9).await.unwrap(), []);
    assert_eq!(state.next_due().await.unwrap(), None);
    assert_eq!(state.sending().await.unwrap(), []);
    assert_eq!(state.outbox(send(1)).await.unwrap(), None);
    assert_eq!(state.contacts(&main, &[], Timestamp::MIN).await.unwrap(), []);
    assert_eq!(state.consent(&main, &[node(1)]).await.unwrap(), []);
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::ZERO);
    assert_eq!(state.values(&main, "").await.unwrap(), []);
}

pub(super) async fn an_older_writer_is_refused(open: &Open) {
    let state = open().await;
    let old = state.begin().await.unwrap();
    commit_nth(&*state, old, 0).await.unwrap();
    let new = state.begin().await.unwrap();
    assert!(new > old, "a later epoch is not greater");
    let before = dump(&*state).await;
    let never = Epoch(new.0 + 1);
    for epoch in [old, Epoch(0), never] {
        let refused = commit_nth(&*state, epoch, 1).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{epoch:?} while {new:?} is the newest");
        let forgotten = state.forget_decided(epoch, 0).await.unwrap_err();
        assert_eq!(forgotten.kind(), ErrorKind::Conflict, "{epoch:?} forgot records");
        assert_eq!(dump(&*state).await, before, "a refused writer wrote");
    }
    commit_nth(&*state, new, 1).await.unwrap();
    drop(state);
    let state = open().await;
    commit_nth(&*state, new, 2).await.unwrap();
    let newest = state.begin().await.unwrap();
    assert!(newest > new, "an epoch came back after reopening");
    let refused = commit_nth(&*state, new, 3).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert_eq!(whole(&*state).await, Some(2));
}

pub(super) async fn a_commit_carries_the_position(open: &Open) {
    let state = open().await;
    let epoch = state.begin().await.unwrap();
    let moves = [("a", 0, 5), ("a", 1, 6), ("b", 0, 7), ("a", DECIDED, u64::MAX >> 1), ("a", 0, 8)];
    for (consumer, partition, offset) in moves {
        let position = Position { consumer: consumer.into(), partition, offset };
        state.commit(epoch, Some(position), Vec::new()).await.unwrap();
    }
    commit(&*state, epoch, vec![Op::Decided(entry(0))]).await;
    drop(state);
    let state = open().await;
    let expected = [("a", 0, 8), ("a", 1, 6), ("b", 0, 7), ("a", DECIDED, u64::MAX >> 1)];
    for (consumer, partition, offset) in expected {
        let found = state.position(consumer, partition).await.unwrap();
        assert_eq!(found, Some(offset), "{consumer} in {partition}");
    }
    assert_eq!(state.position("b", 1).await.unwrap(), None);
    assert_eq!(state.position("c", 0).await.unwrap(), None);
}

/// One of every kind of op that succeeds after [`prepare`].
fn good() -> Vec<Op> {
    let workspace = Workspace::default();
    let taken = vec![spend("stock", 1, 10), spend("budget", 1, 10)];
    let consent = ConsentRow {
        workspace: workspace.clone(),
        node: node(1),
        channel: "email".into(),
        granted: false,
        occurred_at: at(9),
    };
    vec![
        Op::PutResource(resource(Kind::Offer, "a", 2, json!({ "cost": 2 }))),
        Op::PutResource(resource(Kind::Loop, "a", 1, json!({}))),
        Op::Enqueue(intent(11, 5)),
        Op::Enqueue(intent(12, 5)),
        Op::Reserve(Reservation { spends: taken, ..reservation(11, 1) }),
        Op::Reserve(reservation(2, 1)),
        Op::Finish { send: send(3), release: true },
        Op::Retry { send: send(4), next_at: at(77) },
        Op::Consent(consent),
        Op::Spend(spend("stock", 2, 10)),
        Op::Decided(entry(7)),
        Op::Decided(entry(8)),
        Op::Put { workspace: workspace.clone(), key: "v".into(), value: json!(2) },
        Op::Put { workspace, key: "w".into(), value: Value::Null },
    ]
}

/// Resources, sends in every phase, consent, values: what [`good`] changes.
async fn prepare(state: &dyn State) -> Epoch {
    let epoch = state.begin().await.unwrap();
    let workspace = Workspace::default();
    let taken = vec![spend("stock", 3, 10), spend("stock", 1, 10)];
    let consent = ConsentRow {
        workspace: workspace.clone(),
        node: node(1),
        channel: "email".into(),
        granted: true,
        occurred_at: at(3),
    };
    let mut ops: Vec<Op> = (1..=5).map(|n| Op::Enqueue(intent(n, n as i64))).collect();
    ops.extend([
        Op::PutResource(resource(Kind::Offer, "a", 1, json!({ "cost": 1 }))),
        Op::Reserve(Reservation { spends: taken, ..reservation(3, 1) }),
        Op::Reserve(reservation(4, 1)),
        Op::Reserve(reservation(5, 1)),
        Op::Finish { send: send(5), release: false },
        Op::Consent(consent),
        Op::Decided(entry(0)),
        Op::Put { workspace: workspace.clone(), key: "v".into(), value: json!(1) },
        Op::Put { workspace, key: "w".into(), value: json!({ "x": [1.5, "é"] }) },
    ]);
    let position = Position { consumer: "a".into(), partition: 0, offset: 1 };
    state.commit(epoch, Some(position), ops).await.unwrap();
    epoch
}

pub(super) async fn a_commit_that_fails_leaves_nothing(open: &Open) {
    let bad = [
        (Op::PutResource(resource(Kind::Offer, "a", 9, json!({}))), ErrorKind::Conflict),
        (Op::Reserve(reservation(4, 1)), ErrorKind::Conflict),
        (Op::Reserve(reservation(99, 1)), ErrorKind::Conflict),
        (Op::Finish { send: send(5), release: true }, ErrorKind::Conflict),
        (Op::Retry { send: send(99), next_at: at(1) }, ErrorKind::Conflict),
        (Op::Spend(spend("stock", 99, 10)), ErrorKind::Denied),
    ];
    let state = open().await;
    let epoch = prepare(&*state).await;
    let before = dump(&*state).await;
    for (bad, kind) in bad {
        let mut ops = good();
        ops.push(bad.clone());
        ops.extend([Op::Decided(entry(9))]);
        let position = Position { consumer: "b".into(), partition: 0, offset: 4 };
        let error = state.commit(epoch, Some(position), ops).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{bad:?}");
        assert_eq!(dump(&*state).await, before, "{bad:?} failed and something was written");
    }
    drop(state);
    let state = open().await;
    assert_eq!(dump(&*state).await, before);
    commit(&*state, epoch, good()).await;
    let decided = state.decided(None, 9).await.unwrap();
    assert_eq!(decided, [(0, entry(0)), (1, entry(7)), (2, entry(8))], "a gap in the sequence");
    assert_eq!(state.spent("stock").await.unwrap(), Decimal::whole(3));
    let main = Workspace::default();
    let contacts = state.contacts(&main, &[node(3), node(11)], Timestamp::MIN).await.unwrap();
    assert_eq!(contacts, [contact(11, "email", 111)]);
    assert_eq!(state.values(&main, "").await.unwrap(), [("v".to_owned(), json!(2))]);
}

pub(super) async fn everything_is_there_after_reopening(open: &Open) {
    let state = open().await;
    let epoch = prepare(&*state).await;
    commit(&*state, epoch, good()).await;
    let before = dump(&*state).await;
    drop(state);
    let state = open().await;
    assert_eq!(dump(&*state).await, before);
    let row = state.outbox(send(11)).await.unwrap().unwrap();
    assert_eq!(row.intent, intent(11, 5), "an intent is not read as it was written");
    let main = Workspace::default();
    let value = json!({ "cost": 2 });
    let offer = state.resource(&main, Kind::Offer, "a").await.unwrap();
    assert_eq!(offer, Some(resource(Kind::Offer, "a", 2, value)), "a resource is changed");
    let consent = state.consent(&main, &[node(1)]).await.unwrap();
    assert_eq!((consent[0].granted, consent[0].occurred_at), (false, at(9)));
}

pub(super) async fn resources_have_versions(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let main = Workspace::default();
    let put =
        |kind, name: &str, version, spec| Op::PutResource(resource(kind, name, version, spec));
    let (one, two) = (json!({ "x": 1 }), json!({ "x": 2 }));
    for version in [0, 2] {
        let ops = vec![put(Kind::Offer, "a", version, one.clone())];
        assert_eq!(refused(state, epoch, ops).await, ErrorKind::Conflict, "first is {version}");
    }
    commit(state, epoch, vec![put(Kind::Offer, "a", 1, one.clone())]).await;
    for version in [1, 3] {
        let ops = vec![put(Kind::Offer, "a", version, two.clone())];
        assert_eq!(refused(state, epoch, ops).await, ErrorKind::Conflict, "{version} after 1");
    }
    let twice = vec![put(Kind::Offer, "a", 2, two.clone()), put(Kind::Offer, "a", 3, one.clone())];
    commit(state, epoch, twice).await;
    let newest = state.resource(&main, Kind::Offer, "a").await.unwrap().unwrap();
    assert_eq!((newest.version, &newest.spec), (3, &one));

    let other = Workspace::new("other");
    let elsewhere = ResourceRow {
        workspace: other.clone(),
        ..resource(Kind::Offer, "a", 1, json!({ "y": 1 }))
    };
    let more = vec![
        put(Kind::Loop, "a", 1, one.clone()),
        put(Kind::Source, "z", 1, one.clone()),
        put(Kind::Audience, "b", 1, one.clone()),
        put(Kind::Audience, "a", 1, one.clone()),
        Op::PutResource(elsewhere.clone()),
    ];
    commit(state, epoch, more).await;
    let names = |rows: Vec<ResourceRow>| -> Vec<_> {
        rows.into_iter().map(|row| format!("{} {} {}", row.kind, row.name, row.version)).collect()
    };
    let all = names(state.resources(&main).await.unwrap());
    assert_eq!(all, ["Source z 1", "Audience a 1", "Audience b 1", "Offer a 3", "Loop a 1"]);
    assert_eq!(state.resources(&other).await.unwrap(), [elsewhere]);
    assert_eq!(state.workspaces().await.unwrap(), [main.clone(), other.clone()]);

    commit(state, epoch, vec![put(Kind::Offer, "a", 4, Value::Null)]).await;
    assert_eq!(state.resource(&main, Kind::Offer, "a").await.unwrap(), None, "it was removed");
    assert!(!names(state.resources(&main).await.unwrap()).contains(&"Offer a 4".to_owned()));
    let versions = names(state.history(&main, Kind::Offer, "a").await.unwrap());
    assert_eq!(versions, ["Offer a 1", "Offer a 2", "Offer a 3", "Offer a 4"]);
    let again = vec![put(Kind::Offer, "a", 1, one.clone())];
    assert_eq!(refused(state, epoch, again).await, ErrorKind::Conflict, "numbers go on");
    commit(state, epoch, vec![put(Kind::Offer, "a", 5, two.clone())]).await;
    assert_eq!(state.resource(&main, Kind::Offer, "a").await.unwrap().unwrap().spec, two);
}

pub(super) async fn decided_records_have_a_sequence_that_is_never_reused(open: &Open) {
    let state = open().await;
    let epoch = state.begin().await.unwrap();
    commit(&*state, epoch, (0..3).map(|n| Op::Decided(entry(n))).collect()).await;
    commit(&*state, epoch, (3..6).map(|n| Op::Decided(entry(n))).collect()).await;
    let expect = |numbers: std::ops::Range<Offset>| -> Vec<(Offset, Entry)> {
        numbers.map(|n| (n, entry(n))).collect()
    };
    assert_eq!(state.decided(None, 99).await.unwrap(), expect(0..6));
    assert_eq!(state.decided(None, 2).await.unwrap(), expect(0..2), "more than asked for");
    assert_eq!(state.decided(Some(1), 3).await.unwrap(), expect(2..5), "after is not above");
    assert_eq!(state.decided(Some(5), 3).await.unwrap(), []);
    state.forget_decided(epoch, 2).await.unwrap();
    assert_eq!(state.decided(None, 99).await.unwrap(), expect(3..6));
    state.forget_decided(epoch, 5).await.unwrap();
    state.forget_decided(epoch, 5).await.unwrap();
    assert_eq!(state.decided(None, 99).await.unwrap(), []);
    drop(state);
    let state = open().await;
    let epoch = state.begin().await.unwrap();
    commit(&*state, epoch, vec![Op::Decided(entry(6))]).await;
    assert_eq!(state.decided(None, 99).await.unwrap(), expect(6..7), "a number was used twice");
}

pub(super) async fn values_are_kept_by_name(state: &dyn State) {
    let epoch = state.begin().await.unwrap();
    let main = Workspace::default();
    let put = |workspace: &Workspace, key: &str, value: Value| Op::Put {
        workspace: workspace.clone(),
        key: key.into(),
        value,
    };
    let keys = ["import:2", "import:10", "import", "loop:a", "i%", "i_x", "importance"];
    commit(state, epoch, keys.iter().map(|key| put(&main, key, json!(key))).collect()).await;
    commit(state, epoch, vec![put(&Workspace::new("other"), "import:3", json!(3))]).await;
    let names = |rows: Vec<(String, Value)>| -> Vec<String> {
        rows.into_iter().map(|(key, _)| key).collect()
    };
    let found = state.values(&main, "import:").await.unwrap();
    let expected =
        [("import:10".to_owned(), json!("import:10")), ("import:2".into(), json!("import:2"))];
    assert_eq!(found, expected);
    assert_eq!(names(state.values(&main, "i%").await.unwrap()), ["i%"], "no pattern, a prefix");
    assert_eq!(names(state.values(&main, "i_").await.unwrap()), ["i_x"]);
    assert_eq!(state.values(&main, "").await.unwrap().len(), keys.len());
    assert_eq!(state.values(&main, "x").await.unwrap(), []);
    let changes = vec![put(&main, "import", json!([1])), put(&main, "loop:a", Value::Null)];
    commit(state, epoch, changes).await;
    assert_eq!(state.value(&main, "import").await.unwrap(), Some(json!([1])));
    assert_eq!(state.value(&main, "loop:a").await.unwrap(), None, "null removes");
    assert_eq!(state.value(&Workspace::new("other"), "import").await.unwrap(), None);
    assert_eq!(names(state.values(&main, "loop").await.unwrap()), [""; 0]);
    commit(state, epoch, vec![put(&main, "never was", Value::Null)]).await;
}
