//! Estimators of a policy's value.
//!
//! w is π_e/π_b of the logged action, r its reward, q̂ its predicted reward, v̂ = Σ_a π_e q̂.

use super::log::{Logged, Modelled};
use crate::error::{Error, Result, finite, not_negative, share};

/// How the value is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Estimator {
    /// IPS: mean(wr) with w cut off at `clip`; ∞ is unbiased (Horvitz & Thompson 1952; Bottou et
    /// al. 2013 for the clip).
    Ips {
        /// Largest weight, zero or above.
        clip: f64,
    },
    /// SNIPS: Σwr/Σw (Swaminathan & Joachims 2015).
    SelfNormalised,
    /// SG-IPS: mean(w/(1 − λ + λw) r) (Metelli, Russo & Restelli 2021).
    SubGaussianIps {
        /// λ from 0 (IPS) to 1.
        lambda: f64,
    },
    /// DM: mean(v̂). As good as the model, whatever the log.
    Direct,
    /// DR: mean(v̂ + w(r − q̂)) with w cut off at `clip` (Dudík, Langford & Li 2011; Su et al. 2020
    /// for the clip).
    DoublyRobust {
        /// Largest weight, zero or above.
        clip: f64,
    },
    /// SNDR: mean(v̂) + Σw(r − q̂)/Σw.
    SelfNormalisedDoublyRobust,
    /// Switch-DR: w only where w ≤ τ; τ = 0 is DM (Wang, Agarwal & Dudík 2017).
    Switch {
        /// τ, zero or above.
        tau: f64,
    },
    /// DRos: w λ/(w² + λ) in place of w; λ = 0 is DM, ∞ is DR (Su, Dimakopoulou, Krishnamurthy &
    /// Dudík 2020, "Doubly robust off-policy evaluation with shrinkage").
    Shrinkage {
        /// λ, zero or above, in squared weights.
        lambda: f64,
    },
    /// SG-DR: w/(1 − λ + λw) in place of w in DR (Metelli et al. 2021).
    SubGaussianDoublyRobust {
        /// λ from 0 (DR) to 1.
        lambda: f64,
    },
}

impl Estimator {
    /// Weight that stands in for `w`.
    pub(crate) fn shrunk(self, w: f64) -> f64 {
        match self {
            Self::Ips { clip } | Self::DoublyRobust { clip } => w.min(clip),
            Self::SelfNormalised | Self::SelfNormalisedDoublyRobust => w,
            Self::Direct => 0.0,
            Self::Switch { tau } if w <= tau => w,
            Self::Switch { .. } => 0.0,
            Self::Shrinkage { lambda } if lambda.is_infinite() => w,
            // w = 0 with λ = 0 would be 0/0.
            Self::Shrinkage { lambda } if lambda <= 0.0 => 0.0,
            Self::Shrinkage { lambda } => w * lambda / (w * w + lambda),
            Self::SubGaussianIps { lambda } | Self::SubGaussianDoublyRobust { lambda } => {
                // At λ = 1 the ratio is 1 for every weight above zero.
                if w > 0.0 { w / (1.0 - lambda + lambda * w) } else { 0.0 }
            }
        }
    }

    /// Whether the estimator needs no model.
    pub fn is_model_free(self) -> bool {
        matches!(self, Self::Ips { .. } | Self::SelfNormalised | Self::SubGaussianIps { .. })
    }

    fn check(self) -> Result<()> {
        let parameter = |what, value: f64| {
            if value.is_nan() || value < 0.0 {
                return Err(Error::OutOfRange { what, value, domain: "at least 0" });
            }
            Ok(())
        };
        match self {
            Self::Ips { clip } | Self::DoublyRobust { clip } => parameter("clip", clip),
            Self::Switch { tau } => parameter("tau", tau),
            Self::Shrinkage { lambda } => parameter("lambda", lambda),
            Self::SubGaussianIps { lambda } | Self::SubGaussianDoublyRobust { lambda } => {
                share("lambda", lambda).map(|_| ())
            }
            Self::SelfNormalised | Self::Direct | Self::SelfNormalisedDoublyRobust => Ok(()),
        }
    }

    /// Contributions of the decisions, by a model-free estimator.
    ///
    /// Errors as [`Logged::weights`], if a parameter is out of range, or if the estimator needs a
    /// model.
    pub fn on_log(self, log: &Logged<'_>) -> Result<Terms> {
        if !self.is_model_free() {
            return Err(Error::TooFew { what: "predictions", have: 0, need: 1 });
        }
        self.check()?;
        let weights = log.weights()?;
        let residuals = weights.iter().zip(log.rewards).map(|(w, r)| self.shrunk(*w) * r).collect();
        Terms::new(vec![0.0; weights.len()], residuals, self.divisor(weights))
    }

