//! CUPED: variance reduced by what was known before the experiment (Deng, Xu, Kohavi & Walker
//! 2013, "Improving the sensitivity of online controlled experiments by utilizing
//! pre-experiment data").
//!
//! The covariate must be from before exposure, so that the treatment cannot have moved it. Where
//! it explains little, the interval hardly changes; where its variance is zero, θ is 0 and the
//! lift is the unadjusted one.

use super::joint::{Joint, PairCounts};
use super::lift::{Lift, Scale};
use crate::error::{Error, Result, finite};

/// What one arm's sums say about an outcome and its covariate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Units, at least 2.
    pub n: u64,
    /// Mean outcome, or the ratio of outcomes.
    pub outcome: f64,
    /// Mean covariate, or the ratio of covariates.
    pub covariate: f64,
    /// Variance of the outcome of one unit.
    pub outcome_variance: f64,
    /// Variance of the covariate of one unit.
    pub covariate_variance: f64,
    /// Covariance of the two in one unit.
    pub covariance: f64,
}

/// Both arms with their covariates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedArms {
    /// The arm that got the treatment.
    pub treated: Paired,
    /// The arm that did not.
    pub control: Paired,
}

impl Paired {
    fn new(n: u64, means: [f64; 2], covariance: [[f64; 2]; 2]) -> Self {
        Self {
            n,
            outcome: means[0],
            covariate: means[1],
            outcome_variance: covariance[0][0],
            covariate_variance: covariance[1][1],
            covariance: covariance[0][1],
        }
    }

    /// From sums of \[outcome, covariate\]. Errors as [`Joint::moments`].
    pub fn from_means(sums: &Joint<2>) -> Result<Self> {
        let (means, covariance) = sums.moments()?;
        Ok(Self::new(sums.n, means, covariance))
    }

    /// From counts of \[outcome, covariate\]. Errors as [`PairCounts::moments`].
    pub fn from_counts(counts: &PairCounts) -> Result<Self> {
        let (means, covariance) = counts.moments()?;
        Ok(Self::new(counts.n, means, covariance))
    }

    /// From sums of \[numerator, denominator, numerator before, denominator before\]: ratios,
    /// linearised at their means (Deng et al. 2013, appendix B; 4 × 4 delta method).
    ///
    /// Errors as [`Joint::moments`], and with [`Error::ZeroDenominator`].
    pub fn from_ratios(sums: &Joint<4>) -> Result<Self> {
        let (means, covariance) = sums.moments()?;
        if means[1] == 0.0 || means[3] == 0.0 {
            return Err(Error::ZeroDenominator);
        }
        let ratios = [means[0] / means[1], means[2] / means[3]];
        // Gradients of each ratio in its numerator and denominator.
        let gradients = [
            [1.0 / means[1], -ratios[0] / means[1], 0.0, 0.0],
            [0.0, 0.0, 1.0 / means[3], -ratios[1] / means[3]],
        ];
        let product = |a: &[f64; 4], b: &[f64; 4]| {
            let row = |i: usize| (0..4).map(|j| covariance[i][j] * b[j]).sum::<f64>();
            (0..4).map(|i| a[i] * row(i)).sum::<f64>()
        };
        let [post, pre] = &gradients;
        let (v, w, c) = (product(post, post), product(pre, pre), product(post, pre));
        for value in [v, w, c] {
            finite("ratio variance", value)?;
        }
        Ok(Self::new(sums.n, ratios, [[v.max(0.0), c], [c, w.max(0.0)]]))
    }

    /// v_Y + θ²v_X − 2θ cov: variance of the adjusted outcome of one unit.
    fn adjusted_variance(&self, theta: f64) -> f64 {
        self.outcome_variance + theta * theta * self.covariate_variance
            - 2.0 * theta * self.covariance
    }
}

