//! Airbyte: messages of type CATALOG, RECORD, STATE, LOG and TRACE.

use crate::Work;
use crate::lines::{hear, output};
use gyre_ports::connector::{Run, Said};
use gyre_ports::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};
use std::ffi::OsStr;
use tokio::sync::mpsc;

pub(crate) async fn run(work: &Work, run: &Run, said: &mpsc::Sender<Said>) -> Result<()> {
    let config = work.file("config.json", &run.config)?;
    let catalog = match &run.catalog {
        Some(catalog) => catalog.clone(),
        None => {
            let command =
                work.command(&["discover".as_ref(), "--config".as_ref(), config.as_os_str()]);
            let text = output(command, said).await?;
            let found = text.split(|byte| *byte == b'\n').find_map(|line| {
                let line: Value = serde_json::from_slice(line).ok()?;
                (line["type"] == "CATALOG").then(|| line["catalog"].clone())
            });
            let missing = || Error::new(ErrorKind::Invalid, "the program said no catalog");
            configured(&found.ok_or_else(missing)?, run)
        }
    };
    let catalog = work.file("catalog.json", &catalog)?;
    let mut arguments: Vec<&OsStr> = vec![
        "read".as_ref(),
        "--config".as_ref(),
        config.as_os_str(),
        "--catalog".as_ref(),
        catalog.as_os_str(),
    ];
    let state = run.state.as_ref().map(|state| work.file("state.json", state)).transpose()?;
    if let Some(state) = &state {
        arguments.extend(["--state".as_ref(), state.as_os_str()]);
    }
    let mut states = States::new(run.state.clone());
    hear(work.command(&arguments), said, |line| heard(line, &mut states)).await
}

fn heard(mut line: Map<String, Value>, states: &mut States) -> Vec<Said> {
    let kind = line.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    match kind.as_str() {
        "RECORD" => match line.remove("record") {
            Some(Value::Object(mut message)) => {
                let stream = message.get("stream").and_then(Value::as_str).unwrap_or_default();
                let stream = stream.to_owned();
                match message.remove("data") {
                    Some(Value::Object(record)) => vec![Said::Record { stream, record }],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        },
        "STATE" => line.remove("state").map(|state| states.take(state)).into_iter().collect(),
        "LOG" => vec![Said::Log(text(&line, "log", "message"))],
        "TRACE" => {
            let trace = line.get("trace").unwrap_or(&Value::Null);
            let message = trace["error"]["message"].as_str().unwrap_or_default();
            if message.is_empty() { Vec::new() } else { vec![Said::Log(message.to_owned())] }
        }
        "SPEC" | "CONNECTION_STATUS" | "CATALOG" | "CONTROL" => Vec::new(),
        _ => vec![Said::Log(format!("a message of type {kind:?} is not known"))],
    }
}

fn text(line: &Map<String, Value>, outer: &str, inner: &str) -> String {
    line.get(outer).and_then(|one| one[inner].as_str()).unwrap_or_default().to_owned()
}

/// States come one stream at a time; a run begins with those of all.
struct States(Vec<Value>);

impl States {
    fn new(kept: Option<Value>) -> Self {
        Self(match kept {
            Some(Value::Array(states)) => states,
            _ => Vec::new(),
        })
    }

    fn take(&mut self, state: Value) -> Said {
        if state["type"] != "STREAM" {
            // Of the whole source: it replaces all. The oldest form is its data alone.
            if state["type"] != "GLOBAL" {
                return Said::State(state["data"].clone());
            }
            self.0 = vec![state];
            return Said::State(Value::Array(self.0.clone()));
        }
        let stream = &state["stream"]["stream_descriptor"];
        self.0.retain(|one| one["stream"]["stream_descriptor"] != *stream);
        self.0.push(state);
        Said::State(Value::Array(self.0.clone()))
    }
}

/// The wanted streams, read on from where they stopped where they can be.
fn configured(catalog: &Value, run: &Run) -> Value {
    let streams = catalog["streams"].as_array().into_iter().flatten().filter_map(|stream| {
        let name = stream["name"].as_str()?;
        if !run.streams.iter().any(|wanted| wanted == name) {
            return None;
        }
        let modes = stream["supported_sync_modes"].as_array();
        let incremental = modes.is_some_and(|modes| modes.iter().any(|one| one == "incremental"));
        let mode = if incremental { "incremental" } else { "full_refresh" };
        let mut configured = json!({
            "stream": stream, "sync_mode": mode, "destination_sync_mode": "append",
        });
        if let Some(cursor) = run.incremental.get(name).filter(|_| incremental) {
            configured["cursor_field"] = json!([cursor]);
        } else if incremental && stream["default_cursor_field"].is_array() {
            configured["cursor_field"] = stream["default_cursor_field"].clone();
        }
        if stream["source_defined_primary_key"].is_array() {
            configured["primary_key"] = stream["source_defined_primary_key"].clone();
        }
        Some(configured)
    });
    json!({"streams": streams.collect::<Vec<_>>()})
}
