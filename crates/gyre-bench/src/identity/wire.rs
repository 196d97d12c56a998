//! The set as events of the Segment calls: sent to a server, or written to files.

use super::set::{Call, Set};
use crate::http::{Connection, Target};
use crate::server::Server;
use anyhow::{Context as _, ensure};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

const BATCH: usize = 500;
const SERVER_KEY: &str = "bench-server-key-0001";
const BROWSER_KEY: &str = "bench-browser-key-0001";

/// An event that says what a call said. `number` makes its message id.
fn event(call: &Call, number: usize, begin: DateTime<Utc>) -> Value {
    let at = begin + Duration::minutes(i64::from(call.minute));
    let mut event = json!({
        "messageId": format!("identity-{number}"),
        "timestamp": at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    let mut traits = json!({});
    if let Some(user) = &call.user {
        event["userId"] = json!(user);
    }
    for (key, value) in [("phone", &call.phone), ("email", &call.email)] {
        if let Some(value) = value {
            traits[key] = json!(value);
        }
    }
    if let Some(anonymous) = &call.anonymous {
        event["anonymousId"] = json!(anonymous);
    }
    let says_more = call.user.is_some() || traits != json!({});
    event["type"] = json!(if says_more { "identify" } else { "page" });
    event[if says_more { "traits" } else { "properties" }] = traits;
    event
}

/// When it all begins: long ago, and the same in every run.
fn begin() -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + Duration::days(20_000)
}

/// Sends everything, what each source says in its order.
pub(super) async fn send(server: &Server, set: &Set) -> anyhow::Result<()> {
    let begin = begin();
    for (key, own) in [(SERVER_KEY, true), (BROWSER_KEY, false)] {
        let Target { address, authorization } = server.collection(key)?;
        let mut connection = Connection::open(address).await?;
        let events: Vec<Value> = set
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| call.server == own)
            .map(|(number, call)| event(call, number, begin))
            .collect();
        for batch in events.chunks(BATCH) {
            let body = json!({ "batch": batch }).to_string();
            let answer = connection.send(Method::POST, "/v1/batch", &authorization, body.into());
            let (status, answer) = answer.await?;
            let text = String::from_utf8_lossy(&answer);
            ensure!(status == StatusCode::OK, "a batch was not taken: {status}: {text}");
            let answer: Value = serde_json::from_slice(&answer)?;
            let all = answer["accepted"].as_u64() == Some(batch.len() as u64);
            ensure!(all, "events were rejected: {text}");
        }
    }
    Ok(())
}

/// Writes the events, and the truth apart.
pub(super) fn write(folder: &Path, set: &Set) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("no folder {}", folder.display()))?;
    let file = |name: &str| -> anyhow::Result<BufWriter<File>> {
        let path = folder.join(name);
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(BufWriter::new(file))
    };
    let mut events = file("events.jsonl")?;
    let begin = begin();
    for (number, call) in set.calls.iter().enumerate() {
        let source = if call.server { "backend" } else { "site" };
        let line = json!({"source": source, "event": event(call, number, begin)});
        writeln!(events, "{line}")?;
    }
    events.flush()?;
    let mut truth = file("truth.jsonl")?;
    for one in &set.identifiers {
        let slices: Vec<&str> = one.slices.iter().map(|slice| slice.as_str()).collect();
        let line = json!({
            "id_type": one.kind.as_str(), "identifier": one.value,
            "owners": one.owners, "slices": slices,
        });
        writeln!(truth, "{line}")?;
    }
    Ok(truth.flush()?)
}
