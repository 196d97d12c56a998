//! Drift against scipy, statsmodels and Evidently's formulas; false alarms by simulation.

#![expect(
    clippy::unreadable_literal,
    reason = "reference values stand as their source prints them"
)]

mod lasting;
mod sizes;

/// Reference values; the script beside the file made them.
const ORACLE: &str = include_str!("../../../tests/oracles/drift.txt");

fn oracle(name: &str) -> Vec<f64> {
    crate::tests::oracle(ORACLE, name)
}

/// The two halves of a line: reference and current counts.
fn counts(name: &str) -> (Vec<f64>, Vec<f64>) {
    let all = oracle(name);
    let (reference, current) = all.split_at(all.len() / 2);
    (reference.to_vec(), current.to_vec())
}
