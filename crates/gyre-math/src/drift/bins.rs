//! Counts per bin or category, and what differs between two of them.

use crate::error::{Error, Result, all_finite, at_least, not_negative, same_length};
use crate::tail;

/// How empty bins are filled before logarithms are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Zeros {
    /// As Evidently: with 1e-4, or with a millionth of the smallest share above zero if that is at most
    /// 1e-4. The shares then sum to a little more than one.
    Evidently,
    /// With this share, above 0.
    Share(
        /// The share.
        f64,
    ),
}

/// Edges of equal width over both samples, ⌈log₂ n + 1⌉ bins (Sturges 1926; numpy's "sturges", which
/// Evidently takes for columns with more than 20 values).
///
/// Errors if there is no value, or one is not finite.
pub fn sturges_edges(reference: &[f64], current: &[f64]) -> Result<Vec<f64>> {
    all_finite("values", reference)?;
    all_finite("values", current)?;
    let n = reference.len() + current.len();
    at_least("values", n, 1)?;
    let both = || reference.iter().chain(current).copied();
    let (low, high) =
        (both().fold(f64::INFINITY, f64::min), both().fold(f64::NEG_INFINITY, f64::max));
    // Without a spread numpy takes half a unit to either side.
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    let bins = ((n as f64).log2() + 1.0).ceil().max(1.0);
    let mut edges: Vec<f64> =
        (0..bins as usize).map(|i| low + (high - low) * i as f64 / bins).collect();
    edges.push(high);
    Ok(edges)
}

/// Edges at quantiles of the reference (10 for deciles; type 7 of Hyndman & Fan 1996), duplicates
/// dropped, open at both ends.
///
/// Errors if there is no value, one is not finite, or there are fewer than two bins.
pub fn quantile_edges(reference: &[f64], bins: usize) -> Result<Vec<f64>> {
    at_least("values", reference.len(), 1)?;
    at_least("bins", bins, 2)?;
    all_finite("values", reference)?;
    let mut sorted = reference.to_vec();
    sorted.sort_by(f64::total_cmp);
    let inner = (1..bins)
        .map(|i| crate::off_policy::uncertainty::quantile(&sorted, i as f64 / bins as f64));
    let mut edges = vec![f64::NEG_INFINITY];
    edges.extend(inner);
    edges.dedup();
    edges.push(f64::INFINITY);
    Ok(edges)
}

/// Counts of values per bin [edge, next edge), the last one closed (numpy's histogram). Values outside
/// are not counted.
///
/// Errors if the edges do not ascend, or a value is NaN.
pub fn counts(values: &[f64], edges: &[f64]) -> Result<Vec<f64>> {
    at_least("edges", edges.len(), 2)?;
    if let Some(pair) =
        edges.windows(2).find(|pair| pair[0].is_nan() || pair[0] >= pair[1] || pair[1].is_nan())
    {
        return Err(Error::OutOfRange { what: "edge", value: pair[1], domain: "ascending" });
    }
    let mut counts = vec![0.0; edges.len() - 1];
    let last = edges.len() - 1;
    for value in values {
        if value.is_nan() {
            return Err(Error::NotFinite { what: "value" });
        }
        if *value < edges[0] || *value > edges[last] {
            continue;
        }
        let bin = edges.partition_point(|edge| edge <= value).saturating_sub(1);
        counts[bin.min(last - 1)] += 1.0;
    }
    Ok(counts)
}

/// Shares of counts.
fn shares(counts: &[f64]) -> Result<Vec<f64>> {
    for count in counts {
        not_negative("count", *count)?;
    }
    let whole: f64 = counts.iter().sum();
    if whole > 0.0 && whole.is_finite() {
        return Ok(counts.iter().map(|c| c / whole).collect());
    }
    Err(Error::TooFew { what: "values", have: 0, need: 1 })
}

fn filled(mut shares: Vec<f64>, zeros: Zeros) -> Result<Vec<f64>> {
    let fill = match zeros {
        Zeros::Share(share) => crate::error::positive("share of empty bins", share)?,
        Zeros::Evidently => {
            let least = shares.iter().copied().filter(|p| *p > 0.0).fold(f64::INFINITY, f64::min);
            if least <= 1e-4 { least / 1e6 } else { 1e-4 }
        }
    };
    for share in shares.iter_mut().filter(|share| **share <= 0.0) {
        *share = fill;
    }
    Ok(shares)
}

