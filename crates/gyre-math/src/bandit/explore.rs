//! Probabilities from scores: ways to explore that say how likely each arm was.
//!
//! All take one score per arm, higher is better, in the reward's unit. Ties for the best share
//! alike where the rule allows it, so that nothing depends on the order of the arms.

use crate::bandit::draw;
use crate::error::{Error, Result, all_finite, at_least, finite, not_negative, positive, share};

/// The best arms of `scores`.
fn best(scores: &[f64]) -> Result<(f64, usize)> {
    at_least("arms", scores.len(), 1)?;
    all_finite("scores", scores)?;
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok((top, scores.iter().filter(|s| **s >= top).count()))
}

/// ε-greedy: 1 − ε to the best arm, ε/K to each (Sutton & Barto 2018, §2.2). MABWiser takes
/// ε = .1, Vowpal Wabbit .05.
///
/// Errors if `epsilon` is not in [0, 1] or a score is not finite.
pub fn epsilon_greedy(scores: &[f64], epsilon: f64) -> Result<Vec<f64>> {
    let (top, ties) = best(scores)?;
    let epsilon = share("epsilon", epsilon)?;
    let even = epsilon / scores.len() as f64;
    let greedy = (1.0 - epsilon) / ties as f64;
    Ok(scores.iter().map(|s| if *s >= top { even + greedy } else { even }).collect())
}

/// Softmax: p ∝ exp(score/τ) (Sutton & Barto 2018, §2.8). `temperature` = τ, in the reward's
/// unit.
///
/// Errors if `temperature` is not above zero or a score is not finite.
pub fn softmax(scores: &[f64], temperature: f64) -> Result<Vec<f64>> {
    let (top, _) = best(scores)?;
    let temperature = positive("temperature", temperature)?;
    let weights: Vec<f64> = scores.iter().map(|s| ((s - top) / temperature).exp()).collect();
    let sum: f64 = weights.iter().sum();
    Ok(weights.iter().map(|w| w / sum).collect())
}

/// Inverse gap weighting, SquareCB: p_a = 1/(K + γ(f* − f_a)), the rest to the best arm (Foster
/// & Rakhlin 2020, "Beyond UCB", eq. 4). Ties for the best share its probability.
///
/// γ is in 1/unit of the reward; see [`square_cb_gamma`]. Errors if `gamma` is below zero or a
/// score is not finite.
pub fn inverse_gap(scores: &[f64], gamma: f64) -> Result<Vec<f64>> {
    let (top, ties) = best(scores)?;
    let gamma = not_negative("gamma", gamma)?;
    let count = scores.len() as f64;
    let mut all: Vec<f64> = scores.iter().map(|s| 1.0 / (count + gamma * (top - s))).collect();
    let others: f64 = scores.iter().zip(&all).filter(|(s, _)| **s < top).map(|(_, p)| p).sum();
    for (p, s) in all.iter_mut().zip(scores) {
        if *s >= top {
            *p = (1.0 - others) / ties as f64;
        }
    }
    Ok(all)
}

/// γ = scale·tᵉˣᵖᵒⁿᵉⁿᵗ after `rounds` decisions; Vowpal Wabbit takes scale 10, exponent ½.
///
/// Errors if `scale` or `exponent` is not finite or below zero.
pub fn square_cb_gamma(rounds: u64, scale: f64, exponent: f64) -> Result<f64> {
    let exponent = not_negative("exponent", exponent)?;
    finite("gamma", not_negative("scale", scale)? * (rounds as f64).powf(exponent))
}

/// UCB1 index m + √(2 ln t/n) of each arm from (mean, draws), rewards in [0, 1] (Auer,
/// Cesa-Bianchi & Fischer 2002, figure 1). An arm without draws has an infinite index: play it.
///
/// Errors if there is no arm or a mean is not in [0, 1].
pub fn ucb1(arms: &[(f64, u64)]) -> Result<Vec<f64>> {
    at_least("arms", arms.len(), 1)?;
    let total: f64 = arms.iter().map(|(_, n)| *n as f64).sum();
    arms.iter()
        .map(|(mean, n)| {
            let mean = share("mean", *mean)?;
            if *n == 0 {
                return Ok(f64::INFINITY);
            }
            Ok(mean + (2.0 * total.ln() / *n as f64).sqrt())
        })
        .collect()
}

/// Weights moved onto the simplex where arm i has at least `floors[i]`: p = f + (1 − Σf)w.
///
/// For floors that differ: protected arms, a control. Where the floors add up to 1 or more, each
/// arm gets its part of them. Errors if `weights` is no distribution or a floor is below zero.
pub fn with_floors(weights: &[f64], floors: &[f64]) -> Result<Vec<f64>> {
    draw::check(weights)?;
    crate::error::same_length(weights, floors)?;
    for floor in floors {
        not_negative("floor", *floor)?;
    }
    let sum: f64 = floors.iter().sum();
    if sum >= 1.0 {
        return Ok(floors.iter().map(|f| f / sum).collect());
    }
    Ok(weights.iter().zip(floors).map(|(w, f)| f + (1.0 - sum) * w).collect())
}

/// `wanted` moved towards `now` until no arm's probability changes by more than `limit`.
///
/// All arms move by the same share of their way, so the result stays a distribution. Errors if
/// either is none, or `limit` is not above zero.
pub fn limited_change(now: &[f64], wanted: &[f64], limit: f64) -> Result<Vec<f64>> {
    draw::check(now)?;
    draw::check(wanted)?;
    crate::error::same_length(now, wanted)?;
    let limit = positive("limit", limit)?;
    let widest = now.iter().zip(wanted).map(|(a, b)| (b - a).abs()).fold(0.0, f64::max);
    if widest <= limit {
        return Ok(wanted.to_vec());
    }
    let part = limit / widest;
    Ok(now.iter().zip(wanted).map(|(a, b)| a + part * (b - a)).collect())
}

/// Whether a vector is a distribution in which every arm can be drawn: what a log needs, so that
/// its propensities can be used later.
///
/// Errors: [`Error::NotADistribution`], or [`Error::OutOfRange`] with the smallest probability.
pub fn check_support(probabilities: &[f64], least: f64) -> Result<()> {
    draw::check(probabilities)?;
    let smallest = probabilities.iter().copied().fold(f64::INFINITY, f64::min);
    if smallest >= least && smallest > 0.0 {
        return Ok(());
    }
    Err(Error::OutOfRange { what: "smallest probability", value: smallest, domain: "the floor" })
}
