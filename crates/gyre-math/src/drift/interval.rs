//! Intervals of rates and of functions of estimates.

use crate::error::{Error, Result, all_finite, error_rate, finite, same_length};
use crate::interval::{Estimate, Interval};
use crate::moments::{Metric, Proportion};
use crate::tail;

/// Wilson's score interval of a rate (Wilson 1927), good for small counts and rates near 0 or 1.
///
/// Errors if there is no unit, more successes than units, or `alpha` is out of range.
pub fn wilson(counts: &Proportion, alpha: f64) -> Result<Interval> {
    let sample = counts.sample()?;
    let z = tail::normal_quantile_upper(error_rate(alpha)? / 2.0);
    let (n, p) = (counts.n as f64, sample.mean);
    let scale = 1.0 / (1.0 + z * z / n);
    let centre = scale * (p + z * z / (2.0 * n));
    let half = scale * z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends rounding must not leave the bound on the wrong side of 0 or 1.
    let low = if counts.successes == 0 { 0.0 } else { centre - half };
    let high = if counts.successes == counts.n { 1.0 } else { centre + half };
    Ok(Interval { low, high })
}

/// Delta-method estimate of a function of estimates: se² = gᵀΣg with its `gradient` g at the estimates
/// and their covariance matrix Σ, by rows (Cramér 1946, §28.4). Good where the function is nearly
/// straight over a few standard errors.
///
/// Errors if shapes differ, a number is not finite, the variance is not above zero, or `alpha` is out of
/// range.
pub fn delta_method(
    value: f64,
    gradient: &[f64],
    covariance: &[Vec<f64>],
    alpha: f64,
) -> Result<Estimate> {
    same_length(gradient, covariance)?;
    all_finite("gradient", gradient)?;
    let value = finite("value", value)?;
    let critical = tail::normal_quantile_upper(error_rate(alpha)? / 2.0);
    let mut variance = 0.0;
    for (g, row) in gradient.iter().zip(covariance) {
        same_length(gradient, row)?;
        all_finite("covariance", row)?;
        variance += g * gradient.iter().zip(row).map(|(h, c)| h * c).sum::<f64>();
    }
    if finite("variance", variance)? <= 0.0 {
        return Err(Error::NoVariance);
    }
    let standard_error = variance.sqrt();
    let interval = Interval::around(value, critical * standard_error);
    let p_value = 2.0 * tail::normal_upper((value / standard_error).abs());
    Ok(Estimate { value, standard_error, interval, p_value, alpha })
}
