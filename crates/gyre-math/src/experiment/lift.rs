//! Lift of treated over control, with the fixed-horizon interval.
//!
//! The fixed interval is valid for one look that was planned before the data came in. For
//! looks at any time use the always-valid estimate of [`crate::sequential`].

use crate::error::{Error, Result, error_rate, finite, positive};
use crate::interval::{Estimate, Interval, Side};
use crate::moments::Sample;
use crate::tail;

/// Unit in which a lift is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Difference of means, in the metric's unit.
    Absolute,
    /// Difference of means over |control mean|, a fraction.
    Relative,
}

/// The two arms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arms {
    /// The arm that got the treatment.
    pub treated: Sample,
    /// The arm that did not.
    pub control: Sample,
}

/// A lift and the variance of its estimate, before a choice of interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// Point estimate in the unit of its scale.
    pub value: f64,
    /// Squared standard error of `value`, above zero.
    pub variance: f64,
    /// Welch degrees of freedom, at least 1.
    pub dof: f64,
    /// Units in both arms together.
    pub units: u64,
}

impl Arms {
    /// Lift of treated over control.
    ///
    /// Absolute: Δ = m_T − m_C, se² = v_T/n_T + v_C/n_C. Relative, by the delta method:
    /// Δ = (m_T − m_C)/|m_C|, se² = v_T/(n_T m_C²) + v_C m_T²/(n_C m_C⁴) (Deng, Knoblich & Lu
    /// 2018, "Applying the delta method in metric analytics"). Degrees of freedom come
    /// from the raw variances on both scales, as in gbstats: (v_T/n_T + v_C/n_C)² over the sum
    /// of (v/n)²/(n − 1) (Welch 1947).
    ///
    /// Errors: [`Error::NoVariance`] if either arm shows none, [`Error::ZeroBaseline`] for a
    /// relative lift over a control mean of zero, [`Error::NotFinite`] if the numbers overflow.
    pub fn lift(&self, scale: Scale) -> Result<Lift> {
        let (treated, control) = (per_mean(&self.treated)?, per_mean(&self.control)?);
        let (m_t, m_c) = (self.treated.mean, self.control.mean);
        let difference = m_t - m_c;
        let sum = treated + control;
        // Shares of the variance, not the variances: their squares cannot underflow.
        let degrees = |share: f64, n: u64| share * share / (n as f64 - 1.0);
        let dof =
            1.0 / (degrees(treated / sum, self.treated.n) + degrees(control / sum, self.control.n));
        let (value, variance) = match scale {
            Scale::Absolute => (difference, sum),
            Scale::Relative if m_c == 0.0 => return Err(Error::ZeroBaseline),
            Scale::Relative => {
                let ratio = m_t / m_c;
                (difference / m_c.abs(), (treated / m_c + control / m_c * ratio * ratio) / m_c)
            }
        };
        let variance = finite("lift variance", variance)?;
        if variance <= 0.0 {
            return Err(Error::NoVariance);
        }
        Ok(Lift {
            value: finite("lift", value)?,
            variance,
            dof: finite("degrees of freedom", dof)?,
            units: self.treated.n.saturating_add(self.control.n),
        })
    }
}

/// Variance of the mean of one arm.
fn per_mean(sample: &Sample) -> Result<f64> {
    finite("mean", sample.mean)?;
    if sample.n < 2 {
        return Err(Error::TooFew { what: "units", have: sample.n, need: 2 });
    }
    let variance = finite("variance", sample.variance)? / sample.n as f64;
    if variance > 0.0 { Ok(variance) } else { Err(Error::NoVariance) }
}

impl Lift {
    /// Standard error of `value`.
    pub fn standard_error(&self) -> f64 {
        self.variance.sqrt()
    }

    /// Standard error, once it is sure that the fields make sense: they are public.
    fn checked_standard_error(&self) -> Result<f64> {
        finite("lift", self.value)?;
        positive("degrees of freedom", self.dof)?;
        Ok(positive("lift variance", self.variance)?.sqrt())
    }

    /// Two-sided fixed-horizon estimate: Welch's t interval at level 1 − `alpha` and its p.
    ///
    /// Valid for one planned look only. Errors if `alpha` is not between 0 and 1.
    pub fn fixed(&self, alpha: f64) -> Result<Estimate> {
        let standard_error = self.checked_standard_error()?;
        let critical = tail::student_quantile_upper(error_rate(alpha)? / 2.0, self.dof)?;
        let p_value = 2.0 * tail::student_upper((self.value / standard_error).abs(), self.dof);
        let interval = Interval::around(self.value, critical * standard_error);
        Ok(Estimate { value: self.value, standard_error, interval, p_value, alpha })
    }

    /// One-sided fixed-horizon estimate, with the whole of `alpha` on one side.
    ///
    /// Valid for one planned look only. Errors if `alpha` is not between 0 and 1.
    pub fn fixed_one_sided(&self, alpha: f64, side: Side) -> Result<Estimate> {
        let standard_error = self.checked_standard_error()?;
        let critical = tail::student_quantile_upper(error_rate(alpha)?, self.dof)?;
        let p_value = tail::student_upper(side.signed(self.value / standard_error), self.dof);
        let interval = side.interval(self.value, critical * standard_error);
        Ok(Estimate { value: self.value, standard_error, interval, p_value, alpha })
    }
}
