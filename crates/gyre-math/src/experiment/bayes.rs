//! A lift as a posterior distribution: chance to win, and what a wrong choice costs.
//!
//! The posterior does not correct for looking often, whatever the prior: use the always-valid
//! estimates of [`crate::sequential`] where people watch.

use super::interval::Interval;
use super::lift::{Lift, Scale};
use crate::error::{Result, error_rate, finite, positive};
use crate::tail;

/// What is believed about a lift before the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prior {
    /// Nothing: the posterior is the likelihood.
    Flat,
    /// Normal, in the unit of the lift.
    Normal {
        /// Expected lift.
        mean: f64,
        /// Standard deviation of the lift, above zero.
        sd: f64,
    },
}

impl Prior {
    /// Relative lifts have mean 0 and standard deviation 0.3: the default of GrowthBook.
    pub const RELATIVE: Self = Self::Normal { mean: 0.0, sd: 0.3 };

    /// This prior on relative lifts, in the unit of `scale`: for absolute lifts mean and standard
    /// deviation are multiplied by |`control_mean`|.
    ///
    /// Errors if the control mean is not finite, or zero on the absolute scale.
    pub fn on(self, scale: Scale, control_mean: f64) -> Result<Self> {
        match (self, scale) {
            (Self::Flat, _) | (_, Scale::Relative) => Ok(self),
            (Self::Normal { mean, sd }, Scale::Absolute) => {
                let unit = positive("absolute control mean", control_mean.abs())?;
                Ok(Self::Normal { mean: mean * unit, sd: sd * unit })
            }
        }
    }
}

/// Posterior of a lift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Posterior mean, in the unit of the lift.
    pub mean: f64,
    /// Posterior standard deviation, above zero.
    pub sd: f64,
    /// P(δ > 0): the chance that treated is better.
    pub chance_to_win: f64,
    /// E\[δ⁺\]: expected lift missed by keeping control, in the unit of the lift.
    pub risk_control: f64,
    /// E\[δ⁻\]: expected loss from shipping treated, in the unit of the lift.
    pub risk_treated: f64,
    /// Central credible interval at level 1 − α.
    pub interval: Interval,
}

impl Lift {
    /// Posterior under a normal prior: precision 1/V + 1/σ₀², mean (Δ/V + μ₀/σ₀²)/precision
    /// (Gelman et al. 2013, Bayesian Data Analysis, §2.5); risks σφ(μ/σ) ± μΦ(±μ/σ) (Stucchio
    /// 2015, "Bayesian A/B testing at VWO", eq. 17).
    ///
    /// Errors if `alpha` is not between 0 and 1 or the prior is not a distribution.
    pub fn posterior(&self, prior: Prior, alpha: f64) -> Result<Posterior> {
        let variance = positive("lift variance", self.variance)?;
        let value = finite("lift", self.value)?;
        let (mean, sd) = match prior {
            Prior::Flat => (value, variance.sqrt()),
            Prior::Normal { mean, sd } => {
                // The prior's share of the precision, in a form that cannot overflow.
                let weight = 1.0 / (1.0 + positive("prior sd", sd)?.powi(2) / variance);
                (value + weight * (finite("prior mean", mean)? - value), sd * weight.sqrt())
            }
        };
        let sd = positive("posterior sd", sd)?;
        let z = mean / sd;
        let half = tail::normal_quantile_upper(error_rate(alpha)? / 2.0) * sd;
        Ok(Posterior {
            mean,
            sd,
            chance_to_win: tail::normal_upper(-z),
            risk_control: sd * expected_excess(z),
            risk_treated: sd * expected_excess(-z),
            interval: Interval::around(mean, half),
        })
    }
}

/// E[(Z + z)⁺] = φ(z) + zΦ(z) for a standard normal Z. Far below zero the terms cancel to about
/// z² rounding errors of their size, and what is left may round below zero.
fn expected_excess(z: f64) -> f64 {
    (tail::normal_density(z) + z * tail::normal_upper(-z)).max(0.0)
}
