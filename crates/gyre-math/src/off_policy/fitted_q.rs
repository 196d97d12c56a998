//! Fitted Q evaluation: the value of a policy from single steps, by regression.

use crate::error::{Error, Result, all_finite, at_least, finite, not_negative, same_length, share};
use crate::matrix::Square;

/// One step, described by features φ(s, a). A table is features that are 1 for one state and
/// action and 0 elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// φ(s, a) of the action taken.
    pub features: Vec<f64>,
    /// Reward that followed.
    pub reward: f64,
    /// Σ_a π_e(a|s′) φ(s′, a) at the *next* state; all zero if the trajectory ended.
    pub next: Vec<f64>,
}

/// A linear action-value function.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    weights: Vec<f64>,
    /// Largest change of a weight in the last round, in units of reward.
    pub last_change: f64,
}

/// Fits Q of the policy behind `next` by `rounds` regressions of r + γ Q(s′, π) on φ (Le, Voloshin
/// & Yue 2019, "Batch policy learning under constraints", algorithm 3).
///
/// As many rounds as there are steps to go give the value over that horizon; many rounds with γ < 1
/// that of going on for ever, if `last_change` has become small. `ridge` > 0 where features repeat
/// each other. Errors if there is no step, lengths differ, a number is not finite, γ is not in
/// [0, 1], the regression is singular, or it diverges.
pub fn fit(steps: &[Transition], gamma: f64, ridge: f64, rounds: u32) -> Result<Values> {
    at_least("steps", steps.len(), 1)?;
    let (gamma, ridge) = (share("gamma", gamma)?, not_negative("ridge", ridge)?);
    let width = steps[0].features.len();
    at_least("features", width, 1)?;
    let mut gram = Square::diagonal(width, ridge);
    let mut ahead = Square::diagonal(width, 0.0);
    let mut rewards = vec![0.0; width];
    for step in steps {
        same_length(&step.features, &steps[0].features)?;
        same_length(&step.next, &steps[0].features)?;
        all_finite("features", &step.features)?;
        all_finite("features", &step.next)?;
        finite("reward", step.reward)?;
        // Features are mostly zero where they are a table.
        for (i, x) in step.features.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            rewards[i] += x * step.reward;
            for j in 0..width {
                gram.add(i, j, x * step.features[j]);
                ahead.add(i, j, x * step.next[j]);
            }
        }
    }
    let solver = gram.cholesky("gram matrix")?;
    // θ ← A⁻¹(Σφr + γ Σφφ′ᵀ θ): two small matrices do for all rounds.
    let start = solver.solve(&rewards);
    let mut turn = Square::diagonal(width, 0.0);
    for column in 0..width {
        let moved: Vec<f64> = (0..width).map(|row| ahead.at(row, column)).collect();
        for (row, value) in solver.solve(&moved).into_iter().enumerate() {
            turn.add(row, column, gamma * value);
        }
    }
    let mut weights = vec![0.0; width];
    let mut last_change = f64::INFINITY;
    for _ in 0..rounds {
        let next: Vec<f64> =
            start.iter().zip(turn.times(&weights)).map(|(base, more)| base + more).collect();
        last_change = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        weights = next;
        if !weights.iter().all(|w| w.is_finite()) {
            return Err(Error::NoConvergence { what: "fitted q" });
        }
    }
    Ok(Values { weights, last_change })
}

impl Values {
    /// θ, in units of reward per unit of each feature.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Q at features φ(s, a), or V at Σ_a π_e φ(s, a): the mean over first states is the value of
    /// the policy.
    ///
    /// Errors if their number differs.
    pub fn at(&self, features: &[f64]) -> Result<f64> {
        same_length(features, &self.weights)?;
        finite("value", self.weights.iter().zip(features).map(|(w, x)| w * x).sum())
    }
}
