//! What the fold has not kept, made of the lake's events: tiles of features that only a question has.

use crate::cell;
use crate::engine::Engine;
use crate::error::{Error, Result};
use arrow_array::RecordBatch;
use gyre_derive::{Definition, Definitions, Tiles};
use gyre_model::event::{Event, EventKind};
use gyre_model::{MessageHash, NodeId, Timestamp, Workspace};
use gyre_ports::lake::{Parameter, Query, Sql};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// More events than this are not read for a question.
const MAX_EVENTS: usize = 2_000_000;
const TIMEOUT: Duration = Duration::from_secs(60);

const EVENTS: &str = "SELECT node, name, message_id, occurred_at, properties, traits, context \
  FROM events WHERE workspace = $1 AND kind = 'track' AND node IS NOT NULL AND name IN (";

/// Tiles by node.
#[derive(Debug, Default)]
pub(crate) struct Past(HashMap<NodeId, Tiles>);

impl Past {
    /// Reads what concerns these definitions, which are all lifted: they name their events.
    pub(crate) async fn read(
        engine: &Engine,
        workspace: &Workspace,
        of: &[Definition],
    ) -> Result<Self> {
        let names: BTreeSet<String> = of.iter().flat_map(Definition::events).collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let places: Vec<String> =
            (2..).take(names.len()).map(|place| format!("${place}")).collect();
        let mut parameters = vec![Parameter::Text(workspace.to_string())];
        parameters.extend(names.into_iter().map(Parameter::Text));
        let query = Query {
            // Only placeholders are added to the text; what they stand for is bound.
            sql: Sql::Text(format!("{EVENTS}{})", places.join(", "))),
            parameters,
            max_rows: MAX_EVENTS,
            timeout: TIMEOUT,
        };
        let rows = engine.shared.lake.query(query).await?;
        if rows.truncated {
            return Err(Error::Invalid {
                message: format!(
                    "the rule is about more than {MAX_EVENTS} events that nobody kept"
                ),
                hint: Some("apply the audience, and look at its size then".to_owned()),
            });
        }
        let definitions = Definitions::new(of.to_vec());
        let mut past = Self::default();
        for batch in &rows.batches {
            for row in 0..batch.num_rows() {
                let Some(event) = event(batch, row) else { continue };
                past.0.entry(event.node).or_default().add(&definitions, &event);
            }
        }
        Ok(past)
    }

    /// Of which nodes something was read.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.keys().copied()
    }

    /// What was read of a node.
    pub(crate) fn tiles(&self, node: NodeId) -> Option<&Tiles> {
        self.0.get(&node)
    }
}

/// The event of a row, as far as features look at it.
fn event(batch: &RecordBatch, row: usize) -> Option<Event> {
    let text = |name: &str| match cell::json(batch.column_by_name(name)?.as_ref(), row)? {
        Value::String(text) => Some(text),
        _ => None,
    };
    let map = |name: &str| -> Map<String, Value> {
        text(name).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    };
    let at = Timestamp::parse(&text("occurred_at")?).ok()?;
    let message_id = text("message_id").unwrap_or_default();
    Some(Event {
        message: MessageHash::of(&[message_id.as_bytes()]),
        message_id,
        source: String::new(),
        gpc: false,
        kind: EventKind::Track,
        name: text("name")?,
        node: text("node")?.parse().ok()?,
        user_id: None,
        anonymous_id: None,
        email: None,
        previous_id: None,
        occurred_at: at,
        received_at: at,
        skew: 0,
        properties: map("properties"),
        traits: map("traits"),
        context: map("context"),
    })
}
