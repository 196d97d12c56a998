//! One draw.

use gyre_model::record::body::Candidate;
use gyre_model::{Refusal, RefusalReason};
use std::collections::BTreeMap;

/// What can be wrong with a draw.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The weights or the floor do not make probabilities.
    #[error("weights do not make probabilities: {0}")]
    Weights(#[from] gyre_math::Error),
}

/// The arm of a person in the campaign's loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm<'a> {
    /// Decided by the policy.
    Treated,
    /// Held out: receives this variant, or nothing at all.
    Holdout(Option<&'a str>),
}

/// A variant that might be drawn, and why it may not.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice<'a> {
    /// The variant.
    pub variant: &'a str,
    /// What rules, claims and limits said.
    pub refusal: Option<Refusal>,
}

/// Everything a draw depends on.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The variants, in the campaign's order.
    pub options: Vec<Choice<'a>>,
    /// The weights of the person's segment; a variant not named has the mean weight, and without any
    /// weights all are alike.
    pub weights: Option<&'a BTreeMap<String, f64>>,
    /// Variants that the loop has dropped: not drawn for the treated.
    pub dropped: &'a [String],
    /// The least probability of an eligible variant.
    pub floor: f64,
    /// The arm; `None` where the campaign has no loop.
    pub arm: Option<Arm<'a>>,
    /// A number in [0, 1).
    pub uniform: f64,
}

/// What was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// All candidates with their probabilities; dropped variants are not among them.
    pub candidates: Vec<Candidate>,
    /// The index of the one drawn; `None` when all were refused.
    pub chosen: Option<usize>,
    /// The floor that was in effect: lower than asked for when there are many candidates, 1 when there
    /// was no choice.
    pub floor: f64,
}

impl Draw {
    /// The candidate drawn.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.chosen.and_then(|index| self.candidates.get(index))
    }
}

/// Draws one of the options.
pub fn decide(request: &Request<'_>) -> Result<Draw, Error> {
    let holdout = match request.arm {
        Some(Arm::Holdout(receives)) => Some(receives),
        _ => None,
    };
    let mut candidates: Vec<Candidate> = request
        .options
        .iter()
        .filter(|option| match holdout {
            // What the holdout receives stays, whatever the loop dropped for the treated.
            Some(receives) => receives == Some(option.variant) || !is_dropped(request, option),
            None => !is_dropped(request, option),
        })
        .map(|option| Candidate {
            variant: option.variant.to_owned(),
            probability: 0.0,
            refusal: match holdout {
                Some(receives) if receives != Some(option.variant) => {
                    Some(Refusal::because(RefusalReason::Holdout))
                }
                _ => option.refusal.clone(),
            },
        })
        .collect();

    let eligible: Vec<usize> =
        (0..candidates.len()).filter(|&index| candidates[index].refusal.is_none()).collect();
    if eligible.is_empty() {
        return Ok(Draw { candidates, chosen: None, floor: 0.0 });
    }
    let shares = shares(request.weights, &candidates, &eligible);
    let floor = request.floor.min(1.0 / eligible.len() as f64);
    let probabilities = gyre_math::thompson::with_floor(&shares, floor)?;
    for (&index, &probability) in eligible.iter().zip(&probabilities) {
        candidates[index].probability = probability;
    }
    let chosen = gyre_math::draw::pick(&probabilities, request.uniform)?;
    Ok(Draw { candidates, chosen: Some(eligible[chosen]), floor })
}

fn is_dropped(request: &Request<'_>, option: &Choice<'_>) -> bool {
    request.dropped.iter().any(|variant| variant == option.variant)
}

/// Weights of the eligible, made to sum to one.
fn shares(
    weights: Option<&BTreeMap<String, f64>>,
    candidates: &[Candidate],
    eligible: &[usize],
) -> Vec<f64> {
    let alike = vec![1.0 / eligible.len() as f64; eligible.len()];
    let Some(weights) = weights.filter(|weights| !weights.is_empty()) else { return alike };
    let mean = weights.values().sum::<f64>() / weights.len() as f64;
    let raw: Vec<f64> = eligible
        .iter()
        .map(|&index| weights.get(&candidates[index].variant).copied().unwrap_or(mean).max(0.0))
        .collect();
    let total: f64 = raw.iter().sum();
    if total > 0.0 && total.is_finite() {
        raw.iter().map(|weight| weight / total).collect()
    } else {
        alike
    }
}
