//! Sample ratio mismatch: did each arm get its share of people?
//!
//! A mismatch means that assignment or logging is broken, and that no lift of the experiment
//! can be believed. The test is for one look; looked at 100 times with the alarm at 0.001 it
//! fires in 1.6 % of sound experiments.

use crate::error::{Error, Result};
use crate::tail;

/// p below which a mismatch is raised: the threshold of GrowthBook and Eppo.
pub const ALARM: f64 = 0.001;

/// Expected units below which an arm is too small for the χ² approximation (GrowthBook).
pub const MINIMUM_UNITS: f64 = 8.0;

/// Outcome of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// Σ(o − e)²/e; infinite if an arm with share zero got units.
    pub statistic: f64,
    /// Arms with a share above zero, less one.
    pub dof: u32,
    /// Chance of a statistic at least this large if the shares hold.
    pub p_value: f64,
    /// Expected units of the smallest arm with a share above zero.
    pub smallest_expected: f64,
}

impl Check {
    /// Whether the alarm is to be raised: p below [`ALARM`], and either every arm expects
    /// [`MINIMUM_UNITS`] or an arm with share zero got units.
    pub fn is_mismatch(&self) -> bool {
        let judged = self.smallest_expected >= MINIMUM_UNITS || self.statistic.is_infinite();
        judged && self.p_value < ALARM
    }
}

/// Pearson's χ² test of `observed` units per arm against `shares` (Pearson 1900).
///
/// `shares` are relative weights in the order of `observed`; they need not sum to one. An arm
/// with share zero counts neither in the units nor in the degrees of freedom; units found in it
/// are a mismatch with p = 0. Without units, or with a single arm, p is 1.
///
/// Errors if the lengths differ or no share is above zero, or one is negative or not finite.
pub fn chi_square(observed: &[u64], shares: &[f64]) -> Result<Check> {
    if observed.len() != shares.len() {
        return Err(Error::Shape { left: observed.len(), right: shares.len() });
    }
    let whole: f64 = shares.iter().sum();
    if shares.iter().any(|share| *share < 0.0) || !(whole.is_finite() && whole > 0.0) {
        return Err(Error::OutOfRange {
            what: "sum of shares",
            value: whole,
            domain: "above 0, each share at least 0",
        });
    }
    let arms = || observed.iter().map(|o| *o as f64).zip(shares.iter().map(|s| s / whole));
    let units: f64 = arms().filter(|(_, share)| *share > 0.0).map(|(o, _)| o).sum();
    let mut statistic = 0.0;
    let mut smallest_expected = f64::INFINITY;
    let mut live = 0_u32;
    for (o, share) in arms() {
        let e = share * units;
        if share > 0.0 {
            live += 1;
            smallest_expected = smallest_expected.min(e);
            if e > 0.0 {
                statistic += (o - e) * (o - e) / e;
            }
        } else if o > 0.0 {
            statistic = f64::INFINITY;
        }
    }
    let dof = live.saturating_sub(1);
    let p_value = if statistic.is_infinite() {
        0.0
    } else if dof == 0 {
        1.0
    } else {
        tail::chi_square_upper(statistic, f64::from(dof))?
    };
    Ok(Check { statistic, dof, p_value, smallest_expected })
}
