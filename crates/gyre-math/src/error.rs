//! What can be wrong with an input.
//!
//! A number that cannot be computed is an error with a kind, so that a caller can show the
//! reason instead of a NaN that travels.

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a number could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input is NaN or infinite, or sums so large that a result would be.
    #[error("{what} is not a finite number")]
    NotFinite {
        /// Name of the input.
        what: &'static str,
    },
    /// An input lies outside its domain.
    #[error("{what} is {value}, must be {domain}")]
    OutOfRange {
        /// Name of the input.
        what: &'static str,
        /// The value given.
        value: f64,
        /// The domain in words.
        domain: &'static str,
    },
    /// Too few units for the statistic to exist.
    #[error("{have} {what}, need at least {need}")]
    TooFew {
        /// What is counted.
        what: &'static str,
        /// The count given.
        have: u64,
        /// The smallest count that works.
        need: u64,
    },
    /// Two slices that belong together differ in length.
    #[error("{left} values against {right}")]
    Shape {
        /// Length of the first slice.
        left: usize,
        /// Length of the second slice.
        right: usize,
    },
    /// The sums contradict each other: the sum of squares is below the squared sum over n.
    #[error("sums contradict each other: variance would be negative")]
    ImpossibleSums,
    /// An arm shows no variation, so a standard error would be zero.
    #[error("variance is zero")]
    NoVariance,
    /// The control mean is zero, so a relative lift does not exist.
    #[error("control mean is zero, relative lift does not exist")]
    ZeroBaseline,
    /// Probabilities are negative, not finite, or do not sum to one.
    #[error("probabilities sum to {sum}, must be non-negative and sum to 1")]
    NotADistribution {
        /// Their sum.
        sum: f64,
    },
    /// The denominator of a ratio has mean zero.
    #[error("denominator mean is zero, ratio does not exist")]
    ZeroDenominator,
    /// A matrix that must be inverted has no inverse, or no positive definite one.
    #[error("{what} is singular")]
    Singular {
        /// Name of the matrix.
        what: &'static str,
    },
    /// An iteration did not reach its accuracy.
    #[error("{what} did not converge")]
    NoConvergence {
        /// Name of the computation.
        what: &'static str,
    },
}

/// Passes `value` on if it is finite.
pub(crate) fn finite(what: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(Error::NotFinite { what }) }
}

/// Passes `value` on if it is finite and above zero.
pub(crate) fn positive(what: &'static str, value: f64) -> Result<f64> {
    if finite(what, value)? > 0.0 {
        Ok(value)
    } else {
        Err(Error::OutOfRange { what, value, domain: "above 0" })
    }
}

/// Passes `value` on if it is finite and not below zero.
pub(crate) fn not_negative(what: &'static str, value: f64) -> Result<f64> {
    if finite(what, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(Error::OutOfRange { what, value, domain: "at least 0" })
    }
}

/// Passes `value` on if it lies in [0, 1].
pub(crate) fn share(what: &'static str, value: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(Error::OutOfRange { what, value, domain: "from 0 to 1" })
    }
}

/// Checks that two slices that belong together are equally long.
pub(crate) fn same_length<A, B>(left: &[A], right: &[B]) -> Result<()> {
    if left.len() == right.len() {
        Ok(())
    } else {
        Err(Error::Shape { left: left.len(), right: right.len() })
    }
}

/// Checks that there are at least `need`.
pub(crate) fn at_least(what: &'static str, have: usize, need: usize) -> Result<()> {
    if have >= need {
        Ok(())
    } else {
        Err(Error::TooFew { what, have: have as u64, need: need as u64 })
    }
}

/// Checks that all values are finite.
pub(crate) fn all_finite(what: &'static str, values: &[f64]) -> Result<()> {
    if values.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(Error::NotFinite { what }) }
}

/// Passes an error rate on if it lies strictly between 0 and 1.
pub(crate) fn error_rate(alpha: f64) -> Result<f64> {
    if positive("alpha", alpha)? < 1.0 {
        Ok(alpha)
    } else {
        Err(Error::OutOfRange { what: "alpha", value: alpha, domain: "between 0 and 1" })
    }
}