/// θ = cov(Y, X)/var(X) over the pooled sums of both arms, in units of Y per X; 0 if X does not
/// vary (Deng et al. 2013, eq. 4).
///
/// Errors as [`Joint::moments`].
pub fn pooled_theta(treated: &Joint<2>, control: &Joint<2>) -> Result<f64> {
    let (_, covariance) = treated.merge(*control).moments()?;
    theta(covariance[0][1], covariance[1][1])
}

/// θ = Σ cov/Σ var over the arms, each about its own mean: for ratios, whose linearisation
/// differs by arm (Deng et al. 2013, appendix B). 0 if X does not vary.
pub fn arms_theta(arms: &PairedArms) -> Result<f64> {
    let PairedArms { treated, control } = arms;
    theta(
        treated.covariance + control.covariance,
        treated.covariate_variance + control.covariate_variance,
    )
}

fn theta(covariance: f64, variance: f64) -> Result<f64> {
    if variance == 0.0 { Ok(0.0) } else { finite("theta", covariance / variance) }
}

impl PairedArms {
    /// Lift of the adjusted outcomes Ȳ − θX̄.
    ///
    /// Absolute: se² is the sum of adjusted variances over n. Relative: Δ over the *unadjusted*
    /// control mean |Ȳ_C|, with se² = (v_YT + θ²v_XT − 2θc_T)/(n_T Ȳ_C²) + (v_YC Ȳ_T²/Ȳ_C² −
    /// 2θc_C Ȳ_T/Ȳ_C + θ²v_XC)/(n_C Ȳ_C²), as gbstats does. (tea-tasting divides by the adjusted
    /// mean: absolute lifts agree, relative ones differ in the third digit.)
    ///
    /// Errors as [`crate::lift::Arms::lift`] does.
    pub fn lift(&self, theta: f64, scale: Scale) -> Result<Lift> {
        finite("theta", theta)?;
        let (t, c) = (&self.treated, &self.control);
        let adjusted = |arm: &Paired| {
            if arm.n < 2 {
                return Err(Error::TooFew { what: "units", have: arm.n, need: 2 });
            }
            let variance = finite("variance", arm.adjusted_variance(theta))? / arm.n as f64;
            if variance > 0.0 { Ok(variance) } else { Err(Error::NoVariance) }
        };
        let (v_t, v_c) = (adjusted(t)?, adjusted(c)?);
        let sum = v_t + v_c;
        let degrees = |share: f64, n: u64| share * share / (n as f64 - 1.0);
        let dof = 1.0 / (degrees(v_t / sum, t.n) + degrees(v_c / sum, c.n));
        let difference = (t.outcome - theta * t.covariate) - (c.outcome - theta * c.covariate);
        let (value, variance) = match scale {
            Scale::Absolute => (difference, sum),
            Scale::Relative if c.outcome == 0.0 => return Err(Error::ZeroBaseline),
            Scale::Relative => {
                let ratio = t.outcome / c.outcome;
                let spread = ratio * ratio * c.outcome_variance
                    - 2.0 * theta * ratio * c.covariance
                    + theta * theta * c.covariate_variance;
                let base = c.outcome * c.outcome;
                (difference / c.outcome.abs(), (v_t + spread / c.n as f64) / base)
            }
        };
        let variance = finite("lift variance", variance)?;
        if variance <= 0.0 {
            return Err(Error::NoVariance);
        }
        let units = t.n.saturating_add(c.n);
        Ok(Lift { value: finite("lift", value)?, variance, dof: finite("dof", dof)?, units })
    }

    /// Share of the variance of the absolute lift that the adjustment takes away, from 0 to 1;
    /// negative if θ was chosen badly.
    ///
    /// Errors if an arm has no variance.
    pub fn variance_reduction(&self, theta: f64) -> Result<f64> {
        let raw = self.lift(0.0, Scale::Absolute)?.variance;
        Ok(1.0 - self.lift(theta, Scale::Absolute)?.variance / raw)
    }
}
