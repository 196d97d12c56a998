//! How sure an estimate is: bootstrap intervals and bounds that hold for any sample size.

use super::estimators::{Terms, mean_and_variance};
use crate::error::{Error, Result, at_least, error_rate, not_negative};
use crate::interval::Interval;
use crate::tail;

/// Percentile bootstrap intervals at level 1 − `alpha` of several estimates from the same
/// decisions, resampled together (Efron 1979).
///
/// `dice` gives 64 fresh random bits per call; each of `rounds` resamples takes as many as there
/// are decisions. Errors if the estimates have different numbers of decisions, `rounds` is under
/// 20, or `alpha` is out of range.
pub fn bootstrap(
    terms: &[&Terms],
    rounds: usize,
    alpha: f64,
    mut dice: impl FnMut() -> u64,
) -> Result<Vec<Interval>> {
    let alpha = error_rate(alpha)?;
    at_least("bootstrap rounds", rounds, 20)?;
    at_least("estimates", terms.len(), 1)?;
    let n = terms[0].len();
    if let Some(other) = terms.iter().find(|other| other.len() != n) {
        return Err(Error::Shape { left: n, right: other.len() });
    }
    let n = u32::try_from(n).map_err(|_| Error::OutOfRange {
        what: "decisions",
        value: n as f64,
        domain: "below 2^32",
    })?;
    let columns: Vec<Vec<Vec<f64>>> = terms.iter().map(|terms| terms.columns()).collect();
    let blocks = blocks(&columns.iter().flatten().map(Vec::as_slice).collect::<Vec<_>>());
    let mut found = vec![Vec::with_capacity(rounds); terms.len()];
    // How often each decision was drawn, for two resamples at once: 255 times is beyond all chance.
    let mut times = [vec![0_u8; n as usize], vec![0_u8; n as usize]];
    let mut left = rounds;
    while left > 0 {
        for times in times.iter_mut().take(left) {
            times.fill(0);
            for _ in 0..n {
                // The high half of a 32 × 32 bit product: uniform in 0..n up to n/2³².
                let place = (((dice() >> 32) * u64::from(n)) >> 32) as usize;
                times[place] = times[place].saturating_add(1);
            }
        }
        for sums in resampled(&blocks, &times).iter().take(left) {
            let mut sums = &sums[..];
            for (values, columns) in found.iter_mut().zip(&columns) {
                let (own, rest) = sums.split_at(columns.len());
                sums = rest;
                // A resample without a decision of the policy says nothing about it.
                values.extend(Terms::from_sums(own, f64::from(n)));
            }
        }
        left = left.saturating_sub(2);
    }
    found
        .into_iter()
        .map(|mut values| {
            at_least("resamples with a weight", values.len(), 20)?;
            values.sort_by(f64::total_cmp);
            let (low, high) =
                (quantile(&values, alpha / 2.0), quantile(&values, 1.0 - alpha / 2.0));
            Ok(Interval { low, high })
        })
        .collect()
}

/// Columns that are summed together: as many as fit the registers.
const WIDTH: usize = 8;

/// The columns side by side, filled up with zeros, so that a decision is one line of memory.
fn blocks(columns: &[&[f64]]) -> Vec<Vec<[f64; WIDTH]>> {
    columns
        .chunks(WIDTH)
        .map(|chunk| {
            let row = |i: usize| {
                let mut row = [0.0; WIDTH];
                row.iter_mut().zip(chunk).for_each(|(cell, column)| *cell = column[i]);
                row
            };
            (0..chunk[0].len()).map(row).collect()
        })
        .collect()
}

/// Sums of all columns, each decision counted as often as it was drawn, for both resamples.
fn resampled(blocks: &[Vec<[f64; WIDTH]>], times: &[Vec<u8>; 2]) -> [Vec<f64>; 2] {
    let mut sums = [Vec::new(), Vec::new()];
    let [first, second] = times;
    for rows in blocks {
        let mut both = [[0.0; WIDTH]; 2];
        for ((row, once), again) in rows.iter().zip(first).zip(second) {
            let (once, again) = (f64::from(*once), f64::from(*again));
            for (i, value) in row.iter().enumerate() {
                both[0][i] += once * value;
                both[1][i] += again * value;
            }
        }
        sums[0].extend(both[0]);
        sums[1].extend(both[1]);
    }
    sums
}

/// Quantile of sorted values by linear interpolation (Hyndman & Fan 1996, type 7). Not empty.
pub(crate) fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

/// One-sided lower bounds of a mean, each true with probability 1 − δ under its own assumption
/// (Thomas, Theocharous & Ghavamzadeh 2015, "High-confidence off-policy evaluation").
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LowerBounds {
    /// Student's t: mean − t_{1 − δ, n − 1}√(var/n). Holds for near-normal means.
    pub student: f64,
    /// Empirical Bernstein: mean − 7R ln(2/δ)/(3(n − 1)) − √(2 ln(2/δ) var/(n − 1)) (Maurer & Pontil
    /// 2009, theorem 4). Holds for values in [0, R].
    pub bernstein: f64,
    /// Hoeffding: mean − R√(ln(1/δ)/2n) (Hoeffding 1963). Holds for values in [0, R].
    pub hoeffding: f64,
}

/// Lower bounds from the rows of an estimate ([`Terms::rows`]). `range` = R, in the reward's unit:
/// the largest weight times the largest reward if it is known, else the largest row, as obp takes
/// it, which is a hope and not a bound.
///
/// `var` is with n − 1 for Student and with n for Bernstein. Errors if there are fewer than two rows
/// or an input is out of range.
pub fn lower_bounds(rows: &[f64], delta: f64, range: f64) -> Result<LowerBounds> {
    at_least("decisions", rows.len(), 2)?;
    crate::error::all_finite("rows", rows)?;
    let (delta, range) = (error_rate(delta)?, not_negative("range", range)?);
    let n = rows.len() as f64;
    let (mean, variance) = mean_and_variance(rows);
    let log = (2.0 / delta).ln();
    let student = tail::student_quantile_upper(delta, n - 1.0)?;
    Ok(LowerBounds {
        student: mean - student * (variance / n).sqrt(),
        bernstein: mean - 7.0 * range * log / (3.0 * (n - 1.0)) - (2.0 * log * variance / n).sqrt(),
        hoeffding: mean - range * ((1.0 / delta).ln() / (2.0 * n)).sqrt(),
    })
}
