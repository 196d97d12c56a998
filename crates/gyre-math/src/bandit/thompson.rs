//! Thompson sampling with exact probabilities.
//!
//! Thompson sampling picks each arm with the probability that it is the best (Thompson 1933).
//! Drawing from the posteriors hides that probability; here it is computed, so that it can be
//! logged as the propensity. An allocation takes [`best_arm_probabilities`], then
//! [`with_floor`], then [`crate::draw::pick`].

use crate::draw;
use crate::error::{Error, Result, finite, not_negative, positive};
use crate::moments::{Metric, Proportion, Sample};
use crate::quadrature;
use crate::tail;
use sealed::{Extent, Sealed};

/// Beta posterior of a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    alpha: f64,
    beta: f64,
}

/// Normal posterior of a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gaussian {
    mean: f64,
    sd: f64,
}

impl Beta {
    /// The uniform prior, Beta(1, 1).
    pub const UNIFORM: Self = Self { alpha: 1.0, beta: 1.0 };

    /// Beta(`alpha`, `beta`), both above zero.
    pub fn new(alpha: f64, beta: f64) -> Result<Self> {
        Ok(Self { alpha: positive("alpha", alpha)?, beta: positive("beta", beta)? })
    }

    /// Posterior after counts: Beta(α + s, β + n − s).
    ///
    /// Errors if there are more successes than units.
    pub fn after(self, counts: &Proportion) -> Result<Self> {
        counts.check()?;
        Ok(Self {
            alpha: self.alpha + counts.successes as f64,
            beta: self.beta + (counts.n - counts.successes) as f64,
        })
    }

    /// Posterior after counts that need not be whole: people who count for a part, because not
    /// all of their time has passed.
    ///
    /// Errors if either is below zero or not finite.
    pub fn with_counts(self, successes: f64, failures: f64) -> Result<Self> {
        Ok(Self {
            alpha: self.alpha + not_negative("successes", successes)?,
            beta: self.beta + not_negative("failures", failures)?,
        })
    }

    /// The posterior of 1 − rate: the best of these is the arm with the lowest rate.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { alpha: self.beta, beta: self.alpha }
    }

    /// Posterior mean of the rate, in (0, 1).
    pub fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }
}

impl Gaussian {
    /// Normal with `mean` and standard deviation `sd` above zero, both in the metric's unit.
    pub fn new(mean: f64, sd: f64) -> Result<Self> {
        Ok(Self { mean: finite("mean", mean)?, sd: positive("standard deviation", sd)? })
    }

    /// Posterior under a flat prior: the sample mean and its standard error.
    ///
    /// Errors as [`Metric::sample`] does, and with [`Error::NoVariance`] if the sample shows
    /// none.
    pub fn flat(metric: &impl Metric) -> Result<Self> {
        let Sample { n, mean, variance } = metric.sample()?;
        if variance <= 0.0 {
            return Err(Error::NoVariance);
        }
        Self::new(mean, (variance / n as f64).sqrt())
    }

    /// Posterior after a sample, this being the prior: precisions add, means are weighted by
    /// them (Gelman et al. 2013, Bayesian Data Analysis, §2.5). gbstats takes the prior
    /// mean 0, sd 100.
    ///
    /// Errors as [`Gaussian::flat`] does.
    pub fn after(self, metric: &impl Metric) -> Result<Self> {
        let data = Self::flat(metric)?;
        // The weight of the prior, without squares of precisions that could overflow.
        let prior = 1.0 / (1.0 + (self.sd / data.sd).powi(2));
        Self::new(data.mean + prior * (self.mean - data.mean), self.sd * prior.sqrt())
    }

    /// The posterior of −value: the best of these is the arm with the lowest value.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { mean: -self.mean, sd: self.sd }
    }

    /// Posterior mean, in the metric's unit.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Posterior standard deviation, in the metric's unit.
    pub fn sd(&self) -> f64 {
        self.sd
    }
}

/// A posterior that best-arm probabilities can be computed for: [`Beta`] or [`Gaussian`].
pub trait Posterior: Sealed {}
impl Posterior for Beta {}
impl Posterior for Gaussian {}

mod sealed {
    /// Where a posterior lies on the axis of integration.
    #[derive(Debug, Clone, Copy)]
    pub struct Extent {
        pub centre: f64,
        pub spread: f64,
        pub low: f64,
        pub high: f64,
    }

    /// A distribution on an axis that grows with the quantity compared.
    pub trait Sealed {
        /// What does not change along the axis.
        type Ready;
        /// Where the mass lies; less than 1e-16 of it is beyond low and high.
        fn extent(&self) -> Extent;
        /// Prepares for places relative to `origin`, two parts so that a narrow posterior far from
        /// zero keeps its digits.
        fn ready(&self, origin: f64) -> Self::Ready;
        /// Density and lower tail at `x` from the origin.
        fn density_and_below(ready: &Self::Ready, x: f64) -> (f64, f64);
    }
}

