//! `events`: what was collected.

use super::Type::{Boolean, Integer, Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::PersonId;
use gyre_model::event::Event;
use serde_json::{Map, Value};

pub(super) const TABLE: Table = Table {
    name: "events",
    comment: "What was collected: one row per event, duplicates left out.",
    columns: &[
        ("message_id", Text),
        ("kind", Text),
        ("name", Text),
        ("source", Text),
        ("user_id", Text),
        ("anonymous_id", Text),
        ("node", Text),
        ("person", Text),
        ("occurred_at", Time),
        ("skew_ms", Integer),
        ("properties", Text),
        ("traits", Text),
        ("context", Text),
        ("withheld", Boolean),
    ],
};

pub(super) fn row(row: &mut Builder, event: &Event, person: PersonId, withheld: bool) {
    row.text(Some(&event.message_id))
        .text(Some(event.kind.as_str()))
        .text(Some(&event.name).filter(|name| !name.is_empty()))
        .text(Some(&event.source))
        .text(event.user_id.as_ref())
        .text(event.anonymous_id.as_ref())
        .shown(Some(event.node))
        .shown(Some(person))
        .time(event.occurred_at)
        .integer(Some(event.skew / 1000))
        .text(json(&event.properties))
        .text(json(&event.traits))
        .text(json(&event.context))
        .boolean(withheld);
}

/// The event without identifiers: what it was, when, and its numbers. A text may be anybody's name.
pub(super) fn nobodys_row(row: &mut Builder, event: &Event) {
    let numbers =
        event.properties.iter().filter(|(_, value)| value.is_number() || value.is_boolean());
    let numbers: Map<String, Value> =
        numbers.map(|(key, value)| (key.clone(), value.clone())).collect();
    let nobody = None::<&String>;
    row.text(nobody)
        .text(Some(event.kind.as_str()))
        .text(Some(&event.name).filter(|name| !name.is_empty()))
        .text(Some(&event.source))
        .text(nobody)
        .text(nobody)
        .text(nobody)
        .text(nobody)
        .time(event.occurred_at)
        .integer(Some(event.skew / 1000))
        .text(json(&numbers))
        .text(nobody)
        .text(nobody)
        .boolean(true);
}
