//! Draws from a probability vector, with the randomness handed in.

use crate::error::{Error, Result};

/// Distance from one at which a sum of probabilities still counts as rounding.
const TOLERANCE: f64 = 1e-9;

/// Checks that probabilities are finite, not negative, and sum to 1 within 1e-9.
///
/// Errors: [`Error::NotADistribution`], also for an empty slice.
pub fn check(probabilities: &[f64]) -> Result<()> {
    let sum: f64 = probabilities.iter().sum();
    let sound = probabilities.iter().all(|p| *p >= 0.0) && (sum - 1.0).abs() <= TOLERANCE;
    if sound { Ok(()) } else { Err(Error::NotADistribution { sum }) }
}

/// Index drawn by inverting the cumulative probabilities at `uniform`, in [0, 1).
///
/// The same inputs give the same index on every machine. The index always has a probability
/// above zero: what rounding leaves over at the end goes to the last such index.
///
/// Errors if `probabilities` is no distribution or `uniform` is out of range.
pub fn pick(probabilities: &[f64], uniform: f64) -> Result<usize> {
    check(probabilities)?;
    if !(0.0..1.0).contains(&uniform) {
        return Err(Error::OutOfRange { what: "uniform", value: uniform, domain: "in [0, 1)" });
    }
    let mut cumulative = 0.0;
    let mut last = 0;
    for (index, &p) in probabilities.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        cumulative += p;
        last = index;
        if uniform < cumulative {
            break;
        }
    }
    Ok(last)
}

/// Uniform number in [0, 1) from the top 53 bits of a hash: every value is a multiple of 2⁻⁵³
/// and exact.
///
/// The hash must already be well mixed (xxh3, say) over the key of the draw: who, what, when.
pub fn uniform(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}
