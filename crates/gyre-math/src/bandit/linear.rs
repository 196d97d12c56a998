//! Linear rewards: ridge regression from sums, Thompson sampling and LinUCB on top of it.
//!
//! With one model per arm the posteriors of the arms' scores at a person are independent normals,
//! so the exact probabilities of [`crate::thompson`] apply.

use super::thompson::Gaussian;
use crate::error::{Result, all_finite, at_least, not_negative, positive, same_length};
use crate::matrix::{Cholesky, Square};

/// Sums of a linear regression: Σxxᵀ and Σrx. They merge exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Observations.
    n: u64,
    gram: Square,
    moment: Vec<f64>,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Model {
    weights: Vec<f64>,
    precision: Cholesky,
}

/// What a model says about one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Expected reward xᵀθ.
    pub mean: f64,
    /// √(xᵀA⁻¹x): standard deviation of the score, in units of the noise.
    pub sd: f64,
}

impl Sums {
    /// No observations of `features` features (one of which may be a constant 1).
    ///
    /// Errors if there are no features.
    pub fn new(features: usize) -> Result<Self> {
        at_least("features", features, 1)?;
        let (gram, moment) = (Square::diagonal(features, 0.0), vec![0.0; features]);
        Ok(Self { n: 0, gram, moment })
    }

    /// Takes in one observation with its `weight` (1, or 1/propensity).
    ///
    /// Errors if the number of features differs or a value is not finite.
    pub fn observe(&mut self, features: &[f64], reward: f64, weight: f64) -> Result<()> {
        same_length(features, &self.moment)?;
        all_finite("features", features)?;
        all_finite("reward", &[reward])?;
        let weight = not_negative("weight", weight)?;
        for (i, x) in features.iter().enumerate() {
            self.moment[i] += weight * reward * x;
            for (j, y) in features.iter().enumerate() {
                self.gram.add(i, j, weight * x * y);
            }
        }
        self.n = self.n.saturating_add(1);
        Ok(())
    }

    /// Adds the sums of other observations.
    ///
    /// Errors if the number of features differs.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        same_length(&self.moment, &other.moment)?;
        self.gram.add_all(&other.gram);
        self.moment.iter_mut().zip(&other.moment).for_each(|(sum, more)| *sum += more);
        self.n = self.n.saturating_add(other.n);
        Ok(())
    }

    /// Observations taken in.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Ridge regression: A = λI + Σxxᵀ, θ = A⁻¹Σrx (Hoerl & Kennard 1970; Li, Chu, Langford &
    /// Schapire 2010, algorithm 1). `ridge` = λ; 1 is usual.
    ///
    /// Errors if `ridge` is below zero, or with [`crate::Error::Singular`] if A has no inverse.
    pub fn fit(&self, ridge: f64) -> Result<Model> {
        let mut matrix = self.gram.clone();
        matrix.add_all(&Square::diagonal(self.moment.len(), not_negative("ridge", ridge)?));
        let precision = matrix.cholesky("gram matrix")?;
        let weights = precision.solve(&self.moment);
        all_finite("weights", &weights)?;
        Ok(Model { weights, precision })
    }
}

impl Model {
    /// θ, in units of reward per unit of each feature.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Score of a person with these features.
    ///
    /// Errors if the number of features differs or one is not finite.
    pub fn score(&self, features: &[f64]) -> Result<Score> {
        same_length(features, self.weights())?;
        all_finite("features", features)?;
        let dot = |a: &[f64]| a.iter().zip(features).map(|(a, x)| a * x).sum::<f64>();
        let variance = dot(&self.precision.solve(features));
        Ok(Score { mean: dot(&self.weights), sd: variance.max(0.0).sqrt() })
    }

    /// One draw θ̃ ~ N(A⁻¹b, α²A⁻¹), from as many standard `normals` as there are features
    /// (Agrawal & Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs").
    ///
    /// Errors if their number differs or `alpha` is below zero.
    pub fn draw(&self, normals: &[f64], alpha: f64) -> Result<Vec<f64>> {
        same_length(normals, self.weights())?;
        all_finite("normals", normals)?;
        let alpha = not_negative("alpha", alpha)?;
        // A = LLᵀ, so L⁻ᵀz has covariance A⁻¹.
        let turned = self.precision.solve_upper(normals);
        Ok(self.weights.iter().zip(turned).map(|(w, t)| w + alpha * t).collect())
    }
}

impl Score {
    /// Posterior of the score for linear Thompson sampling, N(mean, (α·sd)²): pass one per arm to
    /// [`crate::thompson::best_arm_probabilities`]. `alpha` is the noise, 1 in MABWiser.
    ///
    /// Errors if `alpha` or the standard deviation is not above zero.
    pub fn posterior(&self, alpha: f64) -> Result<Gaussian> {
        Gaussian::new(self.mean, positive("alpha", alpha)? * self.sd)
    }

    /// Upper confidence bound mean + α·sd (Li et al. 2010, algorithm 1, LinUCB disjoint).
    ///
    /// Errors if `alpha` is below zero.
    pub fn upper_bound(&self, alpha: f64) -> Result<f64> {
        Ok(self.mean + not_negative("alpha", alpha)? * self.sd)
    }
}
