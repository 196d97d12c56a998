//! In-memory adapters: for pure and simulated tests; they pass the same contract suites.

pub mod channel;
pub mod exports;
pub mod fold;
pub mod journal;
pub mod rules;
pub mod state;
