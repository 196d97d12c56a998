//! Several goals in one reward.

use crate::error::{Error, Result, all_finite, finite};
use crate::experiment::joint::Joint;
use crate::moments::{Metric, Sample};

/// A weighted sum of values of one unit, from their joint sums.
///
/// The spread takes account of how the values go together, which adding up their variances would
/// not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composite<const K: usize> {
    /// Sums of the values.
    pub sums: Joint<K>,
    /// What one of each value is worth, in the unit of the reward.
    pub weights: [f64; K],
}

/// What a customer contact brings, in money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// Cost of one contact.
    pub contact: f64,
    /// Expected margin lost when a person leaves or unsubscribes: their remaining lifetime value.
    pub churn: f64,
}

impl Prices {
    /// Margin − contact cost − churn cost from sums per person of \[margin, contacts, churned\].
    pub fn reward(self, sums: Joint<3>) -> Composite<3> {
        Composite { sums, weights: [1.0, -self.contact, -self.churn] }
    }
}

impl<const K: usize> Metric for Composite<K> {
    /// m = wᵀμ, v = wᵀΣw.
    ///
    /// Errors as [`Joint::moments`], or if a weight is not finite.
    fn sample(&self) -> Result<Sample> {
        all_finite("weights", &self.weights)?;
        if K == 0 {
            return Err(Error::TooFew { what: "values", have: 0, need: 1 });
        }
        let (means, covariance) = self.sums.moments()?;
        let w = &self.weights;
        let mean: f64 = means.iter().zip(w).map(|(m, w)| m * w).sum();
        let mut variance = 0.0;
        let mut scale = 0.0;
        for i in 0..K {
            for j in 0..K {
                variance += w[i] * w[j] * covariance[i][j];
            }
            scale += w[i] * w[i] * covariance[i][i];
        }
        // Values that cancel leave rounding noise.
        let variance = if variance <= 1e-14 * scale { 0.0 } else { variance };
        Ok(Sample {
            n: self.sums.n,
            mean: finite("reward", mean)?,
            variance: finite("variance", variance)?,
        })
    }
}
