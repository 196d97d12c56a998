//! Pure numerics: sums and slices in, numbers out.
//!
//! The crate reads no clock, does no IO and draws no random numbers: randomness is handed in.
//! Every source is named where its formula stands. Impossible inputs are errors; no function
//! returns NaN.
//!
//! A measurement runs [`moments`] → [`lift`] → a fixed-horizon or [`sequential`] estimate →
//! [`multiple`], with [`srm`] as the gate before it. An allocation runs [`moments`] →
//! [`thompson`] → [`draw`].
#![warn(missing_docs)]

pub mod attribution;
pub mod bandit;
pub mod drift;
pub mod error;
pub mod experiment;
pub mod lifetime;
mod matrix;
pub mod off_policy;
mod quadrature;
mod tail;
pub mod uplift;

pub use bandit::{draw, thompson};
pub use error::{Error, Result};
pub use experiment::{interval, lift, moments, multiple, sequential, srm};

#[cfg(test)]
mod tests;
