//! Attribution: which channels conversions are credited to.
//!
//! No rule here says what a channel caused; an experiment does. Show the rules side by side, with the
//! lift of an experiment where there is one. Credits of every rule sum to the conversions.

pub mod heuristic;
pub mod markov;
pub mod shapley;
mod sparse;

use crate::error::{Error, Result, at_least, not_negative};

/// A path of channels with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Channels touched, in order, from 0; at least one.
    pub channels: Vec<u32>,
    /// How often it ended in a conversion (or the value of these conversions).
    pub conversions: f64,
    /// How often it ended without.
    pub nulls: f64,
}

/// Checks the paths and returns their conversions in all.
fn check(paths: &[Path], channels: usize) -> Result<f64> {
    at_least("channels", channels, 1)?;
    let mut total = 0.0;
    for path in paths {
        at_least("touches of a path", path.channels.len(), 1)?;
        total += not_negative("conversions", path.conversions)?;
        not_negative("nulls", path.nulls)?;
        if let Some(&channel) = path.channels.iter().find(|c| **c as usize >= channels) {
            let value = f64::from(channel);
            return Err(Error::OutOfRange { what: "channel", value, domain: "below channels" });
        }
    }
    if total > 0.0 && total.is_finite() {
        return Ok(total);
    }
    Err(Error::OutOfRange { what: "conversions", value: total, domain: "above 0 in all" })
}

#[cfg(test)]
mod tests;
