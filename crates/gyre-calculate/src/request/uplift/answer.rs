//! How the requests of uplift are answered.

use super::{CurveOf, People, Request, Weighting, score, subsamples};
use crate::answer::{Node, fields};
use crate::request::Estimate;
use crate::request::common::{dice, rounds};
use gyre_math::Result;
use gyre_math::uplift::causal_ml::{self, Measure};
use gyre_math::uplift::cost_curve::{Treatments, cost_curve};
use gyre_math::uplift::profit::{Prices, profit_curve};
use gyre_math::uplift::{calibration, effect_scores, rate, scikit_uplift, top};

impl Estimate for Request {
    fn answer(self) -> Result<Node> {
        match self {
            Self::All { people, alpha, seed } => all(&people, &[0.1, 0.2, 0.3], alpha, seed),
            Self::Curve { people, of } => curve(&people, of),
            Self::QiniAucScore { people, negative_effect } => {
                scikit_uplift::qini_auc_score(&people.scored(), negative_effect).map(score)
            }
            Self::UpliftAucScore { people } => {
                scikit_uplift::uplift_auc_score(&people.scored()).map(score)
            }
            Self::UpliftAtK { people, k, strategy } => {
                let found = scikit_uplift::uplift_at_k(&people.scored(), k, strategy.into())?;
                Ok(fields! { "uplift": found })
            }
            Self::UpliftByPercentile { people, bins, strategy } => {
                let (people, strategy) = (people.scored(), strategy.into());
                let found = scikit_uplift::uplift_by_percentile(&people, bins, strategy)?;
                let average = scikit_uplift::weighted_average_uplift(&people, bins, strategy)?;
                let rows = found.iter().map(|bin| {
                    fields! {
                        "treated": bin.treated, "control": bin.control,
                        "treated_rate": bin.treated_rate, "control_rate": bin.control_rate,
                        "uplift": bin.uplift, "standard_error": bin.standard_error,
                    }
                });
                Ok(fields! { "average": average, "bins": Node::List(rows.collect()) })
            }
            Self::MaxProfUplift { people, benefit, c_incentive, c_contact, a_cost } => {
                let prices =
                    Prices { benefit, contact: c_contact, incentive: c_incentive, fixed: a_cost };
                let curve = scikit_uplift::max_prof_uplift(&people.scored(), &prices)?;
                Ok(fields! { "profit": curve })
            }
            Self::AuucScore { people, normalize } => {
                causal_ml::auuc_score(&people.scored(), normalize).map(score)
            }
            Self::QiniScore { people, normalize } => {
                causal_ml::qini_score(&people.scored(), normalize).map(score)
            }
            Self::RateScore { people, weighting } => {
                let weighting = match weighting {
                    Weighting::Autoc => causal_ml::Weighting::Autoc,
                    Weighting::Qini => causal_ml::Weighting::Qini,
                };
                causal_ml::rate_score(&people.scored(), weighting).map(score)
            }
            Self::CausalMlInterval { people, measure, normalize, alpha, rounds, seed } => {
                let dice = dice(seed);
                let (people, measure) = (people.scored(), measure.into());
                let found =
                    causal_ml::with_interval(&people, measure, normalize, alpha, rounds, dice)?;
                Ok(found.into())
            }
            Self::Rate { ranks, effects, weighting, alpha, rounds, seed } => {
                let weighting = weighting.into();
                Ok(rate::rate(&ranks, &effects, weighting, alpha, rounds, dice(seed))?.into())
            }
            Self::Toc { ranks, effects } => Ok(fields! { "toc": rate::toc(&ranks, &effects)? }),
            Self::EffectScores { outcomes, treated, propensity, with, without } => {
                let silent = vec![0.0; outcomes.len()];
                let (with, without) =
                    (with.unwrap_or_else(|| silent.clone()), without.unwrap_or(silent));
                let found = effect_scores(&outcomes, &treated, &propensity, &with, &without)?;
                let mean = found.iter().sum::<f64>() / found.len().max(1) as f64;
                Ok(fields! { "mean": mean, "scores": found })
            }
            Self::Top { people, k, alpha, rounds, seed } => top_of(&people, k, alpha, rounds, seed),
            Self::BestLinearPredictor { predictions, effects, alpha } => {
                let found = calibration::best_linear_predictor(&predictions, &effects, alpha)?;
                Ok(fields! {
                    "slope": found.slope, "intercept": found.intercept,
                    "p_calibrated": found.p_calibrated,
                })
            }
            Self::Calibration { people, bins } => {
                let found = calibration::by_bin(&people.scored(), bins)?;
                let rows = found.iter().map(|bin| {
                    fields! {
                        "people": bin.people, "predicted": bin.predicted,
                        "observed": bin.observed, "standard_error": bin.standard_error,
                    }
                });
                Ok(Node::List(rows.collect()))
            }
            Self::ProfitCurve { people, benefit, contact, incentive, fixed } => {
                let prices = Prices { benefit, contact, incentive, fixed };
                let found = profit_curve(&people.scored(), &prices)?;
                let most = found.curve.get(found.best).copied();
                Ok(fields! { "best": found.best, "profit": most, "curve": found.curve })
            }
            Self::CostCurve { predicted, costs, scores, budgets } => {
                let scores = scores.as_ref().unwrap_or(&predicted);
                let (predicted, costs) = (&predicted[..], &costs[..]);
                let curve = cost_curve(&Treatments { predicted, costs, scores })?;
                let steps = curve.steps.iter().map(|step| {
                    fields! {
                        "person": step.person, "treatment": step.treatment, "cost": step.cost,
                        "gain": step.gain,
                    }
                });
                let steps = Node::List(steps.collect());
                let gains = budgets.iter().map(|budget| {
                    let gain = curve.gain(*budget, scores)?;
                    Ok(fields! {
                        "budget": *budget, "value": gain.value,
                        "standard_error": gain.standard_error, "cost": gain.cost,
                    })
                });
                let gains = Node::List(gains.collect::<Result<_>>()?);
                Ok(fields! { "budgets": gains, "steps": steps })
            }
        }
    }
}

