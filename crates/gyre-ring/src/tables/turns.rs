//! `turns`: turns of loops.

use super::Type::{Integer, Number, Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::Turn;

pub(super) const TABLE: Table = Table {
    name: "turns",
    comment: "Turns of loops: what was measured, learnt and proposed.",
    columns: &[
        ("turn", Text),
        ("loop", Text),
        ("number", Integer),
        ("from_at", Time),
        ("to_at", Time),
        ("campaign", Text),
        ("campaign_version", Integer),
        ("treated_people", Integer),
        ("treated_repeaters", Integer),
        ("treated_margin", Number),
        ("treated_offer_cost", Number),
        ("treated_contacts", Integer),
        ("holdout_people", Integer),
        ("holdout_repeaters", Integer),
        ("holdout_margin", Number),
        ("holdout_offer_cost", Number),
        ("holdout_contacts", Integer),
        ("lift", Number),
        ("lift_low", Number),
        ("lift_high", Number),
        ("lift_standard_error", Number),
        ("net_lift", Number),
        ("net_lift_low", Number),
        ("net_lift_high", Number),
        ("immature", Integer),
        ("proposal", Text),
        ("body", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Turn) {
    row.shown(Some(body.id))
        .text(Some(&body.r#loop))
        .integer(Some(body.number))
        .time(body.from)
        .time(body.to)
        .text(Some(&body.campaign))
        .integer(Some(body.campaign_version));
    for arm in [&body.treated, &body.holdout] {
        row.integer(Some(arm.people))
            .integer(Some(arm.repeaters))
            .number(Some(arm.margin))
            .number(Some(arm.offer_cost))
            .integer(Some(arm.contacts));
    }
    row.number(Some(body.lift.value))
        .number(Some(body.lift.low))
        .number(Some(body.lift.high))
        .number(Some(body.lift.standard_error))
        .number(Some(body.net_lift.value))
        .number(Some(body.net_lift.low))
        .number(Some(body.net_lift.high))
        .integer(Some(body.immature))
        .shown(body.proposal)
        .text(json(body));
}
