//! Ratios of sums, such as revenue per order or clicks per view, where people are the units.

use super::joint::{Joint, PairCounts};
use super::moments::{Metric, Sample};
use crate::error::{Error, Result, finite};

/// Ratio of the sum of a numerator to the sum of a denominator.
///
/// The randomised unit (person) is also the unit of the sums; events inside a person may depend
/// on each other as they like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio<S = Joint<2>>(
    /// Sums of \[numerator, denominator\] per unit.
    pub S,
);

impl<S> Ratio<S> {
    fn from_moments(n: u64, means: [f64; 2], covariance: [[f64; 2]; 2]) -> Result<Sample> {
        let [numerator, denominator] = means;
        if denominator == 0.0 {
            return Err(Error::ZeroDenominator);
        }
        let value = numerator / denominator;
        let spread =
            covariance[0][0] - 2.0 * value * covariance[0][1] + value * value * covariance[1][1];
        // A ratio that is the same for everybody leaves rounding noise, of either sign.
        let noise = 1e-14 * (covariance[0][0] + value * value * covariance[1][1]);
        let spread = if spread <= noise { 0.0 } else { spread };
        let variance = finite("ratio variance", spread / denominator / denominator)?;
        Ok(Sample { n, mean: finite("ratio", value)?, variance })
    }
}

impl Metric for Ratio<Joint<2>> {
    /// m = ΣM/ΣD, v = v_M/μ_D² + v_D μ_M²/μ_D⁴ − 2 cov μ_M/μ_D³ per unit (delta method; Deng,
    /// Knoblich & Lu 2018, "Applying the delta method in metric analytics", eq. 4).
    ///
    /// Errors as [`Joint::moments`], and with [`Error::ZeroDenominator`].
    fn sample(&self) -> Result<Sample> {
        let (means, covariance) = self.0.moments()?;
        Self::from_moments(self.0.n, means, covariance)
    }
}

impl Metric for Ratio<PairCounts> {
    /// The same where numerator and denominator are yes or no, with the variances of counts.
    ///
    /// Errors as [`PairCounts::moments`], and with [`Error::ZeroDenominator`].
    fn sample(&self) -> Result<Sample> {
        let (means, covariance) = self.0.moments()?;
        Self::from_moments(self.0.n, means, covariance)
    }
}
