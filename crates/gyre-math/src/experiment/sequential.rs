//! Estimates that stay valid however often somebody looks.
//!
//! All of them are one formula, the mixture sequential ratio. With V = se² of the lift and a
//! normal mixing distribution of variance τ², let r = τ²/V:
//!
//! - Λ = exp(r δ²/(2V(1 + r)))/√(1 + r), p = min(1, 1/Λ)
//! - half-width = √(V (1 + r)/r · (2 ln(1/α) + ln(1 + r)))
//!
//! A fixed τ² is the mSPRT (Johari, Pekelis & Walsh 2017, "Always valid inference"). τ² =
//! ρ²NV, so r = Nρ², is the asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha,
//! Kennedy & Ramdas, arXiv 2103.06476v7, eq. 9, 155 and 161), which GrowthBook uses.
//!
//! Error control is asymptotic in the number of units: it starts to hold at about 25
//! conversions per arm. The p of one look is not a running minimum over looks; both are valid,
//! and a caller who wants p to be monotone takes the minimum.

use crate::error::{Error, Result, error_rate, finite, positive};
use crate::interval::{Estimate, Interval, Side};
use crate::lift::Lift;

/// Where the mixing variance comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mixing {
    /// Asymptotic confidence sequence, tightest when both arms together hold about this many
    /// units. Fix it before the experiment starts and never change it. GrowthBook: 5000.
    Tuned {
        /// Units of both arms at which the interval is tightest.
        expected_units: u64,
    },
    /// mSPRT with a fixed variance τ² of the effect, in squared units of the lift.
    Fixed {
        /// τ², above zero.
        variance: f64,
    },
}

/// Tuning parameter ρ = √((−2 ln α + ln(1 − 2 ln α))/N*) of the two-sided sequence, in
/// 1/√units (arXiv 2103.06476v7, eq. 161). The one-sided sequence takes ρ at 2α.
///
/// Errors if `alpha` is not between 0 and 1 or `expected_units` is zero.
pub fn rho(alpha: f64, expected_units: u64) -> Result<f64> {
    if expected_units == 0 {
        return Err(Error::TooFew { what: "expected units", have: 0, need: 1 });
    }
    let log = -2.0 * error_rate(alpha)?.ln();
    Ok(((log + log.ln_1p()) / expected_units as f64).sqrt())
}

impl Mixing {
    /// r = τ²/V for a lift with squared standard error `variance` from `units` units, tuned for
    /// a two-sided error of `alpha`. A one-sided estimate passes 2α.
    pub fn ratio(self, alpha: f64, variance: f64, units: u64) -> Result<f64> {
        let ratio = match self {
            Self::Tuned { expected_units } => rho(alpha, expected_units)?.powi(2) * units as f64,
            Self::Fixed { variance: mixing } => {
                positive("mixing variance", mixing)? / positive("variance", variance)?
            }
        };
        positive("mixing ratio", ratio)
    }
}

/// Two-sided half-width, in the unit of √`variance`, with `ratio` = τ²/V.
///
/// For the tuned ratio this is arXiv 2103.06476v7, eq. 9. Errors on inputs out of range.
pub fn half_width(variance: f64, ratio: f64, alpha: f64) -> Result<f64> {
    let (v, r) = (positive("variance", variance)?, positive("mixing ratio", ratio)?);
    let width = v * (1.0 / r + 1.0) * (r.ln_1p() - 2.0 * error_rate(alpha)?.ln());
    finite("half-width", width.sqrt())
}

/// Two-sided p of a lift `value` with squared standard error `variance`, `ratio` = τ²/V.
pub fn p_value(value: f64, variance: f64, ratio: f64) -> Result<f64> {
    let (v, r) = (positive("variance", variance)?, positive("mixing ratio", ratio)?);
    let z_squared = finite("lift", value)?.powi(2) / v;
    Ok((0.5 * (r.ln_1p() - z_squared / (1.0 / r + 1.0))).exp().min(1.0))
}

/// One-sided half-width √(V · 2(1 + r)/r · ln(1 + √(1 + r)/(2α))), `ratio` = τ²/V (the
/// one-sided sequence of the same paper).
pub fn half_width_one_sided(variance: f64, ratio: f64, alpha: f64) -> Result<f64> {
    let (v, r) = (positive("variance", variance)?, positive("mixing ratio", ratio)?);
    let log = ((1.0 + r).sqrt() / (2.0 * error_rate(alpha)?)).ln_1p();
    finite("half-width", (2.0 * v * (1.0 / r + 1.0) * log).sqrt())
}

/// One-sided p of a lift `value`, positive in the direction looked for, `ratio` = τ²/V: the
/// level at which [`half_width_one_sided`] just reaches zero, √(1 + r)/(2(e^x − 1)) with
/// x = r δ²/(2V(1 + r)).
///
/// GrowthBook instead searches over α and tunes ρ anew for each; its half-width is not monotone
/// in α, so that search has no single answer.
pub fn p_value_one_sided(value: f64, variance: f64, ratio: f64) -> Result<f64> {
    let (v, r) = (positive("variance", variance)?, positive("mixing ratio", ratio)?);
    if finite("lift", value)? <= 0.0 {
        return Ok(1.0);
    }
    let exponent = value.powi(2) / v / (2.0 * (1.0 / r + 1.0));
    Ok(((1.0 + r).sqrt() / (2.0 * exponent.exp_m1())).min(1.0))
}

impl Lift {
    /// Always-valid two-sided estimate at level 1 − `alpha`.
    ///
    /// Under no effect, the chance that p ever falls below `alpha` over all looks is at most
    /// `alpha`, asymptotically (see the module). Errors if `alpha` is not between 0 and 1 or the
    /// mixing is not above zero.
    pub fn always_valid(&self, alpha: f64, mixing: Mixing) -> Result<Estimate> {
        let ratio = mixing.ratio(error_rate(alpha)?, self.variance, self.units)?;
        let half_width = half_width(self.variance, ratio, alpha)?;
        Ok(Estimate {
            value: self.value,
            standard_error: self.standard_error(),
            interval: Interval::around(self.value, half_width),
            p_value: p_value(self.value, self.variance, ratio)?,
            alpha,
        })
    }

    /// Always-valid one-sided estimate at level 1 − `alpha`, for guardrails: act as soon as
    /// the interval leaves out zero.
    ///
    /// Errors if `alpha` is not between 0 and ½, since ρ is taken at 2α.
    pub fn always_valid_one_sided(
        &self,
        alpha: f64,
        mixing: Mixing,
        side: Side,
    ) -> Result<Estimate> {
        if error_rate(alpha)? >= 0.5 {
            return Err(Error::OutOfRange { what: "alpha", value: alpha, domain: "below 0.5" });
        }
        let ratio = mixing.ratio(2.0 * alpha, self.variance, self.units)?;
        let half_width = half_width_one_sided(self.variance, ratio, alpha)?;
        Ok(Estimate {
            value: self.value,
            standard_error: self.standard_error(),
            interval: side.interval(self.value, half_width),
            p_value: p_value_one_sided(side.signed(self.value), self.variance, ratio)?,
            alpha,
        })
    }
}
