//! What somebody said about consent and could not be read: mended, it is said after all, as of the time at
//! which it was said. The event it came with was taken then, and is not taken again.

use super::{Letter, Outcome};
use crate::engine::Engine;
use crate::processor::consent::SHIPPED;
use gyre_collect::{read, signals};
use gyre_model::event::Collected;
use gyre_model::{Entry, Family, Stored, Workspace};
use serde_json::Value;
use serde_json::value::RawValue;

/// A stored event with another one in its place, for a dead letter: what the request said beside it was heard.
pub(crate) fn stored_again(record: &Stored, event: &Value) -> Option<String> {
    let kept: Collected = serde_json::from_slice(&record.entry.payload).ok()?;
    let again = Collected {
        gpc: false,
        sent_at: None,
        batch_context: None,
        batch_integrations: None,
        received_at: Some(kept.received_at.unwrap_or(record.at)),
        ip: None,
        kind: None,
        event: RawValue::from_string(event.to_string()).ok()?,
        ..kept
    };
    serde_json::to_string(&again).ok()
}

impl Engine {
    /// Takes what could not be read, where it can be read now. Of what was kept only the event may be mended:
    /// who it came from stays.
    pub(super) fn unclear(&self, workspace: &Workspace, letter: &Letter, raw: &str) -> Outcome {
        let Ok(kept) = serde_json::from_str::<Collected>(&letter.raw) else {
            let why = "it was kept without its event; state it anew, with gyre consent state";
            return Outcome::Left(why.to_owned());
        };
        let event = match serde_json::from_str::<Collected>(raw) {
            Ok(mended) => mended.event,
            Err(_) => match RawValue::from_string(raw.to_owned()) {
                Ok(event) => event,
                Err(_) => return Outcome::Left("it is not json; mend it whole".to_owned()),
            },
        };
        let now = self.shared.clock.now();
        let message_id =
            letter.message_id().unwrap_or_else(|| format!("{}-{now}", kept.message_id));
        let again = Collected { message_id, event, ..kept };
        let entry = Entry {
            workspace: workspace.clone(),
            family: Family::Event,
            key: 0,
            cause: None,
            payload: serde_json::to_vec(&again).unwrap_or_default(),
        };
        let stored = Stored { partition: 0, offset: 0, at: now, entry };
        let event = match read(&stored) {
            Ok(event) => event,
            Err(why) => return Outcome::Left(why.message),
        };
        let catalog = self.shared.catalog(workspace);
        let found = signals(&event, catalog.consent.as_deref().unwrap_or(&SHIPPED));
        if let Some(unclear) = found.unclear.first() {
            return Outcome::Left(format!("it still cannot be read: {}", unclear.message));
        }
        if found.statements.is_empty() {
            return Outcome::Left("it says nothing about consent".to_owned());
        }
        let entry = Entry { key: event.node.key(), ..stored.entry };
        Outcome::Accepted("consent".to_owned(), vec![entry])
    }
}
