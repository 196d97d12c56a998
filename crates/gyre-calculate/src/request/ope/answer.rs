//! How the requests of off-policy evaluation are answered.

use super::{By, ByTrajectory, Log, Request, StepValues, Transition, wanted};
use crate::answer::{Node, fields};
use crate::request::Estimate;
use crate::request::common::dice;
use gyre_math::off_policy::estimators::{Estimator, Terms};
use gyre_math::off_policy::fitted_q;
use gyre_math::off_policy::log::{Modelled, Spread, spread, unsupported_share};
use gyre_math::off_policy::report::{Refusal, Report, Valued, Verdict, report};
use gyre_math::off_policy::reward_model::{Rows, cross_fitted};
use gyre_math::off_policy::trajectories::{self, Step};
use gyre_math::off_policy::tuning;
use gyre_math::off_policy::uncertainty::{bootstrap, lower_bounds};
use gyre_math::{Error, Result};

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::Report { log, unsupported, demands, seed } => {
                let log = log.filled()?;
                let demands = demands.into();
                let found = report(&log.logged(), log.model(), unsupported, &demands, dice(seed))?;
                Ok(report_node(&found))
            }
            Self::Estimate { log, estimators } => {
                let log = log.filled()?;
                let all = wanted(estimators, &log).into_iter().map(|by| {
                    let terms = log.terms(by)?;
                    // A single decision has no standard error.
                    let error = terms.standard_error().ok();
                    Ok(named(by).and(fields! { "value": terms.value()?, "standard_error": error }))
                });
                Ok(Node::List(all.collect::<Result<_>>()?))
            }
            Self::Weights { log } => {
                let log = log.filled()?;
                Ok(spread_node(&spread(&log.logged().weights()?)?))
            }
            Self::Bootstrap { log, estimators, rounds, alpha, seed } => {
                let log = log.filled()?;
                let usable = wanted(estimators, &log);
                let terms = usable.iter().map(|by| log.terms(*by)).collect::<Result<Vec<_>>>()?;
                let all: Vec<&Terms> = terms.iter().collect();
                let intervals = bootstrap(&all, rounds, alpha, dice(seed))?;
                let rows =
                    usable.iter().zip(&terms).zip(intervals).map(|((by, terms), interval)| {
                        Ok(named(*by)
                            .and(fields! { "value": terms.value()?, "interval": interval }))
                    });
                Ok(Node::List(rows.collect::<Result<_>>()?))
            }
            Self::LowerBounds { log, estimator, delta, range } => {
                let rows = log.filled()?.terms(estimator.into())?.rows();
                let largest = rows.iter().copied().fold(0.0, f64::max);
                let bounds = lower_bounds(&rows, delta, range.unwrap_or(largest))?;
                Ok(fields! {
                    "student": bounds.student, "bernstein": bounds.bernstein,
                    "hoeffding": bounds.hoeffding,
                })
            }
            Self::Slope { log, candidates, delta } => {
                choice(log, &candidates, |all, log| tuning::slope(all, log, delta))
            }
            Self::LeastSquaredError { log, candidates, delta } => {
                choice(log, &candidates, |all, log| tuning::least_squared_error(all, log, delta))
            }
            Self::UnsupportedShare { logging, policy } => {
                Ok(fields! { "share": unsupported_share(&logging, &policy)? })
            }
            Self::Replay { rewards, actions, chosen } => {
                let found = gyre_math::off_policy::replay::replay(&rewards, &actions, &chosen)?;
                Ok(fields! {
                    "value": found.value, "standard_error": found.standard_error,
                    "matched": found.matched,
                })
            }
            Self::CrossFitted { features, actions, rewards, arms, fold_of, folds, ridge } => {
                let (features, actions, rewards) = (&features[..], &actions[..], &rewards[..]);
                let rows = Rows { features, actions, rewards, arms };
                Ok(fields! { "model": cross_fitted(&rows, &fold_of, folds, ridge)? })
            }
            Self::Trajectories { trajectories, gamma, estimator } => {
                let all: Vec<Vec<Step>> = trajectories
                    .into_iter()
                    .map(|steps| steps.into_iter().map(Into::into).collect())
                    .collect();
                let by = estimator.into();
                let each = trajectories::contributions(&all, gamma, by)?;
                let value = trajectories::value(&all, gamma, by)?;
                Ok(fields! { "value": value, "contributions": each })
            }
            Self::FittedQ { steps, gamma, ridge, rounds, at } => {
                let steps: Vec<fitted_q::Transition> = steps.into_iter().map(Into::into).collect();
                let found = fitted_q::fit(&steps, gamma, ridge, rounds)?;
                let values = at.iter().map(|x| found.at(x)).collect::<Result<Vec<_>>>()?;
                let mean =
                    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
                Ok(fields! {
                    "value": mean, "values": values, "weights": found.weights(),
                    "last_change": found.last_change,
                })
            }
        }
    }
}

impl From<StepValues> for Step {
    fn from(StepValues { reward, weight, q, v }: StepValues) -> Self {
        Self { reward, weight, q, v }
    }
}

