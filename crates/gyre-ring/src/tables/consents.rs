//! `consents`: consent given and taken back.

use super::Table;
use super::Type::{Boolean, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Consent;

pub(super) const TABLE: Table = Table {
    name: "consents",
    comment: "Consent given and taken back, per channel.",
    columns: &[
        ("node", Text),
        ("person", Text),
        ("channel", Text),
        ("granted", Boolean),
        ("source", Text),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Consent) {
    row.shown(Some(body.node))
        .shown(Some(body.person))
        .text(Some(&body.channel))
        .boolean(body.granted)
        .text(Some(&body.source))
        .time(body.occurred_at);
}
