//! Pure numerics: sums in, numbers out.
//!
//! The crate reads no clock, does no IO and draws no random numbers: randomness is handed in.
//! Every source is named where its formula stands. Impossible inputs are errors; no function
//! returns NaN.
//!
//! A measurement runs [`moments`] → [`lift`] → a fixed-horizon or [`sequential`] estimate →
//! [`multiple`], with [`srm`] as the gate before it. An allocation runs [`moments`] →
//! [`thompson`] → [`draw`].
#![warn(missing_docs)]

pub mod draw;
pub mod error;
pub mod interval;
pub mod lift;
pub mod moments;
pub mod multiple;
mod quadrature;
pub mod sequential;
pub mod srm;
mod tail;
pub mod thompson;

pub use error::{Error, Result};

#[cfg(test)]
mod tests;
