//! Rules of thumb: credit by position or time.

use super::{Path, check};
use crate::error::{Result, finite, positive, same_length, share};

/// How the credit of one conversion is split over the touches of its path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// The same to each touch.
    Linear,
    /// `ends` to the first and to the last each, the rest evenly between; a path of two splits it
    /// in half. Usually .4.
    Position {
        /// Share of either end, from 0 to ½.
        ends: f64,
    },
}

/// Credits of each channel, in conversions, by a rule of position (as in ChannelAttribution's
/// heuristic models and Google's position based one).
///
/// Errors if a path is empty, a channel out of range, a number below zero, or nothing converted.
pub fn credits(paths: &[Path], channels: usize, rule: Rule) -> Result<Vec<f64>> {
    check(paths, channels)?;
    if let Rule::Position { ends } = rule {
        share("share of both ends", 2.0 * ends)?;
    }
    let mut credits = vec![0.0; channels];
    for path in paths.iter().filter(|path| path.conversions > 0.0) {
        let count = path.channels.len();
        for (place, &channel) in path.channels.iter().enumerate() {
            let (is_first, is_last) = (place == 0, place + 1 == count);
            let part = match rule {
                Rule::First => f64::from(u8::from(is_first)),
                Rule::Last => f64::from(u8::from(is_last)),
                Rule::Linear => 1.0 / count as f64,
                Rule::Position { .. } if count <= 2 => 1.0 / count as f64,
                Rule::Position { ends } if is_first || is_last => ends,
                Rule::Position { ends } => (1.0 - 2.0 * ends) / (count - 2) as f64,
            };
            credits[channel as usize] += part * path.conversions;
        }
    }
    Ok(credits)
}

/// Credits by age: each touch weighs 2^(−age/half-life), `ages[i]` from each touch of path i to its
/// conversion, in the unit of `half_life` (usually 7 days).
///
/// Weights are relative to the youngest touch, so old paths share out as young ones do. Errors as
/// [`credits`], if lengths differ, an age is not finite, or the half-life is not above zero.
pub fn time_decay(
    paths: &[Path],
    ages: &[Vec<f64>],
    channels: usize,
    half_life: f64,
) -> Result<Vec<f64>> {
    check(paths, channels)?;
    same_length(paths, ages)?;
    let half_life = positive("half-life", half_life)?;
    let mut credits = vec![0.0; channels];
    for (path, ages) in paths.iter().zip(ages) {
        same_length(&path.channels, ages)?;
        for age in ages {
            finite("age", *age)?;
        }
        let youngest = ages.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> =
            ages.iter().map(|age| ((youngest - age) / half_life).exp2()).collect();
        let sum: f64 = weights.iter().sum();
        for (channel, weight) in path.channels.iter().zip(weights) {
            credits[*channel as usize] += weight / sum * path.conversions;
        }
    }
    Ok(credits)
}
