//! What a change of weights is expected to bring.

use crate::weight::{Weights, of};
use gyre_math::lift::Lift as Estimated;
use gyre_math::moments::{Mean, Metric};
use gyre_math::sequential::Mixing;
use gyre_model::record::body::{Lift, VariantEvidence};
use std::collections::BTreeMap;

/// Decisions at which intervals are tightest. A fixed number, so that looks at every turn hold.
pub(crate) const EXPECTED_DECISIONS: u64 = 5000;

/// Expected change of reward per decision when weights move from `old` to `new` (by segment), with its
/// always-valid interval.
///
/// Δ = Σ_s q_s Σ_v (w′ − w) m, se² = Σ_s q_s² Σ_v (w′ − w)² s²/n, where q is the segment's share of closed
/// decisions and m, s², n are those of the variant there. Weights are given, not estimated, so they add
/// no variance. A segment where a variant that moves has fewer than two closed decisions is left out: of
/// it nothing can be expected. [`Lift::default`] where nothing can be computed at all.
pub(crate) fn change(
    evidence: &[VariantEvidence],
    old: &BTreeMap<String, Weights>,
    new: &BTreeMap<String, Weights>,
    alpha: f64,
) -> Lift {
    let none = Lift { alpha, ..Lift::default() };
    let whole: u64 = evidence.iter().map(|row| row.n).sum();
    let (mut value, mut variance, mut units) = (0.0, 0.0, 0);
    for (segment, new) in new {
        let Some(old) = old.get(segment) else { continue };
        let rows = || evidence.iter().filter(|row| row.segment == *segment);
        let share = rows().map(|row| row.n).sum::<u64>() as f64 / whole.max(1) as f64;
        let moved = rows().map(|row| (row, of(new, &row.variant) - of(old, &row.variant)));
        let moved: Vec<_> = moved.filter(|(_, by)| *by != 0.0).collect();
        let samples: Result<Vec<_>, _> = moved
            .iter()
            .map(|(row, by)| {
                let sums = Mean { n: row.n, sum: row.sum, sum_squares: row.sum_squares };
                sums.sample().map(|sample| (sample, by * share))
            })
            .collect();
        let Ok(samples) = samples else { continue };
        for (sample, by) in samples {
            value += by * sample.mean;
            variance += by * by * sample.variance / sample.n as f64;
            units += sample.n;
        }
    }
    let estimated = Estimated { value, variance, dof: units.max(1) as f64, units };
    let mixing = Mixing::Tuned { expected_units: EXPECTED_DECISIONS };
    match estimated.always_valid(alpha, mixing) {
        Ok(estimate) => Lift {
            value: estimate.value,
            standard_error: estimate.standard_error,
            low: estimate.interval.low,
            high: estimate.interval.high,
            alpha,
        },
        Err(_) => none,
    }
}
