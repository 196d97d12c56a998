//! `orchestration`: versions of resources.

use super::Type::{Integer, Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::Orchestration;

pub(super) const TABLE: Table = Table {
    name: "orchestration",
    comment: "Versions of resources, written by people and by loops.",
    columns: &[
        ("kind", Text),
        ("name", Text),
        ("version", Integer),
        ("by", Text),
        ("spec", Text),
        ("managed", Text),
        ("effective_at", Time),
        ("turn", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Orchestration) {
    row.text(Some(body.kind.as_str()))
        .text(Some(&body.name))
        .integer(Some(body.version))
        .text(Some(&body.by))
        .text(json(&body.spec))
        .text(json(&body.managed))
        .time(body.at)
        .shown(body.turn);
}
