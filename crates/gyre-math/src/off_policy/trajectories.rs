//! Policies whose decisions follow one another: each step's weight multiplies onto the next.
//!
//! Weights of whole trajectories explode with their length; beyond a handful of steps only the
//! per-decision and the weighted forms are of use, and [`super::fitted_q`] beside them.

use crate::error::{Error, Result, at_least, finite, not_negative, share};

/// One decision of a trajectory.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Step {
    /// Reward that followed.
    pub reward: f64,
    /// π_e/π_b of the action taken.
    pub weight: f64,
    /// Q̂(s, a) of the action taken; 0 without a model.
    pub q: f64,
    /// V̂(s) = Σ_a π_e(a|s) Q̂(s, a); 0 without a model.
    pub v: f64,
}

/// How the value of a policy is estimated from trajectories. γ is the discount per step and
/// ρ_{0:t} the product of weights up to step t.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// Trajectory-wise: mean(ρ_{0:T} Σγᵗr) (Precup, Sutton & Singh 2000).
    TrajectoryWise,
    /// The same with ρ_{0:T} divided by its mean over the trajectories (ibid., weighted).
    WeightedTrajectoryWise,
    /// PDIS: mean(Σγᵗρ_{0:t}r) (Precup, Sutton & Singh 2000, eq. 3).
    PerDecision,
    /// PDIS with ρ_{0:t} divided by its mean over the trajectories (ibid., §3.2, weighted).
    WeightedPerDecision,
    /// DR: mean(Σγᵗ[ρ_{0:t}(r − Q̂) + ρ_{0:t−1}V̂]) (Jiang & Li 2016, eq. 10).
    DoublyRobust,
    /// WDR: the same with ρ divided by its mean over the trajectories (Thomas & Brunskill 2016,
    /// eq. 9).
    WeightedDoublyRobust,
}

/// Estimated value of a policy per trajectory, in units of reward.
///
/// After its end a trajectory keeps its last ρ and earns nothing, so that trajectories of different
/// lengths can be averaged. Errors if there are no trajectories or one has no step, a number is not
/// finite, a weight is below zero, `gamma` is not in [0, 1], or a weighted form meets a step at which
/// all weights are zero.
pub fn value(trajectories: &[Vec<Step>], gamma: f64, estimator: Estimator) -> Result<f64> {
    let contributions = contributions(trajectories, gamma, estimator)?;
    let sum: f64 = contributions.iter().sum();
    finite("estimate", sum / contributions.len() as f64)
}

/// What each trajectory contributes; the mean is [`value`]. Bootstrap over trajectories, never
/// over steps.
///
/// Errors as [`value`].
pub fn contributions(
    trajectories: &[Vec<Step>],
    gamma: f64,
    estimator: Estimator,
) -> Result<Vec<f64>> {
    at_least("trajectories", trajectories.len(), 1)?;
    let gamma = share("gamma", gamma)?;
    for trajectory in trajectories {
        at_least("steps", trajectory.len(), 1)?;
        for step in trajectory {
            not_negative("weight", step.weight)?;
            for value in [step.reward, step.q, step.v] {
                finite("step", value)?;
            }
        }
    }
    if matches!(estimator, Estimator::TrajectoryWise | Estimator::WeightedTrajectoryWise) {
        return whole(trajectories, gamma, estimator == Estimator::WeightedTrajectoryWise);
    }
    let (weighted, modelled) = match estimator {
        Estimator::WeightedPerDecision => (true, false),
        Estimator::DoublyRobust => (false, true),
        Estimator::WeightedDoublyRobust => (true, true),
        Estimator::TrajectoryWise | Estimator::WeightedTrajectoryWise | Estimator::PerDecision => {
            (false, false)
        }
    };
    let n = trajectories.len();
    let longest = trajectories.iter().map(Vec::len).max().unwrap_or(0);
    let mut products = vec![1.0; n];
    let mut totals = vec![0.0; n];
    let (mut discount, mut scale_before) = (1.0, 1.0);
    for t in 0..longest {
        let before = products.clone();
        for (product, steps) in products.iter_mut().zip(trajectories) {
            *product *= steps.get(t).map_or(1.0, |step| step.weight);
        }
        let mean = products.iter().sum::<f64>() / n as f64;
        let scale = if weighted { finite("weight", mean)? } else { 1.0 };
        if scale <= 0.0 {
            return Err(Error::TooFew {
                what: "trajectories the policy would take",
                have: 0,
                need: 1,
            });
        }
        for (i, steps) in trajectories.iter().enumerate() {
            let Some(step) = steps.get(t) else { continue };
            let now = products[i] / scale;
            totals[i] += discount
                * if modelled {
                    now * (step.reward - step.q) + before[i] / scale_before * step.v
                } else {
                    now * step.reward
                };
        }
        discount *= gamma;
        scale_before = scale;
    }
    totals.into_iter().map(|total| finite("trajectory", total)).collect()
}

/// Gains of whole trajectories times the product of all their weights.
fn whole(trajectories: &[Vec<Step>], gamma: f64, weighted: bool) -> Result<Vec<f64>> {
    let product = |steps: &Vec<Step>| steps.iter().map(|step| step.weight).product::<f64>();
    let products: Vec<f64> = trajectories.iter().map(product).collect();
    let mean = products.iter().sum::<f64>() / products.len() as f64;
    let scale = if weighted { finite("weight", mean)? } else { 1.0 };
    if scale <= 0.0 {
        return Err(Error::TooFew { what: "trajectories the policy would take", have: 0, need: 1 });
    }
    let gain =
        |steps: &Vec<Step>| steps.iter().rev().fold(0.0, |after, s| s.reward + gamma * after);
    let pairs = trajectories.iter().zip(products);
    pairs.map(|(steps, product)| finite("trajectory", product / scale * gain(steps))).collect()
}
