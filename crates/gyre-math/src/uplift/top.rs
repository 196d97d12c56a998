//! Uplift among the top, with intervals.

use super::{Groups, Scored};
use crate::error::{Error, Result, at_least, error_rate};
use crate::experiment::lift::{Arms, Scale};
use crate::experiment::moments::{Mean, Metric};
use crate::interval::{Estimate, Interval};
use crate::off_policy::uncertainty::quantile;
use crate::tail;

/// Sums of both groups among the top part `k` of people (rounded down), treated first.
fn sums(people: &Scored<'_>, k: f64) -> Result<(Mean, Mean)> {
    people.check()?;
    if !(k > 0.0 && k <= 1.0) {
        return Err(Error::OutOfRange { what: "k", value: k, domain: "above 0, at most 1" });
    }
    let order = people.order();
    let top = (order.len() as f64 * k) as usize;
    let (mut treated, mut control) = (Mean::default(), Mean::default());
    for &i in &order[..top] {
        let y = people.outcomes[i];
        let one = Mean { n: 1, sum: y, sum_squares: y * y };
        let group = if people.treated[i] { &mut treated } else { &mut control };
        *group = group.merge(one);
    }
    Ok((treated, control))
}

/// Difference of means among the top part `k` with its Wald interval, se² = v_t/n_t + v_c/n_c (Wald
/// 1943), as if the top were given. For any outcome.
///
/// Errors if `k` is not in (0, 1], or a group has fewer than two people in the top or no variance.
pub fn wald(people: &Scored<'_>, k: f64, alpha: f64) -> Result<Estimate> {
    let alpha = error_rate(alpha)?;
    let (treated, control) = sums(people, k)?;
    let arms = Arms { treated: treated.sample()?, control: control.sample()? };
    let lift = arms.lift(Scale::Absolute)?;
    let standard_error = lift.standard_error();
    let critical = tail::normal_quantile_upper(alpha / 2.0);
    let interval = Interval::around(lift.value, critical * standard_error);
    let p_value = 2.0 * tail::normal_upper((lift.value / standard_error).abs());
    Ok(Estimate { value: lift.value, standard_error, interval, p_value, alpha })
}

/// Percentile bootstrap interval of the same (Efron 1979), people resampled and ranked again, so that
/// it also covers who the top are.
///
/// `dice` gives 64 fresh random bits per call. Errors as [`wald`], or if `rounds` is under 20.
pub fn bootstrap(
    people: &Scored<'_>,
    k: f64,
    alpha: f64,
    rounds: usize,
    mut dice: impl FnMut() -> u64,
) -> Result<Interval> {
    sums(people, k)?;
    let alpha = error_rate(alpha)?;
    at_least("bootstrap rounds", rounds, 20)?;
    let order = people.order();
    let n = order.len();
    let top = (n as f64 * k) as u64;
    let mut found = Vec::with_capacity(rounds);
    let mut times = vec![0_u32; n];
    for _ in 0..rounds {
        times.fill(0);
        for _ in 0..n {
            times[(((dice() >> 32) * n as u64) >> 32) as usize] += 1;
        }
        // Walk down the ranks, each person as often as drawn, until the top is full.
        let (mut groups, mut left) = (Groups::default(), top);
        for (place, &i) in order.iter().enumerate() {
            let here = u64::from(times[place]).min(left);
            for _ in 0..here {
                groups.add(people.outcomes[i], people.treated[i]);
            }
            left -= here;
            if left == 0 {
                break;
            }
        }
        found.extend(groups.uplift());
    }
    at_least("resamples with both groups", found.len(), 20)?;
    found.sort_by(f64::total_cmp);
    Ok(Interval { low: quantile(&found, alpha / 2.0), high: quantile(&found, 1.0 - alpha / 2.0) })
}
