//! Gamma–Gamma: what customers spend per purchase.
//!
//! Assumes that spend does not depend on how often somebody buys; look at their correlation first.

use super::optimise::{Fit, maximise};
use crate::error::{Error, Result, at_least, finite, positive};
use statrs::function::gamma::{digamma, ln_gamma};

/// The model: spend per purchase is Gamma(p, ν) with ν ~ Gamma(q, v) (Fader, Hardie & Lee 2005, "RFM
/// and CLV"; Fader & Hardie 2013, "The gamma-gamma model of monetary value").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    /// Shape of one purchase.
    pub p: f64,
    /// Shape of the customers.
    pub q: f64,
    /// Scale, in units of money.
    pub v: f64,
}

/// What a customer spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spender {
    /// Purchases that the mean is over (repeat purchases as a rule), above 0.
    pub purchases: u32,
    /// Mean spend per purchase, above 0.
    pub mean: f64,
}

impl GammaGamma {
    /// Fits the model to customers with purchases.
    ///
    /// Errors if there are none, or one has no purchases or spent nothing. Otherwise there is always
    /// a fit; look at its convergence.
    pub fn fit(spenders: &[Spender]) -> Result<Fit<Self>> {
        at_least("spenders", spenders.len(), 1)?;
        for spender in spenders {
            spender.check()?;
        }
        let unit = spenders.iter().map(|s| s.mean).sum::<f64>() / spenders.len() as f64;
        let unit = positive("mean spend", unit)?;
        let starts = [[6.0, 4.0, 0.5], [1.0, 2.0, 1.0], [20.0, 10.0, 1.0], [0.5, 3.0, 3.0]]
            .map(|start| start.map(f64::ln));
        let found = maximise(&starts, |logs| {
            let [p, q, v] = logs.map(f64::exp);
            Self { p, q, v }.score(spenders, unit)
        });
        let [p, q, v] = found.logs.map(f64::exp);
        // Densities are per unit of money: each customer adds −ln(unit).
        let shift = -(spenders.len() as f64) * unit.ln();
        Ok(found.fit(Self { p, q, v: v * unit }, shift))
    }

    fn score(&self, spenders: &[Spender], unit: f64) -> (f64, [f64; 3]) {
        let Self { p, q, v } = *self;
        let (mut total, mut gradient) = (0.0, [0.0; 3]);
        let (gamma_q, psi_q) = (ln_gamma(q), digamma(q));
        for spender in spenders {
            let (x, mean) = (f64::from(spender.purchases), spender.mean / unit);
            let (px, sum) = (p * x, x * mean + v);
            let log_sum = sum.ln();
            total += ln_gamma(px + q) - ln_gamma(px) - gamma_q
                + q * v.ln()
                + (px - 1.0) * mean.ln()
                + px * x.ln()
                - (px + q) * log_sum;
            let psi = digamma(px + q);
            gradient[0] += x * (psi - digamma(px) + mean.ln() + x.ln() - log_sum);
            gradient[1] += psi - psi_q + v.ln() - log_sum;
            gradient[2] += q / v - (px + q) / sum;
        }
        for (slope, value) in gradient.iter_mut().zip([p, q, v]) {
            *slope *= value;
        }
        (total, gradient)
    }

    /// Log-likelihood of customers (Fader & Hardie 2013, eq. 1a).
    ///
    /// Errors if a parameter is not above zero or a customer impossible.
    pub fn log_likelihood(&self, spenders: &[Spender]) -> Result<f64> {
        self.check()?;
        for spender in spenders {
            spender.check()?;
        }
        finite("log-likelihood", self.score(spenders, 1.0).0)
    }

    fn check(&self) -> Result<()> {
        for value in [self.p, self.q, self.v] {
            positive("parameter", value)?;
        }
        Ok(())
    }

    /// Mean spend of the population, vp/(q − 1). Errors if q is not above 1: the mean is infinite.
    pub fn population_mean(&self) -> Result<f64> {
        self.check()?;
        if self.q <= 1.0 {
            return Err(Error::OutOfRange { what: "q", value: self.q, domain: "above 1" });
        }
        Ok(self.v * self.p / (self.q - 1.0))
    }

    /// Expected spend per purchase of a customer, p(v + x m̄)/(px + q − 1) (Fader & Hardie 2013, eq. 5);
    /// of one without purchases ([`None`]) the population's.
    ///
    /// Errors if a parameter is not above zero, the customer impossible, or px + q not above 1.
    pub fn expected_spend(&self, spender: Option<Spender>) -> Result<f64> {
        let Some(spender) = spender else { return self.population_mean() };
        self.check()?;
        spender.check()?;
        let x = f64::from(spender.purchases);
        let weight = self.p * x + self.q - 1.0;
        if weight <= 0.0 {
            return Err(Error::OutOfRange { what: "q", value: self.q, domain: "above 1 - p x" });
        }
        finite("spend", self.p * (self.v + x * spender.mean) / weight)
    }
}

impl Spender {
    fn check(&self) -> Result<()> {
        if self.purchases == 0 {
            return Err(Error::TooFew { what: "purchases", have: 0, need: 1 });
        }
        positive("mean spend", self.mean).map(|_| ())
    }
}
