//! Reward models for the estimators that need one, fitted without looking at the row predicted.

use crate::bandit::linear::Sums;
use crate::error::{Error, Result, at_least, same_length};

/// Decisions to learn from, one entry of each slice per decision.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Features of the person, the same number in each row; add a constant 1 for an intercept.
    pub features: &'a [Vec<f64>],
    /// Arm chosen, from 0.
    pub actions: &'a [usize],
    /// Reward.
    pub rewards: &'a [f64],
    /// Number of arms.
    pub arms: usize,
}

/// q̂(x_i, a) for every decision i and arm a, from a ridge regression per arm that has not seen
/// the fold of i (cross-fitting; Chernozhukov et al. 2018, "Double/debiased machine learning"; obp
/// takes 2 or 3 folds).
///
/// `fold_of[i]` is the fold of decision i, from 0 to `folds` − 1: hash the person, so that all
/// decisions of one person share a fold. An arm without rows outside a fold predicts 0 there, and
/// the doubly robust estimators make up for it.
///
/// Errors if lengths differ, there are fewer than two folds, an arm or fold is out of range, or a
/// regression is singular (take `ridge` above zero).
pub fn cross_fitted(
    rows: &Rows<'_>,
    fold_of: &[usize],
    folds: usize,
    ridge: f64,
) -> Result<Vec<Vec<f64>>> {
    same_length(rows.features, rows.actions)?;
    same_length(rows.features, rows.rewards)?;
    same_length(rows.features, fold_of)?;
    at_least("folds", folds, 2)?;
    at_least("arms", rows.arms, 1)?;
    at_least("decisions", rows.features.len(), 1)?;
    let width = rows.features[0].len();
    // Sums of each fold and arm: what a fold may see is the whole without its own.
    let mut sums = vec![vec![Sums::new(width)?; rows.arms]; folds];
    for (i, features) in rows.features.iter().enumerate() {
        let (fold, arm) = (fold_of[i], rows.actions[i]);
        let Some(sum) = sums.get_mut(fold).and_then(|arms| arms.get_mut(arm)) else {
            let value = fold.max(arm) as f64;
            return Err(Error::OutOfRange {
                what: "fold or arm",
                value,
                domain: "below their number",
            });
        };
        sum.observe(features, rows.rewards[i], 1.0)?;
    }
    let mut models = Vec::with_capacity(folds);
    for left_out in 0..folds {
        let mut arms = Vec::with_capacity(rows.arms);
        for arm in 0..rows.arms {
            let mut seen = Sums::new(width)?;
            for (_, fold) in sums.iter().enumerate().filter(|(fold, _)| *fold != left_out) {
                seen.merge(&fold[arm])?;
            }
            arms.push(if seen.n() == 0 { None } else { Some(seen.fit(ridge)?) });
        }
        models.push(arms);
    }
    let predict = |features: &Vec<f64>, fold: usize| {
        let of = |model: &Option<crate::bandit::linear::Model>| {
            model
                .as_ref()
                .map_or(0.0, |model| model.weights().iter().zip(features).map(|(w, x)| w * x).sum())
        };
        models[fold].iter().map(of).collect()
    };
    Ok(rows.features.iter().zip(fold_of).map(|(features, fold)| predict(features, *fold)).collect())
}