impl From<Transition> for fitted_q::Transition {
    fn from(Transition { features, reward, next }: Transition) -> Self {
        Self { features, reward, next }
    }
}

impl From<ByTrajectory> for trajectories::Estimator {
    fn from(by: ByTrajectory) -> Self {
        match by {
            ByTrajectory::TrajectoryWise => Self::TrajectoryWise,
            ByTrajectory::WeightedTrajectoryWise => Self::WeightedTrajectoryWise,
            ByTrajectory::PerDecision => Self::PerDecision,
            ByTrajectory::WeightedPerDecision => Self::WeightedPerDecision,
            ByTrajectory::DoublyRobust => Self::DoublyRobust,
            ByTrajectory::WeightedDoublyRobust => Self::WeightedDoublyRobust,
        }
    }
}

fn choice(
    log: Log,
    candidates: &[By],
    choose: impl Fn(&[Estimator], &Modelled<'_>) -> Result<usize>,
) -> Result<Node> {
    let mut log = log.filled()?;
    let all: Vec<Estimator> = candidates.iter().map(|by| (*by).into()).collect();
    if log.model().is_none() && all.iter().all(|by| by.is_model_free()) {
        // Candidates without a model pass it over.
        let silent = vec![0.0; log.rewards.len()];
        (log.predicted, log.baseline) = (Some(silent.clone()), Some(silent));
    }
    let index = choose(&all, &log.modelled()?)?;
    let by = *all.get(index).ok_or(Error::TooFew { what: "candidates", have: 0, need: 1 })?;
    let value = by.on_model(&log.modelled()?)?.value()?;
    Ok(fields! { "index": index }.and(named(by)).and(fields! { "value": value }))
}

/// Name and parameter of an estimator.
pub(crate) fn named(by: Estimator) -> Node {
    let (name, parameter) = match by {
        Estimator::Ips { clip } => ("ips", Some(clip)),
        Estimator::SelfNormalised => ("snips", None),
        Estimator::SubGaussianIps { lambda } => ("sub_gaussian_ips", Some(lambda)),
        Estimator::Direct => ("direct", None),
        Estimator::DoublyRobust { clip } => ("doubly_robust", Some(clip)),
        Estimator::SelfNormalisedDoublyRobust => ("self_normalised_doubly_robust", None),
        Estimator::Switch { tau } => ("switch", Some(tau)),
        Estimator::Shrinkage { lambda } => ("shrinkage", Some(lambda)),
        Estimator::SubGaussianDoublyRobust { lambda } => {
            ("sub_gaussian_doubly_robust", Some(lambda))
        }
    };
    fields! { "estimator": name, "parameter": parameter }
}

fn spread_node(weights: &Spread) -> Node {
    fields! {
        "decisions": weights.n, "mean": weights.mean, "standard_error": weights.standard_error,
        "largest": weights.largest, "largest_share": weights.largest_share,
        "effective": weights.effective,
    }
}

/// The fields of a report.
pub(crate) fn report_node(report: &Report) -> Node {
    let top = fields! {
        "evaluable": matches!(report.verdict, Verdict::Evaluable(_)),
        "logging_value": report.logging_value, "matched": report.matched,
        "weights": spread_node(&report.weights),
    };
    match &report.verdict {
        Verdict::Refused(reasons) => {
            top.and(fields! { "reasons": reasons.iter().map(refusal).collect::<Vec<_>>() })
        }
        Verdict::Evaluable(answer) => top.and(fields! {
            "estimates": answer.estimates.iter().map(valued).collect::<Vec<_>>(),
            "lower_bound": answer.lower_bound, "beats_logging": answer.beats_logging,
        }),
    }
}

fn valued(valued: &Valued) -> Node {
    named(valued.estimator)
        .and(valued.estimate.into())
        .and(fields! { "bootstrap": valued.bootstrap })
}

fn refusal(refusal: &Refusal) -> Node {
    match *refusal {
        Refusal::Unsupported { share } => fields! {
            "reason": "unsupported", "value": share,
            "says": "the policy takes actions that the log could never have taken",
        },
        Refusal::TooFewEffective { have, need } => fields! {
            "reason": "too_few_effective", "value": have,
            "says": format!("too few decisions count: {have:.1} effective ones, {need:.1} needed"),
        },
        Refusal::OneWeightDominates { share } => fields! {
            "reason": "one_weight_dominates", "value": share,
            "says": "one decision has too large a share of all weights",
        },
        Refusal::MeanWeightOff { mean, standard_error } => fields! {
            "reason": "mean_weight_off", "value": mean,
            "says": format!(
                "the mean weight should be 1 (standard error {standard_error:.3}): logged \
                 probabilities are wrong, or actions are missing"
            ),
        },
        Refusal::EstimatorsDisagree => fields! {
            "reason": "estimators_disagree", "value": Node::None,
            "says": "the intervals of the estimators have no point in common",
        },
        Refusal::NoOutcome => fields! {
            "reason": "no_outcome", "value": Node::None, "says": "all rewards are the same",
        },
    }
}