/// Population stability index Σ(p − q) ln(p/q) of two rows of counts over the same bins or categories
/// (Lewis 1994; symmetric Kullback–Leibler divergence of Jeffreys 1946). Evidently alarms at 0.1; the
/// rule of thumb is .1 and .25.
///
/// Errors if the lengths differ, a count is below zero, or one row is empty.
pub fn psi(reference: &[f64], current: &[f64], zeros: Zeros) -> Result<f64> {
    same_length(reference, current)?;
    let (p, q) = (filled(shares(reference)?, zeros)?, filled(shares(current)?, zeros)?);
    Ok(p.iter().zip(&q).map(|(p, q)| (q - p) * (q / p).ln()).sum())
}

/// PSI with what sampling alone would do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampledPsi {
    /// PSI over the bins that either sample fills.
    pub value: f64,
    /// Mean of PSI without any drift, (B − 1)(1/n + 1/m).
    pub expected: f64,
    /// Value that PSI without drift exceeds with probability α.
    pub critical: f64,
    /// Chance of such a PSI without drift.
    pub p_value: f64,
}

/// PSI against its sampling distribution: without drift PSI/(1/n + 1/m) is near χ² with B − 1 degrees
/// of freedom (Yurdakul & Naranjo 2020, "Statistical properties of the population stability index").
///
/// Counts must be of independent rows, some five or more per bin. Errors as [`psi`], or if fewer than two
/// bins are filled or `alpha` is out of range.
pub fn sampled_psi(
    reference: &[f64],
    current: &[f64],
    zeros: Zeros,
    alpha: f64,
) -> Result<SampledPsi> {
    let alpha = crate::error::error_rate(alpha)?;
    same_length(reference, current)?;
    let keep = |all: &[f64]| -> Vec<f64> {
        let pairs = all.iter().enumerate().filter(|(i, _)| reference[*i] + current[*i] > 0.0);
        pairs.map(|(_, count)| *count).collect()
    };
    let (reference, current) = (keep(reference), keep(current));
    at_least("filled bins", reference.len(), 2)?;
    let value = psi(&reference, &current, zeros)?;
    let scale = 1.0 / reference.iter().sum::<f64>() + 1.0 / current.iter().sum::<f64>();
    let dof = reference.len() as f64 - 1.0;
    let p_value = tail::chi_square_upper(value / scale, dof)?;
    let critical = scale * chi_square_quantile_upper(alpha, dof)?;
    Ok(SampledPsi { value, expected: dof * scale, critical, p_value })
}

/// x with P(χ² > x) = `p`, by bisection.
fn chi_square_quantile_upper(p: f64, dof: f64) -> Result<f64> {
    let (mut low, mut high) = (0.0, dof.max(1.0));
    while tail::chi_square_upper(high, dof)? > p {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if tail::chi_square_upper(middle, dof)? > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}

/// Jensen–Shannon distance, the root of ½KL(p‖m) + ½KL(q‖m) with m = (p + q)/2, in nats; 0 to √ln 2
/// (Lin 1991; scipy's `jensenshannon` with base e).
///
/// Errors as [`psi`].
pub fn jensen_shannon(reference: &[f64], current: &[f64]) -> Result<f64> {
    same_length(reference, current)?;
    let (p, q) = (shares(reference)?, shares(current)?);
    let part = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    let sum: f64 = p
        .iter()
        .zip(&q)
        .map(|(p, q)| {
            let m = 0.5 * (p + q);
            part(*p, m) + part(*q, m)
        })
        .sum();
    Ok((0.5 * sum).max(0.0).sqrt())
}

/// A χ² test of two rows of counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// Σ(o − e)²/e over both rows.
    pub statistic: f64,
    /// Filled categories less one.
    pub dof: u32,
    /// Chance of such a statistic if both rows come from the same distribution.
    pub p_value: f64,
}

/// Pearson's χ² test of homogeneity (Pearson 1900), without continuity correction; categories that are
/// empty in both rows are left out.
///
/// Errors as [`psi`], or if fewer than two categories are filled.
pub fn chi_square(reference: &[f64], current: &[f64]) -> Result<ChiSquare> {
    same_length(reference, current)?;
    shares(reference)?;
    shares(current)?;
    let (n, m): (f64, f64) = (reference.iter().sum(), current.iter().sum());
    let (mut statistic, mut filled) = (0.0, 0_u32);
    for (o, p) in reference.iter().zip(current).filter(|(o, p)| *o + *p > 0.0) {
        filled += 1;
        for (seen, size) in [(o, n), (p, m)] {
            let expected = (o + p) * size / (n + m);
            statistic += (seen - expected).powi(2) / expected;
        }
    }
    at_least("filled categories", filled as usize, 2)?;
    let p_value = tail::chi_square_upper(statistic, f64::from(filled - 1))?;
    Ok(ChiSquare { statistic, dof: filled - 1, p_value })
}
