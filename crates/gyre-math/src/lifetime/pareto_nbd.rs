//! Pareto/NBD: purchases at random until the customer leaves at a random time.

use super::optimise::{Fit, maximise};
use super::{Customer, grouped, log_sum};
use crate::error::{Error, Result, finite, not_negative, positive};
use crate::quadrature;
use statrs::function::gamma::{digamma, ln_gamma};

/// The model: purchase rates are Gamma(r, α), rates of leaving Gamma(s, β) (Schmittlein, Morrison &
/// Colombo 1987).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the purchase rate.
    pub r: f64,
    /// Scale of the purchase rate, in units of time.
    pub alpha: f64,
    /// Shape of the rate of leaving.
    pub s: f64,
    /// Scale of the rate of leaving, in units of time.
    pub beta: f64,
}

/// ln ∫ (α + y)^−(r + x) (β + y)^−(s + 1) dy from t_x to T, with its derivatives by r, α, s, β.
struct Gone {
    log: f64,
    slopes: [f64; 4],
}

impl ParetoNbd {
    /// Fits the model to customers.
    ///
    /// Errors if there are no customers, their times contradict each other, or all ages are zero.
    /// Otherwise there is always a fit; look at its convergence.
    pub fn fit(customers: &[Customer]) -> Result<Fit<Self>> {
        let (groups, unit) = grouped(customers)?;
        let scaled: Vec<(Customer, f64)> = groups
            .into_iter()
            .map(|(c, n)| (Customer { last: c.last / unit, age: c.age / unit, ..c }, n))
            .collect();
        let starts = [
            [0.5, 0.3, 0.6, 0.4],
            [1.0, 0.3, 1.0, 1.0],
            [0.3, 0.1, 2.0, 3.0],
            [2.0, 1.0, 0.3, 1.0],
        ]
        .map(|start| start.map(f64::ln));
        let found = maximise(&starts, |logs| {
            let [r, alpha, s, beta] = logs.map(f64::exp);
            Self { r, alpha, s, beta }.score(&scaled)
        });
        let [r, alpha, s, beta] = found.logs.map(f64::exp);
        let purchases: f64 = customers.iter().map(|c| f64::from(c.purchases)).sum();
        let model = Self { r, alpha: alpha * unit, s, beta: beta * unit };
        Ok(found.fit(model, -purchases * unit.ln()))
    }

    /// Log-likelihood and its gradient by the logarithms of r, α, s, β.
    pub(super) fn score(&self, groups: &[(Customer, f64)]) -> (f64, [f64; 4]) {
        let Self { r, alpha, s, beta } = *self;
        let (mut total, mut gradient) = (0.0, [0.0; 4]);
        for (customer, count) in groups {
            let (log, slopes) = self.score_of(customer);
            total += count * log;
            for (sum, slope) in gradient.iter_mut().zip(slopes) {
                *sum += count * slope;
            }
        }
        for (slope, parameter) in gradient.iter_mut().zip([r, alpha, s, beta]) {
            *slope *= parameter;
        }
        (total, gradient)
    }

    /// L = Γ(r + x)α^r β^s/Γ(r) [(α + T)^−(r + x) (β + T)^−s + s ∫ (α + y)^−(r + x)(β + y)^−(s + 1) dy]
    /// (Fader & Hardie 2005, "A note on deriving the Pareto/NBD model", eq. 17 before the integral is
    /// written as a hypergeometric function).
    fn score_of(&self, customer: &Customer) -> (f64, [f64; 4]) {
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(customer.purchases);
        let (log_a, log_b) = ((alpha + customer.age).ln(), (beta + customer.age).ln());
        let alive = -(r + x) * log_a - s * log_b;
        let gone = self.gone(customer);
        let log_gone = s.ln() + gone.log;
        let both = log_sum(alive, log_gone);
        let (p, q) = ((alive - both).exp(), (log_gone - both).exp());
        let constant = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
        let by_gone = |index: usize| if q > 0.0 { q * gone.slopes[index] } else { 0.0 };
        let slopes = [
            digamma(r + x) - digamma(r) + alpha.ln() - p * log_a + by_gone(0),
            r / alpha - p * (r + x) / (alpha + customer.age) + by_gone(1),
            beta.ln() - p * log_b + q / s + by_gone(2),
            s / beta - p * s / (beta + customer.age) + by_gone(3),
        ];
        (constant + both, slopes)
    }

