//! When another attempt is made.

use gyre_model::{Span, Timestamp};

/// Attempts made in all.
pub const MAX_ATTEMPTS: u32 = 6;

/// When the next attempt is due after `attempt` (from 1) was put off; `None` when no more are made or
/// the next would come too late.
pub fn next_attempt(attempt: u32, now: Timestamp, expires: Timestamp) -> Option<Timestamp> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    // 1, 5, 25, 125, 625 minutes.
    let next = now + Span(Span::MINUTE.0 * 5i64.pow(attempt.saturating_sub(1)));
    (next <= expires).then_some(next)
}
