//! Quantiles of events, independent or clustered in people.
//!
//! The query gives the quantile and two order statistics around it; the variance follows from
//! their distance.

use super::joint::Joint;
use super::moments::{Metric, Sample};
use super::ratio::Ratio;
use crate::error::{Error, Result, finite};

/// z of the order statistics around the quantile: the two-sided 95 % point of a normal.
pub const Z: f64 = 1.959_963_984_540_054;

/// Variance below which a sample of at least 100 events is not believed (gbstats), in squared
/// units of the value.
const FLOOR: f64 = 1e-5;

/// A quantile of values that are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// Values that the quantile is taken of.
    pub n: u64,
    /// Values that the bounds were computed for; `n` unless the query used a rounded size.
    pub n_bounds: u64,
    /// Which quantile, between 0 and 1: 0.5 is the median.
    pub level: f64,
    /// The quantile.
    pub value: f64,
    /// Order statistic at level ν − z√(ν(1 − ν)/n_bounds), with [`Z`].
    pub low: f64,
    /// Order statistic at level ν + z√(ν(1 − ν)/n_bounds).
    pub high: f64,
}

/// A quantile of values that belong to people, several to each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredQuantile {
    /// The quantile over all values, whoever they belong to.
    pub quantile: Quantile,
    /// Sums over people of \[values at or below the quantile, values\].
    pub below: Joint<2>,
}

impl Quantile {
    /// Checks the fields, and that the bounds lie inside the sample.
    fn check(&self) -> Result<()> {
        if !(self.level > 0.0 && self.level < 1.0) {
            let value = self.level;
            return Err(Error::OutOfRange { what: "level", value, domain: "between 0 and 1" });
        }
        for value in [self.low, self.value, self.high] {
            finite("quantile", value)?;
        }
        if !(self.low <= self.value && self.value <= self.high) {
            return Err(Error::ImpossibleSums);
        }
        let odds = self.level / (1.0 - self.level);
        let need = Z * Z * odds.max(1.0 / odds);
        if self.n as f64 <= need || self.n_bounds as f64 <= need {
            let need = need as u64 + 1;
            return Err(Error::TooFew { what: "values", have: self.n.min(self.n_bounds), need });
        }
        if self.low < self.high { Ok(()) } else { Err(Error::NoVariance) }
    }
}

impl Metric for Quantile {
    /// v = (n*/n)(n − 1)((U − L)/(2z))² per value, not below 1e-5 from 100 values on (gbstats,
    /// class QuantileStatistic; the interval is David & Nagaraja 2003, Order Statistics, §7.1).
    ///
    /// Errors with [`Error::TooFew`] up to z² max(ν/(1 − ν), (1 − ν)/ν) values, where a bound
    /// would lie outside the sample, and with [`Error::NoVariance`] if the bounds coincide.
    fn sample(&self) -> Result<Sample> {
        self.check()?;
        let (n, bounds) = (self.n as f64, self.n_bounds as f64);
        let half = (self.high - self.low) / (2.0 * Z);
        let variance = bounds / n * (n - 1.0) * half * half;
        let variance = if self.n >= 100 { variance.max(FLOOR) } else { variance };
        Ok(Sample { n: self.n, mean: self.value, variance: finite("variance", variance)? })
    }
}

impl Metric for ClusteredQuantile {
    /// Per person: v = v_p/f², where v_p is the delta-method variance of the share of values at
    /// or below the quantile and f = 2z√(ν(1 − ν)/n)/(U − L) the density there (Deng, Knoblich &
    /// Lu 2018, "Applying the delta method in metric analytics", §4).
    ///
    /// `n` of the sample is the number of people. Errors as [`Quantile`] and
    /// [`Ratio`] do.
    fn sample(&self) -> Result<Sample> {
        self.quantile.check()?;
        let share = Ratio(self.below).sample()?;
        let Quantile { n_bounds, level, value, low, high, .. } = self.quantile;
        let density = 2.0 * Z * (level * (1.0 - level) / n_bounds as f64).sqrt() / (high - low);
        // The factor makes one value per person the same as independent values.
        let n = self.quantile.n as f64;
        let variance = share.variance / density / density * (n - 1.0) / n;
        Ok(Sample { n: share.n, mean: value, variance: finite("variance", variance)? })
    }
}
