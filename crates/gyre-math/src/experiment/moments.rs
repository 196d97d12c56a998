//! Partial sums of a metric, and what they say about one arm.
//!
//! The types hold only sums, so that a query engine can compute them per partition and the
//! parts can be merged in any order.

use crate::error::{Error, Result, finite};

/// Sums of a per-unit value: revenue, visits, days.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mean {
    /// Units (people), including those with value zero.
    pub n: u64,
    /// Sum of the values.
    pub sum: f64,
    /// Sum of the squared values.
    pub sum_squares: f64,
}

/// Counts of a per-unit yes or no: did the person convert?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proportion {
    /// Units (people).
    pub n: u64,
    /// Units that said yes; at most `n`.
    pub successes: u64,
}

/// What one arm's sums say: size, mean, and variance of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Units, at least 1.
    pub n: u64,
    /// Mean per unit, in the metric's unit.
    pub mean: f64,
    /// Variance of one unit (not of the mean), squared unit; zero or above.
    pub variance: f64,
}

/// A metric whose sums give a mean and a per-unit variance.
pub trait Metric {
    /// Mean and per-unit variance of the sums.
    ///
    /// Errors if there are too few units or the sums contradict each other.
    fn sample(&self) -> Result<Sample>;
}

impl Mean {
    /// Sums of two disjoint sets of units.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            sum: self.sum + other.sum,
            sum_squares: self.sum_squares + other.sum_squares,
        }
    }
}

impl Proportion {
    /// Counts of two disjoint sets of units.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            successes: self.successes.saturating_add(other.successes),
        }
    }

    /// Checks that no more units succeeded than there are.
    pub(crate) fn check(&self) -> Result<()> {
        if self.successes <= self.n {
            return Ok(());
        }
        let value = self.successes as f64;
        Err(Error::OutOfRange { what: "successes", value, domain: "at most n" })
    }
}

/// Share of the sum of squares below which a centred sum is rounding noise. A metric whose
/// standard deviation is under 3e-7 of its mean must be shifted before it is summed.
const ROUNDING: f64 = 1e-13;

impl Metric for Mean {
    /// m = S/n, v = (SS − S²/n)/(n − 1): the unbiased sample variance.
    ///
    /// Needs two units. A spread within rounding noise of the sums counts as zero; a negative
    /// one beyond it is [`Error::ImpossibleSums`].
    fn sample(&self) -> Result<Sample> {
        if self.n < 2 {
            return Err(Error::TooFew { what: "units", have: self.n, need: 2 });
        }
        let n = self.n as f64;
        let mean = finite("sum", self.sum)? / n;
        let centred =
            finite("squared sum", finite("sum of squares", self.sum_squares)? - self.sum * mean)?;
        let noise = ROUNDING * self.sum_squares.abs();
        if centred < -noise {
            return Err(Error::ImpossibleSums);
        }
        let variance = if centred <= noise { 0.0 } else { centred / (n - 1.0) };
        Ok(Sample { n: self.n, mean, variance })
    }
}

impl Metric for Proportion {
    /// m = s/n, v = m(1 − m), without the n − 1: the maximum-likelihood variance that
    /// GrowthBook's gbstats uses.
    ///
    /// Needs one unit.
    fn sample(&self) -> Result<Sample> {
        self.check()?;
        if self.n == 0 {
            return Err(Error::TooFew { what: "units", have: 0, need: 1 });
        }
        let mean = self.successes as f64 / self.n as f64;
        Ok(Sample { n: self.n, mean, variance: mean * (1.0 - mean) })
    }
}
