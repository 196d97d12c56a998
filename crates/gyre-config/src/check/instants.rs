//! Checks of features that are instants: the n-th latest event, and sequences.

use super::At;
use crate::kinds::{Aggregate, Feature};
use gyre_model::event::EventKind;

/// The most that `nth` can be: as many instants are kept of everybody.
const MAX_NTH: u32 = 100;
const MAX_STEPS: usize = 8;

pub(super) fn feature(at: &mut At<'_, '_>, spec: &Feature) {
    let (nth, sequence) =
        (spec.aggregate == Aggregate::NthLatest, spec.aggregate == Aggregate::Sequence);
    if (nth || sequence) && spec.of.is_some() {
        at.key("spec.of", "this aggregate is always an instant", "leave `of` out");
    }
    if (nth || sequence) && spec.window.is_some() {
        let hint = "leave `window` out; rules compare the instant with `at`";
        at.key("spec.window", "this aggregate keeps the latest for ever", hint);
    }
    if nth != spec.nth.is_some() {
        let hint = "`nth` goes with `aggregate: nth_latest`, for example nth: 3";
        at.key("spec.nth", "`nth` and the aggregate do not go together", hint);
    }
    if spec.nth.is_some_and(|nth| nth == 0 || nth > MAX_NTH) {
        at.value("spec.nth", "the latest is 1, and 100 are kept", "a number from 1 to 100");
    }
    if sequence && !(2..=MAX_STEPS).contains(&spec.steps.len()) {
        let hint = "for example steps: [Product Viewed, Order Completed]";
        at.key("spec.steps", "a sequence has two to eight events", hint);
    }
    if !sequence && !spec.steps.is_empty() {
        at.key("spec.steps", "only `sequence` has steps", "leave `steps` out");
    }
    if !sequence && spec.within.is_some() {
        at.key("spec.within", "only `sequence` has `within`", "leave `within` out");
    }
    if sequence {
        if spec.call != EventKind::Track {
            at.key("spec.call", "a sequence is one of track calls", "leave `call` out");
        }
        if spec.event.is_some() {
            at.key("spec.event", "a sequence names its events in `steps`", "leave `event` out");
        }
        if let Some(within) = spec.within {
            at.positive("spec.within", within);
        }
    }
}
