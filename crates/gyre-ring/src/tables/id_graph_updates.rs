//! `id_graph_updates`: which person an id is now, in the shape that Segment has.

use super::Table;
use super::Type::{Text, Time};
use super::builder::Builder;
use gyre_model::event::EventKind;
use gyre_model::record::body::Identity;

pub(super) const TABLE: Table = Table {
    name: "id_graph_updates",
    comment: "Which person an id is now, joined or parted: the last row of a `segment_id` tells its `canonical_segment_id`; an id without one is itself.",
    columns: &[
        ("segment_id", Text),
        ("canonical_segment_id", Text),
        ("previous_segment_id", Text),
        ("triggering_event_type", Text),
        ("triggering_event_id", Text),
        ("timestamp", Time),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Identity) {
    row.shown(Some(body.node.as_person()))
        .shown(Some(body.person))
        .shown(Some(body.previous))
        .text(body.event_kind.map(EventKind::as_str))
        .text(Some(&body.message_id).filter(|id| !id.is_empty()))
        .time(body.at);
}
