//! `decisions`: what was drawn, from what, with what probability.

use super::Type::{Integer, Number, Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::{self, Mode};
use serde_json::value::RawValue;

pub(super) const TABLE: Table = Table {
    name: "decisions",
    comment: "Decisions with all candidates, their probabilities and refusals.",
    columns: &[
        ("decision", Text),
        ("node", Text),
        ("person", Text),
        ("decided_at", Time),
        ("mode", Text),
        ("channel", Text),
        ("placement", Text),
        ("campaign", Text),
        ("campaign_version", Integer),
        ("loop", Text),
        ("arm", Text),
        ("policy_version", Integer),
        ("segment", Text),
        ("chosen", Text),
        ("probability", Number),
        ("floor", Number),
        ("uniform", Number),
        ("ordinal", Integer),
        ("candidates", Text),
        ("features", Text),
        ("send", Text),
        ("cost", Number),
        ("window_seconds", Integer),
        ("consents", Text),
    ],
};

/// Candidates and features become columns as they were written.
pub(super) type Decision<'a> = body::Decision<&'a RawValue, &'a RawValue>;

pub(super) fn row(row: &mut Builder, body: &Decision<'_>) {
    let mode = match body.mode {
        Mode::InApp => "in_app",
        Mode::Queued => "queued",
        Mode::Imported => "imported",
    };
    row.shown(Some(body.id))
        .shown(Some(body.node))
        .shown(Some(body.person))
        .time(body.at)
        .text(Some(mode))
        .text(Some(&body.channel))
        .text(body.placement.as_ref())
        .text(Some(&body.campaign))
        .integer(Some(body.campaign_version))
        .text(body.r#loop.as_ref())
        .text(body.arm.as_ref())
        .integer(Some(body.policy_version))
        .text(Some(&body.segment))
        .text(body.chosen.as_ref())
        .number(Some(body.probability))
        .number(Some(body.floor))
        .number(Some(body.uniform))
        .integer(Some(body.ordinal))
        .text(Some(body.candidates.get()))
        .text(Some(body.features.get()).filter(|features| *features != "{}"))
        .shown(body.send)
        .number(Some(body.cost.to_f64()))
        .integer(Some(body.window.0 / 1_000_000))
        .text(json(&body.consents).filter(|_| !body.consents.is_empty()));
}