    /// The integral over u = ln(y + min(α, β)), in Kronrod panels. There its logarithm is concave: it has
    /// one peak, and where it is steep the window outside of which it is below e⁻⁴⁰ of the peak is found
    /// first.
    fn gone(&self, customer: &Customer) -> Gone {
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(customer.purchases);
        let least = alpha.min(beta);
        let from = (customer.last + least).ln();
        let to = (customer.age + least).ln();
        if to <= from {
            return Gone { log: f64::NEG_INFINITY, slopes: [0.0; 4] };
        }
        let slope = |u: f64| {
            let base = u.exp();
            let part = |shape: f64, scale: f64| shape * base / (base + (scale - least));
            1.0 - part(r + x, alpha) - part(s + 1.0, beta)
        };
        let value_at = |u: f64| {
            let base = u.exp();
            let (log_a, log_b) = ((base + (alpha - least)).ln(), (base + (beta - least)).ln());
            (u - (r + x) * log_a - (s + 1.0) * log_b, log_a, log_b)
        };
        let (first, last) = (slope(from), slope(to));
        let peak = match (first > 0.0, last > 0.0) {
            (false, _) => from,
            (_, true) => to,
            _ => bisect(from, to, |u| slope(u) > 0.0),
        };
        let (top, ..) = value_at(peak);
        let steepness = (to - from) * first.abs().max(last.abs());
        let (low, high, panels) = if steepness <= 40.0 {
            (from, to, (steepness / 8.0).ceil().max(1.0))
        } else {
            let is_small = |u: f64| value_at(u).0 < top - 40.0;
            let low = if is_small(from) { bisect(from, peak, is_small) } else { from };
            let high = if is_small(to) { bisect(peak, to, |u| !is_small(u)) } else { to };
            (low, high, 8.0)
        };
        let width = (high - low) / panels;
        // Relative to the peak, so that nothing underflows.
        let (mut sum, mut slopes) = (0.0, [0.0; 4]);
        for panel in 0..panels as usize {
            let start = low + width * panel as f64;
            for (u, weight) in quadrature::panel(start, start + width) {
                let (log, log_a, log_b) = value_at(u);
                let part = weight * (log - top).exp();
                sum += part;
                slopes[0] -= part * log_a;
                slopes[1] -= part * (r + x) * (-log_a).exp();
                slopes[2] -= part * log_b;
                slopes[3] -= part * (s + 1.0) * (-log_b).exp();
            }
        }
        Gone { log: top + sum.ln(), slopes: slopes.map(|slope| slope / sum) }
    }

    /// Log-likelihood of customers, without the constant that lifetimes leaves out too.
    ///
    /// Errors if a parameter is not above zero or a customer is impossible.
    pub fn log_likelihood(&self, customers: &[Customer]) -> Result<f64> {
        self.check()?;
        let (groups, _) = grouped(customers)?;
        finite("log-likelihood", self.score(&groups).0)
    }

    fn check(&self) -> Result<()> {
        for value in [self.r, self.alpha, self.s, self.beta] {
            positive("parameter", value)?;
        }
        Ok(())
    }

    /// Chance that the customer has not left (Schmittlein et al. 1987, eq. 11–13): the share of the
    /// first term in the likelihood.
    ///
    /// Errors if a parameter is not above zero or the customer is impossible.
    pub fn alive(&self, customer: &Customer) -> Result<f64> {
        self.check()?;
        customer.check()?;
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(customer.purchases);
        let alive = -(r + x) * (alpha + customer.age).ln() - s * (beta + customer.age).ln();
        let gone = s.ln() + self.gone(customer).log;
        Ok((alive - log_sum(alive, gone)).exp())
    }

    /// Purchases expected from a customer in the next `time`: P(alive) (r + x)(β + T)/((α + T)(s − 1))
    /// [1 − ((β + T)/(β + T + t))^(s − 1)] (Schmittlein et al. 1987, eq. 22), continuous at s = 1.
    ///
    /// Errors if a parameter is not above zero, the customer is impossible, or `time` below zero.
    pub fn expected_purchases(&self, customer: &Customer, time: f64) -> Result<f64> {
        let alive = self.alive(customer)?;
        let time = not_negative("time", time)?;
        let Self { r, alpha, s, beta } = *self;
        let (base, x) = (beta + customer.age, f64::from(customer.purchases));
        let log = (base / (base + time)).ln();
        let power = s - 1.0;
        let life = if power.abs() < 1e-12 { -log } else { -(power * log).exp_m1() / power };
        let value = alive * (r + x) / (alpha + customer.age) * base * life;
        if value.is_finite() { Ok(value) } else { Err(Error::NotFinite { what: "time" }) }
    }

    /// Purchases expected from a new customer in their first `time` (ibid., eq. 17).
    ///
    /// Errors if a parameter is not above zero or `time` below zero.
    pub fn expected_from_new(&self, time: f64) -> Result<f64> {
        self.expected_purchases(&Customer { purchases: 0, last: 0.0, age: 0.0 }, time)
    }
}

/// Where `holds` changes from true at `low` to false at `high`, to 30 bits.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
