//! Estimates with their uncertainty.

/// A confidence interval, bounds included. A one-sided interval has one infinite bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound; −∞ if the interval is open below.
    pub low: f64,
    /// Upper bound; +∞ if the interval is open above.
    pub high: f64,
}

impl Interval {
    /// Interval of `value` ± `half_width`.
    pub fn around(value: f64, half_width: f64) -> Self {
        Self { low: value - half_width, high: value + half_width }
    }

    /// Whether `value` lies inside, bounds included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// High minus low; infinite for a one-sided interval.
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

/// Which direction a one-sided test looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Evidence that treated is above control; the interval is (low, ∞).
    Greater,
    /// Evidence that treated is below control; the interval is (−∞, high).
    Less,
}

impl Side {
    /// One-sided interval that reaches `half_width` against the direction looked for.
    pub(crate) fn interval(self, value: f64, half_width: f64) -> Interval {
        match self {
            Self::Greater => Interval { low: value - half_width, high: f64::INFINITY },
            Self::Less => Interval { low: f64::NEG_INFINITY, high: value + half_width },
        }
    }

    /// `value` with its sign turned so that the direction looked for is positive.
    pub(crate) fn signed(self, value: f64) -> f64 {
        match self {
            Self::Greater => value,
            Self::Less => -value,
        }
    }
}

/// A number with its uncertainty.
///
/// Interval and p agree: the interval leaves out zero exactly when `p_value < alpha`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Point estimate: metric units for an absolute lift, a fraction (0.05 = 5 %) for a
    /// relative one.
    pub value: f64,
    /// Standard error of `value`, in the same unit.
    pub standard_error: f64,
    /// Confidence interval at level 1 − `alpha`, in the same unit.
    pub interval: Interval,
    /// Probability, if the true value were zero, of a result at least this far out.
    pub p_value: f64,
    /// Error rate that the interval was built for.
    pub alpha: f64,
}
