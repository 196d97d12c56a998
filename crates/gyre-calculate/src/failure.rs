//! What went wrong, where, and what to do about it.

use gyre_math::Error;
use std::fmt;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure; `message` is a lowercase fragment that names the place.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with the place in front.
    #[must_use]
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What to do about it, if anything is known.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Self::new(error.to_string());
        match advice(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What helps against an impossible number.
fn advice(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::NotFinite { .. } => "look for overflow, or for an empty or infinite value",
        Error::TooFew { .. } => "more data are needed before this number exists",
        Error::Shape { .. } => "lists that belong together must be equally long",
        Error::ImpossibleSums => {
            "the sum of squares must be at least the squared sum over n; were the sums taken over \
             the same people?"
        }
        Error::NoVariance => "all values are the same, so nothing can be said about chance",
        Error::ZeroBaseline => "ask for the absolute lift: `scale` is \"absolute\"",
        Error::NotADistribution { .. } => "divide the probabilities by their sum",
        Error::ZeroDenominator => "leave out people without a denominator, or take another metric",
        Error::Singular { .. } => "features repeat each other: take a `ridge` above 0",
        Error::NoConvergence { .. } => "the numbers are too extreme; look at their units",
        _ => return None,
    })
}
