//! Memberships that end by themselves: who enters stays for a while, though the rule still holds.

use gyre_model::{Span, Timestamp};

/// What is known of a person's membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inside {
    /// Since when, if the person is inside.
    pub since: Option<Timestamp>,
    /// Whether it ended by itself and its rule has held ever since.
    pub spent: bool,
}

/// What becomes of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// The person enters.
    Enter,
    /// The person leaves because the rule does not hold.
    Leave,
    /// It ended by itself, at this instant; whether the rule still holds.
    End(Timestamp, bool),
    /// The rule does not hold any more, so it may be entered again.
    Ready,
}

/// What becomes of a membership that lasts `span`, or with none as long as its rule holds.
pub fn step(inside: Inside, span: Option<Span>, holds: bool, at: Timestamp) -> Step {
    match inside.since {
        Some(since) => match span.map(|span| since + span) {
            Some(end) if at >= end => Step::End(end, holds),
            _ if holds => Step::Stay,
            _ => Step::Leave,
        },
        None if inside.spent && span.is_some() => {
            if holds {
                Step::Stay
            } else {
                Step::Ready
            }
        }
        None if holds => Step::Enter,
        None => Step::Stay,
    }
}
