//! BG/NBD and MBG/NBD: purchases at random until the customer quietly leaves after one of them.

use super::optimise::{Fit, maximise};
use super::{Customer, grouped, log_sum};
use crate::error::{Result, finite, not_negative, positive};
use crate::{quadrature, tail};
use statrs::function::gamma::{digamma, ln_gamma};

/// When customers may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// After a repeat purchase: BG/NBD (Fader, Hardie & Lee 2005, "Counting your customers the easy
    /// way"). Whoever never came back is surely alive.
    AfterRepeat,
    /// After any purchase, the first too: MBG/NBD (Batislam, Denizel & Filiztekin 2007).
    AfterAny,
}

/// The model: purchase rates are Gamma(r, α), chances to leave Beta(a, b).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    /// Shape of the purchase rate.
    pub r: f64,
    /// Scale of the purchase rate, in units of time.
    pub alpha: f64,
    /// First shape of the chance to leave.
    pub a: f64,
    /// Second shape of the chance to leave.
    pub b: f64,
    /// When customers may leave.
    pub leaving: Leaving,
}

/// A number of purchases, and (last purchase, age, count) of the customers who made so many.
type SameCount = (f64, Vec<(f64, f64, f64)>);

impl Leaving {
    /// b is one larger wherever a first purchase could have been the last.
    fn extra(self) -> f64 {
        match self {
            Self::AfterRepeat => 0.0,
            Self::AfterAny => 1.0,
        }
    }
}

impl BgNbd {
    /// Fits the model to customers.
    ///
    /// Errors if there are no customers, their times contradict each other, or all ages are zero.
    /// Otherwise there is always a fit; look at its convergence.
    pub fn fit(customers: &[Customer], leaving: Leaving) -> Result<Fit<Self>> {
        let (groups, unit) = grouped(customers)?;
        // Times in mean ages; consecutive groups share their purchases.
        let mut by_count: Vec<SameCount> = Vec::new();
        for (customer, count) in groups {
            let x = f64::from(customer.purchases);
            let row = (customer.last / unit, customer.age / unit, count);
            match by_count.last_mut() {
                Some((same, rows)) if same.to_bits() == x.to_bits() => rows.push(row),
                _ => by_count.push((x, vec![row])),
            }
        }
        let evaluate = |logs: &[f64; 4]| {
            let [r, alpha, a, b] = logs.map(f64::exp);
            Self { r, alpha, a, b, leaving }.score(&by_count)
        };
        let starts = [
            [0.25, 0.1, 0.8, 2.5],
            [1.0, 0.2, 1.0, 1.0],
            [0.5, 1.0, 0.1, 3.0],
            [3.0, 0.5, 0.5, 10.0],
        ]
        .map(|start| start.map(f64::ln));
        let found = maximise(&starts, evaluate);
        let [r, alpha, a, b] = found.logs.map(f64::exp);
        // A rate per unit of time: each purchase adds −ln(unit).
        let purchases: f64 = customers.iter().map(|c| f64::from(c.purchases)).sum();
        let model = Self { r, alpha: alpha * unit, a, b, leaving };
        Ok(found.fit(model, -purchases * unit.ln()))
    }

