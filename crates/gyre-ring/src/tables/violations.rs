//! `violations`: what did not keep to a tracking plan.

use super::Table;
use super::Type::{Integer, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Violation;

pub(super) const TABLE: Table = Table {
    name: "violations",
    comment: "Events that did not keep to a tracking plan: the first hundred of a kind, then every power of two.",
    columns: &[
        ("plan", Text),
        ("event", Text),
        ("property", Text),
        ("code", Text),
        ("mode", Text),
        ("message", Text),
        ("sample", Text),
        ("source", Text),
        ("message_id", Text),
        ("node", Text),
        ("count", Integer),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Violation) {
    row.text(Some(&body.plan))
        .text(Some(&body.event))
        .text(body.property.as_ref())
        .text(Some(&body.code))
        .text(Some(&body.mode))
        .text(Some(&body.message))
        .text(body.sample.as_ref())
        .text(Some(&body.source))
        .text(Some(&body.message_id))
        .shown(Some(body.node))
        .integer(Some(body.count))
        .time(body.at);
}
