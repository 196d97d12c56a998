//! Lift against the holdout: questions to the lake, and what their answers mean.
//!
//! What enters: a loop or campaign as written, a window, and the rows the lake gave back. What leaves:
//! [`Asked`] (a syntax tree with bound parameters) and sums, lifts and reports. Nothing here does IO or
//! reads a clock; names and property keys only ever enter a question as bound parameters.
//!
//! Laws: everybody who was assigned counts in the arm of their earliest assignment, whatever they
//! received (intention to treat); a decision whose window is still open never counts as a failure; a
//! number that cannot be computed is left out with a warning, never shown as zero.
#![warn(missing_docs)]

mod answer;
mod ask;
mod error;
mod lift;
pub mod performance;
pub mod report;
pub mod turn;

pub use ask::{Asked, Window};
pub use error::{Error, Result};
pub use lift::{EXPECTED_UNITS, Lifts, Warning, judge, lift};

#[cfg(test)]
mod tests;
