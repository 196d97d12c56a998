//! When a statistic is out of the ordinary: limits from chunks in which all was well.

use crate::error::{Result, all_finite, at_least, not_negative};

/// Limits of a statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Mean over the reference chunks.
    pub mean: f64,
    /// Standard deviation over them, with n (NannyML's default).
    pub sd: f64,
    /// Alarm below, if anything can be too low.
    pub low: Option<f64>,
    /// Alarm above.
    pub high: f64,
}

/// mean ± `width` standard deviations of the statistic over reference chunks (Shewhart 1931; NannyML
/// takes 3). It follows from chunks as large as those to be judged, so it knows what sampling does.
///
/// `least` is the smallest value the statistic can have (0 for a distance): a limit at or below it is
/// none. Errors if there are fewer than two chunks, one is not finite, or `width` is below zero.
pub fn from_chunks(chunks: &[f64], width: f64, least: Option<f64>) -> Result<Threshold> {
    at_least("chunks", chunks.len(), 2)?;
    all_finite("chunks", chunks)?;
    let width = not_negative("width", width)?;
    let n = chunks.len() as f64;
    let mean = chunks.iter().sum::<f64>() / n;
    let sd = (chunks.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / n).sqrt();
    let low = Some(mean - width * sd).filter(|low| least.is_none_or(|least| *low > least));
    Ok(Threshold { mean, sd, low, high: mean + width * sd })
}

impl Threshold {
    /// Whether a value is outside the limits. NaN is.
    pub fn is_alarm(&self, value: f64) -> bool {
        value.is_nan() || value > self.high || self.low.is_some_and(|low| value < low)
    }
}
