//! `gyre math ope`: what another policy would have earned, from the log of this one.

mod answer;

use crate::request::common::{alpha, needed, rounds, seed};
use gyre_math::Result;
use gyre_math::off_policy::estimators::{Estimator, Terms};
use gyre_math::off_policy::log::{Logged, Modelled, choose};
use gyre_math::off_policy::report::Demands;
use schemars::JsonSchema;
use serde::Deserialize;

fn one() -> f64 {
    1.0
}

/// Those asked for, or all usual ones that need no more than the log has.
fn wanted(asked: Option<Vec<By>>, log: &Log) -> Vec<Estimator> {
    const USUAL: [By; 5] = [
        By::Ips { clip: None },
        By::Snips,
        By::Direct,
        By::DoublyRobust { clip: None },
        By::SelfNormalisedDoublyRobust,
    ];
    if let Some(asked) = asked {
        return asked.into_iter().map(Into::into).collect();
    }
    let has_model = log.model().is_some();
    USUAL.map(Estimator::from).into_iter().filter(|by| has_model || by.is_model_free()).collect()
}

/// A log, one entry of each list per decision.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// Reward.
    pub(crate) rewards: Vec<f64>,
    /// Probability with which the logged action was chosen.
    pub(crate) logging: Vec<f64>,
    /// Probability with which the policy in question chooses the logged action. Not needed with
    /// `actions` and `policy`.
    #[serde(default)]
    pub(crate) evaluation: Vec<f64>,
    /// Predicted reward of the logged action, for estimators with a model.
    pub(crate) predicted: Option<Vec<f64>>,
    /// Predicted value of the policy, Σ_a π_e(a)·q̂(a).
    pub(crate) baseline: Option<Vec<f64>>,
    /// Logged actions, from 0, where whole rows are given.
    pub(crate) actions: Option<Vec<usize>>,
    /// π_e of every action, by decision.
    pub(crate) policy: Option<Vec<Vec<f64>>>,
    /// q̂ of every action, by decision.
    pub(crate) model: Option<Vec<Vec<f64>>>,
}

impl Log {
    /// With what follows from whole rows filled in.
    pub(crate) fn filled(mut self) -> Result<Self> {
        if let (Some(actions), Some(policy)) = (&self.actions, &self.policy) {
            let silent: Vec<Vec<f64>> = policy.iter().map(|row| vec![0.0; row.len()]).collect();
            let chosen = choose(actions, policy, self.model.as_ref().unwrap_or(&silent))?;
            self.evaluation = chosen.evaluation;
            if self.model.is_some() {
                (self.predicted, self.baseline) = (Some(chosen.predicted), Some(chosen.baseline));
            }
        }
        Ok(self)
    }

    fn logged(&self) -> Logged<'_> {
        let Self { rewards, logging, evaluation, .. } = self;
        Logged { rewards, logging, evaluation }
    }

    fn modelled(&self) -> Result<Modelled<'_>> {
        let predicted = needed("predictions", self.predicted.as_deref())?;
        let baseline = needed("predicted values", self.baseline.as_deref())?;
        Ok(Modelled { logged: self.logged(), predicted, baseline })
    }

    /// For tuning, where estimators without a model may be candidates on a log without one.
    fn terms(&self, by: Estimator) -> Result<Terms> {
        if by.is_model_free() { by.on_log(&self.logged()) } else { by.on_model(&self.modelled()?) }
    }

    fn model(&self) -> Option<(&[f64], &[f64])> {
        Some((self.predicted.as_deref()?, self.baseline.as_deref()?))
    }
}

