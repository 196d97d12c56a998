//! `proposals`: changes that turns propose.

use super::Type::{Integer, Number, Text};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::{Proposal, ProposalState};

pub(super) const TABLE: Table = Table {
    name: "proposals",
    comment: "Changes that turns propose, and what became of them.",
    columns: &[
        ("proposal", Text),
        ("loop", Text),
        ("turn", Integer),
        ("campaign", Text),
        ("base_version", Integer),
        ("applied_version", Integer),
        ("state", Text),
        ("by", Text),
        ("reason", Text),
        ("expected", Number),
        ("expected_low", Number),
        ("expected_high", Number),
        ("changes", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Proposal) {
    let state = match body.state {
        ProposalState::Proposed => "proposed",
        ProposalState::Held => "held",
        ProposalState::Applied => "applied",
        ProposalState::Rejected => "rejected",
    };
    row.shown(Some(body.id))
        .text(Some(&body.r#loop))
        .integer(Some(body.turn))
        .text(Some(&body.campaign))
        .integer(Some(body.base_version))
        .integer(body.applied_version)
        .text(Some(state))
        .text(Some(&body.by))
        .text(body.reason.as_ref())
        .number(Some(body.expected.value))
        .number(Some(body.expected.low))
        .number(Some(body.expected.high))
        .text(json(&body.changes));
}
