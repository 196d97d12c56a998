//! Singer: lines of type SCHEMA, RECORD and STATE.

use crate::Work;
use crate::lines::{hear, output};
use gyre_ports::connector::{Run, Said};
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};
use std::ffi::OsStr;
use tokio::sync::mpsc;

/// What reads on from where it stopped is called.
const INCREMENTAL: &str = "INCREMENTAL";

pub(crate) async fn run(work: &Work, run: &Run, said: &mpsc::Sender<Said>) -> Result<()> {
    let config = work.file("config.json", &run.config)?;
    let catalog = match &run.catalog {
        Some(catalog) => catalog.clone(),
        None => {
            let command =
                work.command(&["--config".as_ref(), config.as_os_str(), "--discover".as_ref()]);
            let text = output(command, said).await?;
            let catalog = serde_json::from_slice(&text).map_err(|why| {
                Error::new(ErrorKind::Invalid, "the program's catalog is not json").with(why)
            })?;
            selected(catalog, run)
        }
    };
    let catalog = work.file("catalog.json", &catalog)?;
    let mut arguments: Vec<&OsStr> =
        vec!["--config".as_ref(), config.as_os_str(), "--catalog".as_ref(), catalog.as_os_str()];
    let state = run.state.as_ref().map(|state| work.file("state.json", state)).transpose()?;
    if let Some(state) = &state {
        arguments.extend(["--state".as_ref(), state.as_os_str()]);
    }
    hear(work.command(&arguments), said, heard).await
}

fn heard(mut line: Map<String, Value>) -> Vec<Said> {
    let kind = line.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match (kind.as_str(), line.remove("record"), line.remove("value")) {
        ("RECORD", Some(Value::Object(record)), _) => {
            let stream = line.get("stream").and_then(Value::as_str).unwrap_or_default().to_owned();
            vec![Said::Record { stream, record }]
        }
        ("STATE", _, Some(state)) => vec![Said::State(state)],
        ("SCHEMA" | "ACTIVATE_VERSION" | "BATCH", ..) => Vec::new(),
        _ => vec![Said::Log(format!("a line of type {kind:?} is not known"))],
    }
}

/// The catalog with the wanted streams selected and the way they are read, in the old way and the new.
fn selected(mut catalog: Value, run: &Run) -> Value {
    for stream in catalog["streams"].as_array_mut().into_iter().flatten() {
        let names: Vec<String> = [&stream["stream"], &stream["tap_stream_id"]]
            .into_iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let wanted = names.iter().any(|name| run.streams.contains(name));
        let key = names.iter().find_map(|name| run.incremental.get(name));
        let mut facts = Map::from_iter([("selected".to_owned(), wanted.into())]);
        if let Some(key) = key.filter(|_| wanted) {
            stream["replication_method"] = INCREMENTAL.into();
            stream["replication_key"] = key.as_str().into();
            facts.insert("replication-method".to_owned(), INCREMENTAL.into());
            facts.insert("replication-key".to_owned(), key.as_str().into());
        }
        if stream["schema"].is_object() {
            stream["schema"]["selected"] = wanted.into();
        }
        if !stream["metadata"].is_array() {
            stream["metadata"] = json!([]);
        }
        let Some(all) = stream["metadata"].as_array_mut() else { continue };
        match all.iter_mut().find(|one| one["breadcrumb"] == json!([])) {
            Some(whole) => {
                for (name, fact) in facts {
                    whole["metadata"][name] = fact;
                }
            }
            None => all.push(json!({"breadcrumb": [], "metadata": facts})),
        }
    }
    catalog
}
