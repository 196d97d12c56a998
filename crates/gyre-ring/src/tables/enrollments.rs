//! `enrollments`: who entered and left what.

use super::Type::{Boolean, Text, Time};
use super::builder::Builder;
use super::{Table, json};
use gyre_model::record::body::{Enrollment, Scope};

pub(super) const TABLE: Table = Table {
    name: "enrollments",
    comment: "Who entered and left audiences, campaigns, arms of loops and stages of lifecycles.",
    columns: &[
        ("scope", Text),
        ("name", Text),
        ("node", Text),
        ("person", Text),
        ("entered", Boolean),
        ("arm", Text),
        ("reason", Text),
        ("effective_at", Time),
        ("segments", Text),
    ],
};

pub(super) fn row(row: &mut Builder, body: &Enrollment) {
    let scope = match body.scope {
        Scope::Audience => "audience",
        Scope::Loop => "loop",
        Scope::Campaign => "campaign",
        Scope::Lifecycle => "lifecycle",
    };
    row.text(Some(scope))
        .text(Some(&body.name))
        .shown(Some(body.node))
        .shown(Some(body.person))
        .boolean(body.entered)
        .text(body.arm.as_ref())
        .text(body.reason.as_ref())
        .time(body.at)
        .text(json(&body.segments));
}
