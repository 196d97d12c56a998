//! How many of something fall into a window.

use gyre_model::Span;

/// The most days of `days` that any window of that length holds; all of them without a window.
pub(crate) fn most(days: &mut [i32], window: Option<Span>) -> usize {
    let Some(window) = window else { return days.len() };
    // Rules are checked to say whole days.
    let length = (window.0 / Span::DAY.0).clamp(1, i64::from(i32::MAX)) as i32;
    days.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for last in 0..days.len() {
        while days[last].saturating_sub(days[first]) >= length {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