    /// Log-likelihood of all customers and its gradient by the logarithms of r, α, a, b.
    fn score(&self, by_count: &[SameCount]) -> (f64, [f64; 4]) {
        let Self { r, alpha, a, b, .. } = *self;
        let extra = self.leaving.extra();
        let (mut total, mut gradient) = (0.0, [0.0; 4]);
        let (psi_r, psi_b, psi_ab) = (digamma(r), digamma(b), digamma(a + b));
        for (x, rows) in by_count {
            let x = *x;
            let (bx, abx) = (b + x + extra, a + b + x + extra);
            let constant = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + ln_gamma(a + b)
                - ln_gamma(abx)
                + ln_gamma(bx)
                - ln_gamma(b);
            let by_r = digamma(r + x) - psi_r + alpha.ln();
            let by_a = psi_ab - digamma(abx);
            let by_b = by_a + digamma(bx) - psi_b;
            let can_leave = x > 0.0 || extra > 0.0;
            let odds = bx - 1.0;
            for (last, age, count) in rows {
                let (log_age, log_last) = ((alpha + age).ln(), (alpha + last).ln());
                let alive = -(r + x) * log_age;
                let gone = if can_leave {
                    a.ln() - odds.ln() - (r + x) * log_last
                } else {
                    f64::NEG_INFINITY
                };
                let both = log_sum(alive, gone);
                let (p, q) = ((alive - both).exp(), (gone - both).exp());
                total += count * (constant + both);
                gradient[0] += count * (by_r - p * log_age - q * log_last);
                gradient[1] +=
                    count * (r / alpha - (r + x) * (p / (alpha + age) + q / (alpha + last)));
                gradient[2] += count * (by_a + q / a);
                gradient[3] += count * (by_b - if can_leave { q / odds } else { 0.0 });
            }
        }
        for (slope, parameter) in gradient.iter_mut().zip([r, alpha, a, b]) {
            *slope *= parameter;
        }
        (total, gradient)
    }

    /// Log-likelihood of customers, without the constant that lifetimes leaves out too.
    ///
    /// Errors if a parameter is not above zero or a customer is impossible.
    pub fn log_likelihood(&self, customers: &[Customer]) -> Result<f64> {
        self.check()?;
        let (groups, _) = grouped(customers)?;
        let row = |(c, n): &(Customer, f64)| (f64::from(c.purchases), vec![(c.last, c.age, *n)]);
        Ok(self.score(&groups.iter().map(row).collect::<Vec<_>>()).0)
    }

    fn check(&self) -> Result<()> {
        for value in [self.r, self.alpha, self.a, self.b] {
            positive("parameter", value)?;
        }
        Ok(())
    }

    /// Chance that the customer has not left: 1/(1 + a/(b + x − 1) ((α + T)/(α + t_x))^(r + x)) for
    /// x > 0 (Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model"); for MBG/NBD
    /// with b + x, also at x = 0.
    ///
    /// Errors if a parameter is not above zero or the customer is impossible.
    pub fn alive(&self, customer: &Customer) -> Result<f64> {
        self.check()?;
        customer.check()?;
        Ok(1.0 / (1.0 + self.odds_of_leaving(customer)))
    }

    fn odds_of_leaving(&self, customer: &Customer) -> f64 {
        let Self { r, alpha, a, b, leaving } = *self;
        let x = f64::from(customer.purchases);
        if customer.purchases == 0 && leaving == Leaving::AfterRepeat {
            return 0.0;
        }
        let ratio = (alpha + customer.age) / (alpha + customer.last);
        (a.ln() - (b + x + leaving.extra() - 1.0).ln() + (r + x) * ratio.ln()).exp()
    }

    /// Purchases expected from a customer in the next `time` (Fader, Hardie & Lee 2005, eq. 10; for
    /// MBG/NBD Batislam et al. 2007, eq. 12).
    ///
    /// Errors if a parameter is not above zero, the customer is impossible, or `time` below zero.
    pub fn expected_purchases(&self, customer: &Customer, time: f64) -> Result<f64> {
        let alive_odds = 1.0 + {
            self.alive(customer)?;
            self.odds_of_leaving(customer)
        };
        let x = f64::from(customer.purchases);
        let time = not_negative("time", time)?;
        Ok(self.until_leaving(x, self.alpha + customer.age, time)? / alive_odds)
    }

    /// Purchases expected from a new customer in their first `time` (ibid., eq. 9).
    ///
    /// Errors if a parameter is not above zero or `time` below zero.
    pub fn expected_from_new(&self, time: f64) -> Result<f64> {
        self.expected_purchases(&Customer { purchases: 0, last: 0.0, age: 0.0 }, time)
    }

