//! `identity_violations`: links that do not hold, and why.

use super::Table;
use super::Type::{Text, Time};
use super::builder::Builder;
use gyre_model::event::EventKind;
use gyre_model::record::body::Identity;

pub(super) const TABLE: Table = Table {
    name: "identity_violations",
    comment: "Links between identifiers that a rule does not let hold, and why. The events themselves are kept.",
    columns: &[
        ("node", Text),
        ("with_node", Text),
        ("id_type", Text),
        ("reason", Text),
        ("person", Text),
        ("trust", Text),
        ("source", Text),
        ("event_kind", Text),
        ("message_id", Text),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Identity) {
    row.shown(Some(body.node))
        .shown(Some(body.with))
        .text(body.id_type.as_ref())
        .text(body.reason.as_ref())
        .shown(Some(body.person))
        .text(body.trust.as_ref())
        .text(body.source.as_ref())
        .text(body.event_kind.map(EventKind::as_str))
        .text(Some(&body.message_id).filter(|id| !id.is_empty()))
        .time(body.at);
}