/// An estimator with its parameter; one that is not given is without end.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum By {
    /// IPS.
    Ips {
        /// Largest weight.
        clip: Option<f64>,
    },
    /// SNIPS.
    Snips,
    /// SG-IPS.
    SubGaussianIps {
        /// λ from 0 to 1.
        lambda: f64,
    },
    /// DM.
    Direct,
    /// DR.
    DoublyRobust {
        /// Largest weight.
        clip: Option<f64>,
    },
    /// SNDR.
    SelfNormalisedDoublyRobust,
    /// Switch-DR.
    Switch {
        /// τ.
        tau: Option<f64>,
    },
    /// DRos.
    Shrinkage {
        /// λ.
        lambda: Option<f64>,
    },
    /// SG-DR.
    SubGaussianDoublyRobust {
        /// λ from 0 to 1.
        lambda: f64,
    },
}

impl From<By> for Estimator {
    fn from(by: By) -> Self {
        let endless = |given: Option<f64>| given.unwrap_or(f64::INFINITY);
        match by {
            By::Ips { clip } => Self::Ips { clip: endless(clip) },
            By::Snips => Self::SelfNormalised,
            By::SubGaussianIps { lambda } => Self::SubGaussianIps { lambda },
            By::Direct => Self::Direct,
            By::DoublyRobust { clip } => Self::DoublyRobust { clip: endless(clip) },
            By::SelfNormalisedDoublyRobust => Self::SelfNormalisedDoublyRobust,
            By::Switch { tau } => Self::Switch { tau: endless(tau) },
            By::Shrinkage { lambda } => Self::Shrinkage { lambda: endless(lambda) },
            By::SubGaussianDoublyRobust { lambda } => Self::SubGaussianDoublyRobust { lambda },
        }
    }
}

/// How the value of a policy is estimated from trajectories.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ByTrajectory {
    /// Trajectory-wise importance sampling.
    TrajectoryWise,
    /// The same divided by the mean weight.
    WeightedTrajectoryWise,
    /// PDIS.
    PerDecision,
    /// PDIS with weights divided by their mean.
    WeightedPerDecision,
    /// DR.
    DoublyRobust,
    /// WDR.
    WeightedDoublyRobust,
}

/// One decision of a trajectory.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepValues {
    /// Reward that followed.
    reward: f64,
    /// π_e/π_b of the action taken.
    weight: f64,
    /// Q̂ of the action taken.
    #[serde(default)]
    q: f64,
    /// V̂ of the state.
    #[serde(default)]
    v: f64,
}

/// One step for fitted Q evaluation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transition {
    /// φ(s, a) of the action taken.
    features: Vec<f64>,
    /// Reward that followed.
    reward: f64,
    /// Σ_a π_e(a|s′)·φ(s′, a) at the next state; zeros at the end.
    next: Vec<f64>,
}

/// What a log must have; the defaults are those of the report.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemandValues {
    /// Fewest effective decisions: 100.
    pub(crate) least_effective: Option<f64>,
    /// Fewest effective decisions as a share of all: 0.01.
    pub(crate) least_effective_share: Option<f64>,
    /// Largest weight over their sum: 0.05.
    pub(crate) largest_share: Option<f64>,
    /// Standard errors that the mean weight may be away from 1: 3.
    pub(crate) mean_errors: Option<f64>,
    /// Share of the policy's choices that the log could not have made: 0.01.
    pub(crate) unsupported: Option<f64>,
    /// Error rate: 0.05.
    pub(crate) alpha: Option<f64>,
    /// Resamples of the bootstrap: 1000.
    pub(crate) rounds: Option<usize>,
}

impl From<DemandValues> for Demands {
    fn from(given: DemandValues) -> Self {
        let usual = Self::default();
        Self {
            least_effective: given.least_effective.unwrap_or(usual.least_effective),
            least_effective_share: given
                .least_effective_share
                .unwrap_or(usual.least_effective_share),
            largest_share: given.largest_share.unwrap_or(usual.largest_share),
            mean_errors: given.mean_errors.unwrap_or(usual.mean_errors),
            unsupported: given.unsupported.unwrap_or(usual.unsupported),
            alpha: given.alpha.unwrap_or(usual.alpha),
            rounds: given.rounds.unwrap_or(usual.rounds),
        }
    }
}