    /// Purchases expected in `time` of somebody who is there, ∫ (1 − (base/(base + pt))^(r + x))/p over
    /// p ~ Beta(a, b + x), whose closed form is a hypergeometric function.
    fn until_leaving(&self, x: f64, base: f64, time: f64) -> Result<f64> {
        let found = match self.series(x, base, time) {
            Some(value) => value,
            None => self.integral(x, base, time)?,
        };
        finite("expected purchases", found.max(0.0))
    }

    /// (a + b + x − 1)/(a − 1) · (1 − ₂F₁(r + x, b + x; a + b + x − 1; z)(1 − z)^(r + x)), z = t/(base + t).
    ///
    /// After Euler's transformation the second factor is 1 − (1 − z)^(a − 1) ₂F₁(a + b − 1 − r, a − 1;
    /// a + b + x − 1; z); its first-order part in a − 1 is taken out, so a = 1 is nothing special.
    /// None where the series is long or its terms cancel, as they do for parameters in the millions.
    fn series(&self, x: f64, base: f64, time: f64) -> Option<f64> {
        const TERMS: u32 = 10_000;
        let Self { r, a, .. } = *self;
        let b = self.b + self.leaving.extra();
        let z = time / (base + time);
        let log_rest = (base / (base + time)).ln();
        let (c, upper) = (a + b + x - 1.0, a + b - 1.0 - r);
        let power = a - 1.0;
        let plain =
            if power.abs() < 1e-12 { -log_rest } else { -(power * log_rest).exp_m1() / power };
        let rest = (power * log_rest).exp();
        // c·S, S = Σ_{n ≥ 1} (upper)_n (a)_{n−1}/((c)_n n!) zⁿ.
        let mut term = upper * z;
        let (mut sum, mut largest) = (term, term.abs());
        for n in 1..TERMS {
            let step = f64::from(n);
            term *= (upper + step) / (c + step) * (a + step - 1.0) / (step + 1.0) * z;
            sum += term;
            largest = largest.max(term.abs());
            // Terms fall at least like zⁿ once n passes the parameters.
            let is_small = term.abs() * (1.0 / (1.0 - z)).min(step) <= 1e-16 * sum.abs();
            if (is_small && step > upper.abs()) || term == 0.0 {
                let value = c * plain - rest * sum;
                let noise = 1e-16 * (largest * rest).max(c * plain);
                return (noise <= 1e-12 * value).then_some(value);
            }
        }
        None
    }

    /// The integral itself over the log odds of p, where its density is smooth for all shapes.
    fn integral(&self, x: f64, base: f64, time: f64) -> Result<f64> {
        let (shape, first, second) = (self.r + x, self.a, self.b + self.leaving.extra() + x);
        let gain = |p: f64| -(-shape * (p * time / base).ln_1p()).exp_m1() / p;
        // The gain falls and bends up, so the integral is at least the gain at the mean.
        let scale = gain(first / (first + second));
        if scale.is_nan() || scale <= 0.0 {
            return Ok(0.0);
        }
        let (centre, spread) =
            ((first / second).ln(), (1.0 / first + 1.0 / second).sqrt().min(40.0));
        let reach = 9.0 * spread;
        let mut knots = vec![
            centre - reach - 40.0 / first,
            centre - reach,
            centre - 3.0 * spread,
            centre,
            centre + 3.0 * spread,
            centre + reach,
            centre + reach + 40.0 / second,
        ];
        // Where the gain bends.
        let bend = (base / (shape * time)).ln();
        knots.extend([bend - 5.0, bend, bend + 5.0].into_iter().filter(|at| {
            at.is_finite() && *at > centre - reach - 40.0 / first && *at < centre + reach
        }));
        knots.sort_by(f64::total_cmp);
        knots.dedup();
        let found = quadrature::integrate(&knots, 1, |at, out| {
            let (p, rest) = (1.0 / (1.0 + (-at).exp()), 1.0 / (1.0 + at.exp()));
            // So far down the odds are the chance, and too small to be told from none.
            let gain = if p > 0.0 { gain(p) } else { shape * time / base };
            out[0] = tail::beta_kernel(first, second, p, rest) * gain / scale;
        })?;
        Ok(found[0] * scale)
    }
}
