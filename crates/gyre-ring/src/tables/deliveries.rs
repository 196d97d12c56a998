//! `deliveries`: what became of sends.

use super::Table;
use super::Type::{Integer, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Delivery;

pub(super) const TABLE: Table = Table {
    name: "deliveries",
    comment: "Attempts to deliver and what came of them.",
    columns: &[
        ("send", Text),
        ("decision", Text),
        ("node", Text),
        ("person", Text),
        ("campaign", Text),
        ("variant", Text),
        ("channel", Text),
        ("outcome", Text),
        ("detail", Text),
        ("attempt", Integer),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Delivery) {
    row.shown(Some(body.send))
        .shown(body.decision)
        .shown(Some(body.node))
        .shown(Some(body.person))
        .text(Some(&body.campaign))
        .text(body.variant.as_ref())
        .text(Some(&body.channel))
        .text(Some(body.outcome.as_str()))
        .text(body.detail.as_ref())
        .integer(Some(body.attempt))
        .time(body.at);
}
