//! Off-policy evaluation: what another policy would have earned, from the log of this one.
//!
//! Begin with [`report`]: it says whether the log can answer at all, and refuses if not. A log
//! answers only if every decision was drawn with a known probability that was not zero where the
//! other policy would have acted.

pub mod estimators;
pub mod fitted_q;
pub mod log;
pub mod replay;
pub mod report;
pub mod reward_model;
pub mod trajectories;
pub mod tuning;
pub mod uncertainty;

#[cfg(test)]
mod tests;
