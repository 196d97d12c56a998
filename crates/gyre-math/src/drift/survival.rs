//! Kaplan–Meier: how many are still there, when some are only known to have been until now.

use crate::error::{Error, Result, at_least, error_rate, not_negative, positive};
use crate::interval::Interval;
use crate::tail;

/// One time of the curve at which somebody left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Time.
    pub time: f64,
    /// At risk just before.
    pub at_risk: f64,
    /// Left at this time.
    pub events: f64,
    /// Share still there after it.
    pub survival: f64,
    /// Standard error of the share (Greenwood 1926).
    pub standard_error: f64,
    /// Interval of the share, from ln(−ln S) so that it stays within 0 and 1 (Kalbfleisch & Prentice
    /// 1980, §1.4); from 0 to 1 where the share is 0.
    pub interval: Interval,
}

/// Kaplan–Meier curve (Kaplan & Meier 1958) from (time, left, count): `count` people with this time,
/// who left then or were last seen then. Rows in any order; counts merge.
///
/// Who is last seen at a time at which others leave counts as at risk. Errors if there is nobody, a time
/// is below zero, a count not above zero, or `alpha` out of range.
pub fn kaplan_meier(rows: &[(f64, bool, f64)], alpha: f64) -> Result<Vec<Point>> {
    at_least("rows", rows.len(), 1)?;
    let critical = tail::normal_quantile_upper(error_rate(alpha)? / 2.0);
    let mut sorted = rows.to_vec();
    for (time, _, count) in &sorted {
        not_negative("time", *time)?;
        positive("count", *count)?;
    }
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut at_risk: f64 = sorted.iter().map(|(.., count)| count).sum();
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let mut points = Vec::new();
    for block in sorted.chunk_by(|a, b| a.0 >= b.0) {
        let events: f64 = block.iter().filter(|(_, left, _)| *left).map(|(.., n)| n).sum();
        let all: f64 = block.iter().map(|(.., n)| n).sum();
        if events > 0.0 {
            let stay = at_risk - events;
            // Sums of counts that are not whole leave rounding noise.
            let stay = if stay <= 1e-12 * at_risk { 0.0 } else { stay };
            survival *= stay / at_risk;
            greenwood += if stay > 0.0 { events / (at_risk * stay) } else { f64::INFINITY };
            let (standard_error, interval) = if survival > 0.0 {
                let log = f64::ln(survival);
                let half = critical * f64::sqrt(greenwood) / log.abs();
                let at = |shift: f64| (log * shift.exp()).exp();
                (survival * f64::sqrt(greenwood), Interval { low: at(half), high: at(-half) })
            } else {
                (0.0, Interval { low: 0.0, high: 1.0 })
            };
            let time = block[0].0;
            points.push(Point { time, at_risk, events, survival, standard_error, interval });
        }
        at_risk -= all;
    }
    Ok(points)
}

/// Share still there after `time`, 1 before anybody left.
///
/// Beyond the last person seen it repeats the last share, which is then a guess.
pub fn survival_at(curve: &[Point], time: f64) -> f64 {
    let index = curve.partition_point(|point| point.time <= time);
    index.checked_sub(1).map_or(1.0, |i| curve[i].survival)
}

/// First time at which no more than `share` are there (½ for the median), if the curve falls so far.
///
/// Errors if `share` is not in [0, 1].
pub fn quantile(curve: &[Point], share: f64) -> Result<Option<f64>> {
    let share = crate::error::share("share", share)?;
    Ok(curve.iter().find(|point| point.survival <= share + 1e-12).map(|point| point.time))
}

/// Mean time up to `horizon` (restricted mean survival time; Irwin 1949): the area under the curve.
///
/// Errors if the horizon is below zero.
pub fn restricted_mean(curve: &[Point], horizon: f64) -> Result<f64> {
    let horizon = not_negative("horizon", horizon)?;
    let (mut area, mut from, mut level) = (0.0, 0.0, 1.0);
    for point in curve.iter().take_while(|point| point.time < horizon) {
        area += level * (point.time - from);
        (from, level) = (point.time, point.survival);
    }
    let area = area + level * (horizon - from);
    if area.is_finite() { Ok(area) } else { Err(Error::NotFinite { what: "horizon" }) }
}
