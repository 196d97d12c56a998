//! Sample ratio mismatch that may be looked at after every batch.

use crate::error::{Error, Result, at_least, finite, positive, same_length};
use statrs::function::gamma::ln_gamma;

/// Concentration c of the prior at which GrowthBook tests: large, so that small imbalances
/// are found in large experiments. `savvi` takes 100.
pub const CONCENTRATION: f64 = 10_000.0;

/// Evidence for a mismatch, carried from batch to batch.
#[derive(Debug, Clone, PartialEq)]
pub struct SequentialSrm {
    /// Dirichlet parameters of the alternative, one per arm.
    parameters: Vec<f64>,
    log_bayes_factor: f64,
    p_value: f64,
}

impl SequentialSrm {
    /// Starts the test with the Dirichlet prior c·p around `shares`, which are relative weights.
    ///
    /// Errors if there are fewer than two arms, a share is negative, none is above zero, or
    /// `concentration` is not above zero.
    pub fn new(shares: &[f64], concentration: f64) -> Result<Self> {
        at_least("arms", shares.len(), 2)?;
        let concentration = positive("concentration", concentration)?;
        let parameters = normalised(shares)?.into_iter().map(|p| p * concentration).collect();
        Ok(Self { parameters, log_bayes_factor: 0.0, p_value: 1.0 })
    }

    /// Takes in the units of one batch, assigned with `shares` (for a bandit, those of the
    /// period), and returns p: the running minimum of 1/BF (Lindon & Malek 2022, "Anytime-valid
    /// inference for multinomial count data", eq. 11).
    ///
    /// ln BF grows by lnΓ(A) − lnΓ(A + n) + Σ[lnΓ(a + x) − lnΓ(a) − x ln p], then a ← a + x. A unit
    /// in an arm with share zero is a mismatch: p becomes 0. Errors if the number of arms changes
    /// or the shares are none.
    pub fn observe(&mut self, counts: &[u64], shares: &[f64]) -> Result<f64> {
        same_length(counts, &self.parameters)?;
        same_length(shares, &self.parameters)?;
        let shares = normalised(shares)?;
        let impossible = counts.iter().zip(&shares).any(|(x, p)| *x > 0 && *p <= 0.0);
        let (before, units) =
            (self.parameters.iter().sum::<f64>(), counts.iter().map(|x| *x as f64).sum::<f64>());
        let mut step = -rising(before, units);
        for ((a, x), p) in self.parameters.iter_mut().zip(counts).zip(&shares) {
            let x = *x as f64;
            if x > 0.0 && *a > 0.0 && *p > 0.0 {
                step += rising(*a, x) - x * p.ln();
            }
            *a += x;
        }
        if impossible {
            (self.log_bayes_factor, self.p_value) = (f64::INFINITY, 0.0);
        } else if self.log_bayes_factor.is_finite() {
            self.log_bayes_factor += finite("log Bayes factor", step)?;
            self.p_value = self.p_value.min((-self.log_bayes_factor).exp());
        }
        Ok(self.p_value)
    }

    /// Always-valid p so far, never rising.
    pub fn p_value(&self) -> f64 {
        self.p_value
    }
}

/// lnΓ(a + x) − lnΓ(a), for a > 0 and x ≥ 0.
fn rising(a: f64, x: f64) -> f64 {
    // Few units: a sum of logarithms, without the cancellation of the difference.
    if x <= 64.0 {
        return (0..x as u32).map(|i| (a + f64::from(i)).ln()).sum();
    }
    ln_gamma(a + x) - ln_gamma(a)
}

fn normalised(shares: &[f64]) -> Result<Vec<f64>> {
    let whole: f64 = shares.iter().sum();
    if shares.iter().any(|share| *share < 0.0) || !(whole.is_finite() && whole > 0.0) {
        let domain = "above 0, each share at least 0";
        return Err(Error::OutOfRange { what: "sum of shares", value: whole, domain });
    }
    Ok(shares.iter().map(|share| share / whole).collect())
}
