//! Did an arm's rate change, and since when?
//!
//! Detection drops the past only when something happened. Discounting it always costs more than
//! it brings while nothing drifts.

use crate::error::{Error, Result, error_rate, positive};
use crate::moments::{Mean, Metric};

/// Where the window that still holds begins: the index of the first of `periods` that is kept.
///
/// Adaptive windowing (Bifet & Gavaldà 2007, "Learning from time-changing data with adaptive
/// windowing", §3): while some cut of the window has means further apart than √(2σ²L/m) + 2RL/(3m),
/// with 1/m = 1/n₀ + 1/n₁ and L = ln(2 ln(n)/δ), the oldest period goes. `delta` = δ bounds the
/// chance of dropping anything from a stable arm; `range` = R is the width of one reward (1 for
/// yes or no).
///
/// Periods without units are passed over. Errors if `delta` is not between 0 and 1, `range` not
/// above zero, or sums contradict each other.
pub fn window_start(periods: &[Mean], delta: f64, range: f64) -> Result<usize> {
    let (delta, range) = (error_rate(delta)?, positive("range", range)?);
    let mut start = 0;
    while let Some(rest) = periods.get(start..) {
        if !has_changed(rest, delta, range)? {
            break;
        }
        start += 1;
    }
    Ok(start)
}

fn has_changed(window: &[Mean], delta: f64, range: f64) -> Result<bool> {
    let whole = window.iter().fold(Mean::default(), |sum, period| sum.merge(*period));
    if whole.n < 2 {
        return Ok(false);
    }
    let n = whole.n as f64;
    let variance = whole.sample()?.variance;
    let log = (2.0 * n.ln().max(1.0) / delta).ln();
    let mut before = Mean::default();
    for period in window {
        before = before.merge(*period);
        let (n_0, n_1) = (before.n as f64, (whole.n - before.n) as f64);
        if before.n == 0 || before.n == whole.n {
            continue;
        }
        let inverse = 1.0 / n_0 + 1.0 / n_1;
        let gap = (before.sum / n_0 - (whole.sum - before.sum) / n_1).abs();
        if !gap.is_finite() {
            return Err(Error::NotFinite { what: "sum" });
        }
        let cut = (2.0 * variance * log * inverse).sqrt() + 2.0 / 3.0 * range * log * inverse;
        if gap > cut {
            return Ok(true);
        }
    }
    Ok(false)
}
