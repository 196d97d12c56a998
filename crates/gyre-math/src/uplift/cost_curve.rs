//! Several treatments with costs: how much effect each further unit of budget buys.

use crate::error::{Error, Result, all_finite, at_least, not_negative, same_length};

/// People and treatments, `[person][treatment]`, all over doing nothing.
#[derive(Debug, Clone, Copy)]
pub struct Treatments<'a> {
    /// Predicted effect, by which people and treatments are chosen.
    pub predicted: &'a [Vec<f64>],
    /// Cost, above 0.
    pub costs: &'a [Vec<f64>],
    /// Effect scores by which the choice is judged ([`super::effect_scores`] of each treatment
    /// against doing nothing), from other data than the predictions.
    pub scores: &'a [Vec<f64>],
}

/// One step along the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Who.
    pub person: usize,
    /// What they get from here on, in place of what they had.
    pub treatment: usize,
    /// Mean cost per person of everybody so far.
    pub cost: f64,
    /// Mean effect per person of everybody so far.
    pub gain: f64,
}

/// The curve from nothing to everybody having what is best for them.
#[derive(Debug, Clone, PartialEq)]
pub struct CostCurve {
    people: usize,
    /// Steps by falling effect per cost.
    pub steps: Vec<Step>,
}

/// What a budget buys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Mean effect per person.
    pub value: f64,
    /// Its standard error, for the choice as it is.
    pub standard_error: f64,
    /// Mean cost per person, at most the budget.
    pub cost: f64,
}

/// Multi-armed Qini curve (Sverdrup, Wu, Athey & Wager 2023, "Qini curves for multi-armed treatment
/// rules"): each person's treatments on the upper convex hull of predicted effect over cost are taken
/// in order of falling effect per cost over all people, which solves the budgeted problem for every
/// budget at once.
///
/// Treatments without predicted effect are never given. Ties go to the earlier person. Errors if shapes
/// differ, there is nobody, a cost is not above zero, or a number is not finite.
pub fn cost_curve(all: &Treatments<'_>) -> Result<CostCurve> {
    same_length(all.predicted, all.costs)?;
    same_length(all.predicted, all.scores)?;
    at_least("people", all.predicted.len(), 1)?;
    let people = all.predicted.len();
    // Effect per cost, person, treatment, change of cost, change of score.
    let mut upgrades = Vec::new();
    for person in 0..people {
        let (predicted, costs, scores) =
            (&all.predicted[person], &all.costs[person], &all.scores[person]);
        same_length(predicted, costs)?;
        same_length(predicted, scores)?;
        same_length(predicted, &all.predicted[0])?;
        all_finite("predictions", predicted)?;
        all_finite("scores", scores)?;
        for cost in costs {
            if not_negative("cost", *cost)? <= 0.0 {
                return Err(Error::OutOfRange { what: "cost", value: 0.0, domain: "above 0" });
            }
        }
        let (mut cost, mut value, mut score) = (0.0, 0.0, 0.0);
        for treatment in hull(predicted, costs) {
            let (more, better) = (costs[treatment] - cost, predicted[treatment] - value);
            upgrades.push((better / more, person, treatment, more, scores[treatment] - score));
            (cost, value, score) = (costs[treatment], predicted[treatment], scores[treatment]);
        }
    }
    // A stable sort keeps a person's upgrades in order, since their ratios fall.
    upgrades.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n = people as f64;
    let (mut cost, mut gain) = (0.0, 0.0);
    let steps = upgrades
        .into_iter()
        .map(|(_, person, treatment, more, better)| {
            cost += more / n;
            gain += better / n;
            Step { person, treatment, cost, gain }
        })
        .collect();
    Ok(CostCurve { people, steps })
}

/// Treatments on the upper convex hull from (0, 0), by rising cost and falling slope.
fn hull(predicted: &[f64], costs: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|a, b| {
        costs[*a].total_cmp(&costs[*b]).then(predicted[*b].total_cmp(&predicted[*a]))
    });
    let mut kept: Vec<usize> = Vec::new();
    let at = |kept: &[usize], back: usize| {
        let index = kept.len().checked_sub(back);
        index.map_or((0.0, 0.0), |i| (costs[kept[i]], predicted[kept[i]]))
    };
    for treatment in order {
        let point = (costs[treatment], predicted[treatment]);
        if point.1 <= at(&kept, 1).1 {
            continue;
        }
        while !kept.is_empty() {
            let (last, before) = (at(&kept, 1), at(&kept, 2));
            let rises = |from: (f64, f64), to: (f64, f64)| (to.1 - from.1) / (to.0 - from.0);
            if rises(before, last) > rises(last, point) {
                break;
            }
            kept.pop();
        }
        kept.push(treatment);
    }
    kept
}

impl CostCurve {
    /// What a mean `budget` per person buys; the last step is taken only if it fits whole.
    ///
    /// `scores` as given to [`cost_curve`]. Errors if the budget is below zero or shapes differ.
    pub fn gain(&self, budget: f64, scores: &[Vec<f64>]) -> Result<Gain> {
        let budget = not_negative("budget", budget)?;
        if scores.len() != self.people {
            return Err(Error::Shape { left: scores.len(), right: self.people });
        }
        let taken = self.steps.partition_point(|step| step.cost <= budget * (1.0 + 1e-12));
        let mut each = vec![0.0; self.people];
        for step in &self.steps[..taken] {
            let Some(score) = scores[step.person].get(step.treatment) else {
                return Err(Error::Shape {
                    left: scores[step.person].len(),
                    right: step.treatment,
                });
            };
            each[step.person] = *score;
        }
        let (value, variance) = crate::off_policy::estimators::mean_and_variance(&each);
        let cost = taken.checked_sub(1).map_or(0.0, |last| self.steps[last].cost);
        Ok(Gain { value, standard_error: (variance / self.people as f64).sqrt(), cost })
    }
}
