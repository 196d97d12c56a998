//! sBG: customers with a contract who renew or leave at the end of each period.

use super::ln_beta;
use super::optimise::{Fit, maximise};
use crate::error::{Error, Result, at_least, finite, not_negative, positive};
use statrs::function::gamma::digamma;

/// The model: chances to leave at a renewal are Beta(α, β) (Fader & Hardie 2007, "How to project
/// customer retention").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sbg {
    /// First shape of the chance to leave.
    pub alpha: f64,
    /// Second shape of the chance to leave.
    pub beta: f64,
}

impl Sbg {
    /// Fits the model to one or more cohorts: each the numbers still there at the start and after
    /// each renewal, not rising. Cohorts may be of different lengths.
    ///
    /// Errors if a cohort has fewer than two numbers, or they rise. Otherwise there is always a fit;
    /// look at its convergence.
    pub fn fit(cohorts: &[Vec<f64>]) -> Result<Fit<Self>> {
        at_least("cohorts", cohorts.len(), 1)?;
        for cohort in cohorts {
            at_least("numbers of a cohort", cohort.len(), 2)?;
            for pair in cohort.windows(2) {
                if not_negative("customers", pair[1])? > not_negative("customers", pair[0])? {
                    let domain = "at most those before";
                    return Err(Error::OutOfRange { what: "customers", value: pair[1], domain });
                }
            }
        }
        let starts = [[1.0, 1.0], [0.7, 3.0], [0.5, 10.0], [3.0, 1.0]].map(|s| s.map(f64::ln));
        let found = maximise(&starts, |logs| {
            let [alpha, beta] = logs.map(f64::exp);
            Self { alpha, beta }.score(cohorts)
        });
        let [alpha, beta] = found.logs.map(f64::exp);
        Ok(found.fit(Self { alpha, beta }, 0.0))
    }

    /// Σ left_t ln P(T = t) + stayed ln S(last), P(T = t) = B(α + 1, β + t − 1)/B(α, β), S(t) = B(α, β +
    /// t)/B(α, β) (Fader & Hardie 2007, eq. 5, 6 and B1), with its gradient by the logarithms.
    fn score(&self, cohorts: &[Vec<f64>]) -> (f64, [f64; 2]) {
        let Self { alpha, beta } = *self;
        let base = ln_beta(alpha, beta);
        let psi = digamma(alpha + beta);
        let (mut total, mut gradient) = (0.0, [0.0; 2]);
        let mut add = |count: f64, left: f64, lived: f64| {
            if count <= 0.0 {
                return;
            }
            let both = digamma(alpha + beta + left + lived);
            total += count * (ln_beta(alpha + left, beta + lived) - base);
            gradient[0] += count * (digamma(alpha + left) - both - digamma(alpha) + psi);
            gradient[1] += count * (digamma(beta + lived) - both - digamma(beta) + psi);
        };
        for cohort in cohorts {
            for (t, pair) in cohort.windows(2).enumerate() {
                add(pair[0] - pair[1], 1.0, t as f64);
            }
            add(cohort[cohort.len() - 1], 0.0, (cohort.len() - 1) as f64);
        }
        (total, [gradient[0] * alpha, gradient[1] * beta])
    }

    fn check(&self) -> Result<()> {
        positive("alpha", self.alpha)?;
        positive("beta", self.beta).map(|_| ())
    }

    /// Share of a cohort that is there after `renewals`, B(α, β + t)/B(α, β). Errors if a parameter is
    /// not above zero.
    pub fn survival(&self, renewals: u32) -> Result<f64> {
        self.check()?;
        Ok((ln_beta(self.alpha, self.beta + f64::from(renewals)) - ln_beta(self.alpha, self.beta))
            .exp())
    }

    /// Share of those there that renew for the t-th time, (β + t − 1)/(α + β + t − 1) (Fader & Hardie
    /// 2007, eq. 8); `renewal` = t from 1. Errors if a parameter is not above zero or t is 0.
    pub fn retention(&self, renewal: u32) -> Result<f64> {
        self.check()?;
        if renewal == 0 {
            return Err(Error::TooFew { what: "renewals", have: 0, need: 1 });
        }
        let t = f64::from(renewal) - 1.0;
        Ok((self.beta + t) / (self.alpha + self.beta + t))
    }

    /// Discounted renewals still to come from a customer who has renewed n − 1 times and is about to
    /// renew for the n-th: Σ_{t ≥ 0} S(n + t)/S(n − 1)/(1 + d)ᵗ (Fader & Hardie 2010, "Customer-base
    /// valuation in a contractual setting", eq. 6). `rate` = d per period, above zero.
    ///
    /// Errors if a parameter or the rate is not above zero, or `renewal` = n is 0.
    pub fn residual_lifetime(&self, renewal: u32, rate: f64) -> Result<f64> {
        const TERMS: u32 = 10_000_000;
        let discount = 1.0 / (1.0 + positive("discount rate", rate)?);
        let mut term = self.retention(renewal)?;
        let mut sum = 0.0;
        for t in 0..TERMS {
            sum += term;
            // What is left is less than a geometric series.
            if term * discount <= 1e-14 * sum * (1.0 - discount) {
                return finite("residual lifetime", sum);
            }
            let next = self.beta + f64::from(renewal) + f64::from(t);
            term *= discount * next / (self.alpha + next);
        }
        Err(Error::NoConvergence { what: "residual lifetime" })
    }
}
