//! `content`: assets.

use super::Type::{Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::Content;

pub(super) const TABLE: Table = Table {
    name: "content",
    comment: "Assets and their metadata.",
    columns: &[("name", Text), ("metadata", Text), ("known_at", Time)],
};

pub(super) fn row(row: &mut Builder, body: &Content) {
    row.text(Some(&body.name)).text(json(&body.metadata)).time(body.at);
}
