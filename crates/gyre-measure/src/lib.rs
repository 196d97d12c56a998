//! Lift against the holdout: queries to ask and what their sums mean.
