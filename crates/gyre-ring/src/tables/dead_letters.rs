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
        ("came", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &DeadLetter) {
    let came = body.came.as_ref().and_then(|came| serde_json::to_string(came).ok());
    row.shown(Some(body.id))
        .text(Some(&body.origin))
        .text(Some(&body.code))
        .text(Some(&body.message))
        .text(body.hint.as_ref())
        .integer(body.place)
        .text(Some(&body.raw))
        .text(body.replayed_as.as_ref())
        .text(came);
}
