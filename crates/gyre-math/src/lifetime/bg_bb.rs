//! BG/BB: customers who may buy once in each period (a donation a year, a conference), until they
//! leave.

use super::ln_beta;
use super::optimise::{Fit, maximise};
use crate::error::{Error, Result, at_least, finite, not_negative, positive};
use statrs::function::gamma::digamma;

/// The model: chances to buy are Beta(α, β), chances to leave before a period Beta(γ, δ) (Fader,
/// Hardie & Shang 2010, "Customer-base analysis in a discrete-time noncontractual setting").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgBb {
    /// First shape of the chance to buy.
    pub alpha: f64,
    /// Second shape of the chance to buy.
    pub beta: f64,
    /// First shape of the chance to leave.
    pub gamma: f64,
    /// Second shape of the chance to leave.
    pub delta: f64,
}

/// Customers with the same history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern {
    /// Periods x with a purchase.
    pub purchases: u32,
    /// Last period t_x with a purchase, from 1; 0 if there is none.
    pub last: u32,
    /// Periods n so far, not counting the one of the first purchase.
    pub periods: u32,
    /// How many customers.
    pub customers: f64,
}

impl Pattern {
    fn check(&self) -> Result<()> {
        not_negative("customers", self.customers)?;
        let sound = self.purchases <= self.last
            && self.last <= self.periods
            && (self.purchases > 0) == (self.last > 0);
        if sound {
            return Ok(());
        }
        let (value, domain) = (f64::from(self.last), "from purchases to periods");
        Err(Error::OutOfRange { what: "last purchase", value, domain })
    }
}

impl BgBb {
    /// Fits the model to patterns.
    ///
    /// Errors if there are none or one is impossible. Otherwise there is always a fit; look at its
    /// convergence.
    pub fn fit(patterns: &[Pattern]) -> Result<Fit<Self>> {
        at_least("patterns", patterns.len(), 1)?;
        for pattern in patterns {
            pattern.check()?;
        }
        let starts = [
            [1.0, 1.0, 1.0, 1.0],
            [1.2, 0.7, 0.6, 2.8],
            [0.5, 1.5, 0.5, 5.0],
            [2.0, 4.0, 1.0, 10.0],
        ]
        .map(|start| start.map(f64::ln));
        let found = maximise(&starts, |logs| {
            let [alpha, beta, gamma, delta] = logs.map(f64::exp);
            Self { alpha, beta, gamma, delta }.score(patterns)
        });
        let [alpha, beta, gamma, delta] = found.logs.map(f64::exp);
        Ok(found.fit(Self { alpha, beta, gamma, delta }, 0.0))
    }

    /// Log-likelihood and its gradient by the logarithms of the parameters.
    fn score(&self, patterns: &[Pattern]) -> (f64, [f64; 4]) {
        let (mut total, mut gradient) = (0.0, [0.0; 4]);
        for pattern in patterns.iter().filter(|p| p.customers > 0.0) {
            let (log, slopes) = self.score_of(pattern);
            total += pattern.customers * log;
            for (sum, slope) in gradient.iter_mut().zip(slopes) {
                *sum += pattern.customers * slope;
            }
        }
        for (slope, value) in
            gradient.iter_mut().zip([self.alpha, self.beta, self.gamma, self.delta])
        {
            *slope *= value;
        }
        (total, gradient)
    }

    /// L = B(α + x, β + n − x)/B(α, β) B(γ, δ + n)/B(γ, δ) + Σ_{i < n − t_x} B(α + x, β + t_x − x + i)
    /// /B(α, β) B(γ + 1, δ + t_x + i)/B(γ, δ) (Fader et al. 2010, eq. 5).
    fn score_of(&self, pattern: &Pattern) -> (f64, [f64; 4]) {
        let Self { alpha, beta, gamma, delta } = *self;
        let [x, last, n] = [pattern.purchases, pattern.last, pattern.periods].map(f64::from);
        // Failures seen, whether the customer left, and periods survived.
        let mut terms = vec![(n - x, 0.0, n)];
        terms.extend((pattern.last..pattern.periods).map(|i| {
            let i = f64::from(i);
            (i - x, 1.0, i)
        }));
        debug_assert!(last <= n);
        let logs: Vec<f64> = terms
            .iter()
            .map(|(misses, left, lived)| {
                ln_beta(alpha + x, beta + misses) + ln_beta(gamma + left, delta + lived)
            })
            .collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let whole: f64 = logs.iter().map(|log| (log - most).exp()).sum();
        let (psi_ab, psi_gd) = (digamma(alpha + beta), digamma(gamma + delta));
        let mut slopes = [
            psi_ab - digamma(alpha),
            psi_ab - digamma(beta),
            psi_gd - digamma(gamma),
            psi_gd - digamma(delta),
        ];
        for ((misses, left, lived), log) in terms.iter().zip(&logs) {
            let share = (log - most).exp() / whole;
            let (both, alive) =
                (digamma(alpha + x + beta + misses), digamma(gamma + left + delta + lived));
            slopes[0] += share * (digamma(alpha + x) - both);
            slopes[1] += share * (digamma(beta + misses) - both);
            slopes[2] += share * (digamma(gamma + left) - alive);
            slopes[3] += share * (digamma(delta + lived) - alive);
        }
        (most + whole.ln() - ln_beta(alpha, beta) - ln_beta(gamma, delta), slopes)
    }

