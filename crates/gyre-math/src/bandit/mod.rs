//! Bandits: how to share people out among arms while their values are being learned.
//!
//! Every rule gives the whole probability vector, because it is the propensity that later
//! evaluation needs; drawing from it is [`draw`].

pub mod budget;
pub mod change;
pub mod delay;
pub mod draw;
pub mod explore;
pub mod linear;
pub mod period;
pub mod reward;
pub mod segments;
mod simplex;
pub mod thompson;

#[cfg(test)]
mod tests;