/// Estimators of off-policy evaluation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Is this log evaluable? Spread of the weights, and estimates with intervals or the reasons why
    /// there are none.
    Report {
        /// The log.
        log: Log,
        /// Share of the policy's choices that the log could not have made.
        #[serde(default)]
        unsupported: f64,
        /// What the log must have.
        #[serde(default)]
        demands: DemandValues,
        /// Seed of the bootstrap.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// Estimates, whether the log can carry them or not.
    Estimate {
        /// The log.
        log: Log,
        /// By which estimators; without it by all usual ones that the log has what it takes for.
        estimators: Option<Vec<By>>,
    },
    /// Spread of the weights.
    Weights {
        /// The log.
        log: Log,
    },
    /// Percentile bootstrap intervals, the estimators resampled together.
    Bootstrap {
        /// The log.
        log: Log,
        /// Of which estimators; without it of all usual ones that the log has what it takes for.
        estimators: Option<Vec<By>>,
        /// Resamples.
        #[serde(default = "rounds")]
        rounds: usize,
        /// Error rate.
        #[serde(default = "alpha")]
        alpha: f64,
        /// Seed.
        #[serde(default = "seed")]
        seed: u64,
    },
    /// Lower bounds of Student, Bernstein and Hoeffding.
    LowerBounds {
        /// The log.
        log: Log,
        /// Of which estimator.
        estimator: By,
        /// Chance that a bound is above the truth.
        #[serde(default = "alpha")]
        delta: f64,
        /// Largest contribution of a decision; the largest seen if it is not given, as obp takes it.
        range: Option<f64>,
    },
    /// Candidate that SLOPE chooses.
    Slope {
        /// The log.
        log: Log,
        /// Candidates.
        candidates: Vec<By>,
        /// Error rate of the widths.
        #[serde(default = "alpha")]
        delta: f64,
    },
    /// Candidate with the least estimated mean squared error.
    LeastSquaredError {
        /// The log.
        log: Log,
        /// Candidates.
        candidates: Vec<By>,
        /// Error rate of the bias bound.
        #[serde(default = "alpha")]
        delta: f64,
    },
    /// Share of the policy's choices that the log could never have made.
    UnsupportedShare {
        /// π_b of every action, by decision.
        logging: Vec<Vec<f64>>,
        /// π_e of every action, by decision.
        policy: Vec<Vec<f64>>,
    },
    /// Mean reward of the decisions whose action the policy would have taken, for a log of uniform
    /// choices.
    Replay {
        /// Reward.
        rewards: Vec<f64>,
        /// Logged actions.
        actions: Vec<usize>,
        /// Actions of the policy.
        chosen: Vec<usize>,
    },
    /// Rewards predicted without looking at the row, for every action.
    CrossFitted {
        /// Features by decision; add a constant 1 for an intercept.
        features: Vec<Vec<f64>>,
        /// Logged actions, from 0.
        actions: Vec<usize>,
        /// Reward.
        rewards: Vec<f64>,
        /// Number of actions.
        arms: usize,
        /// Fold of each decision, from 0.
        fold_of: Vec<usize>,
        /// Number of folds.
        folds: usize,
        /// λ of the ridge.
        #[serde(default = "one")]
        ridge: f64,
    },
    /// Value of a policy from trajectories.
    Trajectories {
        /// Steps of each trajectory.
        trajectories: Vec<Vec<StepValues>>,
        /// Discount per step.
        #[serde(default = "one")]
        gamma: f64,
        /// How.
        estimator: ByTrajectory,
    },
    /// Fitted Q evaluation.
    FittedQ {
        /// Steps.
        steps: Vec<Transition>,
        /// Discount per step.
        gamma: f64,
        /// λ of the ridge.
        #[serde(default)]
        ridge: f64,
        /// Rounds.
        rounds: u32,
        /// Features of first states, whose mean value is the policy's.
        #[serde(default)]
        at: Vec<Vec<f64>>,
    },
}
