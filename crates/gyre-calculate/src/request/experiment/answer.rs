//! How the requests of experiments are answered.

use super::{GoalValues, GuardState, Prior, Request};
use crate::answer::{Node, fields};
use crate::request::Estimate;
use crate::request::common::{lift_node, needed};
use crate::request::metric::compare;
use gyre_math::Result;
use gyre_math::drift::interval::delta_method;
use gyre_math::experiment::anytime::{Coefficient, msprt_mixing_variance};
use gyre_math::experiment::bayes;
use gyre_math::experiment::decision::{Evidence, Goal, Guard, Rules};
use gyre_math::experiment::group_sequential;
use gyre_math::experiment::sequential_srm::SequentialSrm;
use gyre_math::interval::{Estimate as Estimated, Interval};
use gyre_math::{multiple, sequential, srm};

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::Sample { metric } => {
                let sample = metric.sample()?;
                Ok(fields! { "n": sample.n, "mean": sample.mean, "variance": sample.variance })
            }
            Self::Lift { treated, control, scale, method, sides, alpha, theta } => {
                let (lift, adjusted) = compare(&treated, &control, scale.into(), theta)?;
                let found = method.estimate(&lift, alpha, sides)?.and(lift_node(&lift));
                Ok(match adjusted {
                    None => found,
                    Some(by) => found.and(fields! {
                        "theta": by.theta, "variance_reduction": by.variance_reduction,
                    }),
                })
            }
            Self::LiftInterval { value, variance, dof, units, method, sides, alpha } => {
                let lift = gyre_math::lift::Lift { value, variance, dof, units };
                method.estimate(&lift, alpha, sides)
            }
            Self::Posterior { treated, control, scale, prior, alpha, theta } => {
                let (lift, _) = compare(&treated, &control, scale.into(), theta)?;
                let prior = match prior {
                    Prior::Flat => bayes::Prior::Flat,
                    Prior::Normal { mean, sd } => bayes::Prior::Normal { mean, sd },
                    Prior::Relative { mean, sd } => bayes::Prior::Normal { mean, sd }
                        .on(scale.into(), control.sample()?.mean)?,
                };
                Ok(posterior(&lift.posterior(prior, alpha)?))
            }
            Self::Rho { alpha, expected_units } => {
                Ok(fields! { "rho": sequential::rho(alpha, expected_units)? })
            }
            Self::HalfWidth { variance, mixing, units, alpha, one_sided } => {
                let mixing = sequential::Mixing::from(mixing);
                let found = if one_sided {
                    let ratio = mixing.ratio(2.0 * alpha, variance, units)?;
                    sequential::half_width_one_sided(variance, ratio, alpha)?
                } else {
                    sequential::half_width(variance, mixing.ratio(alpha, variance, units)?, alpha)?
                };
                Ok(fields! { "half_width": found })
            }
            Self::AlwaysValidP { value, variance, mixing, units, alpha, one_sided } => {
                let mixing = sequential::Mixing::from(mixing);
                let found = if one_sided {
                    let ratio = mixing.ratio(2.0 * alpha, variance, units)?;
                    sequential::p_value_one_sided(value, variance, ratio)?
                } else {
                    sequential::p_value(value, variance, mixing.ratio(alpha, variance, units)?)?
                };
                Ok(fields! { "p_value": found })
            }
            Self::MsprtMixingVariance { alpha, sd, units } => {
                Ok(fields! { "mixing_variance": msprt_mixing_variance(alpha, sd, units)? })
            }
            Self::Coefficient { value, standard_error, dof, information, alpha, precision } => {
                let coefficient = Coefficient { value, standard_error, dof, information };
                Ok(coefficient.always_valid(alpha, precision)?.into())
            }
            Self::GroupSequentialBounds { information, alpha, spending, sides } => {
                let (spending, side) = (spending.into(), sides.one());
                let bounds = group_sequential::bounds(&information, alpha, spending, side)?;
                Ok(fields! { "bounds": bounds })
            }
            Self::Srm { observed, shares } => Ok(balance(&srm::chi_square(&observed, &shares)?)),
            Self::SequentialSrm { shares, concentration, batches } => {
                let mut test = SequentialSrm::new(&shares, concentration)?;
                let each = batches.iter().map(|batch| {
                    test.observe(&batch.counts, batch.shares.as_ref().unwrap_or(&shares))
                });
                let each = each.collect::<Result<Vec<f64>>>()?;
                Ok(fields! { "p_value": test.p_value(), "p_values": each })
            }
            Self::Holm { p_values } => Ok(fields! { "p_values": multiple::holm(&p_values)? }),
            Self::BenjaminiHochberg { p_values } => {
                Ok(fields! { "p_values": multiple::benjamini_hochberg(&p_values)? })
            }
            Self::SimultaneousAlpha { alpha, intervals, selected } => {
                let each = match selected {
                    None => multiple::simultaneous_alpha(alpha, intervals)?,
                    Some(selected) => multiple::false_coverage_alpha(alpha, selected, intervals)?,
                };
                Ok(fields! { "alpha": each })
            }
            Self::Guard {
                treated,
                control,
                scale,
                more_is_better,
                margin,
                alpha,
                mixing,
                theta,
            } => {
                let (lift, _) = compare(&treated, &control, scale.into(), theta)?;
                let mixing = mixing.map(Into::into);
                let guard = Guard::judge(&lift, more_is_better, margin, alpha, mixing)?;
                let state = match guard {
                    Guard::Held => "held",
                    Guard::Harmed => "harmed",
                    Guard::Unclear => "unclear",
                };
                Ok(fields! { "guard": state, "value": lift.value, "variance": lift.variance })
            }
            Self::Decide { .. } => self.decide(),
            Self::Wilson { counts, alpha } => counts.wilson(alpha),
            Self::DeltaMethod { value, gradient, covariance, alpha } => {
                Ok(delta_method(value, &gradient, &covariance, alpha)?.into())
            }
        }
    }
}

