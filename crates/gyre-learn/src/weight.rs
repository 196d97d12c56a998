//! Weights that do not follow from evidence: equal ones, and those of before.

use std::collections::BTreeMap;

/// The same for all.
pub(crate) fn equal(count: usize) -> Vec<f64> {
    vec![1.0 / count as f64; count]
}

/// The weights of before among today's candidates; equal if there are none. A candidate without one
/// gets an equal share, and what others lack to the floor is taken from those above it.
pub(crate) fn kept(
    candidates: &[String],
    old: Option<&BTreeMap<String, f64>>,
    floor: f64,
) -> Vec<f64> {
    let known = |name: &String| {
        let weight = old.and_then(|old| old.get(name)).copied();
        weight.filter(|weight| weight.is_finite() && *weight >= 0.0)
    };
    let known: Vec<Option<f64>> = candidates.iter().map(known).collect();
    let (sum, count) = (known.iter().flatten().sum::<f64>(), known.len() as f64);
    if sum <= 0.0 {
        return equal(known.len());
    }
    let share = known.iter().flatten().count() as f64 / count;
    let weights = known.iter().map(|one| one.map_or(1.0 / count, |weight| weight / sum * share));
    lifted(&weights.collect::<Vec<_>>(), floor)
}

/// Moves weights onto the part of the simplex where none is below the floor, and leaves them as they
/// are where they already lie in it.
fn lifted(weights: &[f64], floor: f64) -> Vec<f64> {
    let count = weights.len();
    if count as f64 * floor >= 1.0 {
        return equal(count);
    }
    let mut low: Vec<bool> = weights.iter().map(|weight| *weight < floor).collect();
    // Each round puts at least one more at the floor, so there are at most `count`.
    for _ in 0..count {
        let at_floor = low.iter().filter(|low| **low).count() as f64;
        let above = weights.iter().zip(&low).filter(|(_, low)| !**low).map(|(w, _)| w).sum::<f64>();
        let scale = (1.0 - at_floor * floor) / above;
        let moved = weights.iter().zip(&low);
        let moved: Vec<f64> =
            moved.map(|(weight, low)| if *low { floor } else { weight * scale }).collect();
        let next: Vec<bool> = moved.iter().zip(&low).map(|(w, low)| *low || *w < floor).collect();
        if next == low {
            return moved;
        }
        low = next;
    }
    equal(count)
}
