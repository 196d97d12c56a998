//! Weights of one segment: what they are, where they are to go, how far they may.

use std::collections::BTreeMap;

/// Weights by variant.
pub(crate) type Weights = BTreeMap<String, f64>;

/// The weights in effect among candidates: those managed, as shares of their sum; equal where there are
/// none. A candidate without one has 0.
pub(crate) fn current(managed: Option<&Weights>, candidates: &[String]) -> Weights {
    let known = |name: &String| {
        let weight = managed.and_then(|all| all.get(name)).copied().unwrap_or(0.0);
        (name.clone(), if weight.is_finite() { weight.max(0.0) } else { 0.0 })
    };
    shares(candidates.iter().map(known).collect())
}

/// The weights of those that remain, in proportion.
pub(crate) fn without(weights: &Weights, dropped: &[String]) -> Weights {
    let remain = weights.iter().filter(|(name, _)| !dropped.contains(name));
    shares(remain.map(|(name, weight)| (name.clone(), *weight)).collect())
}

fn shares(mut weights: Weights) -> Weights {
    let (sum, count) = (weights.values().sum::<f64>(), weights.len() as f64);
    for weight in weights.values_mut() {
        *weight = if sum > 0.0 { *weight / sum } else { 1.0 / count };
    }
    weights
}

/// The furthest that any weight moves.
pub(crate) fn distance(from: &Weights, to: &Weights) -> f64 {
    to.iter().map(|(name, weight)| (weight - of(from, name)).abs()).fold(0.0, f64::max)
}

/// The point on the line towards `to` at which no weight has moved further than `step`.
pub(crate) fn towards(from: &Weights, to: &Weights, step: f64) -> Weights {
    let distance = distance(from, to);
    if distance <= step {
        return to.clone();
    }
    let part = step.max(0.0) / distance;
    let at = |(name, weight): (&String, &f64)| {
        let start = of(from, name);
        (name.clone(), start + part * (weight - start))
    };
    to.iter().map(at).collect()
}

/// A variant's weight; 0 if it has none.
pub(crate) fn of(weights: &Weights, name: &str) -> f64 {
    weights.get(name).copied().unwrap_or(0.0)
}
