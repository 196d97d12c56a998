//! Is this log evaluable?
//!
//! The report shows how the weights are spread whatever happens. It gives estimates only if the log
//! can carry them; otherwise it refuses, with all the reasons.

use super::estimators::Estimator;
use super::log::{Logged, Modelled, Spread, spread};
use super::uncertainty::{bootstrap, lower_bounds};
use crate::error::{Result, error_rate, not_negative, share};
use crate::interval::{Estimate, Interval};
use crate::tail;

/// What a log must have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demands {
    /// Fewest effective decisions: 100.
    pub least_effective: f64,
    /// Fewest effective decisions as a share of all: 1 %.
    pub least_effective_share: f64,
    /// Largest weight over their sum: 5 %.
    pub largest_share: f64,
    /// Standard errors that the mean weight may be away from 1: 3.
    pub mean_errors: f64,
    /// Share of the policy's choices that the log could not have made: 1 %.
    pub unsupported: f64,
    /// Error rate of intervals and of the lower bound: .05.
    pub alpha: f64,
    /// Resamples of the bootstrap: 1000.
    pub rounds: usize,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            least_effective: 100.0,
            least_effective_share: 0.01,
            largest_share: 0.05,
            mean_errors: 3.0,
            unsupported: 0.01,
            alpha: 0.05,
            rounds: 1000,
        }
    }
}

/// Why a log is not evaluable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// The policy takes actions that the log could never have taken.
    Unsupported {
        /// Their share of the policy's choices.
        share: f64,
    },
    /// Too few decisions count.
    TooFewEffective {
        /// Effective decisions.
        have: f64,
        /// What is demanded.
        need: f64,
    },
    /// One decision decides.
    OneWeightDominates {
        /// Its share of all weights.
        share: f64,
    },
    /// The mean weight is not 1: the logged probabilities are wrong, or actions are missing.
    MeanWeightOff {
        /// Mean weight.
        mean: f64,
        /// Its standard error.
        standard_error: f64,
    },
    /// Estimators that ought to agree do not: their intervals have no point in common.
    EstimatorsDisagree,
    /// There is no outcome to tell policies by: all rewards are the same.
    NoOutcome,
}

/// One estimate with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valued {
    /// By which estimator.
    pub estimator: Estimator,
    /// Value with its normal interval; p is against the logging policy's own mean reward.
    pub estimate: Estimate,
    /// Percentile bootstrap interval.
    pub bootstrap: Interval,
}

/// Estimates of an evaluable log.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// IPS and SNIPS, and with a model DR and SNDR.
    pub estimates: Vec<Valued>,
    /// Student lower bound of the last estimate at α.
    pub lower_bound: f64,
    /// Whether the lower bound is above the logging policy's own mean reward.
    pub beats_logging: bool,
}

/// Verdict on a log.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The log can answer.
    Evaluable(Answer),
    /// The log cannot answer; never empty.
    Refused(Vec<Refusal>),
}

/// What a log says about a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Spread of the weights.
    pub weights: Spread,
    /// Share of decisions that the policy could have taken.
    pub matched: f64,
    /// Mean reward of the log itself.
    pub logging_value: f64,
    /// Answer or refusal.
    pub verdict: Verdict,
}

