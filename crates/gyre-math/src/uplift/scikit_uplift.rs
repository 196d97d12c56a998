//! Measures as scikit-uplift (sklift) computes them.

use super::profit::Prices;
use super::{Groups, Scored};
use crate::error::{Error, Result, at_least};

/// A curve over people from the highest score to the lowest, beginning at (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// People so far.
    pub people: Vec<f64>,
    /// Value so far, in units of the outcome.
    pub values: Vec<f64>,
}

/// What a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Uplift,
    Qini,
}

impl Kind {
    fn value(self, groups: &Groups) -> f64 {
        let Groups { treated, control, treated_sum, control_sum } = *groups;
        let part = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
        match self {
            Self::Uplift => {
                (part(treated_sum, treated) - part(control_sum, control)) * groups.all()
            }
            Self::Qini => treated_sum - control_sum * part(treated, control),
        }
    }
}

/// Curve with one point per distinct score, at the last of each block of equal ones.
fn curve(people: &Scored<'_>, scores: &[f64], kind: Kind) -> Curve {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut groups = Groups::default();
    let (mut xs, mut values) = (vec![0.0], vec![0.0]);
    for (place, &i) in order.iter().enumerate() {
        groups.add(people.outcomes[i], people.treated[i]);
        let is_last = order.get(place + 1).is_none_or(|next| scores[*next] < scores[i]);
        if is_last {
            xs.push(groups.all());
            values.push(kind.value(&groups));
        }
    }
    Curve { people: xs, values }
}

impl Curve {
    /// Area by the trapezoid rule, in people × units of the outcome.
    pub fn area(&self) -> f64 {
        let steps = self.people.windows(2).zip(self.values.windows(2));
        steps.map(|(x, y)| (x[1] - x[0]) * 0.5 * (y[0] + y[1])).sum()
    }

    /// Area under the straight line to the curve's end.
    fn diagonal(&self) -> f64 {
        let end = |all: &[f64]| all.last().copied().unwrap_or(0.0);
        0.5 * end(&self.people) * end(&self.values)
    }
}

/// (actual − diagonal)/(perfect − diagonal), the diagonal to the perfect curve's end.
fn normalised(actual: &Curve, perfect: &Curve) -> Result<f64> {
    let diagonal = perfect.diagonal();
    let room = perfect.area() - diagonal;
    if room.abs() <= 1e-12 * perfect.area().abs() {
        return Err(Error::NoVariance);
    }
    crate::error::finite("score", (actual.area() - diagonal) / room)
}

/// Uplift curve (Y_t/n_t − Y_c/n_c)(n_t + n_c), 0 where a group is empty (`sklift.metrics.uplift_curve`).
///
/// Errors if lengths differ, a number is not finite, or a group is empty.
pub fn uplift_curve(people: &Scored<'_>) -> Result<Curve> {
    people.check()?;
    Ok(curve(people, people.scores, Kind::Uplift))
}

/// Qini curve Y_t − Y_c n_t/n_c (Radcliffe 2007; `sklift.metrics.qini_curve`).
///
/// Errors as [`uplift_curve`].
pub fn qini_curve(people: &Scored<'_>) -> Result<Curve> {
    people.check()?;
    Ok(curve(people, people.scores, Kind::Qini))
}

/// Best possible uplift curve, by the score 2·[y = w] + (y if control responders outnumber treated
/// non-responders, else w) (`sklift.metrics.perfect_uplift_curve`).
///
/// Errors as [`uplift_curve`], or if an outcome is neither 0 nor 1.
pub fn perfect_uplift_curve(people: &Scored<'_>) -> Result<Curve> {
    people.check()?;
    people.check_binary()?;
    let each = || people.outcomes.iter().zip(people.treated).map(|(y, w)| (*y > 0.5, *w));
    let control_responders = each().filter(|(y, w)| *y && !*w).count();
    let treated_others = each().filter(|(y, w)| !*y && *w).count();
    let scores: Vec<f64> = each()
        .map(|(y, w)| {
            let tie = if control_responders > treated_others { y } else { w };
            2.0 * f64::from(u8::from(y == w)) + f64::from(u8::from(tie))
        })
        .collect();
    Ok(curve(people, &scores, Kind::Uplift))
}

