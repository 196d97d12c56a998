//! Shapley values: credit by what a channel adds to every set of others.

use super::{Path, check};
use crate::error::{Error, Result, at_least};
use std::collections::BTreeMap;

/// Most channels of the exact form: it visits all 2ⁿ sets.
pub const EXACT_CHANNELS: usize = 20;

/// Distinct channels of a path, in order.
fn set(path: &Path) -> Vec<u32> {
    let mut set = path.channels.clone();
    set.sort_unstable();
    set.dedup();
    set
}

/// Credits where a set of channels is worth the conversions of paths that touch no other: then the
/// Shapley value of c is Σ conversions(S)/|S| over the sets S ∋ c that occur (Zhao, Mahboobi & Bagheri
/// 2018, "Shapley value methods for attribution modeling in online advertising", simplified method).
///
/// Needs no nulls and any number of channels. Errors if a path is empty, a channel out of range, a
/// number below zero, or nothing converted.
pub fn simplified(paths: &[Path], channels: usize) -> Result<Vec<f64>> {
    check(paths, channels)?;
    let mut credits = vec![0.0; channels];
    for path in paths.iter().filter(|path| path.conversions > 0.0) {
        let set = set(path);
        for &channel in &set {
            credits[channel as usize] += path.conversions / set.len() as f64;
        }
    }
    Ok(credits)
}

/// Credits where a set of channels is worth the conversion *rate* of paths that touch no other, so
/// that channels which many paths share without converting are worth less. Exact over all sets; credits
/// are scaled to sum to the conversions.
///
/// A credit is negative where a channel makes the rate of its sets lower. Errors as [`simplified`], if
/// more than [`EXACT_CHANNELS`] channels occur, or if the credits cannot be scaled.
pub fn exact_rate(paths: &[Path], channels: usize) -> Result<Vec<f64>> {
    let total = check(paths, channels)?;
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    for path in paths {
        for channel in set(path) {
            let next = places.len();
            places.entry(channel).or_insert(next);
        }
    }
    let n = places.len();
    if n > EXACT_CHANNELS {
        let domain = "at most 20; use the simplified form";
        return Err(Error::OutOfRange { what: "channels", value: n as f64, domain });
    }
    let mut converted = vec![0.0; 1 << n];
    let mut all = vec![0.0; 1 << n];
    for path in paths {
        let index = set(path).iter().fold(0_usize, |bits, channel| bits | 1 << places[channel]);
        converted[index] += path.conversions;
        all[index] += path.conversions + path.nulls;
    }
    // Sums over subsets, one channel at a time.
    for bit in 0..n {
        for index in (0..1 << n).filter(|index| index >> bit & 1 == 1) {
            converted[index] += converted[index ^ 1 << bit];
            all[index] += all[index ^ 1 << bit];
        }
    }
    let worth: Vec<f64> =
        converted.iter().zip(&all).map(|(c, a)| if *a > 0.0 { c / a } else { 0.0 }).collect();
    let values = exact(&worth)?;
    let sum: f64 = values.iter().sum();
    if sum.is_nan() || sum <= 0.0 {
        return Err(Error::NoVariance);
    }
    let mut credits = vec![0.0; channels];
    for (channel, place) in places {
        credits[channel as usize] = values[place] / sum * total;
    }
    Ok(credits)
}

/// Shapley value of each of n players from the worth of all 2ⁿ sets, bit i of the index being player
/// i: Σ_S |S|!(n − |S| − 1)!/n! (v(S ∪ i) − v(S)) (Shapley 1953). They sum to the worth of all less that
/// of none.
///
/// Errors if the number of sets is no power of two from 2 to 2²⁰, or a worth is not finite.
pub fn exact(worth: &[f64]) -> Result<Vec<f64>> {
    at_least("sets", worth.len(), 2)?;
    let n = worth.len().trailing_zeros() as usize;
    if worth.len() != 1 << n || n > EXACT_CHANNELS {
        let (value, domain) = (worth.len() as f64, "2^n, n up to 20");
        return Err(Error::OutOfRange { what: "number of sets", value, domain });
    }
    crate::error::all_finite("worth", worth)?;
    // |S|!(n − |S| − 1)!/n! = 1/(n · (n − 1 choose |S|)).
    let mut weights = vec![1.0 / n as f64; n];
    for size in 1..n {
        weights[size] = weights[size - 1] * size as f64 / (n - size) as f64;
    }
    let mut values = vec![0.0; n];
    for (index, here) in worth.iter().enumerate() {
        let size = index.count_ones() as usize;
        for (player, value) in values.iter_mut().enumerate() {
            if index >> player & 1 == 0 {
                *value += weights[size] * (worth[index | 1 << player] - here);
            }
        }
    }
    Ok(values)
}
