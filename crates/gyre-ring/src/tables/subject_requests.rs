//! `subject_requests`: what people asked about their own data, without who they are.

use super::Table;
use super::Type::{Text, Time};
use super::builder::Builder;
use gyre_model::record::body::SubjectRequest;

pub(super) const TABLE: Table = Table {
    name: "subject_requests",
    comment: "What people asked about their own data; who they are is a keyed hash.",
    columns: &[
        ("request", Text),
        ("kind", Text),
        ("state", Text),
        ("by", Text),
        ("reference", Text),
        ("subject", Text),
        ("due_at", Time),
        ("occurred_at", Time),
        ("certificate", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &SubjectRequest) {
    row.shown(Some(body.id))
        .text(Some(body.kind.as_str()))
        .text(Some(body.state.as_str()))
        .text(Some(&body.by))
        .text(body.reference.as_ref())
        .text(Some(body.subject.join(" ")))
        .time(body.due)
        .time(body.at)
        .text(body.certificate.as_ref());
}
