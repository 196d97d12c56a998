//! The next best action: a draw among candidates, with the exact probability of each.
//!
//! In: candidates with the refusals that claims and rules gave, the weights in effect, the arm, a
//! uniform number. Out: the probabilities of all candidates and the one drawn. Laws: the probabilities
//! of eligible candidates sum to one and none is below the floor; refused ones have exactly 0; the same
//! input gives the same draw; nobody held out receives anything but what the holdout receives.

mod draw;

pub use draw::{Arm, Choice, Draw, Error, Request, decide};

#[cfg(test)]
mod tests;
