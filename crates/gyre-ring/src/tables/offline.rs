//! `offline`: what happened outside the web.

use super::Type::{Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::Offline;

pub(super) const TABLE: Table = Table {
    name: "offline",
    comment: "What happened outside the web: CRM, in-store, support, fulfilment.",
    columns: &[
        ("kind", Text),
        ("node", Text),
        ("person", Text),
        ("occurred_at", Time),
        ("properties", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Offline) {
    row.text(Some(&body.kind))
        .shown(Some(body.node))
        .shown(Some(body.person))
        .time(body.occurred_at)
        .text(json(&body.properties));
}
