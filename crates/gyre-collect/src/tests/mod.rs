//! Tests of collection.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod again;
mod calls;
mod consenting;
mod elsewhere;
mod importing;
mod laws;
mod planning;
mod reading;
mod signals;
mod speed;
mod wire;

use crate::{Call, Collected, Reject, Route, SourceFacts, collect};
use gyre_model::record::body::{Body, DeadLetter};
use gyre_model::{Entry, Family, Stored, Timestamp, Workspace};
use std::fmt::Write;

/// 2026-03-01T12:00:00Z.
const NOON: Timestamp = Timestamp(1_772_366_400_000_000);

/// The source of the key `wk`; `server` and `off` are the others.
fn source(key: &str) -> Option<SourceFacts> {
    let name = match key {
        "wk" => "web",
        "server" => "shop",
        "off" => "old",
        _ => return None,
    };
    Some(SourceFacts {
        workspace: Workspace::default(),
        name: name.to_owned(),
        public: key == "wk",
        enabled: key != "off",
        max_event_bytes: 2_000,
        max_request_bytes: 100_000,
        max_events: 2_500,
        keep_ip: true,
    })
}

fn call(route: Route, body: &[u8]) -> Call<'_> {
    Call {
        route,
        body,
        basic_key: Some("wk".to_owned()),
        query_key: None,
        ip: None,
        gpc: false,
        received_at: NOON,
    }
}

fn batch(body: &str) -> Result<Collected, Reject> {
    collect(&call(Route::Batch, body.as_bytes()), &source)
}

/// A batch of these events with the key `wk`.
fn batch_of(events: &str) -> Collected {
    batch(&format!(r#"{{"batch":[{events}]}}"#)).unwrap()
}

fn stored(entry: Entry) -> Stored {
    Stored { partition: 0, offset: 7, at: NOON, entry }
}

/// What a reader of the contract would want to see.
fn show(result: Result<Collected, Reject>) -> String {
    let collected = match result {
        Ok(collected) => collected,
        Err(reject) => return format!("{} {reject}\n", reject.status),
    };
    let mut out = format!("200 {} accepted {}\n", collected.source, collected.accepted);
    for rejected in &collected.rejected {
        let id = rejected.message_id.as_deref().unwrap_or("-");
        writeln!(out, "rejected {} {id} {}: {}", rejected.index, rejected.code, rejected.message)
            .unwrap();
    }
    for entry in &collected.entries {
        if entry.family == Family::Event {
            writeln!(out, "event {}", String::from_utf8_lossy(&entry.payload)).unwrap();
            continue;
        }
        let DeadLetter { origin, place, code, raw, .. } =
            DeadLetter::decode(&entry.payload).unwrap();
        writeln!(out, "letter {origin} place {} {code} raw {raw}", place.unwrap()).unwrap();
    }
    out
}