/// Judges a log and, if it is evaluable, evaluates.
///
/// `unsupported` comes from [`super::log::unsupported_share`] (0 if the whole probability vectors
/// are not at hand). `dice` as in [`bootstrap`]. The gates are those of the design: support, mean
/// weight, effective size (Kong 1992), largest share, and agreement of the estimators.
///
/// Errors if the log itself is impossible; a log that is merely no use is refused.
pub fn report(
    log: &Logged<'_>,
    model: Option<(&[f64], &[f64])>,
    unsupported: f64,
    demands: &Demands,
    dice: impl FnMut() -> u64,
) -> Result<Report> {
    let alpha = error_rate(demands.alpha)?;
    let unsupported = share("unsupported share", unsupported)?;
    not_negative("mean errors", demands.mean_errors)?;
    let weights = log.weights()?;
    let n = weights.len() as f64;
    let spread = spread(&weights)?;
    let matched = weights.iter().filter(|w| **w > 0.0).count() as f64 / n;
    let logging_value = log.rewards.iter().sum::<f64>() / n;
    let mut refusals = gates(log, &spread, unsupported, demands);
    if !refusals.is_empty() {
        let verdict = Verdict::Refused(refusals);
        return Ok(Report { weights: spread, matched, logging_value, verdict });
    }
    let mut estimators = vec![Estimator::Ips { clip: f64::INFINITY }, Estimator::SelfNormalised];
    let mut terms = Vec::new();
    for estimator in &estimators {
        terms.push(estimator.on_log(log)?);
    }
    if let Some((predicted, baseline)) = model {
        let modelled = Modelled { logged: *log, predicted, baseline };
        for estimator in
            [Estimator::DoublyRobust { clip: f64::INFINITY }, Estimator::SelfNormalisedDoublyRobust]
        {
            estimators.push(estimator);
            terms.push(estimator.on_model(&modelled)?);
        }
    }
    let intervals = bootstrap(&terms.iter().collect::<Vec<_>>(), demands.rounds, alpha, dice)?;
    let critical = tail::normal_quantile_upper(alpha / 2.0);
    let mut estimates = Vec::with_capacity(terms.len());
    for ((estimator, terms), bootstrap) in estimators.into_iter().zip(&terms).zip(intervals) {
        let (value, standard_error) = (terms.value()?, terms.standard_error()?);
        let z = if standard_error > 0.0 {
            ((value - logging_value) / standard_error).abs()
        } else {
            0.0
        };
        let interval = Interval::around(value, critical * standard_error);
        let p_value = (2.0 * tail::normal_upper(z)).min(1.0);
        let estimate = Estimate { value, standard_error, interval, p_value, alpha };
        estimates.push(Valued { estimator, estimate, bootstrap });
    }
    let low = estimates.iter().map(|e| e.bootstrap.low).fold(f64::NEG_INFINITY, f64::max);
    let high = estimates.iter().map(|e| e.bootstrap.high).fold(f64::INFINITY, f64::min);
    if low > high {
        refusals.push(Refusal::EstimatorsDisagree);
        let verdict = Verdict::Refused(refusals);
        return Ok(Report { weights: spread, matched, logging_value, verdict });
    }
    let rows = terms[terms.len() - 1].rows();
    let lower_bound = lower_bounds(&rows, alpha, 0.0)?.student;
    let beats_logging = lower_bound > logging_value;
    let verdict = Verdict::Evaluable(Answer { estimates, lower_bound, beats_logging });
    Ok(Report { weights: spread, matched, logging_value, verdict })
}

/// What stands against the log before anything is estimated.
fn gates(log: &Logged<'_>, spread: &Spread, unsupported: f64, demands: &Demands) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if unsupported > demands.unsupported {
        refusals.push(Refusal::Unsupported { share: unsupported });
    }
    let need = demands.least_effective.max(demands.least_effective_share * spread.n as f64);
    if spread.effective < need {
        refusals.push(Refusal::TooFewEffective { have: spread.effective, need });
    }
    if spread.largest_share > demands.largest_share {
        refusals.push(Refusal::OneWeightDominates { share: spread.largest_share });
    }
    let Spread { mean, standard_error, .. } = *spread;
    // Rounding of equal weights is no deviation.
    if (mean - 1.0).abs() > demands.mean_errors * standard_error + 1e-9 {
        refusals.push(Refusal::MeanWeightOff { mean, standard_error });
    }
    if log.rewards.iter().all(|r| r.to_bits() == log.rewards[0].to_bits()) {
        refusals.push(Refusal::NoOutcome);
    }
    refusals
}
