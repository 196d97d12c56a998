//! Uplift measures: does a score put those first whom a treatment helps most?
//!
//! The same word means different numbers in different packages. Each is here under the name of the
//! package that computes it so: [`scikit_uplift`], [`causal_ml`], and [`rate`] as in the paper it comes
//! from. All need outcomes of a randomised experiment that the score was not fitted on.

pub mod calibration;
pub mod causal_ml;
pub mod cost_curve;
pub mod profit;
pub mod rate;
pub mod scikit_uplift;
pub mod top;

use crate::error::{Error, Result, all_finite, at_least, same_length};

/// People of an experiment with a score, one entry of each slice per person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored<'a> {
    /// Predicted uplift or any other rank; higher comes first. Break ties by a hash of the person.
    pub scores: &'a [f64],
    /// Outcome.
    pub outcomes: &'a [f64],
    /// Whether the person was treated.
    pub treated: &'a [bool],
}

impl Scored<'_> {
    /// Checks lengths and values, and that both groups have somebody.
    pub(crate) fn check(&self) -> Result<()> {
        same_length(self.scores, self.outcomes)?;
        same_length(self.scores, self.treated)?;
        all_finite("scores", self.scores)?;
        all_finite("outcomes", self.outcomes)?;
        let treated = self.treated.iter().filter(|t| **t).count();
        at_least("treated people", treated, 1)?;
        at_least("control people", self.treated.len() - treated, 1)
    }

    /// Checks that outcomes are yes or no.
    pub(crate) fn check_binary(&self) -> Result<()> {
        match self.outcomes.iter().find(|y| ![0.0, 1.0].contains(*y)) {
            None => Ok(()),
            Some(&value) => Err(Error::OutOfRange { what: "outcome", value, domain: "0 or 1" }),
        }
    }

    /// People from the highest score to the lowest; of equal scores the first comes first.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.scores.len()).collect();
        order.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]));
        order
    }
}

/// Running counts and sums of both groups.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Groups {
    pub(crate) treated: f64,
    pub(crate) control: f64,
    pub(crate) treated_sum: f64,
    pub(crate) control_sum: f64,
}

impl Groups {
    pub(crate) fn add(&mut self, outcome: f64, treated: bool) {
        if treated {
            self.treated += 1.0;
            self.treated_sum += outcome;
        } else {
            self.control += 1.0;
            self.control_sum += outcome;
        }
    }

    pub(crate) fn all(&self) -> f64 {
        self.treated + self.control
    }

    /// Difference of means, if both groups have somebody.
    pub(crate) fn uplift(&self) -> Option<f64> {
        (self.treated > 0.0 && self.control > 0.0)
            .then(|| self.treated_sum / self.treated - self.control_sum / self.control)
    }
}

/// Doubly robust scores of the effect on each person, ψ = μ₁ − μ₀ + w(y − μ₁)/e − (1 − w)(y − μ₀)/(1 −
/// e) (Robins, Rotnitzky & Zhao 1994); their mean estimates the average effect. With both models zero
/// they are those of inverse weighting.
///
/// `propensity` is the chance e of treatment of each person, `with` and `without` the predicted
/// outcomes μ₁ and μ₀. Errors if lengths differ, e is not strictly between 0 and 1, or a number is not
/// finite.
pub fn effect_scores(
    outcomes: &[f64],
    treated: &[bool],
    propensity: &[f64],
    with: &[f64],
    without: &[f64],
) -> Result<Vec<f64>> {
    same_length(outcomes, treated)?;
    for other in [propensity, with, without] {
        same_length(outcomes, other)?;
        all_finite("predictions", other)?;
    }
    all_finite("outcomes", outcomes)?;
    (0..outcomes.len())
        .map(|i| {
            let e = propensity[i];
            if !(e > 0.0 && e < 1.0) {
                let domain = "between 0 and 1";
                return Err(Error::OutOfRange { what: "propensity", value: e, domain });
            }
            let residual = if treated[i] {
                (outcomes[i] - with[i]) / e
            } else {
                -(outcomes[i] - without[i]) / (1.0 - e)
            };
            Ok(with[i] - without[i] + residual)
        })
        .collect()
}

#[cfg(test)]
mod tests;
