//! Metrics of an arm, from sums that a query can compute.

use crate::answer::{Node, fields};
use gyre_math::Error;
use gyre_math::Result;
use gyre_math::bandit::reward::Composite;
use gyre_math::drift::interval::wilson;
use gyre_math::experiment::cuped::{self, Paired, PairedArms};
use gyre_math::experiment::joint::{Joint, PairCounts};
use gyre_math::experiment::quantile::{ClusteredQuantile, Quantile};
use gyre_math::experiment::ratio::Ratio;
use gyre_math::lift::{Arms, Lift, Scale};
use gyre_math::moments::{Mean, Metric, Proportion, Sample};
use schemars::JsonSchema;
use serde::Deserialize;

/// Sums of a value per person.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeanSums {
    /// People, including those with value zero.
    pub(crate) n: u64,
    /// Sum of the values.
    pub(crate) sum: f64,
    /// Sum of the squared values.
    pub(crate) sum_squares: f64,
}

impl From<MeanSums> for Mean {
    fn from(MeanSums { n, sum, sum_squares }: MeanSums) -> Self {
        Self { n, sum, sum_squares }
    }
}

/// Counts of a yes or no per person.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    /// People.
    pub(crate) n: u64,
    /// People who said yes.
    pub(crate) successes: u64,
}

impl Counts {
    /// The share, with Wilson's interval.
    pub(crate) fn wilson(self, alpha: f64) -> Result<Node> {
        let counts = Proportion::from(self);
        let value = counts.sample()?.mean;
        Ok(fields! { "value": value, "interval": wilson(&counts, alpha)? })
    }
}

impl From<Counts> for Proportion {
    fn from(Counts { n, successes }: Counts) -> Self {
        Self { n, successes }
    }
}

/// Sums of several values per person and of their products.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JointSums {
    /// People.
    pub(crate) n: u64,
    /// Sum of each value.
    pub(crate) sums: Vec<f64>,
    /// Sum of the product of values i and j in row i, column j; only j ≥ i is read.
    pub(crate) products: Vec<Vec<f64>>,
}

impl JointSums {
    /// As `K` values.
    pub(crate) fn joint<const K: usize>(&self) -> Result<Joint<K>> {
        let wrong = |have: usize| Error::Shape { left: have, right: K };
        let sums = self.sums.clone().try_into().map_err(|all: Vec<f64>| wrong(all.len()))?;
        if self.products.len() != K {
            return Err(wrong(self.products.len()));
        }
        let mut products = [[0.0; K]; K];
        for (row, given) in products.iter_mut().zip(&self.products) {
            *row = given.clone().try_into().map_err(|all: Vec<f64>| wrong(all.len()))?;
        }
        Ok(Joint { n: self.n, sums, products })
    }
}

/// Sums of two values per person.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairSums {
    /// People.
    pub(crate) n: u64,
    /// Sums of the first value (numerator, outcome) and the second (denominator, covariate).
    pub(crate) sums: [f64; 2],
    /// Sums of their squares.
    pub(crate) squares: [f64; 2],
    /// Sum of their products.
    pub(crate) product: f64,
}

impl From<PairSums> for Joint<2> {
    fn from(PairSums { n, sums, squares: [x, y], product }: PairSums) -> Self {
        Self { n, sums, products: [[x, product], [product, y]] }
    }
}

/// Counts of two yes-or-no values per person.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BothCounts {
    /// People.
    pub(crate) n: u64,
    /// People whose first value is yes.
    pub(crate) first: u64,
    /// People whose second value is yes.
    pub(crate) second: u64,
    /// People where both are.
    pub(crate) both: u64,
}

impl From<BothCounts> for PairCounts {
    fn from(BothCounts { n, first, second, both }: BothCounts) -> Self {
        Self { n, first, second, both }
    }
}

/// A quantile with two order statistics around it.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuantileValues {
    /// Values that the quantile is taken of.
    n: u64,
    /// Values that the bounds were computed for; `n` if it is not given.
    n_bounds: Option<u64>,
    /// Which quantile: 0.5 is the median.
    level: f64,
    /// The quantile.
    value: f64,
    /// Order statistic at level − 1.96·√(level(1 − level)/n_bounds).
    low: f64,
    /// Order statistic at level + the same.
    high: f64,
}

impl From<QuantileValues> for Quantile {
    fn from(given: QuantileValues) -> Self {
        let QuantileValues { n, n_bounds, level, value, low, high } = given;
        Self { n, n_bounds: n_bounds.unwrap_or(n), level, value, low, high }
    }
}

