//! Rewards that come late.
//!
//! Whoever has not converted yet has not failed. Counting the young as failures makes every new
//! arm look bad; waiting until all are old makes learning slow. Here each person counts for the
//! share of conversions that would have been seen by their age.

use super::thompson::{Beta, Gaussian};
use crate::error::{Error, Result, all_finite, at_least, not_negative, same_length};

/// Share of eventual conversions that are seen by an age: a step function from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct DelayCurve {
    /// (age, share of conversions seen by it), both ascending; the last share is 1.
    steps: Vec<(f64, f64)>,
}

impl DelayCurve {
    /// From (age, share) with ages and shares ascending and the last share 1.
    ///
    /// Errors if they are not so.
    pub fn new(steps: &[(f64, f64)]) -> Result<Self> {
        at_least("steps", steps.len(), 1)?;
        let mut before = (f64::NEG_INFINITY, 0.0);
        for &(age, share) in steps {
            if !(age > before.0 && age.is_finite() && share >= before.1 && share <= 1.0) {
                let domain = "above those before, at most 1";
                return Err(Error::OutOfRange { what: "delay share", value: share, domain });
            }
            before = (age, share);
        }
        if before.1 < 1.0 {
            return Err(Error::NotADistribution { sum: before.1 });
        }
        Ok(Self { steps: steps.to_vec() })
    }

    /// Estimated from those who converted: `delays[i]` from contact to conversion and `ages[i]`
    /// from contact to now, in the same unit, delay ≤ age.
    ///
    /// Product-limit estimate in reverse time, F(t) = Π_{s > t} (1 − d_s/n_s), n_s = those with
    /// delay ≤ s ≤ age: the quick are over-represented among the young, and this undoes it
    /// (Lagakos, Barraj & De Gruttola 1988, "Nonparametric analysis of truncated survival
    /// data"). Nothing can be said beyond the largest age: the curve is that of conversions
    /// which come by then.
    ///
    /// Errors if there is nobody or a delay is below zero or above its age.
    pub fn from_converted(delays: &[f64], ages: &[f64]) -> Result<Self> {
        same_length(delays, ages)?;
        at_least("conversions", delays.len(), 1)?;
        all_finite("ages", ages)?;
        for (delay, age) in delays.iter().zip(ages) {
            if not_negative("delay", *delay)? > *age {
                return Err(Error::OutOfRange {
                    what: "delay",
                    value: *delay,
                    domain: "up to the age",
                });
            }
        }
        let sorted = |values: &[f64]| {
            let mut all = values.to_vec();
            all.sort_by(f64::total_cmp);
            all
        };
        let (by_delay, by_age) = (sorted(delays), sorted(ages));
        let mut distinct = by_delay.clone();
        distinct.dedup();
        let mut steps = Vec::with_capacity(distinct.len());
        let mut share = 1.0;
        for &t in distinct.iter().rev() {
            steps.push((t, share));
            let (up_to, under) =
                (by_delay.partition_point(|d| *d <= t), by_delay.partition_point(|d| *d < t));
            let at_risk = up_to - by_age.partition_point(|age| *age < t);
            share *= 1.0 - (up_to - under) as f64 / at_risk as f64;
        }
        steps.reverse();
        Ok(Self { steps })
    }

    /// Share of eventual conversions seen by `age`.
    pub fn share(&self, age: f64) -> f64 {
        let index = self.steps.partition_point(|(at, _)| *at <= age);
        index.checked_sub(1).map_or(0.0, |i| self.steps[i].1)
    }

    /// Mean share over `ages` of people, from 0 to 1: how mature their numbers are. 0 for nobody.
    pub fn maturity(&self, ages: &[f64]) -> f64 {
        if ages.is_empty() {
            return 0.0;
        }
        ages.iter().map(|age| self.share(*age)).sum::<f64>() / ages.len() as f64
    }
}

/// One arm, some of whose people may still convert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Immature<'a> {
    /// People who converted.
    pub conversions: u64,
    /// Age since contact of each person who did not convert yet.
    pub pending_ages: &'a [f64],
    /// Σ over those who converted of the share of conversions seen by *their* age.
    pub converted_shares: f64,
}

impl Immature<'_> {
    /// Beta posterior with effective trials ΣF(age) instead of people (Vernade, Cappé & Perchet
    /// 2017, "Stochastic bandit models for delayed conversions", eq. 2).
    ///
    /// Errors if the shares are out of range.
    pub fn beta(&self, prior: Beta, curve: &DelayCurve) -> Result<Beta> {
        let trials = self.trials(curve)?;
        prior.with_counts(self.conversions as f64, (trials - self.conversions as f64).max(0.0))
    }

    /// Rate that maximises the likelihood θˢ Π(1 − θF(age)) over those still pending, with its
    /// standard error from the observed information (the mixture-cure likelihood of Chapelle 2014,
    /// "Modeling delayed feedback in display advertising", eq. 6, with the delay known).
    ///
    /// Errors if nobody converted or nobody's absence says anything.
    pub fn rate(&self, curve: &DelayCurve) -> Result<Gaussian> {
        let successes = self.conversions as f64;
        let shares: Vec<f64> = self.pending_ages.iter().map(|age| curve.share(*age)).collect();
        let silent: f64 = shares.iter().sum();
        if self.conversions == 0 || silent <= 0.0 {
            return Err(Error::NoVariance);
        }
        // The score s/θ − ΣF/(1 − θF) falls from +∞: bisection cannot miss its root.
        let score =
            |rate: f64| successes / rate - shares.iter().map(|f| f / (1.0 - rate * f)).sum::<f64>();
        let (mut low, mut high) = (0.0_f64, 1.0_f64);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if score(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let rate = 0.5 * (low + high);
        let information = successes / (rate * rate)
            + shares.iter().map(|f| (f / (1.0 - rate * f)).powi(2)).sum::<f64>();
        Gaussian::new(rate, information.sqrt().recip())
    }

    fn trials(&self, curve: &DelayCurve) -> Result<f64> {
        let seen = not_negative("converted shares", self.converted_shares)?;
        if seen > self.conversions as f64 {
            let domain = "at most the conversions";
            return Err(Error::OutOfRange { what: "converted shares", value: seen, domain });
        }
        Ok(seen + self.pending_ages.iter().map(|age| curve.share(*age)).sum::<f64>())
    }
}
