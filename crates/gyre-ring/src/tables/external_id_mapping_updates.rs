//! `external_id_mapping_updates`: which person an identifier belongs to now, in the shape that Segment has.

use super::Table;
use super::Type::{Text, Time};
use super::builder::Builder;
use gyre_model::event::EventKind;
use gyre_model::record::body::Identity;

pub(super) const TABLE: Table = Table {
    name: "external_id_mapping_updates",
    comment: "Which person an identifier belongs to now: the last row of an `external_id_hash` (its node) tells its `segment_id`. The value itself is not repeated here.",
    columns: &[
        ("external_id_type", Text),
        ("external_id_hash", Text),
        ("segment_id", Text),
        ("linked_with_hash", Text),
        ("triggering_event_type", Text),
        ("triggering_event_id", Text),
        ("timestamp", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Identity) {
    row.text(Some(body.id_type.as_deref().unwrap_or_else(|| body.node.kind().as_str())))
        .shown(Some(body.node))
        .shown(Some(body.person))
        .shown(Some(body.with))
        .text(body.event_kind.map(EventKind::as_str))
        .text(Some(&body.message_id).filter(|id| !id.is_empty()))
        .time(body.at);
}