impl Sealed for Gaussian {
    /// Origin less mean, and one over the standard deviation.
    type Ready = (f64, f64);

    fn extent(&self) -> Extent {
        let reach = 9.0 * self.sd;
        Extent {
            centre: self.mean,
            spread: self.sd,
            low: self.mean - reach,
            high: self.mean + reach,
        }
    }

    fn ready(&self, origin: f64) -> Self::Ready {
        (origin - self.mean, 1.0 / self.sd)
    }

    fn density_and_below((shift, precision): &Self::Ready, x: f64) -> (f64, f64) {
        let (density, below) = tail::normal_density_and_below((x + shift) * precision);
        (density * precision, below)
    }
}

/// The axis is the log odds: there the density is smooth and has one peak for all shapes.
impl Sealed for Beta {
    type Ready = (Self, f64);

    fn extent(&self) -> Extent {
        let (a, b) = (self.alpha, self.beta);
        let centre = (a / b).ln();
        let spread = (1.0 / a + 1.0 / b).sqrt();
        // Tails fall like e^{at} and e^{−bt}, slower than a normal's.
        Extent {
            centre,
            spread,
            low: centre - 9.0 * spread - 40.0 / a,
            high: centre + 9.0 * spread + 40.0 / b,
        }
    }

    fn ready(&self, origin: f64) -> Self::Ready {
        (*self, origin)
    }

    fn density_and_below((posterior, origin): &Self::Ready, x: f64) -> (f64, f64) {
        let odds = (origin + x).exp();
        let (rate, rest) = (1.0 / (1.0 + 1.0 / odds), 1.0 / (1.0 + odds));
        let (alpha, beta) = (posterior.alpha, posterior.beta);
        (tail::beta_kernel(alpha, beta, rate, rest), tail::beta_lower(alpha, beta, rate, rest))
    }
}

/// Probability of each arm that its true value is the largest, in the order of `arms`.
///
/// w_k = ∫ f_k Π_{i≠k} F_i, all arms in one adaptive quadrature. Each is within 1e-9 of the
/// exact value, and together they sum to one up to rounding. Errors if `arms` is empty, or with
/// [`Error::NoConvergence`] for Beta shapes under about 0.03, where much of the mass lies at
/// rates too small for floating point.
pub fn best_arm_probabilities<P: Posterior>(arms: &[P]) -> Result<Vec<f64>> {
    placed(arms, Places::Best)
}

/// Probability of each arm of being drawn when first and second place are shared equally:
/// (P(best) + P(second))/2, in the order of `arms`.
///
/// Top-two Thompson sampling with β = ½ in the symmetric form of GrowthBook; it keeps exploring
/// the runner-up (Russo 2016, "Simple Bayesian algorithms for best arm identification", has the
/// resampling form). A single arm gets 1. Errors as [`best_arm_probabilities`].
pub fn top_two_probabilities<P: Posterior>(arms: &[P]) -> Result<Vec<f64>> {
    placed(arms, Places::BestTwo)
}

/// First step of the even rule in standard deviations of the narrowest posterior: half of it does for the
/// best of 100 arms that are alike.
const STEP: f64 = 0.4;
/// First steps of the even rule above which panels are cheaper.
const NODES: f64 = 150.0;

/// Chance of at most one arm above x at which what lies below x cannot matter any more.
const HOPELESS: f64 = 1e-20;

/// Which places count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Places {
    /// The first.
    Best,
    /// The first and the second, each by half.
    BestTwo,
}