/// Best possible Qini curve (`sklift.metrics.perfect_qini_curve`). With `negative_effect` treated
/// responders first and control responders last; without, nobody is ever harmed, so it rises to the
/// total R and stays there.
///
/// Errors as [`perfect_uplift_curve`].
pub fn perfect_qini_curve(people: &Scored<'_>, negative_effect: bool) -> Result<Curve> {
    people.check()?;
    people.check_binary()?;
    if negative_effect {
        let scores: Vec<f64> = people
            .outcomes
            .iter()
            .zip(people.treated)
            .map(|(y, w)| if *w { *y } else { -*y })
            .collect();
        return Ok(curve(people, &scores, Kind::Qini));
    }
    let mut groups = Groups::default();
    for (y, w) in people.outcomes.iter().zip(people.treated) {
        groups.add(*y, *w);
    }
    let total = Kind::Qini.value(&groups);
    Ok(Curve { people: vec![0.0, total, groups.all()], values: vec![0.0, total, total] })
}

/// Qini coefficient (`sklift.metrics.qini_auc_score`): 1 is perfect, 0 random.
///
/// Errors as [`perfect_uplift_curve`], or with [`Error::NoVariance`] if every ranking is as good.
pub fn qini_auc_score(people: &Scored<'_>, negative_effect: bool) -> Result<f64> {
    normalised(&qini_curve(people)?, &perfect_qini_curve(people, negative_effect)?)
}

/// Normalised area under the uplift curve (`sklift.metrics.uplift_auc_score`).
///
/// Errors as [`qini_auc_score`].
pub fn uplift_auc_score(people: &Scored<'_>) -> Result<f64> {
    normalised(&uplift_curve(people)?, &perfect_uplift_curve(people)?)
}

/// Who the top are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The first part of all.
    Overall,
    /// The first part of the treated and the first part of control, each by themselves.
    ByGroup,
}

/// People from the highest score down; of equal ones the last comes first, as numpy's reversed
/// mergesort has it.
fn descending(people: &Scored<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..people.scores.len()).collect();
    order.sort_by(|a, b| people.scores[*b].total_cmp(&people.scores[*a]).then(b.cmp(a)));
    order
}

/// Difference of mean outcomes among the top part `k` of people, between 0 and 1
/// (`sklift.metrics.uplift_at_k`); the number of people is rounded down.
///
/// Errors as [`uplift_curve`], if `k` is out of range, or if a group has nobody in the top, where
/// sklift gives NaN.
pub fn uplift_at_k(people: &Scored<'_>, k: f64, strategy: Strategy) -> Result<f64> {
    people.check()?;
    if !(k > 0.0 && k <= 1.0) {
        return Err(Error::OutOfRange { what: "k", value: k, domain: "above 0, at most 1" });
    }
    let order = descending(people);
    let mut groups = Groups::default();
    let part = |n: usize| (n as f64 * k) as usize;
    match strategy {
        Strategy::Overall => {
            for &i in &order[..part(order.len())] {
                groups.add(people.outcomes[i], people.treated[i]);
            }
        }
        Strategy::ByGroup => {
            for wanted in [true, false] {
                let group: Vec<usize> =
                    order.iter().copied().filter(|i| people.treated[*i] == wanted).collect();
                for &i in &group[..part(group.len())] {
                    groups.add(people.outcomes[i], wanted);
                }
            }
        }
    }
    groups.uplift().ok_or(Error::TooFew { what: "people of a group in the top", have: 0, need: 1 })
}

/// One bin of people with similar scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Treated people.
    pub treated: u64,
    /// Control people.
    pub control: u64,
    /// Response rate of the treated.
    pub treated_rate: f64,
    /// Response rate of control.
    pub control_rate: f64,
    /// Difference of the rates.
    pub uplift: f64,
    /// Standard error of the uplift, √(r_t(1 − r_t)/n_t + r_c(1 − r_c)/n_c).
    pub standard_error: f64,
}

