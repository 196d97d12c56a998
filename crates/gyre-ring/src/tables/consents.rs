//! `consents`: consent given and taken back.

use super::Table;
use super::Type::{Boolean, Integer, Text, Time};
use super::builder::Builder;
use gyre_model::record::body::Consent;

pub(super) const TABLE: Table = Table {
    name: "consents",
    comment: "The consent ledger: what was said, about what, and what shows it.",
    columns: &[
        ("node", Text),
        ("person", Text),
        ("channel", Text),
        ("granted", Boolean),
        ("source", Text),
        ("occurred_at", Time),
        ("purpose", Text),
        ("decision", Text),
        ("subject_kind", Text),
        ("subject_hash", Text),
        ("legal_basis", Text),
        ("jurisdiction", Text),
        ("notice_version", Text),
        ("notice_hash", Text),
        ("language", Text),
        ("method", Text),
        ("message_id", Text),
        ("cmp", Text),
        ("raw", Text),
        ("actor", Text),
        ("received_at", Time),
        ("expires_at", Time),
        ("consent", Text),
        ("number", Integer),
        ("previous_hash", Text),
        ("hash", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Consent) {
    row.shown(Some(body.node))
        .shown(Some(body.person))
        .text(Some(&body.channel))
        .boolean(body.granted)
        .text(Some(&body.source))
        .time(body.occurred_at)
        .text(Some(body.purpose.as_str()))
        .text(Some(body.decision().as_str()))
        .text(body.subject.as_ref().map(|subject| &subject.kind))
        .text(body.subject.as_ref().map(|subject| &subject.hash));
    let evidence = &body.evidence;
    for text in [
        &evidence.legal_basis,
        &evidence.jurisdiction,
        &evidence.notice_version,
        &evidence.notice_hash,
        &evidence.language,
        &evidence.method,
        &evidence.event,
        &evidence.cmp,
        &evidence.raw,
        &evidence.actor,
    ] {
        row.text(text.as_ref());
    }
    let chain = body.chain.as_ref();
    row.maybe_time(body.received_at)
        .maybe_time(body.expires_at)
        .shown(chain.map(|link| link.id))
        .integer(chain.map(|link| link.number))
        .text(chain.map(|link| &link.previous))
        .text(chain.map(|link| &link.hash));
}
