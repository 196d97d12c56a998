//! From what was counted to a value with its interval. What cannot be computed is nothing, never nought.

use crate::answer::{CurvePoint, Number, State};
use crate::compile::{Definition, is_share};
use crate::facts::LoopFacts;
use crate::numbers::Raw;
use gyre_config::kinds::{IncrementalEstimate, MetricType, SurveyScale};
use gyre_math::drift::{interval, survival};
use gyre_math::experiment::joint::Joint;
use gyre_math::experiment::ratio::Ratio;
use gyre_math::lift::{Arms, Scale};
use gyre_math::moments::{Metric as _, Proportion};
use gyre_math::{lift, srm};
use gyre_ports::failpoint;

/// The level of intervals.
const ALPHA: f64 = 0.05;
/// The normal quantile of that level.
const Z: f64 = 1.959_963_984_540_054;
/// Where fewer than the asked share get there, the share after so many days is said.
const SHARE_AFTER_DAYS: f64 = 30.0;
/// The most points of a curve.
const MOST_POINTS: usize = 200;

/// The number of one key. `of_loop` is the loop, where it is known to be one.
pub(crate) fn number(definition: &Definition, raw: &Raw, of_loop: Option<&LoopFacts>) -> Number {
    let metric = &definition.metric;
    let mut number = Number {
        n: raw.n,
        people: raw.people,
        immature: raw.immature,
        mature_at: raw.mature_at,
        numerator: raw.numerator,
        denominator: raw.denominator,
        ..Number::default()
    };
    match metric.r#type {
        MetricType::Count | MetricType::CountDistinct | MetricType::Sum => {
            number.value = raw.numerator;
        }
        MetricType::Ratio => {
            number.value = divided(raw);
            number.interval = ratio_interval(definition, raw);
        }
        MetricType::Conversion | MetricType::Retention => {
            number.value = divided(raw);
            number.interval = share_interval(raw.numerator, raw.denominator);
        }
        MetricType::CohortCumulative => number.value = divided(raw),
        MetricType::DurationQuantile => {
            duration(&mut number, raw, metric.quantile.unwrap_or(0.5));
        }
        MetricType::Survey => survey(&mut number, raw, metric.scale),
        MetricType::Incremental => incremental(&mut number, raw, metric.estimate, of_loop),
        MetricType::Derived => {}
    }
    number.value = number.value.filter(|value| value.is_finite());
    if raw.currencies > 1 {
        // A sum over currencies is no amount of anything.
        let note = Some(format!("{} currencies; split or filter by currency", raw.currencies));
        return Number { n: raw.n, state: State::MixedCurrencies, note, ..Number::default() };
    }
    number.state = match number.value {
        Some(_) => State::Ok,
        None if raw.immature > 0 => State::Immature,
        None => State::Empty,
    };
    number
}

fn divided(raw: &Raw) -> Option<f64> {
    if failpoint::mutant("metrics.ratio") {
        // The mean of ratios of people instead of the ratio of their sums, as far as sums tell it.
        return Some(raw.numerator? / raw.people.max(1) as f64);
    }
    let below = raw.denominator.filter(|below| *below != 0.0)?;
    Some(raw.numerator? / below)
}

/// Wilson's interval of a share.
pub(crate) fn share_interval(above: Option<f64>, below: Option<f64>) -> Option<(f64, f64)> {
    let (successes, n) = (above?.round() as u64, below?.round() as u64);
    let interval = interval::wilson(&Proportion { n, successes }, ALPHA).ok()?;
    Some((interval.low, interval.high))
}

/// The interval of a ratio of sums, from the sums and products per person.
fn ratio_interval(definition: &Definition, raw: &Raw) -> Option<(f64, f64)> {
    if is_share(definition) {
        return share_interval(raw.numerator, raw.denominator);
    }
    let [xx, xy, yy] = raw.products?;
    let sums = [raw.numerator?, raw.denominator?];
    let joint = Joint { n: raw.people, sums, products: [[xx, xy], [xy, yy]] };
    let sample = Ratio(joint).sample().ok().filter(|sample| sample.variance > 0.0)?;
    let half = Z * (sample.variance / sample.n as f64).sqrt();
    Some((sample.mean - half, sample.mean + half))
}