/// Uplift in `bins` bins from the highest scores to the lowest, sizes as even as can be
/// (`sklift.metrics.uplift_by_percentile`).
///
/// Errors as [`perfect_uplift_curve`], or if a bin has nobody of a group.
pub fn uplift_by_percentile(
    people: &Scored<'_>,
    bins: usize,
    strategy: Strategy,
) -> Result<Vec<Bin>> {
    people.check()?;
    people.check_binary()?;
    at_least("bins", bins, 1)?;
    let order = descending(people);
    let mut groups = vec![Groups::default(); bins];
    let mut fill = |chosen: &[usize]| {
        // The first n mod bins get one more (numpy.array_split).
        let (size, more) = (chosen.len() / bins, chosen.len() % bins);
        let mut rest = chosen;
        for (bin, groups) in groups.iter_mut().enumerate() {
            let (here, after) = rest.split_at(size + usize::from(bin < more));
            for &i in here {
                groups.add(people.outcomes[i], people.treated[i]);
            }
            rest = after;
        }
    };
    match strategy {
        Strategy::Overall => fill(&order),
        Strategy::ByGroup => {
            for wanted in [true, false] {
                let group: Vec<usize> =
                    order.iter().copied().filter(|i| people.treated[*i] == wanted).collect();
                fill(&group);
            }
        }
    }
    groups
        .into_iter()
        .map(|g| {
            let empty = Error::TooFew { what: "people of a group in a bin", have: 0, need: 1 };
            let uplift = g.uplift().ok_or(empty)?;
            let (treated_rate, control_rate) =
                (g.treated_sum / g.treated, g.control_sum / g.control);
            let variance = treated_rate * (1.0 - treated_rate) / g.treated
                + control_rate * (1.0 - control_rate) / g.control;
            Ok(Bin {
                treated: g.treated as u64,
                control: g.control as u64,
                treated_rate,
                control_rate,
                uplift,
                standard_error: variance.sqrt(),
            })
        })
        .collect()
}

/// Weighted average uplift Σ n_t·uplift/Σ n_t over the bins
/// (`sklift.metrics.weighted_average_uplift`).
///
/// Errors as [`uplift_by_percentile`].
pub fn weighted_average_uplift(
    people: &Scored<'_>,
    bins: usize,
    strategy: Strategy,
) -> Result<f64> {
    let bins = uplift_by_percentile(people, bins, strategy)?;
    let weight: f64 = bins.iter().map(|bin| bin.treated as f64).sum();
    Ok(bins.iter().map(|bin| bin.treated as f64 * bin.uplift).sum::<f64>() / weight)
}

/// Profit per person from treating the first k people, k = 1…n: (k·uplift·benefit − incentive·k·rate_t
/// − contact·k − fixed)/n (`sklift.metrics.max_prof_uplift`, after Devriendt, Berrevoets & Verbeke 2021,
/// "Why you should stop predicting customer churn and start using uplift models"). The rate of a
/// group that is still empty counts as 0.
///
/// Errors as [`perfect_uplift_curve`], or if a price is not finite.
pub fn max_prof_uplift(people: &Scored<'_>, prices: &Prices) -> Result<Vec<f64>> {
    people.check()?;
    people.check_binary()?;
    let Prices { benefit, contact, incentive, fixed } = *prices;
    for price in [benefit, contact, incentive, fixed] {
        crate::error::finite("price", price)?;
    }
    let rate = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
    let n = people.scores.len() as f64;
    let mut groups = Groups::default();
    people
        .order()
        .into_iter()
        .map(|i| {
            groups.add(people.outcomes[i], people.treated[i]);
            let (treated, control) = (
                rate(groups.treated_sum, groups.treated),
                rate(groups.control_sum, groups.control),
            );
            let each = (treated - control) * benefit - incentive * treated - contact;
            crate::error::finite("profit", (groups.all() * each - fixed) / n)
        })
        .collect()
}
