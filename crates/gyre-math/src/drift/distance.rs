//! Distances between two samples on a line, from weighted points: raw values with weight 1, or the
//! points of a sketch with what they stand for.

use crate::error::{Error, Result, at_least, finite, positive};

/// A sample, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// (value, weight), ascending and distinct.
    points: Vec<(f64, f64)>,
    weight: f64,
}

impl Points {
    /// From (value, weight) pairs in any order; points of the same value are put together. The weights
    /// are counts: their sum is the sample size.
    ///
    /// Errors if there is none, a value is not finite, or a weight not above zero.
    pub fn new(points: &[(f64, f64)]) -> Result<Self> {
        at_least("points", points.len(), 1)?;
        let mut sorted = points.to_vec();
        for (value, weight) in &sorted {
            finite("value", *value)?;
            positive("weight", *weight)?;
        }
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut merged: Vec<(f64, f64)> = Vec::with_capacity(sorted.len());
        for (value, weight) in sorted {
            match merged.last_mut() {
                Some(last) if last.0 >= value => last.1 += weight,
                _ => merged.push((value, weight)),
            }
        }
        let weight = merged.iter().map(|(_, weight)| weight).sum();
        Ok(Self { points: merged, weight: finite("weight", weight)? })
    }

    /// From raw values. Errors as [`Points::new`].
    pub fn of(values: &[f64]) -> Result<Self> {
        Self::new(&values.iter().map(|v| (*v, 1.0)).collect::<Vec<_>>())
    }

    /// The points of both samples.
    ///
    /// Sketches of disjoint rows merge exactly.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let all: Vec<(f64, f64)> = self.points.iter().chain(&other.points).copied().collect();
        let weight = self.weight + other.weight;
        Self::new(&all).unwrap_or(Self { points: all, weight })
    }

    /// Sum of the weights.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Standard deviation, with n (numpy's default).
    pub fn sd(&self) -> f64 {
        let mean = self.points.iter().map(|(v, w)| v * w).sum::<f64>() / self.weight;
        let squares: f64 = self.points.iter().map(|(v, w)| w * (v - mean).powi(2)).sum();
        (squares / self.weight).sqrt()
    }

    /// Walks over the values of both: `act(from, to, F(from), G(from))` for neighbouring values.
    fn walk(&self, other: &Self, mut act: impl FnMut(f64, f64, f64, f64)) {
        let (mut i, mut j) = (0, 0);
        let (mut below, mut other_below) = (0.0, 0.0);
        let mut last: Option<f64> = None;
        loop {
            let next = match (self.points.get(i), other.points.get(j)) {
                (None, None) => break,
                (Some(a), None) => a.0,
                (None, Some(b)) => b.0,
                (Some(a), Some(b)) => a.0.min(b.0),
            };
            if let Some(from) = last {
                act(from, next, below / self.weight, other_below / other.weight);
            }
            while let Some(point) = self.points.get(i).filter(|p| p.0 <= next) {
                below += point.1;
                i += 1;
            }
            while let Some(point) = other.points.get(j).filter(|p| p.0 <= next) {
                other_below += point.1;
                j += 1;
            }
            last = Some(next);
        }
    }
}

/// A Kolmogorov–Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Largest distance of the distribution functions, 0 to 1.
    pub statistic: f64,
    /// Chance of such a distance between samples of the same distribution, in the limit of large
    /// samples.
    pub p_value: f64,
}

/// Two-sample Kolmogorov–Smirnov test (Smirnov 1939): p = 2Σ(−1)^(k − 1) exp(−2k²λ²), λ = D√(nm/(n +
/// m)).
///
/// Too strict for small or rounded samples, too eager for large ones: look at the statistic.
pub fn kolmogorov_smirnov(reference: &Points, current: &Points) -> KolmogorovSmirnov {
    let mut statistic = 0.0_f64;
    reference.walk(current, |_, _, f, g| statistic = statistic.max((f - g).abs()));
    let (n, m) = (reference.weight, current.weight);
    let p_value = kolmogorov_upper(statistic * (n * m / (n + m)).sqrt());
    KolmogorovSmirnov { statistic, p_value }
}

/// Upper tail of Kolmogorov's distribution.
fn kolmogorov_upper(lambda: f64) -> f64 {
    if lambda < 1e-3 {
        return 1.0;
    }
    if lambda < 1.0 {
        // The other form of the theta function, which converges here.
        let scale = std::f64::consts::PI / (8.0_f64.sqrt() * lambda);
        let sum: f64 = (1..=20).map(|k| (-(f64::from(2 * k - 1) * scale).powi(2)).exp()).sum();
        return 1.0 - (2.0 * std::f64::consts::PI).sqrt() / lambda * sum;
    }
    let term = |k: i32| (-2.0 * f64::from(k * k) * lambda * lambda).exp();
    2.0 * (1..=20).map(|k| if k % 2 == 1 { term(k) } else { -term(k) }).sum::<f64>()
}

/// First Wasserstein distance ∫|F − G|, in units of the values (Vallender 1974; scipy's
/// `wasserstein_distance`).
pub fn wasserstein(reference: &Points, current: &Points) -> f64 {
    let mut sum = 0.0;
    reference.walk(current, |from, to, f, g| sum += (to - from) * (f - g).abs());
    sum
}

/// The same over the standard deviation of the reference, as Evidently has it (floor of 1e-3); it
/// alarms at 0.1.
///
/// Errors with [`Error::NoVariance`] if the reference does not vary and the samples differ.
pub fn normalised_wasserstein(reference: &Points, current: &Points) -> Result<f64> {
    let distance = wasserstein(reference, current);
    let sd = reference.sd();
    if sd <= 0.0 && distance > 0.0 {
        return Err(Error::NoVariance);
    }
    Ok(distance / sd.max(1e-3))
}
