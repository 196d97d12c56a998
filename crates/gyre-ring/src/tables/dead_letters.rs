//! `dead_letters`: what was rejected or failed.

use super::Table;
use super::Type::{Integer, Text};
use super::builder::Builder;
use gyre_model::record::body::DeadLetter;

pub(super) const TABLE: Table = Table {
    name: "dead_letters",
    comment: "What was rejected or failed, to be seen, mended and replayed.",
    columns: &[
        ("letter", Text),
        ("origin", Text),
        ("code", Text),
        ("message", Text),
        ("hint", Text),
        ("place", Integer),
        ("raw", Text),
        ("replayed_as", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &DeadLetter) {
    row.shown(Some(body.id))
        .text(Some(&body.origin))
        .text(Some(&body.code))
        .text(Some(&body.message))
        .text(body.hint.as_ref())
        .integer(body.place)
        .text(Some(&body.raw))
        .text(body.replayed_as.as_ref());
}
