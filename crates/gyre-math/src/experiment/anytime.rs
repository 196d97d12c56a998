//! More always-valid evidence: regression coefficients, and the mixing variance of an mSPRT.

use super::interval::{Estimate, Interval};
use crate::error::{Result, error_rate, finite, positive};
use crate::tail;

/// Mixing variance τ² that an mSPRT of level `alpha` stops soonest with, if it is cut off after
/// `units` units per arm: σ²Φ(−b)/(φ(b)/b − Φ(−b)), b = 2 ln(1/α)/√(units σ²), in squared units of
/// the effect (Johari, Pekelis & Walsh 2017, §5; b as in the R package mixtureSPRT). `sd` is σ,
/// the standard deviation of one unit.
///
/// Errors if `alpha` is not between 0 and 1, or `sd` or `units` is not above zero.
pub fn msprt_mixing_variance(alpha: f64, sd: f64, units: u64) -> Result<f64> {
    let sd = positive("standard deviation", sd)?;
    let units = positive("units", units as f64)?;
    let b = -2.0 * error_rate(alpha)?.ln() / (units.sqrt() * sd);
    positive("mixing variance", sd * sd * excess_ratio(b))
}

/// Φ(−b)/(φ(b)/b − Φ(−b)), which is near b² for large b.
fn excess_ratio(b: f64) -> f64 {
    if b < 20.0 {
        let upper = tail::normal_upper(b);
        return upper / (tail::normal_density(b) / b - upper);
    }
    // Mills' ratio over 1/b is 1 − s + 3s² − 15s³ + 105s⁴ − …, s = 1/b²; the difference to 1 is
    // summed apart because it cancels.
    let s = 1.0 / (b * b);
    let gap = s * (1.0 - s * (3.0 - s * (15.0 - s * (105.0 - s * 945.0))));
    (1.0 - gap) / gap
}

/// Coefficient of a regression with a flat prior on everything else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// Least-squares estimate, in units of the outcome per unit of the regressor.
    pub value: f64,
    /// Its standard error, above zero.
    pub standard_error: f64,
    /// Residual degrees of freedom ν, above zero.
    pub dof: f64,
    /// z² = ‖residual of the regressor given the others‖²: n·s(1 − s) for a treatment that a
    /// share s of n units get.
    pub information: f64,
}

impl Coefficient {
    /// Always-valid two-sided estimate at level 1 − `alpha`: log BF = ½ ln r + ½(ν + 1)
    /// [ln(1 + t²/ν) − ln(1 + r t²/ν)] with r = φ/(φ + z²), p = min(1, 1/BF) (Lindon, Ham, Tingley
    /// & Bojinov, "Anytime-valid linear models and regression adjusted causal inference",
    /// arXiv 2210.08589, eq. 8). `precision` = φ is that of the effect relative to the residual
    /// variance; fix it beforehand.
    ///
    /// With a covariate among the regressors this is always-valid CUPED. While r is so small
    /// that no t is enough, the interval is the whole line. Errors on inputs out of range.
    pub fn always_valid(&self, alpha: f64, precision: f64) -> Result<Estimate> {
        let Self { value, standard_error, dof, information } = *self;
        let (value, se) =
            (finite("coefficient", value)?, positive("standard error", standard_error)?);
        let (dof, phi) = (positive("degrees of freedom", dof)?, positive("precision", precision)?);
        let r = phi / (phi + positive("information", information)?);
        let t_squared = (value / se).powi(2) / dof;
        let log_bf = 0.5 * (r.ln() + (dof + 1.0) * (t_squared.ln_1p() - (r * t_squared).ln_1p()));
        // (1 + t²/ν)/(1 + r t²/ν) = e^c at the edge.
        let edge = ((-2.0 * error_rate(alpha)?.ln() - r.ln()) / (dof + 1.0)).exp();
        let room = 1.0 - r * edge;
        let half_width =
            if room > 0.0 { se * (dof * (edge - 1.0) / room).sqrt() } else { f64::INFINITY };
        Ok(Estimate {
            value,
            standard_error: se,
            interval: Interval::around(value, half_width),
            p_value: (-log_bf).exp().min(1.0),
            alpha,
        })
    }
}
