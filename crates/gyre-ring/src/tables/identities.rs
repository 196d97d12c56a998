//! `identities`: who is whom.

use super::Table;
use super::Type::{Boolean, Text, Time};
use super::builder::Builder;
use gyre_model::event::EventKind;
use gyre_model::record::body::Identity;

pub(super) const TABLE: Table = Table {
    name: "identities",
    comment: "Identity edges: the last row of a node that was joined tells its person.",
    columns: &[
        ("node", Text),
        ("with_node", Text),
        ("person", Text),
        ("previous", Text),
        ("joined", Boolean),
        ("reason", Text),
        ("event_kind", Text),
        ("message_id", Text),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Identity) {
    row.shown(Some(body.node))
        .shown(Some(body.with))
        .shown(Some(body.person))
        .shown(Some(body.previous))
        .boolean(body.joined)
        .text(body.reason.as_ref())
        .text(body.event_kind.map(EventKind::as_str))
        .text(Some(&body.message_id))
        .time(body.at);
}
