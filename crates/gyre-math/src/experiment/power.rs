//! Before and during an experiment: will it find what is looked for?
//!
//! Normal approximations throughout; below about 30 units per arm they are too hopeful.

use super::lift::Scale;
use super::sequential::{self, Mixing};
use crate::error::{Error, Result, error_rate, finite, not_negative, positive};
use crate::tail;

/// When an effect counts as found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// One planned look, two-sided.
    Fixed,
    /// One planned look, one-sided.
    FixedOneSided,
    /// Two-sided, always-valid, judged at the end only: the power of having stopped by then is
    /// higher.
    AlwaysValid(
        /// Mixing of the sequence.
        Mixing,
    ),
}

/// Control's metric and how people are shared out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Mean of control, in the metric's unit.
    pub mean: f64,
    /// Variance of one unit of control, above zero.
    pub variance: f64,
    /// Whether the metric is a rate, so that the treated variance is m(1 − m) at its own mean;
    /// otherwise it is taken to be control's.
    pub is_rate: bool,
    /// Treated units over all units, between 0 and 1.
    pub treated_share: f64,
    /// Scale of the effect.
    pub scale: Scale,
    /// Error rate of the test.
    pub alpha: f64,
    /// What counts as found.
    pub test: Test,
    /// Non-inferiority margin, in the unit of `scale`: found means above −`margin`. 0 for
    /// superiority.
    pub margin: f64,
}

impl Plan {
    /// Plan for a rate with one planned two-sided look, half of the units treated.
    pub fn rate(rate: f64, scale: Scale, alpha: f64) -> Self {
        let (variance, is_rate) = (rate * (1.0 - rate), true);
        let (treated_share, test, margin) = (0.5, Test::Fixed, 0.0);
        Self { mean: rate, variance, is_rate, treated_share, scale, alpha, test, margin }
    }

    /// Plan for a mean with one planned two-sided look, half of the units treated.
    pub fn mean(mean: f64, variance: f64, scale: Scale, alpha: f64) -> Self {
        let (treated_share, test, is_rate, margin) = (0.5, Test::Fixed, false, 0.0);
        Self { mean, variance, is_rate, treated_share, scale, alpha, test, margin }
    }

    /// Squared standard error of the lift at `effect` with `units` units in both arms together.
    fn variance_at(&self, effect: f64, units: f64) -> Result<f64> {
        let control_mean = finite("mean", self.mean)?;
        if self.is_rate {
            error_rate_like("rate", control_mean)?;
        }
        let treated_mean = match self.scale {
            Scale::Absolute => control_mean + finite("effect", effect)?,
            Scale::Relative => control_mean + finite("effect", effect)? * control_mean.abs(),
        };
        let control = positive("variance", self.variance)?;
        let treated = if self.is_rate {
            positive("variance of the treated rate", treated_mean * (1.0 - treated_mean))?
        } else {
            control
        };
        let share = error_rate_like("treated share", self.treated_share)?;
        let (n_t, n_c) = (units * share, units * (1.0 - share));
        match self.scale {
            Scale::Absolute => Ok(treated / n_t + control / n_c),
            Scale::Relative if control_mean == 0.0 => Err(Error::ZeroBaseline),
            Scale::Relative => {
                let ratio = treated_mean / control_mean;
                Ok((treated / n_t + control / n_c * ratio * ratio) / control_mean / control_mean)
            }
        }
    }

    /// Chance that the test finds a true `effect`, in the unit of `scale`, with `units` units in
    /// both arms together: Φ((δ − h)/se) + Φ((−δ − h)/se), h the half-width of the test's interval
    /// (Chow, Shao & Wang 2008, Sample Size Calculations in Clinical Research, §3.2).
    ///
    /// A plan with a margin counts only δ + margin above zero. Errors on inputs out of range.
    pub fn power(&self, effect: f64, units: f64) -> Result<f64> {
        let units = positive("units", units)?;
        let variance = positive("lift variance", self.variance_at(effect, units)?)?;
        let se = variance.sqrt();
        let margin = not_negative("margin", self.margin)?;
        let half = critical(self.test, self.alpha, variance, units as u64)?;
        let z = (effect + margin) / se;
        let upper = tail::normal_upper(half / se - z);
        let two_sided = !matches!(self.test, Test::FixedOneSided) && margin == 0.0;
        Ok(if two_sided { upper + tail::normal_upper(half / se + z) } else { upper })
    }

