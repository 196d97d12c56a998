//! Measures as CausalML computes them.
//!
//! People count one by one, ties in the order given (CausalML leaves them to an unstable sort). All
//! curves have n + 1 rows, the first 0; rows before both groups have somebody are filled in linearly.

use super::{Groups, Scored};
use crate::error::{Error, Result, at_least, error_rate, finite};
use crate::interval::Interval;
use crate::tail;

/// Row 0, then one row per person; `None` is filled by a straight line to the next known row, or
/// repeats the last one.
fn filled(rows: &[Option<f64>]) -> Vec<f64> {
    let mut all = vec![0.0];
    let mut gap = 0_usize;
    for row in rows {
        let Some(value) = row else {
            gap += 1;
            continue;
        };
        let from = all[all.len() - 1];
        for i in 1..=gap {
            all.push(from + (value - from) * i as f64 / (gap + 1) as f64);
        }
        all.push(*value);
        gap = 0;
    }
    let last = all[all.len() - 1];
    all.extend(std::iter::repeat_n(last, gap));
    all
}

fn rows(people: &Scored<'_>, value: impl Fn(&Groups) -> Option<f64>) -> Vec<Option<f64>> {
    let mut groups = Groups::default();
    people
        .order()
        .into_iter()
        .map(|i| {
            groups.add(people.outcomes[i], people.treated[i]);
            value(&groups)
        })
        .collect()
}

/// Cumulative lift Y_t/n_t − Y_c/n_c (`causalml.metrics.get_cumlift`), in units of the outcome.
///
/// Errors if lengths differ, a number is not finite, or a group is empty.
pub fn cumulative_lift(people: &Scored<'_>) -> Result<Vec<f64>> {
    people.check()?;
    Ok(filled(&rows(people, Groups::uplift)))
}

/// Cumulative gain: lift times people (`causalml.metrics.get_cumgain`).
///
/// Errors as [`cumulative_lift`].
pub fn cumulative_gain(people: &Scored<'_>) -> Result<Vec<f64>> {
    let lift = cumulative_lift(people)?;
    Ok(lift.iter().enumerate().map(|(k, lift)| lift * k as f64).collect())
}

/// Qini curve Y_t − Y_c n_t/n_c (`causalml.metrics.get_qini`).
///
/// Errors as [`cumulative_lift`].
pub fn qini(people: &Scored<'_>) -> Result<Vec<f64>> {
    people.check()?;
    let value = |g: &Groups| {
        (g.control > 0.0).then(|| g.treated_sum - g.control_sum * g.treated / g.control)
    };
    Ok(filled(&rows(people, value)))
}

fn scale(curve: &[f64], normalise: bool) -> Result<f64> {
    let last = curve.last().copied().unwrap_or(0.0).abs();
    if !normalise {
        return Ok(1.0);
    }
    if last > 0.0 { Ok(last) } else { Err(Error::ZeroBaseline) }
}

/// Area under the uplift curve: the mean row of the gain, over |its last row| if normalised; then
/// random is about ½ (`causalml.metrics.auuc_score`).
///
/// Errors as [`cumulative_lift`], or with [`Error::ZeroBaseline`] if it is normalised and the last row
/// is zero.
pub fn auuc_score(people: &Scored<'_>, normalise: bool) -> Result<f64> {
    let gain = cumulative_gain(people)?;
    let scale = scale(&gain, normalise)?;
    finite("score", gain.iter().sum::<f64>() / gain.len() as f64 / scale)
}

/// Qini score: the mean row of the Qini curve less that of the straight line to its end, over |its
/// last row| if normalised; random is 0 (`causalml.metrics.qini_score`).
///
/// Errors as [`auuc_score`].
pub fn qini_score(people: &Scored<'_>, normalise: bool) -> Result<f64> {
    let qini = qini(people)?;
    let scale = scale(&qini, normalise)?;
    let last = qini.last().copied().unwrap_or(0.0);
    finite("score", (qini.iter().sum::<f64>() / qini.len() as f64 - 0.5 * last) / scale)
}

