//! Choosing an estimator's parameter from the log itself.

use super::estimators::{Estimator, mean_and_variance};
use super::log::Modelled;
use crate::error::{Result, at_least, error_rate};
use crate::tail;

/// Index of the candidate that SLOPE chooses: the one of least variance among those whose bias is
/// not yet visible.
///
/// Candidates are ordered by the one-sided Student width of their estimate at `delta` (.05 in
/// obp), widest first; each must lie within CI_i + (√6 − 1)CI_j of all before it (Su, Srinath &
/// Krishnamurthy 2020, "Adaptive estimator selection", as refined by Tucker & Lee 2021, SLOPE++).
///
/// Errors if there is no candidate, fewer than two decisions, or an input is out of range.
pub fn slope(candidates: &[Estimator], log: &Modelled<'_>, delta: f64) -> Result<usize> {
    at_least("candidates", candidates.len(), 1)?;
    let delta = error_rate(delta)?;
    let mut all = Vec::with_capacity(candidates.len());
    for (index, candidate) in candidates.iter().enumerate() {
        let rows = candidate.on_model(log)?.rows();
        at_least("decisions", rows.len(), 2)?;
        let n = rows.len() as f64;
        let (mean, variance) = mean_and_variance(&rows);
        let width = tail::student_quantile_upper(delta, n - 1.0)? * (variance / n).sqrt();
        all.push((index, mean, width));
    }
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    let slack = 6.0_f64.sqrt() - 1.0;
    for i in 1..all.len() {
        let (_, value, width) = all[i];
        if all[..i].iter().any(|(_, earlier, w)| (earlier - value).abs() > width + slack * w) {
            return Ok(all[i - 1].0);
        }
    }
    Ok(all[all.len() - 1].0)
}

/// Index of the candidate with the least estimated mean squared error: var/n plus the square of an
/// upper bound of the bias, |mean((w − ŵ)(r − q̂))| + √(2 mean(w²) ln(2/δ)/n) + 2 max(w)
/// ln(2/δ)/(3n) (Su et al. 2020, "Doubly robust off-policy evaluation with shrinkage", §5).
///
/// A candidate that leaves every weight alone has no bias, and its bound is 0. The model counts
/// only for estimators that use it. Errors as [`slope`].
pub fn least_squared_error(
    candidates: &[Estimator],
    log: &Modelled<'_>,
    delta: f64,
) -> Result<usize> {
    at_least("candidates", candidates.len(), 1)?;
    let delta = error_rate(delta)?;
    let weights = log.logged.weights()?;
    let n = weights.len() as f64;
    let log_term = (2.0 / delta).ln();
    let squares = weights.iter().map(|w| w * w).sum::<f64>() / n;
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let margin = (2.0 * squares * log_term / n).sqrt() + 2.0 * largest * log_term / (3.0 * n);
    let mut best = (f64::INFINITY, 0);
    for (index, candidate) in candidates.iter().enumerate() {
        let rows = candidate.on_model(log)?.rows();
        at_least("decisions", rows.len(), 2)?;
        let (_, variance) = mean_and_variance(&rows);
        let mut lost = 0.0;
        let mut changed = false;
        for ((w, r), q) in weights.iter().zip(log.logged.rewards).zip(log.predicted) {
            let gap = w - candidate.shrunk(*w);
            let prediction = if candidate.is_model_free() { 0.0 } else { *q };
            lost += gap * (r - prediction) / n;
            changed |= gap.abs() > 1e-12 * w;
        }
        let bias = if changed { lost.abs() + margin } else { 0.0 };
        let error = variance / n + bias * bias;
        if error < best.0 {
            best = (error, index);
        }
    }
    Ok(best.1)
}