    /// Log-likelihood of patterns.
    ///
    /// Errors if a parameter is not above zero or a pattern is impossible.
    pub fn log_likelihood(&self, patterns: &[Pattern]) -> Result<f64> {
        self.check()?;
        for pattern in patterns {
            pattern.check()?;
        }
        finite("log-likelihood", self.score(patterns).0)
    }

    fn check(&self) -> Result<()> {
        for value in [self.alpha, self.beta, self.gamma, self.delta] {
            positive("parameter", value)?;
        }
        Ok(())
    }

    /// Chance that the customer is still there in period n + `ahead` (Fader et al. 2010, A10); 0 ahead
    /// is the last period seen.
    ///
    /// Errors if a parameter is not above zero or the pattern is impossible.
    pub fn alive(&self, pattern: &Pattern, ahead: u32) -> Result<f64> {
        self.check()?;
        pattern.check()?;
        let Self { alpha, beta, gamma, delta } = *self;
        let [x, n, m] = [pattern.purchases, pattern.periods, ahead].map(f64::from);
        let log = ln_beta(alpha + x, beta + n - x) - ln_beta(alpha, beta)
            + ln_beta(gamma, delta + n + m)
            - ln_beta(gamma, delta);
        Ok((log - self.score_of(pattern).0).exp().min(1.0))
    }

    /// Purchases expected in the next `periods`: the chance to be there in each times the expected
    /// chance to buy (α + x)/(α + β + n) (Fader et al. 2010, eq. 13, as a sum, which holds at γ = 1
    /// too).
    ///
    /// Errors as [`BgBb::alive`].
    pub fn expected_purchases(&self, pattern: &Pattern, periods: u32) -> Result<f64> {
        let Self { alpha, beta, gamma, delta } = *self;
        let [x, n] = [pattern.purchases, pattern.periods].map(f64::from);
        let mut alive = self.alive(pattern, 0)?;
        let mut sum = 0.0;
        for period in 0..periods {
            let lived = delta + n + f64::from(period);
            alive *= lived / (gamma + lived);
            sum += alive;
        }
        Ok(sum * (alpha + x) / (alpha + beta + n))
    }

    /// Discounted purchases still to come, without end: the chance to be there in each coming period
    /// times the expected chance to buy, over (1 + `rate`)ᵗ (Fader, Hardie & Shang 2010, eq. 14, as a
    /// sum). `rate` is per period, above zero.
    ///
    /// Errors as [`BgBb::alive`], or if `rate` is not above zero.
    pub fn residual_purchases(&self, pattern: &Pattern, rate: f64) -> Result<f64> {
        const TERMS: u32 = 10_000_000;
        let discount = 1.0 / (1.0 + positive("discount rate", rate)?);
        let Self { alpha, beta, gamma, delta } = *self;
        let [x, n] = [pattern.purchases, pattern.periods].map(f64::from);
        let mut term = self.alive(pattern, 0)?;
        let mut sum = 0.0;
        for period in 0..TERMS {
            let lived = delta + n + f64::from(period);
            term *= discount * lived / (gamma + lived);
            sum += term;
            // What is left is less than a geometric series.
            if term * discount <= 1e-14 * sum * (1.0 - discount) {
                return finite("residual purchases", sum * (alpha + x) / (alpha + beta + n));
            }
        }
        Err(Error::NoConvergence { what: "residual purchases" })
    }
}