fn curve(people: &People, of: CurveOf) -> Result<Node> {
    let people = people.scored();
    let points = |curve: scikit_uplift::Curve| {
        fields! { "people": curve.people, "values": curve.values }
    };
    let rows = |values: Vec<f64>| fields! { "values": values };
    match of {
        CurveOf::ScikitUplift => scikit_uplift::uplift_curve(&people).map(points),
        CurveOf::ScikitQini => scikit_uplift::qini_curve(&people).map(points),
        CurveOf::ScikitPerfectUplift => scikit_uplift::perfect_uplift_curve(&people).map(points),
        CurveOf::ScikitPerfectQini => scikit_uplift::perfect_qini_curve(&people, true).map(points),
        CurveOf::ScikitPerfectQiniNoNegative => {
            scikit_uplift::perfect_qini_curve(&people, false).map(points)
        }
        CurveOf::CausalMlLift => causal_ml::cumulative_lift(&people).map(rows),
        CurveOf::CausalMlGain => causal_ml::cumulative_gain(&people).map(rows),
        CurveOf::CausalMlQini => causal_ml::qini(&people).map(rows),
        CurveOf::CausalMlToc => causal_ml::toc(&people).map(rows),
    }
}

fn top_of(people: &People, k: f64, alpha: f64, rounds: usize, seed: u64) -> Result<Node> {
    let people = people.scored();
    let interval = top::bootstrap(&people, k, alpha, rounds, dice(seed))?;
    let wald = Node::from(top::wald(&people, k, alpha)?);
    Ok(fields! { "k": k }.and(wald).and(fields! { "bootstrap": interval }))
}

/// The measures of both packages, and the top parts `ks`. Measures that need yes-or-no outcomes are
/// left out for others.
pub(crate) fn all(people: &People, ks: &[f64], alpha: f64, seed: u64) -> Result<Node> {
    let scored = people.scored();
    let binary = people.outcomes.iter().all(|y| [0.0, 1.0].contains(y));
    let only = |found: Result<f64>| if binary { found.map(Some) } else { Ok(None) };
    let interval =
        |measure| causal_ml::with_interval(&scored, measure, true, alpha, subsamples(), dice(seed));
    let tops = ks.iter().map(|k| top_of(people, *k, alpha, rounds(), seed));
    let share = people.treated.iter().filter(|t| **t).count() as f64 / people.treated.len() as f64;
    Ok(fields! {
        "people": people.scores.len(),
        "treated_share": share,
        "scikit_qini_auc": only(scikit_uplift::qini_auc_score(&scored, true))?,
        "scikit_qini_auc_no_negative": only(scikit_uplift::qini_auc_score(&scored, false))?,
        "scikit_uplift_auc": only(scikit_uplift::uplift_auc_score(&scored))?,
        "causal_ml_auuc": interval(Measure::Auuc)?,
        "causal_ml_qini": interval(Measure::Qini)?,
        "causal_ml_autoc": interval(Measure::Rate(causal_ml::Weighting::Autoc))?,
        "top": Node::List(tops.collect::<Result<_>>()?),
    })
}
