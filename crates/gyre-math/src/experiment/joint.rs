//! Partial sums of several values of one unit, with their products.
//!
//! They carry covariances, so ratios, CUPED and composite rewards can be computed from them,
//! and they merge exactly as the sums of [`crate::moments`] do.

use super::moments::{Mean, Metric};
use crate::error::{Error, Result, finite};

/// Sums of `K` values per unit and of their products.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint<const K: usize> {
    /// Units (people), including those whose values are zero.
    pub n: u64,
    /// Sum of each value.
    pub sums: [f64; K],
    /// Sum of the product of values i and j in row i, column j. Only j ≥ i is read.
    pub products: [[f64; K]; K],
}

impl<const K: usize> Default for Joint<K> {
    fn default() -> Self {
        Self { n: 0, sums: [0.0; K], products: [[0.0; K]; K] }
    }
}

impl<const K: usize> Joint<K> {
    /// The sums of one unit with these values.
    #[must_use]
    pub fn of(values: [f64; K]) -> Self {
        Self { n: 1, sums: values, products: values.map(|v| values.map(|w| v * w)) }
    }

    /// Sums of two disjoint sets of units.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.n = self.n.saturating_add(other.n);
        for i in 0..K {
            self.sums[i] += other.sums[i];
            for j in 0..K {
                self.products[i][j] += other.products[i][j];
            }
        }
        self
    }

    /// The sums of value `index` alone, which is below `K`.
    pub fn value(&self, index: usize) -> Mean {
        Mean { n: self.n, sum: self.sums[index], sum_squares: self.products[index][index] }
    }

    /// Means and the unbiased covariance matrix of one unit, (Σxy − ΣxΣy/n)/(n − 1).
    ///
    /// Needs two units. Errors as [`Metric::sample`] does, and with [`Error::ImpossibleSums`] if
    /// a covariance is larger than the variances allow.
    pub fn moments(&self) -> Result<([f64; K], [[f64; K]; K])> {
        let (mut means, mut covariance) = ([0.0; K], [[0.0; K]; K]);
        for i in 0..K {
            let sample = self.value(i).sample()?;
            (means[i], covariance[i][i]) = (sample.mean, sample.variance);
        }
        for i in 0..K {
            for j in i + 1..K {
                let centred = self.products[i][j] - self.sums[i] * means[j];
                let value = finite("sum of products", centred)? / (self.n as f64 - 1.0);
                let most = (covariance[i][i] * covariance[j][j]).sqrt();
                let noise = 1e-12 * (self.products[i][i] * self.products[j][j]).sqrt();
                if value.abs() > most * (1.0 + 1e-9) + noise {
                    return Err(Error::ImpossibleSums);
                }
                // Rounding noise is no covariance: a constant has none with anything.
                let value = value.clamp(-most, most);
                (covariance[i][j], covariance[j][i]) = (value, value);
            }
        }
        Ok((means, covariance))
    }
}

/// Counts of two yes-or-no values of one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// Units (people).
    pub n: u64,
    /// Units whose first value is yes.
    pub first: u64,
    /// Units whose second value is yes.
    pub second: u64,
    /// Units where both are yes.
    pub both: u64,
}

impl PairCounts {
    /// Counts of two disjoint sets of units.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            first: self.first.saturating_add(other.first),
            second: self.second.saturating_add(other.second),
            both: self.both.saturating_add(other.both),
        }
    }

    /// Means and covariance matrix, m(1 − m) and Σxy/n − ΣxΣy/n²: without the n − 1, as for
    /// [`crate::moments::Proportion`].
    ///
    /// Errors if there is no unit or the counts contradict each other.
    pub fn moments(&self) -> Result<([f64; 2], [[f64; 2]; 2])> {
        if self.n == 0 {
            return Err(Error::TooFew { what: "units", have: 0, need: 1 });
        }
        let (less, more) = (self.first.min(self.second), self.first.max(self.second));
        // At least this many must be in both, if everybody is to have a place.
        let least = (self.first + self.second).saturating_sub(self.n);
        if more > self.n || self.both > less || self.both < least {
            return Err(Error::ImpossibleSums);
        }
        let n = self.n as f64;
        let (x, y) = (self.first as f64 / n, self.second as f64 / n);
        let covariance = self.both as f64 / n - x * y;
        Ok(([x, y], [[x * (1.0 - x), covariance], [covariance, y * (1.0 - y)]]))
    }
}
