//! Periods in which shares and rates both moved.
//!
//! A bandit gives good arms more people over time. If rates drift too, an arm that was played
//! mostly in good times looks good. Weighting every period by its total traffic, the same for all
//! arms, takes that away.

use super::thompson::Gaussian;
use crate::error::{Error, Result, at_least, same_length};
use crate::moments::Metric;

/// Mean and standard error of each arm, weighted by period: m_k = Σ_p W_p m_kp, se² = Σ_p W_p²
/// v_kp/n_kp, W_p = the period's share of all units (stratified sampling; Cochran 1977, §5.3;
/// GrowthBook's bandits do the same).
///
/// `periods[p][k]` are the sums of arm k in period p; all periods have the same arms. Errors if an
/// arm has too few units in a period (merge it with its neighbour), or shows no variance in any.
pub fn weighted_means<M: Metric>(periods: &[Vec<M>]) -> Result<Vec<Gaussian>> {
    at_least("periods", periods.len(), 1)?;
    let arms = periods[0].len();
    at_least("arms", arms, 1)?;
    let mut samples = Vec::with_capacity(periods.len());
    for period in periods {
        same_length(period, &periods[0])?;
        samples.push(period.iter().map(Metric::sample).collect::<Result<Vec<_>>>()?);
    }
    let units = |p: usize| samples[p].iter().map(|s| s.n as f64).sum::<f64>();
    let total: f64 = (0..samples.len()).map(units).sum();
    (0..arms)
        .map(|k| {
            let (mut mean, mut variance) = (0.0, 0.0);
            for (p, period) in samples.iter().enumerate() {
                let weight = units(p) / total;
                mean += weight * period[k].mean;
                variance += weight * weight * period[k].variance / period[k].n as f64;
            }
            if variance <= 0.0 {
                return Err(Error::NoVariance);
            }
            Gaussian::new(mean, variance.sqrt())
        })
        .collect()
}
