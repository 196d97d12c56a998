//! A state taken apart and put together is the same, and every row says whom it names.

use crate::{Assembly, Part, Row, SqliteState};
use gyre_model::{Cause, Entry, Family, NodeId, SendId, Timestamp, Workspace};
use gyre_ports::State;
use gyre_ports::contract::state::commit_nth;
use gyre_ports::state::{Epoch, Intent, Op};
use serde_json::json;
use std::collections::BTreeMap;

const NODE: NodeId = NodeId([9; 16]);

async fn parts(state: &SqliteState) -> Vec<Part> {
    let mut parts = Vec::new();
    let snapshot = state.snapshot().await.unwrap();
    // What comes now is not in it.
    commit_nth(state, Epoch(1), 7).await.unwrap();
    snapshot
        .read(&mut |part| {
            parts.push(part);
            Ok(())
        })
        .await
        .unwrap();
    parts
}

fn rows(parts: &[Part]) -> impl Iterator<Item = &Row> {
    parts.iter().filter_map(|part| match part {
        Part::Form(_) => None,
        Part::Row(row) => Some(row),
    })
}

#[tokio::test]
async fn what_is_put_together_is_what_was_taken_apart() {
    let folder = tempfile::tempdir().unwrap();
    let state = SqliteState::open(folder.path().join("state.db")).await.unwrap();
    let epoch = state.begin().await.unwrap();
    commit_nth(&state, epoch, 0).await.unwrap();
    let workspace = Workspace::default();
    let send = SendId([3; 16]);
    let intent = Intent {
        send,
        workspace: workspace.clone(),
        campaign: "one".to_owned(),
        node: NODE,
        channel: "email".to_owned(),
        due: Timestamp(10),
        expires: Timestamp(100),
        cause: Cause { partition: 0, offset: 1, ordinal: 0 },
    };
    let named = json!([{"node": NODE, "identifier": "zelda"}]);
    let decided = Entry {
        workspace: workspace.clone(),
        family: Family::Decision,
        key: NODE.key(),
        cause: None,
        payload: b"{}".to_vec(),
    };
    let ops = vec![
        Op::Enqueue(intent),
        Op::Put { workspace, key: "subject-found:1".to_owned(), value: named },
        Op::Decided(decided),
    ];
    state.commit(epoch, None, ops).await.unwrap();
    let apart = parts(&state).await;
    let Some(Part::Form(form)) = apart.first() else { panic!("the form comes first") };
    let mut of_node: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows(&apart).filter(|row| row.keys == [NODE.key()]) {
        *of_node.entry(row.table.as_str()).or_default() += 1;
    }
    for table in ["decided", "named_value", "outbox"] {
        assert_eq!(of_node.get(table), Some(&1), "{of_node:?}");
    }
    let path = folder.path().join("again.db");
    let mut assembly = Assembly::new(&path, form).await.unwrap();
    for row in rows(&apart) {
        assembly.add(row.clone()).await.unwrap();
    }
    assembly.put(&Workspace::new("w"), "place", &json!({"number": 1})).await.unwrap();
    assembly.finish().await.unwrap();
    let again = SqliteState::open(&path).await.unwrap();
    assert_eq!(
        again.value(&Workspace::new("w"), "place").await.unwrap(),
        Some(json!({"number": 1}))
    );
    assert_eq!(again.outbox(send).await.unwrap(), state.outbox(send).await.unwrap());
    assert_eq!(again.position("nth", 0).await.unwrap(), Some(0));
    assert_eq!(state.position("nth", 0).await.unwrap(), Some(7));
    let back = parts(&again).await;
    let [before, after] = [&apart, &back].map(|parts| rows(parts).cloned().collect::<Vec<_>>());
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|row| after.contains(row)));
}
