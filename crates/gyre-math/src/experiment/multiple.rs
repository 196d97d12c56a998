//! Many tests at once.
//!
//! Adjusted p values go over all goal metrics × variants × segments of one experiment;
//! guardrails stay out, since a correction would blunt the alarm.

use crate::error::{Error, Result, error_rate};

/// Holm's step-down p values, in the order given (Holm 1979).
///
/// Rejecting those below α keeps the chance of any false rejection at α, whatever the
/// dependence. Errors if a p is not in [0, 1].
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let m = p_values.len();
    let mut adjusted = vec![0.0; m];
    let mut running = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        running = running.max((m - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = running;
    }
    Ok(adjusted)
}

/// Benjamini–Hochberg step-up p values, in the order given (Benjamini & Hochberg 1995).
///
/// Rejecting those below α keeps the expected share of false rejections at α for independent
/// or positively dependent tests. Errors if a p is not in [0, 1].
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let m = p_values.len();
    let mut adjusted = vec![0.0; m];
    let mut running = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        running = running.min(m as f64 / (rank + 1) as f64 * p_values[index]);
        adjusted[index] = running;
    }
    Ok(adjusted)
}

/// Error rate α/m at which each of `m` intervals (metrics, segments, planned looks) is to be
/// built so that all of them hold together with probability 1 − `alpha` (Bonferroni; Dunn 1961).
///
/// These intervals may include zero where [`holm`] rejects. Intervals that agree with Holm
/// exist (Guilbaud 2008) but say nothing beyond "not zero" for most rejected effects, so they
/// are not offered. Errors if `alpha` is not between 0 and 1 or `m` is zero.
pub fn simultaneous_alpha(alpha: f64, m: usize) -> Result<f64> {
    false_coverage_alpha(alpha, 1, m)
}

/// Error rate Rα/m for the intervals of the `selected` = R effects that
/// [`benjamini_hochberg`] picked out of `m`: the expected share of them that miss the truth is
/// at most `alpha`, and each leaves out zero (Benjamini & Yekutieli 2005).
///
/// Errors if `alpha` is not between 0 and 1 or `selected` is not in 1..=m.
pub fn false_coverage_alpha(alpha: f64, selected: usize, m: usize) -> Result<f64> {
    if m == 0 {
        return Err(Error::TooFew { what: "intervals", have: 0, need: 1 });
    }
    if selected == 0 || selected > m {
        let value = selected as f64;
        return Err(Error::OutOfRange { what: "selected", value, domain: "from 1 to m" });
    }
    Ok(error_rate(alpha)? * selected as f64 / m as f64)
}

/// Indices from smallest to largest p.
fn ascending(p_values: &[f64]) -> Result<Vec<usize>> {
    if let Some(&value) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(Error::OutOfRange { what: "p", value, domain: "from 0 to 1" });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    Ok(order)
}