/// Targeting operator characteristic: effect among the first k of n less the effect in all, at k/n
/// (`causalml.metrics.get_toc`); 0 where a group is empty.
///
/// Errors as [`cumulative_lift`].
pub fn toc(people: &Scored<'_>) -> Result<Vec<f64>> {
    people.check()?;
    let mut groups = Groups::default();
    for (y, w) in people.outcomes.iter().zip(people.treated) {
        groups.add(*y, *w);
    }
    let whole = groups.uplift().unwrap_or(0.0);
    let rows = rows(people, |g| Some(g.uplift().map_or(0.0, |uplift| uplift - whole)));
    Ok(filled(&rows))
}

/// How the area under the TOC is weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// 1/q: the top counts most.
    Autoc,
    /// q.
    Qini,
}

/// RATE on CausalML's scale: the mean of the TOC over midpoints, weights 1/q or q normalised to 1
/// (`causalml.metrics.rate_score`). [`super::rate`] has the paper's scale.
///
/// Errors as [`cumulative_lift`].
pub fn rate_score(people: &Scored<'_>, weighting: Weighting) -> Result<f64> {
    let toc = toc(people)?;
    let n = (toc.len() - 1) as f64;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (k, pair) in toc.windows(2).enumerate() {
        let q = (k as f64 + 0.5) / n;
        let weight = match weighting {
            Weighting::Autoc => 1.0 / q,
            Weighting::Qini => q,
        };
        sum += weight * 0.5 * (pair[0] + pair[1]);
        weights += weight;
    }
    finite("score", sum / weights)
}

/// A measure that can be given an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// [`auuc_score`].
    Auuc,
    /// [`qini_score`].
    Qini,
    /// [`rate_score`].
    Rate(
        /// How the TOC is weighted.
        Weighting,
    ),
}

/// A measure with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The measure over all people.
    pub value: f64,
    /// Standard deviation over half samples, with n − 1.
    pub standard_error: f64,
    /// value ± z·standard error.
    pub interval: Interval,
    /// Two-sided p against 0; none for AUUC, where 0 says nothing.
    pub p_value: Option<f64>,
}

impl Measure {
    fn of(self, people: &Scored<'_>, normalise: bool) -> Result<f64> {
        match self {
            Self::Auuc => auuc_score(people, normalise),
            Self::Qini => qini_score(people, normalise),
            Self::Rate(weighting) => rate_score(people, weighting),
        }
    }
}

/// A measure with the interval that CausalML gives with `return_ci`: the standard deviation over
/// `rounds` (200 there) samples of half the people without replacement, and a normal interval at level
/// 1 − `alpha`.
///
/// `dice` gives 64 fresh random bits per call. Half samples whose measure does not exist are left out.
/// Errors as the measure, if fewer than 20 half samples are left or all agree, or `alpha` is out of
/// range.
pub fn with_interval(
    people: &Scored<'_>,
    measure: Measure,
    normalise: bool,
    alpha: f64,
    rounds: usize,
    mut dice: impl FnMut() -> u64,
) -> Result<Measured> {
    let value = measure.of(people, normalise)?;
    let critical = tail::normal_quantile_upper(error_rate(alpha)? / 2.0);
    at_least("half samples", rounds, 20)?;
    let order = people.order();
    let n = order.len();
    let (mut scores, mut outcomes, mut treated) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        scores.clear();
        outcomes.clear();
        treated.clear();
        let mut wanted = n / 2;
        // In order of the scores (Knuth 1997, algorithm S), so that nothing is sorted again.
        for (place, &i) in order.iter().enumerate() {
            let left = (n - place) as u64;
            if ((dice() >> 32) * left) >> 32 < wanted as u64 {
                scores.push(people.scores[i]);
                outcomes.push(people.outcomes[i]);
                treated.push(people.treated[i]);
                wanted -= 1;
            }
        }
        let half = Scored { scores: &scores, outcomes: &outcomes, treated: &treated };
        found.extend(measure.of(&half, normalise).ok());
    }
    at_least("half samples with both groups", found.len(), 20)?;
    let (_, variance) = crate::off_policy::estimators::mean_and_variance(&found);
    if variance <= 0.0 {
        return Err(Error::NoVariance);
    }
    let standard_error = variance.sqrt();
    let p_value = (measure != Measure::Auuc)
        .then(|| 2.0 * tail::normal_upper((value / standard_error).abs()));
    let interval = Interval::around(value, critical * standard_error);
    Ok(Measured { value, standard_error, interval, p_value })
}
