//! The log, and how far it supports another policy.

use crate::bandit::draw;
use crate::error::{Error, Result, all_finite, at_least, same_length};

/// Decisions in the log, one entry of each slice per decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged<'a> {
    /// What came of it, in the reward's unit. Rows whose time has not passed must be left out.
    pub rewards: &'a [f64],
    /// Probability with which the logged action was chosen, above 0: that of the action *delivered*.
    pub logging: &'a [f64],
    /// Probability with which the policy in question chooses the logged action.
    pub evaluation: &'a [f64],
}

/// A log with a model of the reward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Modelled<'a> {
    /// The log.
    pub logged: Logged<'a>,
    /// Predicted reward of the logged action, q̂(x, a).
    pub predicted: &'a [f64],
    /// Predicted value of the policy in question, Σ_a π_e(a|x) q̂(x, a).
    pub baseline: &'a [f64],
}

impl Logged<'_> {
    /// w = π_e/π_b of each decision (Horvitz & Thompson 1952).
    ///
    /// Errors if lengths differ, there is no decision, a logging probability is not in (0, 1], an
    /// evaluation probability not in [0, 1], or a reward not finite.
    pub fn weights(&self) -> Result<Vec<f64>> {
        same_length(self.rewards, self.logging)?;
        same_length(self.rewards, self.evaluation)?;
        at_least("decisions", self.rewards.len(), 1)?;
        all_finite("rewards", self.rewards)?;
        self.logging
            .iter()
            .zip(self.evaluation)
            .map(|(&logging, &evaluation)| {
                if !(logging > 0.0 && logging <= 1.0) {
                    let (what, domain) = ("logging probability", "above 0, at most 1");
                    return Err(Error::OutOfRange { what, value: logging, domain });
                }
                crate::error::share("evaluation probability", evaluation)?;
                let weight = evaluation / logging;
                crate::error::finite("weight", weight)
            })
            .collect()
    }
}

impl Modelled<'_> {
    /// Checks the predictions.
    pub(crate) fn check(&self) -> Result<()> {
        same_length(self.logged.rewards, self.predicted)?;
        same_length(self.logged.rewards, self.baseline)?;
        all_finite("predictions", self.predicted)?;
        all_finite("predictions", self.baseline)
    }
}

/// The parts of [`Modelled`] that come from whole rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// π_e of the logged actions.
    pub evaluation: Vec<f64>,
    /// q̂ of the logged actions.
    pub predicted: Vec<f64>,
    /// Σ_a π_e q̂ per decision.
    pub baseline: Vec<f64>,
}

/// Picks out of `policy[i][a]` = π_e(a|x_i) and `model[i][a]` = q̂(x_i, a) what belongs to the
/// logged `actions`.
///
/// Errors if shapes differ, an action is out of range, or a row of the policy is no distribution.
pub fn choose(actions: &[usize], policy: &[Vec<f64>], model: &[Vec<f64>]) -> Result<Chosen> {
    same_length(actions, policy)?;
    same_length(actions, model)?;
    let n = actions.len();
    let mut chosen = Chosen {
        evaluation: Vec::with_capacity(n),
        predicted: Vec::with_capacity(n),
        baseline: Vec::with_capacity(n),
    };
    for ((&action, policy), model) in actions.iter().zip(policy).zip(model) {
        same_length(policy, model)?;
        draw::check(policy)?;
        all_finite("predictions", model)?;
        let Some(&probability) = policy.get(action) else {
            let value = action as f64;
            return Err(Error::OutOfRange { what: "action", value, domain: "below arms" });
        };
        chosen.evaluation.push(probability);
        chosen.predicted.push(model[action]);
        chosen.baseline.push(policy.iter().zip(model).map(|(p, q)| p * q).sum());
    }
    Ok(chosen)
}

/// Share of the policy's choices that the log could never have made: mean of π_e over actions with
/// π_b = 0, from 0 to 1. No estimator can tell what they would have earned.
///
/// Errors if shapes differ or a row is no distribution.
pub fn unsupported_share(logging: &[Vec<f64>], policy: &[Vec<f64>]) -> Result<f64> {
    same_length(logging, policy)?;
    at_least("decisions", logging.len(), 1)?;
    let mut missing = 0.0;
    for (logging, policy) in logging.iter().zip(policy) {
        same_length(logging, policy)?;
        draw::check(logging)?;
        draw::check(policy)?;
        missing +=
            logging.iter().zip(policy).filter(|(b, _)| **b <= 0.0).map(|(_, e)| e).sum::<f64>();
    }
    Ok(missing / logging.len() as f64)
}

/// How the weights are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Decisions.
    pub n: u64,
    /// Mean weight; 1 in expectation if the probabilities are right and the support is whole.
    pub mean: f64,
    /// Standard error of the mean weight.
    pub standard_error: f64,
    /// Largest weight.
    pub largest: f64,
    /// Largest weight over their sum.
    pub largest_share: f64,
    /// Effective sample size (Σw)²/Σw² (Kong 1992).
    pub effective: f64,
}

/// Spread of importance weights. All zero if every weight is.
///
/// Errors if there is none, or one is below zero or not finite.
pub fn spread(weights: &[f64]) -> Result<Spread> {
    at_least("decisions", weights.len(), 1)?;
    for weight in weights {
        crate::error::not_negative("weight", *weight)?;
    }
    let n = weights.len() as f64;
    let sum: f64 = weights.iter().sum();
    let largest = weights.iter().copied().fold(0.0, f64::max);
    // In units of the largest weight, so that squares cannot overflow.
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let squares: f64 = weights.iter().map(|w| (w / scale).powi(2)).sum();
    let mean = sum / n;
    let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let part = |value: f64, of: f64| if of > 0.0 { value / of } else { 0.0 };
    Ok(Spread {
        n: weights.len() as u64,
        mean,
        standard_error: (variance / n).sqrt(),
        largest,
        largest_share: part(largest, sum),
        effective: part((sum / scale).powi(2), squares),
    })
}