impl Request {
    fn decide(self) -> Result<Node> {
        let Self::Decide {
            goals,
            guards,
            observed,
            shares,
            days,
            is_complete,
            is_always_valid,
            alpha,
            minimum_units,
            minimum_days,
            needs_guards_held,
        } = self
        else {
            return needed("goals", None);
        };
        let goals: Vec<Goal> = goals
            .iter()
            .map(|goal| {
                // A decision reads the sign and the p alone.
                let interval = Interval::around(goal.value, 0.0);
                let (value, p_value) = (goal.value, goal.adjusted_p);
                let estimate = Estimated { value, standard_error: 0.0, interval, p_value, alpha };
                let GoalValues { adjusted_p, more_is_better, .. } = *goal;
                Goal { estimate, adjusted_p, more_is_better }
            })
            .collect();
        let guards: Vec<Guard> = guards
            .iter()
            .map(|guard| match guard {
                GuardState::Held => Guard::Held,
                GuardState::Harmed => Guard::Harmed,
                GuardState::Unclear => Guard::Unclear,
            })
            .collect();
        let check = srm::chi_square(&observed, &shares)?;
        let rules = Rules { alpha, minimum_units, minimum_days, needs_guards_held };
        let decision = rules.decide(&Evidence {
            goals: &goals,
            guards: &guards,
            balance: &check,
            smallest_arm: observed.iter().copied().min().unwrap_or(0),
            days,
            is_complete,
            is_always_valid,
        })?;
        let reasons: Vec<String> =
            decision.reasons.iter().map(|r| snake(&format!("{r:?}"))).collect();
        Ok(fields! {
            "verdict": snake(&format!("{:?}", decision.verdict)), "reasons": reasons,
            "balance": balance(&check),
        })
    }
}

/// The fields of a posterior.
pub(crate) fn posterior(posterior: &bayes::Posterior) -> Node {
    fields! {
        "mean": posterior.mean, "sd": posterior.sd, "interval": posterior.interval,
        "chance_to_win": posterior.chance_to_win, "risk_control": posterior.risk_control,
        "risk_treated": posterior.risk_treated,
    }
}

/// The fields of a check of sample ratios.
pub(crate) fn balance(check: &srm::Check) -> Node {
    fields! {
        "statistic": check.statistic, "dof": check.dof, "p_value": check.p_value,
        "smallest_expected": check.smallest_expected, "is_mismatch": check.is_mismatch(),
    }
}

/// `LikeThis` as `like_this`.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::new();
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
