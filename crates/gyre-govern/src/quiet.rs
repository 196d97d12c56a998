//! Quiet hours.

use gyre_config::kinds::QuietHours;
use gyre_model::{Span, Timestamp};

/// When quiet hours that hold now are over; `None` when they do not hold. Hours that cannot be read
/// never hold: the check of resources refuses them before they get here.
pub fn quiet_until(hours: &QuietHours, now: Timestamp) -> Option<Timestamp> {
    let (from, to) = (minute_of_day(&hours.from)?, minute_of_day(&hours.to)?);
    if from == to {
        return None;
    }
    let local = now.0 + i64::from(hours.utc_offset_minutes) * Span::MINUTE.0;
    let since_midnight = local.rem_euclid(Span::DAY.0);
    let (from, to) = (from * Span::MINUTE.0, to * Span::MINUTE.0);
    let quiet = if from < to {
        (from..to).contains(&since_midnight)
    } else {
        since_midnight >= from || since_midnight < to
    };
    quiet.then(|| now + Span((to - since_midnight).rem_euclid(Span::DAY.0)))
}

fn minute_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}
