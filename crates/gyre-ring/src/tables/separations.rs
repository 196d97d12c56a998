//! `separations`: what somebody said is not one person.

use super::Table;
use super::Type::{Boolean, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Separation;

pub(super) const TABLE: Table = Table {
    name: "separations",
    comment: "Identifiers that somebody said are not one person, and where that was lifted again: the last row of a pair counts.",
    columns: &[
        ("node", Text),
        ("from_node", Text),
        ("lifted", Boolean),
        ("reason", Text),
        ("occurred_at", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Separation) {
    row.shown(Some(body.node))
        .shown(Some(body.from))
        .boolean(body.lifted)
        .text(body.reason.as_ref())
        .time(body.at);
}
