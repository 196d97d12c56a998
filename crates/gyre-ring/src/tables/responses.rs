//! `responses`: what people did with what was sent or shown.

use super::Table;
use super::Type::{Number, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Response;

pub(super) const TABLE: Table = Table {
    name: "responses",
    comment: "What people did with what was sent or shown.",
    columns: &[
        ("kind", Text),
        ("node", Text),
        ("person", Text),
        ("campaign", Text),
        ("decision", Text),
        ("variant", Text),
        ("value", Number),
        ("occurred_at", Time),
        ("message_id", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Response) {
    row.text(Some(&body.kind))
        .shown(Some(body.node))
        .shown(Some(body.person))
        .text(body.campaign.as_ref())
        .shown(body.decision)
        .text(body.variant.as_ref())
        .number(body.value.map(gyre_model::Decimal::to_f64))
        .time(body.occurred_at)
        .text(Some(&body.message_id));
}