/// Integrates each arm's density against the chance that its place counts.
fn placed<P: Posterior>(arms: &[P], places: Places) -> Result<Vec<f64>> {
    match arms.len() {
        0 => return Err(Error::TooFew { what: "arms", have: 0, need: 1 }),
        1 => return Ok(vec![1.0]),
        _ => {}
    }
    let extents: Vec<Extent> = arms.iter().map(Sealed::extent).collect();
    let mut lows: Vec<f64> = extents.iter().map(|e| e.low).collect();
    lows.sort_by(|a, b| b.total_cmp(a));
    // So many arms are surely above this that it is out of the running.
    let floor = lows[usize::from(places == Places::BestTwo)];
    let mut live: Vec<usize> = (0..arms.len()).filter(|k| extents[*k].high > floor).collect();
    // The best first: a product over arms that are above x is soon zero.
    live.sort_by(|a, b| extents[*b].centre.total_cmp(&extents[*a].centre));
    let count = live.len();
    let origin = extents[live[0]].centre;
    let ready: Vec<P::Ready> = live.iter().map(|k| arms[*k].ready(origin)).collect();
    let mut densities = vec![0.0; count];
    let mut below = vec![0.0; count];
    // Chance that no arm, or exactly one, of those behind index k lies above x.
    let mut behind = vec![(1.0, 0.0); count + 1];
    let mut evaluate = |x: f64, out: &mut [f64]| {
        let mut all = (1.0, 0.0);
        for ((arm, density), below) in ready.iter().zip(&mut densities).zip(&mut below) {
            (*density, *below) = P::density_and_below(arm, x);
            all = match places {
                // f/F is at most some 9 standard deviations, so no arm has a share of what is dropped.
                Places::Best => (all.0 * *below, 0.0),
                Places::BestTwo => with_arm(all, *below),
            };
            if all.0 + all.1 < HOPELESS {
                out.fill(0.0);
                return;
            }
        }
        if places == Places::Best {
            let each = out.iter_mut().zip(&densities).zip(&below);
            each.for_each(|((out, density), below)| *out = density * (all.0 / below));
            return;
        }
        for k in (0..count).rev() {
            behind[k] = with_arm(behind[k + 1], below[k]);
        }
        let mut ahead = (1.0, 0.0);
        for k in 0..count {
            let (none, one) = behind[k + 1];
            out[k] = densities[k] * 0.5 * (ahead.0 * none + ahead.0 * one + ahead.1 * none);
            ahead = with_arm(ahead, below[k]);
        }
    };
    let here = || live.iter().map(|k| &extents[*k]);
    let ends = (floor - origin, here().map(|e| e.high).fold(f64::NEG_INFINITY, f64::max) - origin);
    let step = STEP * here().map(|e| e.spread).fold(f64::INFINITY, f64::min);
    let is_sound = |found: &[f64]| (found.iter().sum::<f64>() - 1.0).abs() <= 1e-10;
    let even = ((ends.1 - ends.0) / step <= NODES)
        .then(|| quadrature::trapezoid(ends, step, count, &mut evaluate, is_sound))
        .flatten();
    let found = match even {
        Some(found) => found,
        None => quadrature::integrate(&knots(here(), floor, origin), count, &mut evaluate)?,
    };
    let sum: f64 = found.iter().sum();
    // What the integral cannot see is missing from the sum.
    if sum.is_nan() || (sum - 1.0).abs() > 1e-9 {
        return Err(Error::NoConvergence { what: "best-arm integral" });
    }
    let mut shares = vec![0.0; arms.len()];
    for (arm, share) in live.into_iter().zip(found) {
        shares[arm] = share / sum;
    }
    Ok(shares)
}

/// Chances of (no, exactly one) arm above x, once an arm with lower tail `below` joins.
fn with_arm((none, one): (f64, f64), below: f64) -> (f64, f64) {
    (none * below, one * below + none * (1.0 - below))
}

/// Panel ends from `floor` on, relative to `origin`, such that every posterior's peak has panels of
/// its own.
fn knots<'a>(extents: impl Iterator<Item = &'a Extent>, floor: f64, origin: f64) -> Vec<f64> {
    let mut high = f64::NEG_INFINITY;
    // (place, spread of the posterior it is for)
    let mut all: Vec<(f64, f64)> = vec![(floor - origin, 0.0)];
    for e in extents {
        high = high.max(e.high - origin);
        let centre = e.centre - origin;
        let at = |k: f64| centre + k * e.spread;
        all.extend(
            [e.low - origin, at(-3.0), centre, at(3.0), e.high - origin].map(|x| (x, e.spread)),
        );
    }
    all.retain(|(x, _)| *x >= floor - origin);
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // A knot so close to another, in units of its own spread, costs a panel and shows nothing.
    let mut kept: Vec<f64> = Vec::with_capacity(all.len());
    for (x, spread) in all {
        if kept.last().is_none_or(|last| x - last > 1.5 * spread) {
            kept.push(x);
        }
    }
    kept.push(high.max(kept.last().copied().unwrap_or(high)));
    kept
}

/// Weights moved onto the simplex where each arm has at least `floor`:
/// p_i = f + (1 − K f) w_i.
///
/// A negative floor counts as zero. Where K arms cannot all have the floor (K f ≥ 1), each
/// gets 1/K. Errors if `weights` is no distribution or `floor` is not finite.
pub fn with_floor(weights: &[f64], floor: f64) -> Result<Vec<f64>> {
    draw::check(weights)?;
    let floor = finite("floor", floor)?.max(0.0);
    let count = weights.len() as f64;
    if count * floor >= 1.0 {
        return Ok(vec![1.0 / count; weights.len()]);
    }
    Ok(weights.iter().map(|w| floor + (1.0 - count * floor) * w).collect())
}