    /// Contributions of the decisions, with a model. Model-free estimators pass it over.
    ///
    /// Errors as [`Logged::weights`], if a parameter is out of range or a prediction not finite.
    pub fn on_model(self, log: &Modelled<'_>) -> Result<Terms> {
        log.check()?;
        if self.is_model_free() {
            return self.on_log(&log.logged);
        }
        self.check()?;
        let weights = log.logged.weights()?;
        let residuals = weights
            .iter()
            .zip(log.logged.rewards)
            .zip(log.predicted)
            .map(|((w, r), q)| self.shrunk(*w) * (r - q))
            .collect();
        Terms::new(log.baseline.to_vec(), residuals, self.divisor(weights))
    }

    fn divisor(self, weights: Vec<f64>) -> Option<Vec<f64>> {
        let normalises = matches!(self, Self::SelfNormalised | Self::SelfNormalisedDoublyRobust);
        normalises.then_some(weights)
    }
}

/// What each decision contributes to an estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    baseline: Vec<f64>,
    residuals: Vec<f64>,
    divisor: Option<Vec<f64>>,
    mean_weight: f64,
}

impl Terms {
    fn new(baseline: Vec<f64>, residuals: Vec<f64>, divisor: Option<Vec<f64>>) -> Result<Self> {
        let mean_weight = match &divisor {
            None => 1.0,
            Some(weights) => weights.iter().sum::<f64>() / weights.len() as f64,
        };
        if mean_weight <= 0.0 {
            return Err(Error::TooFew {
                what: "decisions the policy would take",
                have: 0,
                need: 1,
            });
        }
        Ok(Self { baseline, residuals, divisor, mean_weight: finite("mean weight", mean_weight)? })
    }

    /// Number of decisions.
    pub fn len(&self) -> usize {
        self.baseline.len()
    }

    /// Whether there are no decisions; never so.
    pub fn is_empty(&self) -> bool {
        self.baseline.is_empty()
    }

    /// The estimate, in the reward's unit. Errors if it overflows.
    pub fn value(&self) -> Result<f64> {
        let n = self.len() as f64;
        let sum = |all: &[f64]| all.iter().sum::<f64>() / n;
        finite("estimate", sum(&self.baseline) + sum(&self.residuals) / self.mean_weight)
    }

    /// Contribution of each decision; their mean is the estimate. Those of self-normalised
    /// estimators are divided by the mean weight, as obp does.
    pub fn rows(&self) -> Vec<f64> {
        self.baseline.iter().zip(&self.residuals).map(|(b, r)| b + r / self.mean_weight).collect()
    }

    /// Standard error, from the influence of each decision (for a ratio, its linearisation).
    ///
    /// Errors if there are fewer than two decisions.
    pub fn standard_error(&self) -> Result<f64> {
        crate::error::at_least("decisions", self.len(), 2)?;
        let mut rows = self.rows();
        if let Some(weights) = &self.divisor {
            let n = self.len() as f64;
            let ratio = self.residuals.iter().sum::<f64>() / n / self.mean_weight;
            for (row, w) in rows.iter_mut().zip(weights) {
                *row -= ratio * w / self.mean_weight;
            }
        }
        let (_, variance) = mean_and_variance(&rows);
        Ok(not_negative("variance", variance)?.sqrt() / (rows.len() as f64).sqrt())
    }

    /// What the estimate is made of, a row per decision: their sum, or baseline, residual and weight of
    /// an estimate that divides by the weights.
    pub(crate) fn columns(&self) -> Vec<Vec<f64>> {
        match &self.divisor {
            None => vec![self.rows()],
            Some(weights) => {
                vec![self.baseline.clone(), self.residuals.clone(), weights.clone()]
            }
        }
    }

    /// The estimate from the sums of [`Terms::columns`] over `n` decisions; none if the policy would
    /// have taken none of them.
    pub(crate) fn from_sums(sums: &[f64], n: f64) -> Option<f64> {
        match *sums {
            [sum] => Some(sum / n),
            [baseline, residual, weight] => {
                (weight > 0.0).then(|| baseline / n + residual / weight)
            }
            _ => None,
        }
    }
}

/// Mean and unbiased variance; variance 0 of a single value.
pub(crate) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, squares / (n - 1.0).max(1.0))
}