    /// Units in both arms together at which [`Plan::power`] first reaches `power`, rounded up.
    ///
    /// Errors if `effect` plus margin is zero (or, one-sided, below it), if `power` is not between
    /// α and 1, or if a quintillion units are not enough.
    pub fn units(&self, effect: f64, power: f64) -> Result<u64> {
        let power = self.checked_power(power)?;
        let (mut low, mut high) = (1.0_f64, 4.0_f64);
        while self.power(effect, high)? < power {
            (low, high) = (high, high * 2.0);
            if high > 1e18 {
                return Err(Error::NoConvergence { what: "sample size" });
            }
        }
        while high - low > 0.5 && high - low > 1e-12 * high {
            let middle = 0.5 * (low + high);
            if self.power(effect, middle)? < power {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(high.ceil() as u64)
    }

    /// Smallest effect above zero that `units` units in both arms together find with `power`, in
    /// the unit of `scale`.
    ///
    /// Errors if no effect is large enough, as for a rate near 1.
    pub fn minimum_detectable_effect(&self, units: f64, power: f64) -> Result<f64> {
        let power = self.checked_power(power)?;
        let fails = |effect: f64| self.power(effect, units).map(|found| found < power);
        let unit = self.variance_at(0.0, positive("units", units)?)?.sqrt();
        let (mut low, mut high) = (0.0, unit);
        while fails(high)? {
            (low, high) = (high, high * 1.5);
            if high > 1e6 * unit {
                return Err(Error::NoConvergence { what: "minimum detectable effect" });
            }
        }
        for _ in 0..80 {
            let middle = 0.5 * (low + high);
            if fails(middle)? {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    fn checked_power(&self, power: f64) -> Result<f64> {
        if power > error_rate(self.alpha)? && power < 1.0 {
            return Ok(power);
        }
        Err(Error::OutOfRange { what: "power", value: power, domain: "between alpha and 1" })
    }
}

/// Passes a share on if it lies strictly between 0 and 1.
fn error_rate_like(what: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        return Ok(value);
    }
    Err(Error::OutOfRange { what, value, domain: "between 0 and 1" })
}

/// Half-width of the test's interval.
fn critical(test: Test, alpha: f64, variance: f64, units: u64) -> Result<f64> {
    let alpha = error_rate(alpha)?;
    match test {
        Test::Fixed => Ok(tail::normal_quantile_upper(alpha / 2.0) * variance.sqrt()),
        Test::FixedOneSided => Ok(tail::normal_quantile_upper(alpha) * variance.sqrt()),
        Test::AlwaysValid(mixing) => {
            sequential::half_width(variance, mixing.ratio(alpha, variance, units.max(1))?, alpha)
        }
    }
}

/// An experiment under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Midway {
    /// Lift so far.
    pub value: f64,
    /// Its squared standard error, above zero.
    pub variance: f64,
    /// Units so far, both arms.
    pub units: u64,
    /// Units that there will be in the end, both arms; more than `units`.
    pub final_units: u64,
    /// Error rate of the test at the end.
    pub alpha: f64,
    /// Test at the end.
    pub test: Test,
}

impl Midway {
    /// Chance that the test at the end finds something, given the data so far, if the true lift
    /// is `effect` (conditional power; Lan & Wittes 1988, "The B-value").
    ///
    /// Errors on inputs out of range.
    pub fn conditional_power(&self, effect: f64) -> Result<f64> {
        self.power_of(effect, 0.0)
    }

    /// The same where the true lift is not fixed but normal with this mean and standard deviation:
    /// predictive power (Spiegelhalter, Freedman & Blackburn 1986). Under a flat prior, pass the
    /// lift so far and its standard error; else the posterior of [`crate::experiment::bayes`].
    ///
    /// Errors on inputs out of range.
    pub fn predictive_power(&self, mean: f64, sd: f64) -> Result<f64> {
        self.power_of(mean, positive("standard deviation", sd)?)
    }

    /// The lift at the end is N(tΔ + (1 − t)θ, (1 − t)V_end), t = units so far over units at the
    /// end, V_end = tV.
    fn power_of(&self, effect: f64, sd: f64) -> Result<f64> {
        if self.units == 0 || self.final_units <= self.units {
            let value = self.final_units as f64;
            return Err(Error::OutOfRange { what: "final units", value, domain: "above units" });
        }
        let t = self.units as f64 / self.final_units as f64;
        let variance = positive("lift variance", self.variance)? * t;
        let half = critical(self.test, self.alpha, variance, self.final_units)?;
        let mean = t * finite("lift", self.value)? + (1.0 - t) * finite("effect", effect)?;
        let spread = ((1.0 - t) * variance + ((1.0 - t) * sd).powi(2)).sqrt();
        let upper = tail::normal_upper((half - mean) / spread);
        Ok(match self.test {
            Test::FixedOneSided => upper,
            Test::Fixed | Test::AlwaysValid(_) => {
                upper + tail::normal_upper((half + mean) / spread)
            }
        })
    }
}
