//! Programs that speak both protocols, heard.

use crate::Subprocess;
use gyre_config::kinds::Protocol;
use gyre_ports::connector::{Connector as _, Run, Said};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tokio::sync::mpsc;

fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(protocol: Protocol, command: &str, state: Option<Value>) -> Run {
    Run {
        protocol,
        command: command.to_owned(),
        config: json!({"secret": "sesame"}),
        catalog: None,
        streams: vec!["people".to_owned()],
        incremental: BTreeMap::from([("people".to_owned(), "at".to_owned())]),
        state,
    }
}

async fn all(folder: &Path, run: Run) -> (Vec<Said>, bool) {
    let (sender, mut receiver) = mpsc::channel(4);
    let runner = Subprocess::new(folder.to_owned());
    let running = tokio::spawn(async move { runner.run(run, sender).await.is_ok() });
    let mut said = Vec::new();
    while let Some(one) = receiver.recv().await {
        said.push(one);
    }
    (said, running.await.unwrap())
}

const TAP: &str = r#"#!/bin/sh
case "$*" in
*--discover*) echo '{"streams": [{"tap_stream_id": "people", "stream": "people", "schema": {}, "metadata": []}]}'; exit 0;;
esac
grep -q '"selected":true' catalog.json || exit 3
grep -q '"replication-key":"at"' catalog.json && grep -q '"replication-method":"INCREMENTAL"' catalog.json || exit 5
grep -q sesame config.json || exit 4
echo '{"type": "SCHEMA", "stream": "people", "schema": {}, "key_properties": ["id"]}'
echo '{"type": "RECORD", "stream": "people", "record": {"id": 1}}'
echo 'not json'
echo "a log" >&2
if [ -f state.json ]; then echo "{\"type\": \"STATE\", \"value\": $(cat state.json)}"; else echo '{"type": "STATE", "value": {"at": 1}}'; fi
"#;

#[tokio::test]
async fn a_tap_is_heard_and_begins_with_its_state() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "tap-test", TAP);
    let (said, well) = all(folder.path(), run(Protocol::Singer, "tap-test", None)).await;
    assert!(well, "{said:?}");
    let record = json!({"id": 1}).as_object().unwrap().clone();
    assert!(said.contains(&Said::Record { stream: "people".to_owned(), record }), "{said:?}");
    assert!(
        said.contains(&Said::State(json!({"at": 1})))
            && said.contains(&Said::Log("not json".into()))
    );
    assert!(said.contains(&Said::Log("a log".to_owned())), "{said:?}");
    let (said, _) =
        all(folder.path(), run(Protocol::Singer, "tap-test", Some(json!({"at": 7})))).await;
    assert!(said.contains(&Said::State(json!({"at": 7}))), "{said:?}");
}

const SOURCE: &str = r#"#!/bin/sh
if [ "$1" = discover ]; then
  echo '{"type":"CATALOG","catalog":{"streams":[{"name":"people","json_schema":{},"supported_sync_modes":["full_refresh","incremental"]}]}}'
  exit 0
fi
grep -q incremental catalog.json || exit 3
grep -q '"cursor_field":\["at"\]' catalog.json || exit 4
echo '{"type":"LOG","log":{"level":"INFO","message":"reading"}}'
echo '{"type":"RECORD","record":{"stream":"people","data":{"id":1},"emitted_at":1}}'
echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"people"},"stream_state":{"at":1}}}}'
echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"people"},"stream_state":{"at":2}}}}'
exit 9
"#;

#[tokio::test]
async fn a_source_is_heard_and_a_bad_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "source-test", SOURCE);
    let (said, well) = all(folder.path(), run(Protocol::Airbyte, "source-test", None)).await;
    assert!(!well, "{said:?}");
    let Some(Said::State(Value::Array(states))) = said.last() else { panic!("{said:?}") };
    assert_eq!(states.len(), 1, "{states:?}");
    assert_eq!(states[0]["stream"]["stream_state"]["at"], 2);
}

#[tokio::test]
async fn only_programs_of_the_folder_run() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sh", "../tap", "/bin/sh", "", "-x", ".hidden"] {
        let (said, well) = all(folder.path(), run(Protocol::Singer, name, None)).await;
        assert!(!well && said.is_empty(), "{name}");
    }
}
