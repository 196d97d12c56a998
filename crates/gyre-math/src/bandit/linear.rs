//! Linear rewards: ridge regression from sums, Thompson sampling and LinUCB on top of it.
//!
//! With one model per arm the posteriors of the arms' scores at a person are independent normals,
//! so the exact probabilities of [`crate::thompson`] apply.

use super::thompson::Gaussian;
use crate::error::{Error, Result, all_finite, at_least, not_negative, positive, same_length};
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// Sums of a linear regression: Σxxᵀ and Σrx. They merge exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Observations.
    n: u64,
    gram: DMatrix<f64>,
    moment: DVector<f64>,
}

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Model {
    weights: DVector<f64>,
    precision: Cholesky<f64, Dyn>,
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
        let (gram, moment) = (DMatrix::zeros(features, features), DVector::zeros(features));
        Ok(Self { n: 0, gram, moment })
    }

    /// Takes in one observation with its `weight` (1, or 1/propensity).
    ///
    /// Errors if the number of features differs or a value is not finite.
    pub fn observe(&mut self, features: &[f64], reward: f64, weight: f64) -> Result<()> {
        same_length(features, self.moment.as_slice())?;
        all_finite("features", features)?;
        all_finite("reward", &[reward])?;
        let weight = not_negative("weight", weight)?;
        let x = DVector::from_column_slice(features);
        self.gram.ger(weight, &x, &x, 1.0);
        self.moment.axpy(weight * reward, &x, 1.0);
        self.n = self.n.saturating_add(1);
        Ok(())
    }

    /// Adds the sums of other observations.
    ///
    /// Errors if the number of features differs.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        same_length(self.moment.as_slice(), other.moment.as_slice())?;
        self.gram += &other.gram;
        self.moment += &other.moment;
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
    /// Errors if `ridge` is below zero, or with [`Error::Singular`] if A has no inverse.
    pub fn fit(&self, ridge: f64) -> Result<Model> {
        let mut precision = self.gram.clone();
        let ridge = not_negative("ridge", ridge)?;
        for i in 0..precision.nrows() {
            precision[(i, i)] += ridge;
        }
        let singular = Error::Singular { what: "gram matrix" };
        let scale = precision.diagonal();
        let precision = Cholesky::new(precision).ok_or(singular)?;
        // A Gram matrix without full rank factorises by rounding: its pivots, against the diagonal
        // they came from, show it.
        let pivots = precision.l_dirty().diagonal();
        if pivots.iter().zip(scale.iter()).any(|(pivot, of)| pivot * pivot <= 1e-13 * of) {
            return Err(singular);
        }
        let weights = precision.solve(&self.moment);
        all_finite("weights", weights.as_slice())?;
        Ok(Model { weights, precision })
    }
}

impl Model {
    /// θ, in units of reward per unit of each feature.
    pub fn weights(&self) -> &[f64] {
        self.weights.as_slice()
    }

    /// Score of a person with these features.
    ///
    /// Errors if the number of features differs or one is not finite.
    pub fn score(&self, features: &[f64]) -> Result<Score> {
        same_length(features, self.weights())?;
        all_finite("features", features)?;
        let x = DVector::from_column_slice(features);
        let variance = x.dot(&self.precision.solve(&x));
        Ok(Score { mean: x.dot(&self.weights), sd: variance.max(0.0).sqrt() })
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
        let mut turned = DVector::from_column_slice(normals);
        if !self.precision.l_dirty().tr_solve_lower_triangular_mut(&mut turned) {
            return Err(Error::Singular { what: "gram matrix" });
        }
        Ok((&self.weights + turned * alpha).as_slice().to_vec())
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