/// What is known of a metric in one arm.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ArmMetric {
    /// A value per person: revenue, visits.
    Mean(MeanSums),
    /// A yes or no per person.
    Proportion(Counts),
    /// A sum over a sum, [numerator, denominator] per person: revenue per order.
    Ratio(PairSums),
    /// A ratio of two yes-or-no values per person.
    RatioOfCounts(BothCounts),
    /// A quantile of values that are independent of each other.
    Quantile(QuantileValues),
    /// A quantile of values of which people have several.
    ClusteredQuantile {
        /// The quantile over all values.
        quantile: QuantileValues,
        /// Sums over people of [values at or below the quantile, values].
        below: PairSums,
    },
    /// Several values in one, each with its worth.
    Composite {
        /// Sums of the values, up to six.
        sums: JointSums,
        /// Worth of one of each value.
        weights: Vec<f64>,
    },
    /// Moments that are known already.
    Sample {
        /// People.
        n: u64,
        /// Mean per person.
        mean: f64,
        /// Variance of one person.
        variance: f64,
    },
    /// CUPED: [outcome, covariate from before] per person.
    Cuped(PairSums),
    /// CUPED for yes or no.
    CupedCounts(BothCounts),
    /// CUPED for ratios: [numerator, denominator, numerator before, denominator before].
    CupedRatio(JointSums),
}

impl ArmMetric {
    /// Mean and variance, without CUPED.
    pub(crate) fn sample(&self) -> Result<Sample> {
        match self {
            Self::Mean(sums) => Mean::from(*sums).sample(),
            Self::Proportion(counts) => Proportion::from(*counts).sample(),
            Self::Ratio(sums) => Ratio::<Joint<2>>((*sums).into()).sample(),
            Self::RatioOfCounts(counts) => Ratio::<PairCounts>((*counts).into()).sample(),
            Self::Quantile(values) => Quantile::from(*values).sample(),
            Self::ClusteredQuantile { quantile, below } => {
                ClusteredQuantile { quantile: (*quantile).into(), below: (*below).into() }.sample()
            }
            Self::Composite { sums, weights } => composite(sums, weights),
            Self::Sample { n, mean, variance } => {
                Ok(Sample { n: *n, mean: *mean, variance: *variance })
            }
            Self::Cuped(_) | Self::CupedCounts(_) | Self::CupedRatio(_) => {
                let paired = self.paired()?;
                let (n, mean, variance) = (paired.n, paired.outcome, paired.outcome_variance);
                Ok(Sample { n, mean, variance })
            }
        }
    }

    fn has_covariate(&self) -> bool {
        matches!(self, Self::Cuped(_) | Self::CupedCounts(_) | Self::CupedRatio(_))
    }

    fn paired(&self) -> Result<Paired> {
        match self {
            Self::Cuped(sums) => Paired::from_means(&(*sums).into()),
            Self::CupedCounts(counts) => Paired::from_counts(&(*counts).into()),
            Self::CupedRatio(sums) => Paired::from_ratios(&sums.joint()?),
            _ => Err(Error::TooFew { what: "covariates", have: 0, need: 1 }),
        }
    }
}

fn composite(sums: &JointSums, weights: &[f64]) -> Result<Sample> {
    fn of<const K: usize>(sums: &JointSums, weights: &[f64]) -> Result<Sample> {
        let wrong = Error::Shape { left: weights.len(), right: K };
        let weights = weights.try_into().map_err(|_| wrong)?;
        Composite::<K> { sums: sums.joint()?, weights }.sample()
    }
    match sums.sums.len() {
        1 => of::<1>(sums, weights),
        2 => of::<2>(sums, weights),
        3 => of::<3>(sums, weights),
        4 => of::<4>(sums, weights),
        5 => of::<5>(sums, weights),
        6 => of::<6>(sums, weights),
        other => {
            let domain = "from 1 to 6";
            Err(Error::OutOfRange { what: "number of values", value: other as f64, domain })
        }
    }
}

/// What CUPED did to a lift.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adjusted {
    pub(crate) theta: f64,
    pub(crate) variance_reduction: f64,
}

/// The lift of treated over control; with CUPED if both arms have a covariate, θ as given or as the
/// sums have it.
pub(crate) fn compare(
    treated: &ArmMetric,
    control: &ArmMetric,
    scale: Scale,
    theta: Option<f64>,
) -> Result<(Lift, Option<Adjusted>)> {
    if !(treated.has_covariate() && control.has_covariate()) {
        let arms = Arms { treated: treated.sample()?, control: control.sample()? };
        return Ok((arms.lift(scale)?, None));
    }
    let arms = PairedArms { treated: treated.paired()?, control: control.paired()? };
    let theta = match (theta, treated, control) {
        (Some(theta), ..) => theta,
        (None, ArmMetric::Cuped(t), ArmMetric::Cuped(c)) => {
            cuped::pooled_theta(&(*t).into(), &(*c).into())?
        }
        (None, ArmMetric::CupedCounts(t), ArmMetric::CupedCounts(c)) => {
            let all = PairCounts::from(*t).merge((*c).into());
            let (_, covariance) = all.moments()?;
            let variance = covariance[1][1];
            if variance > 0.0 { covariance[0][1] / variance } else { 0.0 }
        }
        _ => cuped::arms_theta(&arms)?,
    };
    let lift = arms.lift(theta, scale)?;
    let variance_reduction = arms.variance_reduction(theta)?;
    Ok((lift, Some(Adjusted { theta, variance_reduction })))
}
