//! Markov chains: credit by what would be lost without a channel, exactly.

use super::sparse::Chain;
use super::{Path, check};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Credits with what they follow from.
#[derive(Debug, Clone, PartialEq)]
pub struct Credits {
    /// Credit of each channel, in conversions; their sum is the conversions.
    pub credits: Vec<f64>,
    /// Removal effect of each channel: share of conversions lost if whoever comes to it is lost.
    pub removal: Vec<f64>,
    /// Chance to convert from the start.
    pub conversion: f64,
    /// States of the chain.
    pub states: usize,
}

/// Credits by removal effects in the Markov chain of order `order` (Anderl, Becker, von Wangenheim &
/// Schumann 2016, "Mapping the customer journey", §3.3; Archak, Mirrokni & Muthukrishnan 2010).
///
/// States are the last `order` channels touched (fewer at the beginning of a path); transitions count
/// conversions and nulls; each path is absorbed by one of the two. Removing a channel sends all states
/// that end in it to null. The equations are solved, not simulated, so the same paths give the same
/// credits. Paths without nulls say only how conversions came about; with them also how likely.
///
/// Errors if a path is empty, a channel out of range, a number below zero, nothing converted, `order` is
/// zero or so large that a state has no number, or no channel has an effect.
pub fn credits(paths: &[Path], channels: usize, order: usize) -> Result<Credits> {
    let total = check(paths, channels)?;
    let base = channels as u128 + 1;
    let codes = u32::try_from(order).ok().and_then(|order| base.checked_pow(order));
    if order == 0 || codes.is_none() {
        let value = order as f64;
        return Err(Error::OutOfRange { what: "order", value, domain: "1 or more, and small" });
    }
    let newest = base.pow(order as u32 - 1);
    let mut numbers: HashMap<u128, u32> = HashMap::new();
    // The last channel of each state; the start has none.
    let mut lasts: Vec<Option<u32>> = vec![None];
    let mut counts: HashMap<(u32, u32), f64> = HashMap::new();
    let mut ends: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    for path in paths {
        let weight = path.conversions + path.nulls;
        if weight <= 0.0 {
            continue;
        }
        let (mut code, mut state) = (0_u128, 0_u32);
        for &channel in &path.channels {
            // The oldest channel falls out at the low end, the newest comes in at the high one.
            code = code / base + (u128::from(channel) + 1) * newest;
            let fresh = numbers.len() as u32 + 1;
            let next = *numbers.entry(code).or_insert(fresh);
            if next == fresh {
                lasts.push(Some(channel));
                ends.push((0.0, 0.0));
            }
            *counts.entry((state, next)).or_insert(0.0) += weight;
            state = next;
        }
        ends[state as usize].0 += path.conversions;
        ends[state as usize].1 += weight;
    }
    let chain = Chain::new(counts.into_iter().collect(), &ends);
    let groups: Vec<Vec<u32>> = (0..channels as u32)
        .map(|channel| {
            let is_here = |state: &u32| lasts[*state as usize] == Some(channel);
            (0..lasts.len() as u32).filter(is_here).collect()
        })
        .collect();
    let (conversion, without) = chain.removals(&groups)?;
    let removal: Vec<f64> =
        without.into_iter().map(|left| (1.0 - left / conversion).clamp(0.0, 1.0)).collect();
    let sum: f64 = removal.iter().sum();
    if sum <= 0.0 {
        return Err(Error::NoVariance);
    }
    let credits = removal.iter().map(|effect| total * effect / sum).collect();
    Ok(Credits { credits, removal, conversion, states: lasts.len() })
}