fn duration(number: &mut Number, raw: &Raw, share: f64) {
    let reached: f64 = raw.lengths.iter().filter(|(_, reached, _)| *reached).map(|one| one.2).sum();
    (number.numerator, number.denominator) = (Some(reached), Some(raw.n as f64));
    let Ok(curve) = survival::kaplan_meier(&raw.lengths, ALPHA) else { return };
    number.value = survival::quantile(&curve, 1.0 - share).ok().flatten();
    // Where the bounds of the curve come to the share (Brookmeyer and Crowley 1982).
    let first = |bound: fn(&survival::Point) -> f64| {
        let mut points = curve.iter();
        points.find(|point| bound(point) <= 1.0 - share + 1e-12).map(|point| point.time)
    };
    if let (Some(low), Some(high)) =
        (first(|point| point.interval.low), first(|point| point.interval.high))
    {
        number.interval = Some((low, high));
    }
    if number.value.is_none() && !curve.is_empty() {
        let after = 1.0 - survival::survival_at(&curve, SHARE_AFTER_DAYS);
        number.note = Some(format!("not reached; {:.1} % after 30 days", 100.0 * after));
    }
    number.curve = drawn(&curve);
}

/// A curve of at most so many points: a page is not wider.
fn drawn(curve: &[survival::Point]) -> Vec<CurvePoint> {
    let every = curve.len().div_ceil(MOST_POINTS).max(1);
    let last = curve.len().saturating_sub(1);
    let kept = curve.iter().enumerate().filter(|(place, _)| place % every == 0 || *place == last);
    kept.map(|(_, point)| CurvePoint {
        days: point.time,
        reached: 1.0 - point.survival,
        low: 1.0 - point.interval.high,
        high: 1.0 - point.interval.low,
        at_risk: point.at_risk.round() as u64,
    })
    .collect()
}

fn survey(number: &mut Number, raw: &Raw, scale: Option<SurveyScale>) {
    let (up, down) = (raw.answers.0 as f64, raw.answers.1 as f64);
    let n = raw.n as f64;
    number.denominator = Some(n);
    if scale == Some(SurveyScale::TopBox) {
        number.numerator = Some(up);
        number.value = (raw.n > 0).then(|| up / n);
        number.interval = share_interval(number.numerator, number.denominator);
        return;
    }
    number.numerator = Some(up - down);
    if raw.n == 0 {
        return;
    }
    let (p, d) = (up / n, down / n);
    let half = Z * ((p + d - (p - d) * (p - d)) / n).sqrt();
    number.value = Some(p - d);
    number.interval = Some(((p - d - half).max(-1.0), (p - d + half).min(1.0)));
}

fn incremental(
    number: &mut Number,
    raw: &Raw,
    estimate: Option<IncrementalEstimate>,
    of_loop: Option<&LoopFacts>,
) {
    let [treated, holdout] = raw.arms;
    (number.numerator, number.denominator) = (Some(treated.sum), Some(holdout.sum));
    if let Some(one) = of_loop {
        let shares = [1.0 - one.holdout, one.holdout];
        if let Ok(check) = srm::chi_square(&[treated.n, holdout.n], &shares)
            && check.is_mismatch()
        {
            let note = "the arms do not have their declared shares; do not believe it";
            number.note = Some(note.to_owned());
        }
    }
    let (Ok(one), Ok(other)) = (treated.sample(), holdout.sample()) else { return };
    let scale = match estimate {
        Some(IncrementalEstimate::Relative) => Scale::Relative,
        _ => Scale::Absolute,
    };
    let times = match estimate {
        Some(IncrementalEstimate::Total) => treated.n as f64,
        _ => 1.0,
    };
    let arms = Arms { treated: one, control: other };
    let Ok(found) = arms.lift(scale).and_then(|lift: lift::Lift| lift.fixed(ALPHA)) else { return };
    number.value = Some(found.value * times);
    number.interval = Some((found.interval.low * times, found.interval.high * times));
}
